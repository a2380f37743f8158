"""Writing a live database anew in its place, so that nothing of what was deleted stays in its file or beside it.

What SQLite frees it does not overwrite, and `PRAGMA secure_delete` comes too late for what was freed before. VACUUM
writes every page anew; in WAL mode a checkpoint then puts them in the place of the old ones and empties the side file.

VACUUM gives new row numbers to a table that has neither a key nor an index. For those whose numbers must stay it is
given an index meanwhile, of no row.
"""

from __future__ import annotations

from collections.abc import Collection

from steward_app.db.names import qualified, quote
from steward_app.db.session import WriteSession
from steward_app.kernel.errors import StewardError

_STILL = "_steward_audit_still_"
"""Names of indexes begin so that are there while the file is written anew, and after it when that was killed."""
_SIDE_FILE = (
    "Another program reads from the file beside it (-wal), which holds old pages until that program is done."
)


def write_live_anew(session: WriteSession, numbered: Collection[tuple[str, str]] = ()) -> str:
    """Write the file of a session anew, outside a transaction; "" when nothing of what was deleted is left.

    Rows, row numbers and schema stay. Space for a second copy is needed until it is done, and for a third in WAL mode.

    Args:
        numbered: tables whose row numbers must stay, each with one of its columns.

    Returns why something is left, a sentence: another program works with the file, or the disk is full.
    """
    try:
        release(session)
        _hold(session, numbered)
        try:
            session.run("VACUUM")
        finally:
            release(session)
        if session.value("PRAGMA journal_mode") != "wal":
            return ""
        row = session.one("PRAGMA main.wal_checkpoint(TRUNCATE)")
        return _SIDE_FILE if row is None or row[0] else ""
    except StewardError as error:
        return error.message


def _hold(session: WriteSession, numbered: Collection[tuple[str, str]]) -> None:
    if not numbered:
        return
    with session.transaction():
        for number, (table, column) in enumerate(numbered):
            name = f"main.{quote(f'{_STILL}{number}')}"
            session.run(f"CREATE INDEX {name} ON {quote(table)} ({quote(column)}) WHERE 0")


def release(session: WriteSession) -> None:
    """Drop the indexes that held row numbers; also those that a killed process left."""
    left = session.all(
        "SELECT name FROM main.sqlite_schema WHERE type = 'index' AND substr(name, 1, ?) = ?",
        (len(_STILL), _STILL),
    )
    if left:
        with session.transaction():
            for (name,) in left:
                session.run(f"DROP INDEX {qualified(str(name))}")
