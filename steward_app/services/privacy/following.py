"""Whether a column tells what another one has in the same row, as the first rows of a table show.

That a column which hardly repeats goes with another says nothing; that all rows of one value have one value of another,
again and again, does not come by chance.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.any_text import rows_of_any_text
from steward_app.db.query import readable
from steward_app.kernel.errors import Failure
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.dates import read_day
from steward_app.services.privacy.references import whole_number

COUNTS_DAYS: Final = "counts the days to"
LEAST_ROWS: Final = 20
NEARLY_ALL: Final = 0.98
_ROWS: Final = 5_000
_UNLIKELY: Final = math.log(10_000)  # to one, against chance
_PARTS: Final[tuple[tuple[str, Callable[[date], int]], ...]] = (
    ("the day of the month in", lambda day: day.day),
    ("the month of", lambda day: day.month),
    ("the year of", lambda day: day.year),
)
_AS_WRITTEN: Final = tuple(
    f"{one}{sign}{other}" for sign in "-./" for one, other in (("%m", "%d"), ("%d", "%m"))
)

Values = Sequence[SqlValue]


def first_values(session: ReadSession, table: str, names: Sequence[str]) -> list[Values]:
    """The values of some columns in the first rows; BLOBs count as nothing."""
    terms = ", ".join(f"iif(typeof({quote(name)}) = 'blob', NULL, {quote(name)})" for name in names)
    try:
        with readable(table):
            rows = list(rows_of_any_text(session, f"SELECT {terms} FROM {qualified(table)} LIMIT {_ROWS:d}"))
    except Failure:
        return []
    return list(zip(*rows, strict=True))


def days_of(values: Values) -> Sequence[date | None] | None:
    """The days that texts are, where nearly all are some."""
    found = [read_day(value) if isinstance(value, str) else None for value in values]
    filled = sum(value is not None for value in values)
    days = [date.fromordinal(each.ordinal) if each else None for each in found]
    return days if filled and sum(day is not None for day in days) >= NEARLY_ALL * filled else None


def part_of(kept: Values, days: Sequence[date | None]) -> str:
    """Which part of dates a column holds, or that it counts their days."""
    pairs = [(value, day) for value, day in zip(kept, days, strict=True) if value is not None and day]
    numbers = [(number, day) for value, day in pairs if (number := _number(value)) is not None]
    if len(pairs) < LEAST_ROWS:
        return ""
    if len(numbers) == len(pairs):
        for how, part in _PARTS:
            if len({number for number, _ in numbers}) > 1 and all(n == part(day) for n, day in numbers):
                return f"is {how}"
        if len({number - day.toordinal() for number, day in numbers}) == 1:
            return COUNTS_DAYS
    if any(all(str(value).rstrip(".") == day.strftime(form) for value, day in pairs) for form in _AS_WRITTEN):
        return "is the day and month of"
    return ""


def _number(value: SqlValue) -> int | None:
    return whole_number(value.lstrip("0") if isinstance(value, str) else value)


def equal(one: Values, other: Values) -> bool:
    """Whether two columns have the same in nearly every row, and many different values."""
    pairs = [pair for pair in zip(one, other, strict=True) if None not in pair]
    alike = [str(first) for first, second in pairs if str(first) == str(second)]
    return len(set(alike)) >= LEAST_ROWS and len(alike) >= NEARLY_ALL * len(pairs)


def leads(one: Values, other: Values) -> bool:
    """Whether each value of a column has one value of another beside it, and that does not come by chance."""
    pairs = [pair for pair in zip(one, other, strict=True) if None not in pair]
    firsts = len({first for first, _ in pairs})
    if len(pairs) < LEAST_ROWS or len(set(pairs)) != firsts:
        return False
    counted = Counter(second for _, second in pairs)
    alike = sum((count / len(pairs)) ** 2 for count in counted.values())
    return len(counted) > 1 and -(len(pairs) - firsts) * math.log(alike) >= _UNLIKELY
