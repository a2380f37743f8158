"""Telephone numbers in the forms that programs write them in."""

from __future__ import annotations

import pytest

from steward_app.services.privacy.written_phones import (
    at_home,
    code_before,
    grouped,
    homes,
    is_abroad,
    known,
    may_be,
    stands_in,
)


@pytest.mark.parametrize(
    "text",
    ["+48 630 859 467", "+48630859467", "0048630859467", "(+48) 630-859-467", "630-859-467", "0630 859 467"],
)
def test_one_number_is_the_same_within_its_country_however_it_is_written(text: str) -> None:
    assert at_home(text) == "630859467"


@pytest.mark.parametrize(
    ("text", "home"),
    [("06-20-123-4567", "201234567"), ("8 (495) 123-45-67", "4951234567"), ("8 029 123 45 67", "291234567")],
)
def test_what_is_dialled_at_home_is_not_of_the_number(text: str, home: str) -> None:
    assert home in homes(text) and home in may_be(text)
    digits = "".join(filter(str.isdecimal, text))
    assert stands_in(f"tel {digits}.", home) and known(digits, {home}) == home
    assert not stands_in(f"tel 1{digits[1:]}.", home) and known(f"99{home}", {home}) == ""


def test_digits_alone_may_begin_with_the_code_of_a_country() -> None:
    assert may_be("48630859467") == ("48630859467", "630859467")
    assert may_be("630859467")[0] == "630859467"


@pytest.mark.parametrize("text", ["", "12-34", "Warszawa", "630-859-467 (Anna)", "A630859467", "1" * 30])
def test_what_is_no_number_has_none(text: str) -> None:
    assert at_home(text) == ""


@pytest.mark.parametrize(
    "text", ["48630859467", "call 0048630859467 now", "0630859467", "+48630859467", "tel:48630859467;1"]
)
def test_a_number_stands_behind_the_code_of_its_country(text: str) -> None:
    assert stands_in(text, "630859467")


@pytest.mark.parametrize("text", ["99630859467", "48630859467001", "630 859 467", "85630859467"])
def test_a_part_of_another_number_is_none(text: str) -> None:
    assert not stands_in(text, "630859467")


def test_what_no_country_gives_out_is_none() -> None:
    assert is_abroad("48630859467")
    assert not is_abroad("48000000000")


@pytest.mark.parametrize(
    ("run", "region", "code"),
    [
        ("34600123456", "ES", "34"),
        ("34600123456", "GB", "34"),
        ("600123456", "ES", ""),
        ("600123456", "", ""),
        ("4917112345678", "DE", "49"),
        ("17112345678", "DE", ""),
        ("17185551234", "US", "1"),
        ("7185551234", "US", ""),
        ("3912345678", "IT", ""),
        ("393912345678", "IT", "39"),
        ("8613812345678", "CN", "86"),
        ("13812345678", "CN", ""),
        ("99912345678", "ES", ""),
        ("0600123456", "ES", ""),
        ("", "ES", ""),
        ("34", "", ""),
        ("06201234567", "HU", "06"),
        ("6201234567", "HU", "6"),  # as a whole number
        ("201234567", "HU", ""),
        ("84951234567", "RU", "8"),
        ("8442123456", "RU", ""),
    ],
)
def test_digits_alone_may_have_a_code_before_them(run: str, region: str, code: str) -> None:
    assert code_before(run, region) == code


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("zap: 21 9 4941.4482 chama", "21 9 4941.4482"),
        ("(21) 9 4941-4482", "(21) 9 4941-4482"),
        ("21 - 94941 \u2013 4482, 7", "21 - 94941 \u2013 4482"),
        ("room 12, +55 21.94941.4482", "+55 21.94941.4482"),
        ("bed 7 21 94941-4482", "21 94941-4482"),
        ("21 9 4941.4483", ""),
        ("121 9 4941.4482", ""),
        ("21949414482", ""),
    ],
)
def test_a_known_number_is_seen_with_any_signs_between_its_digits(text: str, found: str) -> None:
    ours = set(homes("+55 21 94941-4482"))
    runs = (run for some in grouped(text) for run in some)
    assert next((text[run.start : run.end] for run in runs if known(run.digits, ours)), "") == found
