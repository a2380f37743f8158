"""Coarser values by level."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from steward_app.services.privacy.dates import (
    Clock,
    clock_of,
    day_of,
    last_of_births,
    moved,
    on_day,
    read_day,
)
from steward_app.services.privacy.hierarchies import (
    ANY,
    Countries,
    Dates,
    Hierarchy,
    Listed,
    Networks,
    Prefix,
    Ranges,
    from_file,
    from_options,
    level_of,
    suggest,
)

ADULT = Path(__file__).parents[2] / "data" / "adult"


def test_numbers_become_ranges() -> None:
    hierarchy = Ranges((5, 10, 20))
    assert hierarchy.titles == ("as it is", "ranges of 5", "ranges of 10", "ranges of 20", ANY)
    assert hierarchy.at([31, 47.5, "33", "x", b"2", None, -3], 2) == [
        "30-39", "40-49", "30-39", ANY, ANY, None, "-10 to -1",
    ]  # fmt: skip
    assert hierarchy.lowest([31, 47.5, "33", None], 2) == [30, 40.0, "30", None]


def test_dates_become_periods_in_every_writing() -> None:
    written = ["1980-05-17", "17.5.1980 10:00", "May 17, 1980", "17/05/1980", "19800517", "somewhen", None]
    assert Dates().at(written, 1) == ["1980-05"] * 5 + [ANY, None]
    assert Dates().at(written, 3) == ["1980-1989"] * 5 + [ANY, None]
    assert Dates(("quarter", "year")).at(["1980-05-17"], 1) == ["1980-Q2"]
    assert Dates(clock=Clock.SECONDS).at([0, 86_400 * 366], 2) == ["1970", "1971"]


def test_codes_countries_and_networks() -> None:
    assert Prefix((3, 1)).at(["12 345", "A-1234", 1234], 1) == ["12 3**", "A-12**", "123*"]
    assert Countries().at(["Germany", "de", "DEU ", "Narnia", None], 1) == [
        "Europe",
        "Europe",
        "Europe",
        ANY,
        None,
    ]
    assert Networks().at(["10.1.2.3", "2001:db8::1", "nowhere"], 1) == ["10.1.2.0", "2001:db8::", ANY]


def test_a_file_of_arx_is_read() -> None:
    age = from_file("adult_hierarchy_age.csv", ADULT)
    assert age.titles == ("as it is", "level 1", "level 2", "level 3", ANY)
    assert age.at([39, "21", 999, None], 2) == ["30-39", "20-29", ANY, None]
    country = from_options({"hierarchy": "file", "file": "adult_hierarchy_native-country.csv"}, ADULT)
    assert country.at(["Cambodia"], 1) == ["Asia"]


@pytest.mark.parametrize(
    "options",
    [
        {"hierarchy": "ranges", "steps": [10, 15]},
        {"hierarchy": "ranges", "steps": ["ten"]},
        {"hierarchy": "dates", "levels": ["decade", "month"]},
        {"hierarchy": "dates", "levels": ["century"]},
        {"hierarchy": "prefix", "keep": [1, 2]},
        {"hierarchy": "values", "values": {}},
        {"hierarchy": "values", "values": {"a": ["b"], "c": ["d", "e"]}},
        {"hierarchy": "unheard of"},
        {},
    ],
)
def test_what_is_no_hierarchy_is_told(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*"):
        from_options(options)  # type: ignore[arg-type]


def test_a_level_is_meant_by_number_or_title() -> None:
    hierarchy = Dates()
    assert level_of(hierarchy, {"level": "year"}) == level_of(hierarchy, {"level": 2}) == 2
    assert level_of(hierarchy, {}) == 1
    with pytest.raises(ValueError, match="month, year, decade"):
        level_of(hierarchy, {"level": 9})


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("age", [1, 50], Ranges),
        ("birth_date", ["1980-01-02", "2001-03-04"], Dates),
        ("postcode", ["12345"], Prefix),
        ("country", ["FR"], Countries),
        ("ip", ["10.0.0.1"], Networks),
        ("income", [10.5, 99_000.0], Ranges),
        ("city", ["Vienna", "Graz"], Listed),
        ("", [], Listed),
    ],
)
def test_a_hierarchy_is_suggested(kind: str, values: list[object], expected: type) -> None:
    assert isinstance(suggest(kind, values), expected)  # type: ignore[arg-type]


ALL = [
    Ranges((5, 10)),
    Ranges((0.5,)),
    Dates(),
    Prefix((3, 1)),
    Countries(),
    Networks(),
    Listed({"a": ("x", ANY), "b": ("x", ANY)}),
]
VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.dates().map(str),
)


@pytest.mark.parametrize("hierarchy", ALL, ids=lambda each: type(each).__name__)
@settings(max_examples=25)
@given(values=st.lists(VALUES, max_size=10))
@example(values=[1.7e308, -1.7e308, 5e-324])
def test_each_level_only_merges_what_the_one_below_has(hierarchy: Hierarchy, values: list[object]) -> None:
    before = hierarchy.at(values, 0)  # type: ignore[arg-type]
    assert before == values
    for level in range(1, len(hierarchy.titles)):
        after = hierarchy.at(values, level)  # type: ignore[arg-type]
        assert [each is None for each in after] == [each is None for each in values]
        if level > 1:
            pairs = {repr(one): other for one, other in zip(before, after, strict=True)}
            assert all(pairs[repr(one)] == other for one, other in zip(before, after, strict=True))
        before = after
    assert set(before) <= {ANY, None}
    again = from_options(hierarchy.options())
    assert again.at(values, 1) == hierarchy.at(values, 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "later"),
    [
        ("2020-02-28", "2020-03-02"),
        ("2020-02-28T23:59:59.123+02:00", "2020-03-02T23:59:59.123+02:00"),
        (" 2020/2/28 ", " 2020/3/02 "),
        ("28.02.2020", "02.03.2020"),
        ("28.2.20", "02.3.20"),
        ("02/28/2020 1:00 PM", "03/02/2020 1:00 PM"),
        ("20200228", "20200302"),
        ("28 Feb 2020", "02 Mar 2020"),
        ("FEB 28, 2020", "MAR 02, 2020"),
    ],
)
def test_a_day_is_written_back_in_its_own_form(text: str, later: str) -> None:
    day = read_day(text)
    assert day is not None
    assert day.written(day.ordinal) == text
    assert day.written(day.ordinal + 3) == later


@pytest.mark.parametrize(
    ("others", "text", "year"),
    [
        ([], "14.09.28", 1928),
        ([], "27.02.21", 2021),
        (["13.07.1916", "2008-05-30"], "27.02.21", 1921),
        (["13.07.1916", "2008-05-30"], "06.08.15", 1915),
        (["13.07.1916", "2008-05-30"], "06.08.04", 2004),
        (["1901-01-01", "1985-01-01"], "03/04/88", 1988),
        (["1950-01-01"], "03-04-19", 2019),
        (["1950-01-01", "2099-01-01"], "03-04-31", 1931),
    ],
)
def test_births_of_two_digits_are_no_days_of_the_future(others: list[str], text: str, year: int) -> None:
    day = read_day(text, last=last_of_births([*others, text, None, 5], 2026))
    assert day is not None
    assert date.fromordinal(day.ordinal).year == year


@settings(max_examples=50)
@given(births=st.lists(st.dates(date(1931, 1, 1), date(2020, 12, 31)), min_size=20), this_year=st.just(2026))
def test_births_of_two_digits_among_those_in_full_stay_what_they_are(
    births: list[date], this_year: int
) -> None:
    last = last_of_births([str(each) for each in births], this_year)
    for each in births:
        read = read_day(f"{each:%d.%m.%y}", last=last)
        assert read is not None
        assert read.ordinal == each.toordinal()


@settings(max_examples=50)
@given(day=st.dates(), days=st.integers(-1000, 1000))
def test_a_shift_there_and_back_gives_the_same_text(day: object, days: int) -> None:
    written = read_day(str(day))
    assert written is not None
    there = read_day(written.written(written.ordinal + days))
    if there is not None and there.ordinal == written.ordinal + days:
        assert there.written(there.ordinal - days) == str(day)


def test_clocks_are_told_apart() -> None:
    assert clock_of([1_600_000_000, 0]) is Clock.SECONDS
    assert clock_of([1_600_000_000_000]) is Clock.MILLISECONDS
    assert clock_of([2_459_000.5]) is Clock.JULIAN
    assert clock_of([19_800_517]) is Clock.COMPACT
    assert clock_of([1980, 2001]) is Clock.YEAR
    assert clock_of([]) is None
    assert clock_of([3]) is None


@settings(max_examples=50)
@given(ordinal=st.integers(600_000, 780_000), days=st.integers(-500, 500))
def test_numbers_move_by_whole_days(ordinal: int, days: int) -> None:
    for clock in (Clock.SECONDS, Clock.MILLISECONDS, Clock.MICROSECONDS, Clock.JULIAN, Clock.COMPACT):
        assert day_of(moved(on_day(ordinal, clock), clock, days), clock) == ordinal + days
