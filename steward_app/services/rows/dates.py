"""Dates as stewards type them, and periods as SQL over columns that hold dates in any of SQLite's ways.

SQLite has no type for dates. A column holds them as text (ISO 8601) or as a number: seconds since 1970, milliseconds
where the number is too large for that, a Julian day where it is in the range of those. A period is compared with each
in its own way. Times are UTC.
https://www.sqlite.org/lang_datefunc.html
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.services.rows.order import Fragment, every

Moment: TypeAlias = str
"""Text as SQLite writes it: "2026-11-01", or "2026-11-01 16:30:00"."""

_ISO = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?Z?)?", re.ASCII)
_WRITTEN = re.compile(r"(?:(\d{1,2})\.? )?([A-Za-z]{3,9})\.? (\d{4})", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MOST_SECONDS = 100_000_000_000  # a larger integer counts milliseconds: in seconds it would be the year 5138
_JULIAN_OF_1970 = 2_440_587.5
_JULIAN_DAYS = (1_721_059.5, 5_373_484.5)  # years 0 to 9999


def parse_period(text: str) -> tuple[Moment, Moment] | None:
    """The first moment of a day, month or minute as typed, and the first moment after it; None for anything else.

    "2026-11-01", "2026-11", "2026-11-01 16:30", "1 Nov 2026", "November 2026". Forms in which day and month can be
    confused (01/11/2026) are not taken.
    """
    text = " ".join(text.split())
    try:
        if found := _ISO.fullmatch(text):
            return _from_numbers(*(int(part) if part else None for part in found.groups()))
        if (found := _WRITTEN.fullmatch(text)) and (month := _month(found[2])):
            return _from_numbers(int(found[3]), month, int(found[1]) if found[1] else None, None, None, None)
    except ValueError:
        return None
    return None


def read_period(text: str) -> tuple[Moment, Moment]:
    """As `parse_period`; raises `UsageError` when it is not a date."""
    period = parse_period(text)
    if period is None:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"“{text}” is not a date as it is written here.",
            hint="Write 2026-11-01 or 1 Nov 2026; with a time, 2026-11-01 16:30.",
        )
    return period


def period_sql(column: str, affinity: str, start: Moment | None, end: Moment | None) -> Fragment:
    """A condition: the column's date is at or after `start` and before `end`."""
    bounds = [(">=", start), ("<", end)]
    present = [(sign, moment) for sign, moment in bounds if moment is not None]
    text = every(Fragment(f"typeof({column}) = 'text'"), *(_text(column, s, m) for s, m in present))
    if affinity == "TEXT":
        return text
    numbers = every(
        Fragment(f"typeof({column}) IN ('integer', 'real')"), *(_number(column, s, m) for s, m in present)
    )
    return Fragment(f"({text.sql}) OR ({numbers.sql})", (*text.bindings, *numbers.bindings))


def period_words(start: Moment | None, end: Moment | None) -> str:
    """A period in words: "since 1 Nov 2026", "before 3 Jan 2026", "on 1 Nov 2026", "from ... to before ..."."""
    if start is None or end is None:
        return f"since {_words(start)}" if start else f"before {_words(end or '')}"
    if len(start) == len(end) == 10 and _day(end) - _day(start) == timedelta(days=1):
        return f"on {_words(start)}"
    if len(end) == 10:
        return f"from {_words(start)} to {_words((_day(end) - timedelta(days=1)).isoformat())}"
    return f"from {_words(start)} to before {_words(end)}"


def _from_numbers(
    year: int | None,
    month: int | None,
    day: int | None,
    hour: int | None,
    minute: int | None,
    second: int | None,
) -> tuple[Moment, Moment]:
    if year is None or month is None or (hour is not None and day is None):
        raise ValueError("not a date")
    if day is not None and hour is not None and minute is not None:
        start = datetime(year, month, day, hour, minute, second or 0, tzinfo=UTC)
        length = timedelta(seconds=1) if second is not None else timedelta(minutes=1)
        return _with_time(start), _with_time(start + length)
    first = date(year, month, day or 1)
    after = first + timedelta(days=1) if day else date(year + month // 12, month % 12 + 1, 1)
    return first.isoformat(), after.isoformat()


def _month(word: str) -> int | None:
    word = word.lower()
    known = word in _MONTH_NAMES or word in (*_MONTHS, "sept")
    return _MONTHS.index(word[:3]) + 1 if known else None


def _text(column: str, sign: str, moment: Moment) -> Fragment:
    if (
        len(moment) == 10
    ):  # dates alone compare rightly with dates and with times, whatever stands between the two
        return Fragment(f"{column} {sign} ?", (moment,))
    return Fragment(f"replace({column}, 'T', ' ') {sign} ?", (moment,))


def _number(column: str, sign: str, moment: Moment) -> Fragment:
    seconds = int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())
    julian = _JULIAN_OF_1970 + seconds / 86_400
    low, high = _JULIAN_DAYS
    return Fragment(
        f"CASE WHEN {column} BETWEEN {low} AND {high} THEN {column} {sign} ? "
        f"WHEN abs({column}) < {_MOST_SECONDS} THEN {column} {sign} ? ELSE {column} {sign} ? END",
        (julian, seconds, seconds * 1000),
    )


def _with_time(moment: datetime) -> Moment:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _day(moment: Moment) -> date:
    return date.fromisoformat(moment[:10])


def _words(moment: Moment) -> str:
    day = _day(moment)
    time = moment[10:16] if len(moment) > 10 else ""
    return f"{day.day} {_MONTHS[day.month - 1].capitalize()} {day.year}{time}"
