"""Which tables change beside those that an operation counts: by triggers of the file, and what those set off."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from steward_app.db import Session, fold
from steward_app.services.schema.model import Schema

_WRITES = frozenset({"SQLITE_INSERT", "SQLITE_UPDATE", "SQLITE_DELETE"})


def also_changed(
    session: Session, schema: Schema, statements: Iterable[str], counted: Collection[str]
) -> tuple[str, ...]:
    """The tables in which statements change rows that nobody can count beforehand, as SQLite's authorizer tells it.

    Args:
        statements: what is run; it is prepared, and not run.
        counted: tables whose rows are counted beforehand, but for what triggers of others do to them.
    """
    known, found = {fold(name) for name in counted}, dict[str, None]()
    for sql in statements:
        for access in session.accesses(sql):
            table = schema.table(access.table)
            if access.action not in _WRITES or table is None or table.ours:
                continue
            if fold(table.name) in known and (
                not access.through or fold(access.through).startswith("_steward_")
            ):
                continue
            found[table.name] = None
            found.update(dict.fromkeys(each.name for each in schema.tables if each.owner == table.name))
    return tuple(found)
