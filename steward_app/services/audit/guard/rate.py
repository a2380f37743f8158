"""How much a table changes in a day, where that can be seen: from columns that tell when, or from restore points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from steward_app.catalog.points import Point
from steward_app.db import Session, qualified, quote
from steward_app.kernel import clock
from steward_app.kernel.text import quoted
from steward_app.services.schema.model import Table

DAYS = 30
"""How far back is looked, from the newest row."""
_WHEN = r"(_?(at|on|date|time|ts|utc))?"
_CREATED = re.compile(
    rf"(date|time)?_?(created?|inserted|added|registered|recorded|entered){_WHEN}", re.IGNORECASE
)
_UPDATED = re.compile(rf"(last|date|time)?_?(updated?|modified|changed){_WHEN}", re.IGNORECASE)
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Growth:
    """How a table's number of rows grew between the oldest and the newest restore point.

    Attributes:
        days: that lie between them.
    """

    rows: int
    days: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Changes a day, at least; None where that kind cannot be seen.

    Attributes:
        source: where the numbers come from, in words.
    """

    inserts: float | None
    updates: float | None
    deletes: float | None
    source: str


def growth(points: Sequence[Point]) -> dict[str, Growth]:
    """By table, how it grew between restore points that counted its rows.

    Args:
        points: of one database, the newest first.
    """
    counted = [point for point in points if point.tables]
    if len(counted) < 2:
        return {}
    newest, oldest = counted[0], counted[-1]
    days = (_moment(newest) - _moment(oldest)).total_seconds() / _SECONDS_A_DAY
    if days <= 1 / 24:
        return {}
    before = {table.name: table.rows for table in oldest.tables if not table.problem}
    return {
        table.name: Growth(table.rows - before[table.name], days)
        for table in newest.tables
        if table.name in before and not table.problem
    }


def rate_of(session: Session, table: Table, grown: Growth | None = None) -> Rate | None:
    """Changes of a table in a day, or None where nothing tells of them."""
    created = _first(table, _CREATED)
    updated = _first(table, _UPDATED)
    came = _a_day(session, table.name, created) if created else None
    touched = _a_day(session, table.name, updated) if updated else None
    if came is None and touched is None:
        return _of_growth(grown)
    changed = None if touched is None else max(0.0, touched - (came or 0.0))
    told = " and ".join(
        quoted(name) for name, seen in ((created, came), (updated, touched)) if seen is not None
    )
    return Rate(came, changed, None, f"from {told}, over {DAYS} days")


def _of_growth(grown: Growth | None) -> Rate | None:
    if grown is None:
        return None
    a_day = grown.rows / grown.days
    source = f"from the rows counted in restore points, over {grown.days:.0f} days"
    return Rate(max(a_day, 0.0), None, max(-a_day, 0.0), source)


def _first(table: Table, pattern: re.Pattern[str]) -> str:
    return next((column.name for column in table.columns if pattern.fullmatch(column.name)), "")


def _a_day(session: Session, table: str, column: str) -> float | None:
    """Rows a day over the last days that the column knows; None where it holds no dates.

    Text is a date as SQLite reads it; a number a Julian day, milliseconds or seconds since 1970, by its size.
    """
    named, source = quote(column), qualified(table)
    day = (
        f"CASE WHEN typeof({named}) = 'text' THEN julianday({named})"
        f" WHEN typeof({named}) NOT IN ('integer', 'real') THEN NULL"
        f" WHEN {named} BETWEEN 1721059.5 AND 5373484.5 THEN {named}"
        f" WHEN {named} > 100000000000 THEN {named} / 86400000.0 + 2440587.5"
        f" WHEN {named} > 0 THEN {named} / 86400.0 + 2440587.5 END"
    )
    row = session.one(
        f"WITH days AS (SELECT {day} AS day FROM {source}), ends AS (SELECT min(day) AS oldest, max(day) AS newest"
        " FROM days WHERE day <= julianday('now') + 1)"
        f" SELECT count(*), max(1, min({DAYS}, ends.newest - ends.oldest)) FROM days JOIN ends"
        f" WHERE day > ends.newest - {DAYS} AND day <= ends.newest"
    )
    if row is None or not isinstance(row[0], int) or not row[0] or row[1] is None:
        return None
    return row[0] / float(row[1])


def _moment(point: Point) -> datetime:
    return clock.from_text(point.made_at)
