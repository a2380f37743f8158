"""Filters the steward gave a name, for each table of each database.

A filter holds what the steward typed, which may be a value of a row; it stays in the catalog and goes nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from steward_app.catalog.store import Unit
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Json
from steward_app.kernel.text import quoted


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter with a name. `filter` is what the data page makes of it; `saved_at` is RFC 3339 in UTC."""

    name: str
    filter: Json
    saved_at: str


def of_table(session: Session, database_id: str, table: str) -> tuple[SavedFilter, ...]:
    """The filters of a table, by name."""
    rows = session.all(
        "SELECT name, filter, saved_at FROM saved_filters WHERE database_id = ? AND table_name = ? ORDER BY name",
        (database_id, table),
    )
    return tuple(SavedFilter(str(name), json.loads(str(text)), str(at)) for name, text, at in rows)


def every(session: Session, database_id: str) -> tuple[tuple[str, SavedFilter], ...]:
    """The filters of all tables of a database, each with the name of its table."""
    rows = session.all(
        "SELECT table_name, name, filter, saved_at FROM saved_filters WHERE database_id = ?"
        " ORDER BY table_name, name",
        (database_id,),
    )
    return tuple(
        (str(table), SavedFilter(str(name), json.loads(str(text)), str(at))) for table, name, text, at in rows
    )


def replace_all(unit: Unit, database_id: str, filters: Iterable[tuple[str, SavedFilter]]) -> None:
    """Keep these filters of a database and no others, each with the name of its table.

    None is lost: where two have one name at one table, the later gets a number.
    """
    unit.session.run("DELETE FROM saved_filters WHERE database_id = ?", (database_id,))
    taken: set[tuple[str, str]] = set()
    for table, each in filters:
        names = (each.name, *(f"{each.name} ({number})" for number in range(2, len(taken) + 3)))
        name = next(name for name in names if (table, name) not in taken)
        taken.add((table, name))
        unit.session.run(
            "INSERT INTO saved_filters (database_id, table_name, name, filter, saved_at) VALUES (?, ?, ?, ?, ?)",
            (database_id, table, name, json.dumps(each.filter), each.saved_at),
        )


def save(unit: Unit, database_id: str, table: str, name: str, chosen: Json) -> None:
    """Keep a filter under a name, in the place of one of the same name. Raises `UsageError` without a name."""
    if not name.strip():
        raise UsageError(ErrorCode.BAD_REQUEST, "The filter has no name.", hint="Give it one, then save it.")
    unit.session.run(
        "INSERT OR REPLACE INTO saved_filters (database_id, table_name, name, filter, saved_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (database_id, table, name.strip(), json.dumps(chosen), clock.to_text(clock.now())),
    )


def rename(unit: Unit, database_id: str, table: str, old: str, new: str) -> None:
    """Give a filter another name. Raises `UsageError` when there is no such filter, or the new name is taken."""
    names = {saved.name: saved for saved in of_table(unit.session, database_id, table)}
    if old not in names or (new.strip() in names and new.strip() != old):
        taken = old in names
        raise UsageError(
            ErrorCode.BAD_REQUEST if taken else ErrorCode.UNKNOWN_OBJECT,
            f"There is a filter {quoted(new)} already." if taken else f"There is no filter {quoted(old)}.",
            hint="Nothing was changed.",
        )
    save(unit, database_id, table, new, names[old].filter)
    if new.strip() != old:
        delete(unit, database_id, table, old)


def delete(unit: Unit, database_id: str, table: str, name: str) -> None:
    """Remove a filter, if it is there."""
    unit.session.run(
        "DELETE FROM saved_filters WHERE database_id = ? AND table_name = ? AND name = ?",
        (database_id, table, name),
    )
