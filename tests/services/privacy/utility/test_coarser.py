"""What coarser values say of the order."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.services.privacy.columns import Form
from steward_app.services.privacy.hierarchies import Dates, Prefix, Ranges
from steward_app.services.privacy.utility.coarser import beginning, by_beginning, lowest

_EPOCH = date(1970, 1, 1).toordinal()


@given(st.integers(-10_000_000, 10_000_000), st.sampled_from([0.5, 1, 2, 5, 10, 1000]))
def test_a_range_stands_at_its_lowest_number(number: int, step: float) -> None:
    place = lowest(Ranges((step,)).at([number], 1)[0], Form.NUMBER)
    assert place <= number < place + step


@given(st.dates(date(1200, 1, 1)), st.sampled_from(["month", "quarter", "year", "five years", "decade"]))
def test_a_period_stands_at_its_first_day(day: date, period: str) -> None:
    label = Dates((period,)).at([day.isoformat()], 1)[0]
    first = Dates((period,)).first_day(day.toordinal(), 1)
    assert lowest(label, Form.DATE) == first - _EPOCH


@given(st.integers(10_000, 99_999), st.integers(1, 5))
def test_a_number_of_which_the_beginning_is_kept_stands_at_the_lowest(number: int, keep: int) -> None:
    place = lowest(Prefix((keep,)).at([number], 1)[0], Form.NUMBER)
    assert place <= number < place + 10 ** (5 - keep)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("[20, 30[", 20),
        ("(0.5;1]", 0.5),
        ("90+", 90),
        (">= 90", 90),
        ("20 - 29", 20),
        ("-3 to 1", -3),
        (7, 7),
    ],
)
def test_ranges_as_others_write_them(text: str | int, number: float) -> None:
    assert lowest(text, Form.NUMBER) == number


def test_what_is_below_stands_before_what_begins_there() -> None:
    assert lowest("<20", Form.NUMBER) < lowest("20-29", Form.NUMBER)


@pytest.mark.parametrize("value", [None, b"20", "*", "", "young", "1.2.3", "20-", "-"])
def test_what_tells_no_number_has_no_place(value: str | bytes | None) -> None:
    assert math.isnan(lowest(value, Form.NUMBER))


@pytest.mark.parametrize("value", ["*", "0000", "1970-13", "1970-Q5", "197", "in 1970", None])
def test_what_tells_no_day_has_no_place(value: str | None) -> None:
    assert math.isnan(lowest(value, Form.DATE))


def test_a_day_of_which_the_year_is_kept() -> None:
    assert lowest("1970-**-**", Form.DATE) == 0
    assert lowest("1970-02-**", Form.DATE) == 31


def test_codes_by_the_longest_beginning() -> None:
    which = by_beginning(map(beginning, ["63**", "634**", "SW1* ***", "*", "none", None]))
    assert [which(value) for value in ("63999", "63401", "SW1A 1AA", "", None, b"63")] == [
        "63",
        "634",
        "SW1",
        "",
        "",
        "",
    ]
