"""Days as people and programs write them: found in a text, changed, and written back in the same form.

Only the day is touched. Time of day, time zone, spaces and whatever else stands around it stay as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.day_forms import COMPACT, DAY_FIRST, FORMS, MONTH_FIRST, with_groups
from steward_app.services.privacy.month_names import Month, Series, meant_by, name_of, usual_series

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

_SKIPPED = "-"
_KINDS = {
    "year": "y", "short": "y", "era": "y", "month": "m", "mm": "m", "day": "d", "dd": "d", "nth": "d", "name": "n",
    "ordinal": "o", "point": _SKIPPED,
}  # fmt: skip
_ANY_YEAR, _ERA = r"\d{4}", r"(?:1[6-9]|20|21)\d\d"  # without signs between, most numbers are no days
_READ = {
    form: re.compile(
        r"(?P<head>\s*)"
        + with_groups(form, year=_ERA if form == COMPACT else _ANY_YEAR, letter=r"[^\W\d_]")
        + r"(?!\d)(?P<tail>.*)",
        re.DOTALL,
    )
    for form in FORMS
}
_PARTS = {form: tuple(_KINDS.get(part, "") for part in found.groupindex) for form, found in _READ.items()}
_OTHER_ORDER = {DAY_FIRST: MONTH_FIRST, MONTH_FIRST: DAY_FIRST}
_MONTH_BEFORE = tuple(_OTHER_ORDER.get(form, form) for form in FORMS)
_TIME = re.compile(r"[\sT]*\d[\d:.,]*\s*(?:Z|[+-][\d:]+)?\s*|\s*")
_ENGLISH = frozenset({"st", "nd", "rd", "th"})
_ENGLISH_ORDINAL, _FIRST_ALONE = "th", frozenset({"er", "re"})


DayForm: TypeAlias = tuple[tuple[str, str], ...]
"""What stands around and between year, month and day; these as "y", "m", "n", "d" with how they are written, and "o" is
an ordinal's ending. Of a month's name that is its list, and a name in letters as large or small.
"""


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
    def rest(self) -> str:
        """What follows the day."""
        return self.pieces[-1][1]

    @property
    def of_two_digits(self) -> bool:
        """The century is not written."""
        return ("y", "2") in self.pieces

    @property
    def form(self) -> DayForm:
        """How it is written, without what it tells: a time of day is 0, and words beside the day are gone."""
        time = re.sub(r"\d", "0", self.rest) if _TIME.fullmatch(self.rest) else ""
        return (*self.pieces[:-1], ("", time))


def usual_form(
    values: Iterable[SqlValue], *, month_first: bool = False, months: Series = ""
) -> DayForm | None:
    """The form in which most of some days are written, the first of those that are as frequent; None without any."""
    texts = (value for value in values if isinstance(value, str))
    found = (read_day(text, month_first=month_first, months=months) for text in texts)
    counted = Counter(each.form for each in found if each)
    return counted.most_common(1)[0][0] if counted else None


def usual_months(values: Iterable[SqlValue]) -> Series:
    """The list of months that some days are written with; "" where none has a month's name."""
    found = (_found(value) for value in values if isinstance(value, str))
    return usual_series(each["name"] for each in found if each and "name" in each.re.groupindex)


def has_month_first(values: Iterable[SqlValue]) -> bool:
    """Whether dates like 12/31/2020 stand among the values, and none like 31/12/2020."""
    texts = [value for value in values if isinstance(value, str)]
    first = any(_READ[MONTH_FIRST].match(text) and not _READ[DAY_FIRST].match(text) for text in texts)
    return first and not any(
        _READ[DAY_FIRST].match(text) and not _READ[MONTH_FIRST].match(text) for text in texts
    )


def read_day(
    text: str, *, month_first: bool = False, last: int = LAST_OF_TWO, months: Series = ""
) -> WrittenDay | None:
    """The day with which a text begins, or None.

    Args:
        month_first: "03/04/2020" is the 4th of March; a day that cannot be read so is tried the other way.
        last: the last year that two digits mean.
        months: the list that a month's name is likely from.
    """
    return next(_days(text, month_first, last, months), None)


def whole_day(text: str, *, month_first: bool = False) -> int | None:
    """The day that a text is, with a time of day at most, as an ordinal; None for every other text."""
    found = next(_days(text, month_first, LAST_OF_TWO, ""), None)
    return found.ordinal if found and _TIME.fullmatch(found.rest) else None


def meanings(text: str, lasts: Iterable[int]) -> frozenset[int]:
    """The days that the beginning of a text may mean, as ordinals: 03/04/2020 is one of two.

    Args:
        lasts: the last years that two digits may mean.
    """
    return frozenset(each.ordinal for last in lasts for each in _days(text, False, last, ""))


def _days(text: str, month_first: bool, last: int, series: Series) -> Iterator[WrittenDay]:
    for form in _MONTH_BEFORE if month_first else FORMS:
        found = _READ[form].match(text)
        if found:
            kinds, parts = _PARTS[form], found.groups()
            for month in meant_by(found["name"], series) if "n" in kinds else (None,):
                day = _day(kinds, parts, month, last)
                if day is not None:
                    yield day


def _found(text: str) -> re.Match[str] | None:
    return next((found for form in FORMS if (found := _READ[form].match(text))), None)


def _day(kinds: Sequence[str], parts: Sequence[str], named: Month | None, last: int) -> WrittenDay | None:
    """The day of the parts that were found, a name of which means the month that is given."""
    year, month, day = 0, named.number if named else 0, 0
    pieces: list[tuple[str, str]] = []
    for kind, text in zip(kinds, parts, strict=True):
        if kind == "":
            pieces.append((kind, text))
        elif kind == "n" and named:
            pieces.append((kind, f"{named.series}/{name_of(1, named.series, text)}"))
        elif kind == "o":
            pieces.append((kind, _ENGLISH_ORDINAL if text in _ENGLISH else text))
        elif kind != _SKIPPED:
            size = len(text)
            pieces.append((kind, str(size)))
            if kind == "y":
                year = int(text) if size > 2 else _in_full(int(text), last)
            elif kind == "m":
                month = int(text)
            else:
                day = int(text)
    try:
        return WrittenDay(date(year, month, day).toordinal(), tuple(pieces))
    except ValueError:
        return None


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


def _piece(kind: str, form: str, day: date) -> str:
    match kind:
        case "y":
            return f"{day.year:04d}"[-int(form) :]
        case "m":
            return f"{day.month:0{form}d}"
        case "d":
            return f"{day.day:0{form}d}"
        case "n":
            series, _, like = form.partition("/")
            return name_of(day.month, series, like)
        case "o":
            return _ordinal(form, day.day)
    return form


def _ordinal(form: str, number: int) -> str:
    """What stands behind a number: 1st, 2nd; 1er alone, and 2."""
    if form in _FIRST_ALONE:
        return form if number == 1 else ""
    if form != _ENGLISH_ORDINAL:
        return form
    return form if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, form)


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
