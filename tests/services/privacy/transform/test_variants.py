"""Names in other forms: inflected, pet forms, with a typing error; and how rarely a common word is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.transforms import redaction
from steward_app.services.privacy.faker_lists import entries, provider
from steward_app.services.privacy.transform.known import NAMES, Known
from steward_app.services.privacy.transform.variants import Mistyped, uninflected
from steward_app.services.rows.shipped_headers import shipped_headers

PEOPLE = [
    "Anna Kowalska",
    "Jan Nowak",
    "Marek Zieliński",
    "Petr Novák",
    "Jana Nováková",
    "Matti Virtanen",
    "Aino Mäkelä",
    "Иван Петров",
    "Ольга Смирнова",
    "Ayşe Yıldız",
    "William Thistlewood",
    "Elisabeth Schmidt",
    "Bálint Váradi",
    "אברהם כהן",
    "שמעון לוי",
    "أحمد الخطيب",
    "فاطمة بدران",
]
MOST_FALSE = 0.001
"""Of common words with a capital, at most so many are taken for one of 2,000 names beyond those that are names."""


def redacted(text: str, people: list[str] = PEOPLE) -> str:
    known = Known()
    known.add(people, "person_name")
    return redaction(known).text(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Widziałam Annę Kowalską i Jana Nowaka.", "Widziałam [name] [name] i [name] [name]."),
        ("Rozmowa z Zielińskim o Marku.", "Rozmowa z [name] o [name]."),
        ("Dzwonił do Kowalskiej.", "Dzwonił do [name]."),
        ("Předáno Novákovi a paní Novákové", "Předáno [name] a paní [name]"),
        ("Puhelu Virtaselle, Mäkelän äiti", "Puhelu [name], [name] äiti"),
        ("Письмо Петрову и Ольге Смирновой", "Письмо [name] и [name] [name]"),
        ("Yıldız'ın annesi", "[name]'ın annesi"),
        ("Bill Thistlewood rang; the bill is paid.", "[name] rang; the bill is paid."),
        ("Bill rang, and Lizzy.", "Bill rang, and Lizzy."),
        ("Sissi kam, und Liesl Schmidt.", "[name] kam, und [name]."),
        ("Elisabeth Schmitd and W. Thistelwood", "[name] [name] and W. [name]"),
        ("Schmitd alone is too short to tell", "Schmitd alone is too short to tell"),
        ("Váradiné tel.; Bálintnét, Váradinénak", "[name] tel.; [name], [name]"),
        ("לאברהם יש אישור רפואי, ושכהן", "[name] יש אישור רפואי, [name]"),
        ("שמעון והלוי, מלוי", "[name] [name], [name]"),
        ("ברהם, שמע, כהנים", "ברהם, שמע, כהנים"),
        ("كتب لأحمد وبدران والخطيب", "كتب [name] [name] [name]"),
        ("الكتاب للخطيب بالخطيب", "الكتاب [name] [name]"),
        ("حمد وبدر", "حمد وبدر"),
        ("an anna kowalskiego without capitals", "an anna kowalskiego without capitals"),
    ],
)
def test_other_forms_of_a_name_go(text: str, left: str) -> None:
    assert redacted(text) == left


def test_common_words_are_hardly_ever_taken_for_names() -> None:
    """Every word by which columns are called in fifteen languages, with a capital, and names of five languages."""
    names: list[str] = []
    for locale in ("de_DE", "en_GB", "pl_PL", "fi_FI", "cs_CZ"):
        person = provider("person", locale)
        names += [str(each) for each in entries(person, "last_names")][:200]
        names += [str(each) for each in entries(person, "first_names")][:200]
    known = Known()
    known.add(names, "family_name")
    words = sorted(word for word in shipped_headers().words if word.isalpha() and len(word) > 3)
    text = ". ".join(word.capitalize() for word in words)
    false = [hit for hit in known.hits(text) if hit.meant]
    assert len(words) > 5_000
    assert len(false) <= MOST_FALSE * len(words), [text[hit.start : hit.end] for hit in false]


@settings(max_examples=50)
@given(name=st.sampled_from(["thistlewood", "weatherby", "kowalczykowski"]), data=st.data())
def test_one_typing_error_is_seen_and_two_are_not_taken_for_one(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(name) - 2))
    wrong = data.draw(
        st.sampled_from(
            [
                name[:at] + name[at + 1 :],
                f"{name[:at]}q{name[at:]}",
                f"{name[:at]}q{name[at + 1 :]}",
                name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            ]
        )
    )
    found = Mistyped([name]).name(wrong, beside_a_name=True)
    assert found == (name if wrong != name else "")
    assert Mistyped([name]).name(f"{wrong[0]}zz{wrong[1:]}", beside_a_name=True) == ""


@settings(max_examples=50)
@given(st.text(alphabet="abcdeiknoöwyzłąę", max_size=14))
def test_what_a_form_may_come_from_is_never_the_word_itself(word: str) -> None:
    assert all(name != word and len(name) >= 3 for name in uninflected(word))
    assert {"person_name", "given_name", "family_name"} == NAMES
