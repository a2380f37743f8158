"""The end of a transaction that is not kept, with all of it undone in the file at once."""

from __future__ import annotations

from contextlib import suppress

import apsw


def roll_back(connection: apsw.Connection) -> None:
    """Roll back what is open, and have SQLite undo what it had written to the file.

    After an error of the disk SQLite leaves that to whoever reads next. Until then the journal lies beside the file, as
    if a program had died. https://www.sqlite.org/lockingv3.html#hot_journals
    """
    if connection.in_transaction:
        with suppress(apsw.InterruptError):  # closing rolls back then
            connection.execute("ROLLBACK")
    with suppress(apsw.Error):  # what is in the way is told to whoever opens the file next
        connection.execute("PRAGMA schema_version").fetchall()
