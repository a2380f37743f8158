"""The schema of a file without its rows, in memory: a place to try what a change of the schema does."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import apsw

from steward_app.db.errors import SqliteSays, in_sqlites_words, translated
from steward_app.db.safe_mode import schema_rows
from steward_app.db.session import Session, WriteSession


def in_memory() -> WriteSession:
    """An empty database in memory; the caller closes it."""
    path = Path(":memory:")
    with translated(path):
        connection = apsw.Connection(":memory:")
        connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    return WriteSession(connection, path)


def skeleton(session: Session, *, triggers: Collection[str] | None = None) -> WriteSession:
    """An in-memory database with the objects of the file, empty; the caller closes it.

    Statements are run as the file stores them. What SQLite does not accept any more (a module that is missing)
    is left out.

    Args:
        triggers: names of the triggers to make; None for all.
    """
    empty = in_memory()
    for row in sorted(
        schema_rows(session), key=lambda row: (row.type == "trigger", row.type == "view", row.row)
    ):
        wanted = row.type != "trigger" or triggers is None or row.name in triggers
        if row.sql and wanted:
            with suppress(SqliteSays), in_sqlites_words():
                empty.run(row.sql)
    return empty
