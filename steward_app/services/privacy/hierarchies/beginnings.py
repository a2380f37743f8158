"""What coarser values begin with, for columns that take no labels: 30 in place of "30-39"."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.dates import on_day, read_day
from steward_app.services.privacy.hierarchies import ANY, Dates, Hierarchy, Ranges


def beginnings(hierarchy: Hierarchy, level: int, values: Sequence[SqlValue]) -> list[SqlValue]:
    """What the coarser values begin with, in the storage class that they had."""
    if isinstance(hierarchy, Ranges):
        return hierarchy.lowest(values, level)
    if isinstance(hierarchy, Dates) and 0 < level <= len(hierarchy.levels):
        return [_first_day(hierarchy, level, value) for value in values]
    return [None if value == ANY else value for value in hierarchy.at(values, level)]


def _first_day(hierarchy: Dates, level: int, value: SqlValue) -> SqlValue:
    day = hierarchy.day(value)
    if day is None:
        return None
    first = hierarchy.first_day(day, level)
    if isinstance(value, str):
        written = read_day(value, month_first=hierarchy.month_first)
        return _without_time(written.written(first)) if written else None
    return (
        type(value)(on_day(first, hierarchy.clock))
        if hierarchy.clock and isinstance(value, int | float)
        else None
    )


def _without_time(text: str) -> str:
    """A text without the time of day that follows the day: every digit of it is 0."""
    found = read_day(text)
    rest = found.pieces[-1][1] if found else ""
    zeros = "".join("0" if letter.isdigit() else letter for letter in rest)
    return text[: len(text) - len(rest)] + zeros
