"""Takes the triggers of a file away for a while, all but those of its audit, and makes them again in their order.

Inside a transaction, so that nobody else ever sees the file without them. The triggers made last fire first; those of
the audit are to be the last, so they are made again too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import apsw

from steward_app.db.names import fold, qualified

AUDIT = "_steward_audit_"
"""How the names of the audit's triggers begin."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger as it is stored."""

    name: str
    table: str
    sql: str


def has_audit(connection: apsw.Connection) -> bool:
    """Whether triggers of an audit stand in the file."""
    sql = "SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger' AND substr(name, 1, ?) = ? COLLATE NOCASE"
    return connection.execute(sql, (len(AUDIT), AUDIT)).fetchone() is not None


def lift(connection: apsw.Connection) -> Sequence[Trigger]:
    """Take away every trigger but those of the audit, and say which, in the order in which they were made."""
    lifted = [trigger for trigger in _triggers(connection) if not _of_audit(trigger)]
    for trigger in lifted:
        connection.execute(f"DROP TRIGGER {qualified(trigger.name)}")
    return lifted


def put_back(connection: apsw.Connection, lifted: Sequence[Trigger]) -> None:
    """Make them again, and those of the audit after them. Those of a table that went meanwhile are gone with it."""
    if not lifted:
        return
    tables = "SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view')"
    there = {fold(str(name)) for (name,) in connection.execute(tables)}
    ours = [trigger for trigger in _triggers(connection) if _of_audit(trigger)]
    for trigger in ours:
        connection.execute(f"DROP TRIGGER {qualified(trigger.name)}")
    for trigger in (*lifted, *ours):
        if fold(trigger.table) in there:
            connection.execute(trigger.sql)


def _triggers(connection: apsw.Connection) -> list[Trigger]:
    sql = "SELECT name, tbl_name, sql FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY rowid"
    return [Trigger(*map(str, row)) for row in connection.execute(sql)]


def _of_audit(trigger: Trigger) -> bool:
    return fold(trigger.name).startswith(AUDIT)
