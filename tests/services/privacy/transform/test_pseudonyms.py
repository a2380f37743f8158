"""Real-looking pseudonyms: the same everywhere, never the value itself, one to one where a column is UNIQUE."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from builders.transforms import KEY
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.lists import lists_of
from steward_app.services.privacy.transform.pseudonyms import KINDS, Domain, pseudonym


def _made(
    kind: str, values: list[SqlValue], locale: str = "en_GB", key: bytes = KEY, **said: bool
) -> list[SqlValue]:
    return list(pseudonym(kind, key, Domain(f"type:{kind}", **said), locale).changed(values))


MIXED: list[SqlValue] = [
    "Eva Braun",
    "0176 123",
    None,
    "",
    "  ",
    17,
    -3,
    2.0,
    2.5,
    b"Eva Braun",
    b"\x00\xff\x01",
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_keeps_storage_classes_null_and_blanks(kind: str) -> None:
    found = _made(kind, MIXED)
    assert [type(each) for each in found] == [type(each) for each in MIXED]
    assert found[2:5] == [None, "", "  "]
    assert found[0] != "Eva Braun" and found[9] != b"Eva Braun"
    assert found == _made(kind, MIXED)
    assert found != _made(kind, MIXED, key=bytes(32))


def test_case_and_spaces_around_stay_and_the_person_is_the_same() -> None:
    small, capitals, title, spaced, wide = map(
        str, _made("person_name", ["eva braun", "EVA BRAUN", "Eva Braun", " Eva Braun ", "Eva  Braun"])
    )
    assert small.islower() and capitals.isupper()
    assert small == capitals.lower() == title.lower() == wide.lower()
    assert spaced == f" {title} "


def test_an_address_of_email_leads_to_nobody() -> None:
    found = [str(each) for each in _made("email", [f"p{number}@real.example.net" for number in range(3_000)])]
    assert len(set(found)) == 3_000
    assert {each.split("@")[1] for each in found} <= {"example.org", "example.com", "example.net"}
    assert all(each.isascii() for each in found)


@pytest.mark.parametrize("locale", ["el_GR", "ru_RU", "bg_BG", "uk_UA"])
def test_an_address_of_email_has_names_in_latin_letters(locale: str) -> None:
    found = [str(each) for each in _made("email", [f"p{number}@real.org" for number in range(200)], locale)]
    assert all(each.isascii() for each in found)
    assert len({each.split(".")[0] for each in found}) > 40


def test_locales_have_their_own_names() -> None:
    german, british = (_made("person_name", ["x y z"], locale)[0] for locale in ("de_DE", "en_GB"))
    assert german != british
    for locale in ("de_DE", "fr_FR", "it_IT", "pl_PL", "ja_JP", "nowhere"):
        lists = lists_of(locale)
        for entries in (lists.given, lists.family, lists.streets, lists.towns):
            assert len(entries) > 40 and len(set(entries)) == len(entries)
    assert lists_of("nowhere") == lists_of("en_GB")


@pytest.mark.parametrize(
    ("locale", "form"),
    [
        ("en_GB", r"\d+ [\w' -]+, [\w' -]+ [A-Z]{2}\d \d[A-Z]{2}"),
        ("en_US", r"\d+ [\w' -]+, [\w' -]+ \d{5}"),
        ("de_DE", r"[\w' .-]+ \d+, \d{5} [\w' ().,/-]+"),
        ("nl_NL", r"[\w' .-]+ \d+, \d{4} [A-Z]{2} [\w' ().-]+"),
        ("nowhere", r"\d+ [\w' -]+, [\w' -]+ [A-Z]{2}\d \d[A-Z]{2}"),
    ],
)
def test_an_address_has_the_form_of_its_country(locale: str, form: str) -> None:
    for each in _made("address", [f"{number} Oak Street, Ulm" for number in range(200)], locale):
        assert re.fullmatch(form, str(each)), each


def test_a_value_never_becomes_itself() -> None:
    given = lists_of("en_GB").given
    for values in (list(given), [name.upper() for name in given]):
        assert not any(one == two for one, two in zip(values, _made("given_name", list(values)), strict=True))


SPELLINGS = st.text("aAbBéÉßsS \t-", min_size=1, max_size=6).filter(str.strip)


@pytest.mark.parametrize(
    "kind", ["person_name", "given_name", "email", "account", "street", "city", "address"]
)
@pytest.mark.parametrize("locale", ["en_GB", "ja_JP"])
@settings(max_examples=25)
@given(values=st.lists(SPELLINGS, unique=True, min_size=2, max_size=30))
@example(values=["SÉ", "Sé"])  # in a script without case, where each letter of the sign stands behind a digit
def test_different_spellings_stay_different_in_a_unique_column(
    kind: str, locale: str, values: list[str]
) -> None:
    found = _made(kind, list(values), locale, injective=True)
    assert len(set(found)) == len(values)


@settings(max_examples=50)
@given(values=st.lists(SPELLINGS, unique=True, min_size=2, max_size=30))
def test_what_nocase_and_rtrim_tell_apart_stays_apart_and_what_not_not(values: list[str]) -> None:
    def sqlite(text: object) -> str:  # NOCASE folds ASCII alone
        return "".join(letter.lower() if letter.isascii() else letter for letter in str(text))

    found = _made("person_name", list(values), injective=True, nocase=True)
    before: dict[str, set[str]] = {}
    for value, new in zip(values, found, strict=True):
        before.setdefault(sqlite(value), set()).add(sqlite(new))
    assert all(len(each) == 1 for each in before.values())
    assert len({next(iter(each)) for each in before.values()}) == len(before)


def test_batches_do_not_matter() -> None:
    values: list[SqlValue] = [f"Person {number % 700}" for number in range(5_000)]
    step = pseudonym("person_name", KEY, Domain("type:person_name"), "en_GB")
    whole = list(step.changed(values))
    again = pseudonym("person_name", KEY, Domain("type:person_name"), "en_GB")
    assert whole == [
        each for start in range(0, 5_000, 777) for each in again.changed(values[start : start + 777])
    ]


def test_the_number_of_a_house_stays_one():
    houses: list[SqlValue] = ["12a", "7", "103 B", "4-6", " 9c ", "Mill Lane 7"]
    *numbers, street = map(str, _made("street", houses, "de_DE"))
    for house, made in zip(houses, numbers, strict=False):
        assert re.sub(r"\d", "9", re.sub("[a-z]", "a", re.sub("[A-Z]", "A", made))) == re.sub(
            r"\d", "9", re.sub("[a-z]", "a", re.sub("[A-Z]", "A", str(house)))
        )
    assert re.search("[A-Za-z]{4}", street)
    every: list[SqlValue] = [f"{number}{letter}" for number in range(10, 100) for letter in "abc"]
    assert len(set(_made("street", every, injective=True))) == len(every)
