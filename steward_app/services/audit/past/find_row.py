"""Which row is meant: by what people name it with, its primary key, and by what names it in the log."""

from __future__ import annotations

from steward_app.db import Session, qualified, quote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine.model import Key
from steward_app.services.audit.engine.values import same
from steward_app.services.audit.past.history import Asked, History
from steward_app.services.audit.past.lineage import lineage, require_key
from steward_app.services.audit.past.overlay import read_row


def named_by(session: Session, table: str) -> tuple[str, ...]:
    """The columns that people name a row with: its primary key. () where it has none; then its number does."""
    newest = lineage(session, table).newest
    return newest.row_key or newest.primary_key


def find_row(session: Session, table: str, named: Key, context: Context | None = None) -> Key:
    """What names a row in the log.

    Where that is a number nobody sees, the row is looked for by its primary key: now, and where it is gone, among
    the changes of the table, the newest first. What is found nowhere comes back as it is.

    Args:
        named: values of the columns that `named_by` tells.

    Raises `UsageError` for a table that the log does not know, and for what names no row of it, and `Cancelled`.
    """
    line = lineage(session, table)
    newest = line.newest
    require_key(line, named)
    if newest.row_key or not newest.primary_key or len(named) != len(newest.primary_key):
        return named
    if line.armed:
        key_sql = [(f"l.{quote(name)}", "") for name in newest.primary_key]
        source = qualified(line.name)
        found = read_row(session, source, [f"l.{quote(newest.rowid)}"], key_sql, named)
        if found is not None:
            return tuple(found.values())
    for entry in History(session).entries(Asked(table=table), context=context):
        told = entry.change.primary_key
        if len(told) == len(named) and all(map(same, told, named)):
            version = line.by_tid[entry.change.tid]
            return version.key_now(entry.change.key) if version.key_order is not None else entry.change.key
    if len(named) > 1:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"The log tells of no such row of {quoted(line.name)}, and there is none now.",
            hint="“steward audit history” shows the rows that it tells of.",
        )
    return named
