"""How fresh the rows of a restored file are: a copy that restores perfectly may still be of last year's data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from steward_app.db import Session, qualified, quote
from steward_app.db.image import open_image
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.schema import read_schema
from steward_app.services.schema.model import Column, TableKind

_DATED = ("date", "time")  # in a declared type
_NAMED = ("_at", "_on", "date", "time", "timestamp")  # at the end of a column's name
_FUTURE = timedelta(days=1)  # a due date or a birthday to come is no sign of life


def newest_row_age(image: Path, made_at: datetime, context: Context) -> str | None:
    """How old the newest dated row was at a moment, and in which table it is: "3 minutes, in “visit”".

    Moments are read as SQLite's own functions read them (https://www.sqlite.org/lang_datefunc.html): text in ISO form.
    Only ages are told, never a value. None when no table has a dated row, or it cannot be told.
    """
    newest: tuple[datetime, str] | None = None
    try:
        with open_image(image) as session:
            for table in read_schema(session, context).tables:
                if table.kind is not TableKind.TABLE:
                    continue
                for column in filter(_is_dated, table.columns):
                    context.checkpoint()
                    at = _newest(session, table.name, column.name, made_at)
                    if at is not None and (newest is None or at > newest[0]):
                        newest = (at, table.name)
    except Failure:
        return None
    if newest is None:
        return None
    return f"{_age(made_at - newest[0])} old, in {quoted(newest[1])}"


def _is_dated(column: Column) -> bool:
    declared, name = column.declared_type.lower(), column.name.lower()
    return any(word in declared for word in _DATED) or name.endswith(_NAMED)


def _newest(session: Session, table: str, column: str, made_at: datetime) -> datetime | None:
    """SQLite computes: julianday() of what is no moment is NULL. Numbers are left out, since they may mean anything."""
    days = session.value(
        f"SELECT max(julianday({quote(column)})) FROM {qualified(table)}"
        f" WHERE typeof({quote(column)}) = 'text' AND julianday({quote(column)}) <= julianday(?)",
        ((made_at + _FUTURE).strftime("%Y-%m-%d %H:%M:%S"),),
    )
    if not isinstance(days, float):
        return None
    return datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(days=days - 2451545.0)


def _age(age: timedelta) -> str:
    minutes = max(0, int(age / timedelta(minutes=1)))
    if minutes < 120:
        return plural(minutes, "minute")
    return plural(minutes // 60, "hour") if minutes < 48 * 60 else plural(minutes // (24 * 60), "day")
