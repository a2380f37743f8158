"""What is odd about names, and what is not."""

from __future__ import annotations

import pytest

from steward_app.services.schema.names import hazards


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("n\u0430me", "letters of two alphabets (\u0430: Cyrillic)"),
        ("user_\u0406D", "letters of two alphabets (\u0406: Cyrillic)"),
        ("\u0441\u043e\u0440\u0443", "Cyrillic letters that look like copy"),
        ("\u0391\u0392", "Greek letters that look like ab"),
        ("se1ect", "looks like the word SELECT"),
        ("0rder", "looks like the word ORDER"),
        ("lndex", "looks like the word INDEX"),
        ("\uff49\uff44", "letters of another width or shape (\uff49\uff44)"),
        ("\U0001d422d", "letters of another width or shape (\U0001d422)"),
        ("id\u3164", "character that is not seen"),
        ("id\ufe0f", "character that is not seen"),
        ("a\u00a0b", "space that is no plain space"),
        ("cafe\u0301", "accents written apart from their letters"),
        ("i\u00add", "character of no width"),
    ],
)
def test_a_name_that_deceives_alone(name: str, odd: str) -> None:
    assert hazards([name, "something", "else_there"]) == {name: (odd,)}


@pytest.mark.parametrize(
    "name",
    [
        *("order", "Order", "a11", "i5", "ln", "lf", "nul", "user_id", "Order Details"),
        *("größe", "café", "łódź", "Ångström", "naïve", "ß", "m²", "nº", "CO₂", "µm", "Δt", "σ_x", "ρ"),
        *("имя", "имяid", "идент_a", "日本", "日本id", "🙂"),
    ],
)
def test_a_name_that_is_what_it_seems(name: str) -> None:
    assert hazards([name, "something"]) == {}


def test_letters_that_look_latin_are_plain_where_others_are_of_their_alphabet() -> None:
    assert hazards(["\u0440\u043e\u0441\u0442", "имя"]) == {}
