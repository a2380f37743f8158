"""A rollback journal in place of the write-ahead log, for the time of one large change.

A log takes every page twice, and the file grows beside it only in the end: written anew, a table of a million rows
needs a third more time and the space of the table once more. SQLite advises a rollback journal for transactions of
that size: https://www.sqlite.org/wal.html (Avoiding Excessively Large WAL Files).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from steward_app.db.open import open_write
from steward_app.db.session import WriteSession
from steward_app.kernel.errors import ErrorCode, Failure, StewardError

LARGE_BYTES = 16 << 20
"""In a smaller file the log is no burden."""


@contextmanager
def log_aside(session: WriteSession) -> Iterator[None]:
    """In the block, a file with a log is written without it, where nobody else has it open, this program neither.

    Nobody reads the file from then on until the session is closed, which must follow the block. A crash leaves the file
    without its log, and so does a disk that fails in the end: see `set_up_log`.
    """
    aside = _put_aside(session)
    try:
        yield
    finally:
        if aside:
            with suppress(StewardError):  # what was committed stands, or what went wrong is told already
                session.value("PRAGMA main.journal_mode = WAL")


def set_up_log(file: Path) -> bool:
    """Give a file its log again; False where others work in it for longer than one waits for a lock.

    Raises as `open_write`, and `Failure` where the disk fails.
    """
    with open_write(file) as session:
        return _becomes(session, "wal", "PRAGMA main.journal_mode = WAL")


def _put_aside(session: WriteSession) -> bool:
    if session.value("PRAGMA main.journal_mode") != "wal":
        return False
    session.run("PRAGMA main.locking_mode = EXCLUSIVE")  # nobody comes in before the log is set up again
    if _becomes(session, "delete", "PRAGMA main.journal_mode = DELETE"):
        return True
    session.run("PRAGMA main.locking_mode = NORMAL")
    return False


def _becomes(session: WriteSession, mode: str, sql: str) -> bool:
    try:
        return session.value(sql) == mode
    except Failure as error:
        if error.code is not ErrorCode.LOCKED:
            raise
        return False
