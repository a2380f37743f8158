"""A telephone number has one pseudonym however it is written, in the form in which each cell has it."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.transforms import KEY, released, rule, rules
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.pseudonyms import Domain, pseudonym


def changed(*values: SqlValue, locale: str = "es_ES", numeric: bool = False) -> list[SqlValue]:
    return list(pseudonym("phone", KEY, Domain("type:phone", numeric=numeric), locale).changed(values))


def form(value: SqlValue) -> str:
    return re.sub(r"\d", "9", str(value))


@pytest.mark.parametrize("numeric", [False, True])
@pytest.mark.parametrize(
    ("locale", "code", "zeros", "home"),
    [
        ("es_ES", "34", "", "600123456"),
        ("en_GB", "34", "", "600123456"),  # numbers of another country than names and addresses
        ("de_DE", "49", "0", "17112345678"),
        ("de_DE", "49", "0", "3012345678"),
        ("pl_PL", "48", "", "630859467"),
        ("en_US", "1", "", "7185551234"),
        ("en_GB", "44", "0", "7911123456"),
        ("fr_FR", "33", "0", "612345678"),
        ("pt_BR", "55", "0", "11987654321"),
        ("it_IT", "39", "", "3912345678"),  # begins as with the code of its own country
        ("da_DK", "45", "", "20123456"),
        ("hu_HU", "36", "06", "201234567"),
        ("hu_HU", "36", "06", "12345678"),
        ("ru_RU", "7", "8", "4951234567"),
        ("be_BY", "375", "80", "291234567"),
    ],
)
def test_however_it_is_written_it_becomes_the_same(
    locale: str, code: str, zeros: str, home: str, numeric: bool
) -> None:
    spaced = f"{home[:3]} {home[3:6]}-{home[6:]}"
    abroad: list[SqlValue] = [f"+{code} {home}", f"00{code}{home}", f"(+{code}) {spaced}", f"{code}{home}"]
    abroad += [f"{code} {spaced}", int(code + home), float(code + home), f"{code}{home}".encode()]
    own: list[SqlValue] = [zeros + home, f"({zeros}{home[:3]}) {home[3:]}", zeros + spaced, int(home)]
    found = changed(*abroad, *own, locale=locale, numeric=numeric)
    assert [type(each) for each in found] == [type(each) for each in (*abroad, *own)]
    texts = [each.decode() if isinstance(each, bytes) else re.sub(r"\.0$", "", str(each)) for each in found]
    digits = [re.sub(r"\D", "", text) for text in texts]
    ends = {text[-len(home) :] for text in digits}
    assert len(ends) == 1 and ends != {home}
    end = ends.pop()
    assert end[0] == home[0]
    assert {text.removesuffix(end) for text in digits[: len(abroad)]} == {code, f"00{code}"}
    assert {text.removesuffix(end) for text in digits[len(abroad) :]} == {zeros, ""}
    assert [form(each) for each in found] == [form(each) for each in (*abroad, *own)]


def test_country_zeros_and_signs_stay() -> None:
    values = ["+49 30 1234567", "0049 (0)30/1234567", "030-1234567", "+1 (555) 123-4567", "12", "ext. 12"]
    found = list(map(str, changed(*values)))
    assert list(map(form, found[:5])) == list(map(form, values[:5]))
    assert found[0].startswith("+49 ") and found[1].startswith("0049 (0)") and found[3].startswith("+1 (")
    assert found[2][0] == "0" and found[2][1] != "0"
    many = [f"0{number}" for number in range(10_000, 12_000)]
    assert len(set(changed(*many))) == 2_000


NUMBERS = st.from_regex(r"\+?[0-9]{1,4}[ (/-]?[0-9]{0,12}", fullmatch=True) | st.from_regex(
    r"(4[0-9]|34|39|1|7|0|00)[0-9]{6,12}", fullmatch=True
)


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(NUMBERS, unique=True, max_size=60), locale=st.sampled_from(["es_ES", "de_DE", "it_IT"])
)
def test_different_numbers_stay_different_and_keep_their_form(values: list[str], locale: str) -> None:
    found = changed(*values, locale=locale)
    assert len(set(found)) == len(values)
    assert list(map(form, found)) == list(map(form, values))
    assert found == [changed(each, locale=locale)[0] for each in values]  # whatever stands beside it


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "it_IT", "sv_SE"])
def test_all_whole_numbers_of_one_length_stay_different(locale: str) -> None:
    """Some have the code of a country, and some are numbers at home that begin alike."""
    drawn = Random(3)
    for length in (8, 9, 10, 11):
        start = drawn.randrange(10 ** (length - 1), 9 * 10 ** (length - 1))
        values = {start + 10**place * n for place in range(length) for n in range(-9, 300)}
        values = {value for value in values if len(str(value)) == length}
        found = changed(*values, locale=locale)
        assert len(set(found)) == len(values)
        assert {len(str(each)) for each in found} == {length}


def test_what_is_no_telephone_number_is_changed_as_well() -> None:
    values: list[SqlValue] = [
        -34600123456,
        10**18 + 7,
        0.5,
        "600123456 (Ada)",
        "1" * 30,
        "٦٠٠١٢٣٤٥٦",
        0,
        "+",
        "",
    ]
    found = changed(*values)
    assert found[6:] == [0, "+", ""]
    assert all(after != before for after, before in zip(found[:6], values[:6], strict=True) if before != 0.5)
    assert len(set(map(str, found))) == len(values)


def test_rows_find_each_other_over_columns_that_write_it_differently(tmp_path: Path) -> None:
    drawn = Random(5)
    homes = [f"6{n:08d}" for n in drawn.sample(range(10**8), 300)]
    path = (
        a_database(tmp_path)
        .with_table(
            "person",
            "id INTEGER PRIMARY KEY, phone TEXT UNIQUE",
            rows=[(n, f"+34 {h[:3]} {h[3:6]} {h[6:]}") for n, h in enumerate(homes)],
        )
        .with_table(
            "sms",
            "id INTEGER PRIMARY KEY, who INTEGER",
            rows=[(n, int(f"34{h}")) for n, h in enumerate(homes)],
        )
        .with_table(
            "call",
            "id INTEGER PRIMARY KEY, who",
            rows=[(n, int(h) if n % 2 else h) for n, h in enumerate(homes)],
        )
        .with_table(
            "note",
            "id INTEGER PRIMARY KEY, data TEXT",
            rows=[(n, f'{{"tel": 34{h}}}') for n, h in enumerate(homes)],
        )
        .build()
    )
    said = rules(
        *(
            rule(*place.split("."), "pseudonym", kind="phone")
            for place in ("person.phone", "sms.who", "call.who")
        ),
        rule("note", "data", "json"),
        rule("note", "data", "pseudonym", "$.tel", kind="phone"),
        locale="es_ES",
    )
    found, _ = released(path, said)
    numbers = [re.sub(r"\D", "", str(row[1]))[-9:] for row in found["person"]]
    assert len(set(numbers)) == 300 and not set(numbers) & set(homes)
    assert [row[1] for row in found["sms"]] == [int(f"34{number}") for number in numbers]
    assert [str(row[1]) for row in found["call"]] == numbers
    assert [row[1] for row in found["note"]] == [f'{{"tel": 34{number}}}' for number in numbers]
