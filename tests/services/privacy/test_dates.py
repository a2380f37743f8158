"""Days in the ways in which people write them: read, and written back in the same form."""

from __future__ import annotations

from datetime import date

import pytest
import re2

from steward_app.services.privacy.dates import has_month_first, read_day, usual_form, usual_months
from steward_app.services.privacy.discover.patterns import WHOLE
from steward_app.services.privacy.discover.profile import Form
from steward_app.services.privacy.hierarchies import Dates, from_options
from steward_app.services.privacy.hierarchies.beginnings import beginnings

WRITTEN = [
    ("7. 8. 2014", "2. 3. 2015"),
    ("07. 08. 2014", "02. 03. 2015"),
    ("7.8. 2014", "2.3. 2015"),
    ("7.\u00a08.\u00a02014", "2.\u00a03.\u00a02015"),
    ("07.08.2014.", "02.03.2015."),
    ("7. 8. 2014.", "2. 3. 2015."),
    ("7. 8. 14", "2. 3. 15"),
    ("7 / 8 / 2014", "2 / 3 / 2015"),
    ("2014.08.07.", "2015.03.02."),
    ("2014. 08. 07.", "2015. 03. 02."),
    ("2014-08-07T10:30:00Z", "2015-03-02T10:30:00Z"),
    ("2014年8月7日", "2015年3月2日"),
    ("2014년 8월 7일", "2015년 3월 2일"),
    ("07-AUG-14", "02-MAR-15"),
    ("August 7th, 2014", "March 2nd, 2015"),
    ("7 de agosto de 2014", "2 de marzo de 2015"),
    ("7 d’agost de 2014", "2 d’març de 2015"),
    ("7. srpna 2014", "2. března 2015"),
    ("7. srpna 2014 v 8:30", "2. března 2015 v 8:30"),
    ("7 sierpnia 2014", "2 marca 2015"),
    ("7. elokuuta 2014", "2. maaliskuuta 2015"),
    ("7 Αυγούστου 2014", "2 Μαρτίου 2015"),
    ("7 ΑΥΓΟΥΣΤΟΥ 2014", "2 ΜΑΡΤΊΟΥ 2015"),
    ("7 августа 2014 г.", "2 марта 2015 г."),
    ("7 серпня 2014", "2 березня 2015"),
    ("7 Ağustos 2014", "2 Mart 2015"),
    ("7 Agustos 2014", "2 Mart 2015"),
    ("7. kolovoza 2014.", "2. ožujka 2015."),
    ("2014. augusztus 7.", "2015. március 2."),
]


@pytest.mark.parametrize(("text", "later"), WRITTEN)
def test_a_day_is_read_and_another_one_written_in_its_form(text: str, later: str) -> None:
    read = read_day(text)
    assert read is not None
    assert date.fromordinal(read.ordinal) == date(2014, 8, 7)
    assert read.written(date(2015, 3, 2).toordinal()) == later


@pytest.mark.parametrize("text", [text for text, _ in WRITTEN if "8:30" not in text and "г" not in text])
def test_what_is_read_looks_like_a_day_to_the_scan(text: str) -> None:
    (pattern,) = (pattern for form, pattern in WHOLE if form is Form.DATE)
    assert re2.fullmatch(pattern, text)


@pytest.mark.parametrize(
    "text",
    [
        "7.8. 14:30",
        "1.2.3.4",
        "2014-13-45",
        "31. 2. 2014",
        "12.50",
        "7 boxes 2014",
        "1.234.56",
        "7 - 8 / 2014",
    ],
)
def test_other_numbers_are_no_days(text: str) -> None:
    assert read_day(text) is None


@pytest.mark.parametrize("text", ["1.15.98", "2.0.14", "10.45.12", "1.234,56", "3.14.1590"])
def test_versions_and_amounts_do_not_look_like_days(text: str) -> None:
    (pattern,) = (pattern for form, pattern in WHOLE if form is Form.DATE)
    assert not re2.fullmatch(pattern, text)


@pytest.mark.parametrize(
    ("days", "month", "moved"),
    [
        (["1. srpnja 1998", "7. listopada 2014"], 10, "7. prosinca 2014"),
        (["1 lipca 1998", "7 listopada 2014"], 11, "7 grudnia 2014"),
        (["1 februari 1998", "2 maj 2001", "7 mars 2014"], 3, "7 december 2014"),
        (["1. februar 1998", "2. mai 2001", "7. mars 2014"], 3, "7. desember 2014"),
        (["3 Feb 1998", "7 May 2014"], 5, "7 Dec 2014"),
        (["3 February 1998", "7 May 2014"], 5, "7 December 2014"),
    ],
)
def test_a_month_is_meant_in_the_language_of_its_column(days: list[str], month: int, moved: str) -> None:
    read = read_day(days[-1], months=usual_months(days))
    assert read is not None
    assert date.fromordinal(read.ordinal) == date(2014, month, 7)
    assert read.written(date(2014, 12, 7).toordinal()) == moved


def test_the_order_of_day_and_month_is_the_column_s() -> None:
    assert has_month_first(["1 / 2 / 2014", "1 / 31 / 2014"])
    assert not has_month_first(["1. 2. 2014", "31. 1. 2014"])
    assert not has_month_first(["1.31.2014", "31.1.2014"])


@pytest.mark.parametrize(
    ("days", "years"),
    [
        (["7. 8. 2014", "21. 12. 2012"], ["1. 1. 2014", "1. 1. 2012"]),
        (["7. srpna 2014", "21. prosince 2012"], ["1. ledna 2014", "1. ledna 2012"]),
        (["2014.08.07.", "2012.12.21."], ["2014.01.01.", "2012.01.01."]),
        (["August 2nd, 2014", "May 1st, 2012"], ["January 1st, 2014", "January 1st, 2012"]),
    ],
)
def test_the_first_day_of_a_year_is_written_as_the_days_were(days: list[str], years: list[str]) -> None:
    hierarchy = from_options({"hierarchy": "dates"})
    assert isinstance(hierarchy, Dates)
    assert beginnings(hierarchy, 2, days, usual_form(days)) == years
    assert hierarchy.at(days, 2) == [year[-4:] if year[-1] != "." else year[:4] for year in years]
