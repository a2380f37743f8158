from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.kernel.text import plural, quoted, visible, visible_code

HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain name", "plain name"),
        ("Größe – naïve ✓ 日本語 😀", "Größe – naïve ✓ 日本語 😀"),
        ("two\nlines\r\n\tand a tab", "two␤lines␍␤␉and a tab"),
        ("\x1b[31mred\x07", "␛[31mred␇"),
        ("evil\u202egpj.exe", "evil⟨U+202E⟩gpj.exe"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("half \ud800 a pair", "half ⟨U+D800⟩ a pair"),
        ("tag \U000e0041", "tag ⟨U+E0041⟩"),
        ("\x00\x7f\x9b", "␀␡⟨U+009B⟩"),
    ],
)
def test_hidden_characters_are_shown(name: str, shown: str) -> None:
    assert visible(name) == shown


def test_every_character_that_unicode_calls_hidden_is_shown() -> None:
    everything = (chr(code) for code in range(sys.maxunicode + 1))
    hidden = [c for c in everything if unicodedata.category(c) in HIDDEN_CATEGORIES]
    assert [f"U+{ord(c):04X}" for c in hidden if visible(c) == c] == []


@given(st.text(st.characters(categories=HIDDEN_CATEGORIES | {"L", "P", "S"})))
def test_nothing_hidden_is_left_and_what_is_seen_stays(text: str) -> None:
    shown = visible(text)
    assert not {unicodedata.category(c) for c in shown} & HIDDEN_CATEGORIES
    assert visible(shown) == shown


@given(st.text(), st.integers(min_value=1, max_value=20))
def test_a_limit_holds_and_says_that_it_cut(text: str, limit: int) -> None:
    cut = visible(text, limit)
    assert len(cut) <= limit
    assert cut == visible(text) or cut.endswith("…")


def test_code_keeps_its_lines_and_shows_the_rest() -> None:
    assert visible_code("SELECT\t1\n  -- \u202e\x1b\r\r\n") == "SELECT\t1\n  -- ⟨U+202E⟩␛␍\n"


def test_names_and_numbers_in_sentences() -> None:
    assert quoted("a\nb") == "“a␤b”"
    assert quoted("x" * 200) == f"“{'x' * 79}…”"
    assert (plural(1, "table"), plural(12480, "row"), plural(0, "index", "indexes")) == (
        "1 table",
        "12,480 rows",
        "0 indexes",
    )
