"""Days as people and programs write them: found in a text, changed, and written back in the same form.

Only the day is touched. Time of day, time zone, spaces and whatever else stands around it stay as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from steward_app.kernel.values import SqlValue

_EPOCH = date(1970, 1, 1).toordinal()
_JULIAN = 1_721_424.5  # Julian day of the ordinal 0
BIRTH = "birth_date"
"""The type of personal data that is no day of the future."""

LAST_OF_TWO = 2030
"""The last year that two digits mean where nothing else is known; the first is 99 years before."""

DAYS_MOVED = 183
"""By so many days dates move at most, forward or back, where a rule does not say."""

_BEFORE_OTHERS = 5  # years that one of two digits may lie before the first that is written in full
_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero gennaio janeiro januari ene gen jän jänner",
            "february feb februar février febrero febbraio fevereiro februari fév févr fev",
            "march mar mär märz mars marzo março maart mrt",
            "april apr avril abril aprile avr abr",
            "may mai mayo maggio maio mei mag",
            "june jun juni juin junio giugno junho giu",
            "july jul juli juillet julio luglio julho juil lug",
            "august aug août agosto augustus ago",
            "september sep sept septembre septiembre settembre setembro set",
            "october oct oktober okt octobre octubre ottobre outubro ott out",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre diciembre dicembre dezembro déc dic",
        ),
        1,
    )
    for name in names.split()
}
_LONG = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_SHORT = [name[:3] for name in _LONG]

_YEAR_FIRST = re.compile(r"(\s*)(\d{4})([-/.])(\d{1,2})\3(\d{1,2})(?!\d)(.*)", re.DOTALL)
_COMPACT = re.compile(r"(\s*)((?:1[6-9]|20|21)\d\d)(\d\d)(\d\d)(?!\d)(.*)", re.DOTALL)
_YEAR_LAST = re.compile(r"(\s*)(\d{1,2})([-/.])(\d{1,2})\3(\d{4}|\d\d)(?!\d)(.*)", re.DOTALL)
_DAY_NAMED = re.compile(r"(\s*)(\d{1,2})(\.?[ -])([^\W\d_]{3,10})(\.?[ -])(\d{4})(?!\d)(.*)", re.DOTALL)
_TIME = re.compile(r"[\sT]*\d[\d:.,]*\s*(?:Z|[+-][\d:]+)?\s*|\s*")
_MONTH_NAMED = re.compile(r"(\s*)([^\W\d_]{3,10})( )(\d{1,2})(, ?| )(\d{4})(?!\d)(.*)", re.DOTALL)


DayForm: TypeAlias = tuple[tuple[str, str], ...]
"""What stands around and between year, month and day; these as "y", "m", "n", "d" with how they are written."""


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """A day found in a text.

    Attributes:
        ordinal: the day, as `date.toordinal` counts.
        pieces: its form; at the end what follows the day.
    """

    ordinal: int
    pieces: DayForm

    def written(self, ordinal: int) -> str:
        """Another day, in the same form; one out of the calendar is brought back into it."""
        day = date.fromordinal(min(max(ordinal, _FIRST), _LAST))
        return "".join(_piece(kind, form, day) for kind, form in self.pieces)

    def in_form(self, form: DayForm) -> WrittenDay:
        """The same day, as another one is written."""
        return replace(self, pieces=form)

    @property
    def of_two_digits(self) -> bool:
        """The century is not written."""
        return ("y", "2") in self.pieces

    @property
    def form(self) -> DayForm:
        """How it is written, without what it tells: a time of day is 0, and words beside the day are gone."""
        *pieces, (_, rest) = (
            ("n", _like(form)) if kind == "n" else (kind, form) for kind, form in self.pieces
        )
        time = re.sub(r"\d", "0", rest) if _TIME.fullmatch(rest) else ""
        return (*pieces, ("", time))


def usual_form(values: Iterable[SqlValue], *, month_first: bool = False) -> DayForm | None:
    """The form in which most of some days are written, the first of those that are as frequent; None without any."""
    found = (read_day(value, month_first=month_first) for value in values if isinstance(value, str))
    counted = Counter(each.form for each in found if each)
    return counted.most_common(1)[0][0] if counted else None


def read_day(text: str, *, month_first: bool = False, last: int = LAST_OF_TWO) -> WrittenDay | None:
    """The day with which a text begins, or None.

    Args:
        month_first: "03/04/2020" is the 4th of March; a day that cannot be read so is tried the other way.
        last: the last year that two digits mean.
    """
    found = _YEAR_FIRST.match(text)
    if found:
        head, year, sign, month, day, tail = found.groups()
        return _day(
            year, month, day, (("", head), _y(year), ("", sign), _m(month), ("", sign), _d(day), ("", tail))
        )
    found = _COMPACT.match(text)
    if found:
        head, year, month, day, tail = found.groups()
        return _day(year, month, day, (("", head), _y(year), _m(month), _d(day), ("", tail)))
    found = _YEAR_LAST.match(text)
    if found:
        return _year_last(found, last, month_first) or _year_last(found, last, not month_first)
    return _named(text)


def _year_last(found: re.Match[str], last: int, month_first: bool) -> WrittenDay | None:
    head, first, sign, second, year, tail = found.groups()
    number = str(_in_full(int(year), last)) if len(year) == 2 else year
    if month_first:
        return _day(
            number,
            first,
            second,
            (("", head), _m(first), ("", sign), _d(second), ("", sign), _y(year), ("", tail)),
        )
    return _day(
        number,
        second,
        first,
        (("", head), _d(first), ("", sign), _m(second), ("", sign), _y(year), ("", tail)),
    )


def _in_full(year: int, last: int) -> int:
    """The year that two digits mean, at most 99 years before the last."""
    return last - (last - year) % 100


def last_of_births(values: Iterable[SqlValue], this_year: int) -> int:
    """The last year that two digits mean in a column of births: none in the future, nor, as far as may be, out of those
    years that the column has in full.
    """
    found = (read_day(value) for value in values if isinstance(value, str))
    years = [date.fromordinal(each.ordinal).year for each in found if each and not each.of_two_digits]
    known = [year for year in years if year <= this_year]
    return min(this_year, max(max(known), min(known) + 99 - _BEFORE_OTHERS)) if known else this_year


def _named(text: str) -> WrittenDay | None:
    found = _DAY_NAMED.match(text)
    if found:
        head, day, one, month, two, year, tail = found.groups()
        pieces = (("", head), _d(day), ("", one), ("n", month), ("", two), _y(year), ("", tail))
    else:
        found = _MONTH_NAMED.match(text)
        if not found:
            return None
        head, month, one, day, two, year, tail = found.groups()
        pieces = (("", head), ("n", month), ("", one), _d(day), ("", two), _y(year), ("", tail))
    number = _MONTHS.get(month.casefold())
    return _day(year, str(number), day, pieces) if number else None


def _y(text: str) -> tuple[str, str]:
    return ("y", str(len(text)))


def _m(text: str) -> tuple[str, str]:
    return ("m", str(len(text)))


def _d(text: str) -> tuple[str, str]:
    return ("d", str(len(text)))


def _day(year: str, month: str, day: str, pieces: DayForm) -> WrittenDay | None:
    try:
        return WrittenDay(date(int(year), int(month), int(day)).toordinal(), pieces)
    except ValueError:
        return None


def _like(name: str) -> str:
    """A month's name of which only length and capitals tell how it is written."""
    example = "Jan" if len(name) == 3 else "January"
    return example.upper() if name.isupper() else example.lower() if name.islower() else example


def _piece(kind: str, form: str, day: date) -> str:
    match kind:
        case "y":
            return f"{day.year:04d}"[-int(form) :]
        case "m":
            return f"{day.month:0{form}d}"
        case "d":
            return f"{day.day:0{form}d}"
        case "n":
            name = (_SHORT if len(form) == 3 else _LONG)[day.month - 1]
            return name.upper() if form.isupper() else name.lower() if form.islower() else name
    return form


class Clock(StrEnum):
    """How a number tells a moment."""

    SECONDS = "seconds"  # since 1970
    MILLISECONDS = "milliseconds"
    MICROSECONDS = "microseconds"
    JULIAN = "julian"  # Julian day
    COMPACT = "yyyymmdd"
    YEAR = "year"


_UNITS = {Clock.SECONDS: 86_400, Clock.MILLISECONDS: 86_400_000, Clock.MICROSECONDS: 86_400_000_000}


def clock_of(numbers: Iterable[int | float]) -> Clock | None:
    """How a column of numbers tells moments, from its smallest and largest; None where it does not look like that."""
    known = list(numbers)
    if not known:
        return None
    low, high = min(known), max(known)
    if low >= 1000 and high <= 2200 and all(float(each).is_integer() for each in known):
        return Clock.YEAR
    if low >= 15_000_101 and high <= 22_001_231 and all(read_day(str(int(each))) for each in known):
        return Clock.COMPACT
    if low >= 2_305_000 and high <= 2_525_000:  # 1598 to 2201
        return Clock.JULIAN
    size = max(abs(low), abs(high))
    if 1e14 <= size < 1e17:
        return Clock.MICROSECONDS
    if 1e11 <= size < 1e14:
        return Clock.MILLISECONDS
    return Clock.SECONDS if 1e6 <= size < 1e11 else None


def day_of(number: int | float, clock: Clock) -> int | None:
    """The day of a moment told by a number, as an ordinal, or None where it tells none."""
    if clock is Clock.COMPACT:
        written = read_day(str(int(number)))
        return written.ordinal if written else None
    if clock is Clock.YEAR:
        return date(int(number), 1, 1).toordinal() if 1 <= number <= 9999 else None
    ordinal = int(number - _JULIAN) if clock is Clock.JULIAN else int(number // _UNITS[clock]) + _EPOCH
    return ordinal if _FIRST <= ordinal <= _LAST else None


def moved(number: int | float, clock: Clock, days: int) -> int | float:
    """A moment so many days later; the time of day stays. A bare year moves by whole years."""
    match clock:
        case Clock.JULIAN:
            return number + days
        case Clock.COMPACT:
            written = read_day(str(int(number)))
            return int(written.written(written.ordinal + days)) if written else number
        case Clock.YEAR:
            return number + round(days / 365.25)
    return number + days * _UNITS[clock]


def on_day(ordinal: int, clock: Clock) -> int | float:
    """The start of a day, as such a number."""
    day = date.fromordinal(ordinal)
    match clock:
        case Clock.JULIAN:
            return ordinal + _JULIAN
        case Clock.COMPACT:
            return day.year * 10_000 + day.month * 100 + day.day
        case Clock.YEAR:
            return day.year
    return (ordinal - _EPOCH) * _UNITS[clock]


def looks_like_days(values: Iterable[SqlValue]) -> bool:
    """Whether all texts among some values begin with a day, and there is at least one."""
    texts = [value for value in values if isinstance(value, str) and value.strip()]
    return bool(texts) and all(read_day(text) is not None for text in texts)
