"""What coarser values begin with, for columns that take no labels: 30 in place of "30-39"."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.dates import DayForm, on_day, usual_form
from steward_app.services.privacy.hierarchies import ANY, Dates, Hierarchy, Ranges


def form_of(hierarchy: Hierarchy, values: Sequence[SqlValue]) -> DayForm | None:
    """The form in which the days of a column are written once they are coarser; None where there are none."""
    if not isinstance(hierarchy, Dates):
        return None
    return usual_form(values, month_first=hierarchy.month_first, months=hierarchy.months)


def beginnings(
    hierarchy: Hierarchy, level: int, values: Sequence[SqlValue], form: DayForm | None
) -> list[SqlValue]:
    """What the coarser values begin with, in the storage class that they had.

    Args:
        form: in which all days are written, so that those of one period are alike however they were written before.
    """
    if isinstance(hierarchy, Ranges):
        return hierarchy.lowest(values, level)
    if isinstance(hierarchy, Dates) and 0 < level <= len(hierarchy.levels):
        return [_first_day(hierarchy, level, value, form) for value in values]
    return [None if value == ANY else value for value in hierarchy.at(values, level)]


def _first_day(hierarchy: Dates, level: int, value: SqlValue, form: DayForm | None) -> SqlValue:
    if isinstance(value, str):
        written = hierarchy.written(value)
        if written is None:
            return None
        return written.in_form(form or written.form).written(hierarchy.first_day(written.ordinal, level))
    day = hierarchy.day(value)
    if day is None or not hierarchy.clock or not isinstance(value, int | float):
        return None
    return type(value)(on_day(hierarchy.first_day(day, level), hierarchy.clock))
