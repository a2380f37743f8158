"""A rollback journal in place of the write-ahead log, for the time of one large change.

A log takes every page twice, and the file grows beside it only in the end: written anew, a table of a million rows
needs a third more time and the space of the table once more. SQLite advises a rollback journal for transactions of
that size: https://www.sqlite.org/wal.html (Avoiding Excessively Large WAL Files).
"""

from __future__ import annotations

from pathlib import Path

from steward_app.db.open import open_write
from steward_app.db.session import WriteSession
from steward_app.kernel.errors import ErrorCode, Failure

LARGE_BYTES = 16 << 20
"""In a smaller file the log is no burden."""


def put_aside(file: Path) -> bool:
    """Let a file do without its log; False where it has none, or anybody has the file open, this program too.

    What stands in the log is in the file then. The file says from then on that it has none: `put_back` must follow,
    after a crash too. Raises as `open_write`, and `Failure` where the disk fails.
    """
    with open_write(file) as session:
        has_log = session.value("PRAGMA main.journal_mode") == "wal"
        return has_log and _becomes(session, "delete", "PRAGMA main.journal_mode = DELETE")


def put_back(file: Path) -> bool:
    """Give a file its log again; False where others work in it for longer than one waits for a lock.

    Raises as `put_aside`.
    """
    with open_write(file) as session:
        return _becomes(session, "wal", "PRAGMA main.journal_mode = WAL")


def _becomes(session: WriteSession, mode: str, sql: str) -> bool:
    try:
        return session.value(sql) == mode
    except Failure as error:
        if error.code is not ErrorCode.LOCKED:
            raise
        return False
