"""What of a damaged file can still be read.

`first_look` is short and bounded, for the moment a file is opened; `survey` reads everything, for the steward who
must know what is left. Neither says anything of rules of the data (CHECK, NOT NULL): those are not damage.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import apsw

from steward_app.db import notices
from steward_app.db.integrity import is_about_data
from steward_app.db.names import qualified, quote
from steward_app.db.safe_mode import schema_rows
from steward_app.db.session import ReadSession, Session
from steward_app.db.state import OpenMode
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context

_STEPS_BETWEEN_LOOKS = 500
_PROBLEMS_LOOKED_AT = 100
_FIRST_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What a bounded look found. `damaged`: pages that do not hold together; `whole`: all of the file was looked at."""

    damaged: bool
    whole: bool


@dataclass(frozen=True, slots=True)
class TableReach:
    """How far a table can be read.

    Attributes:
        rows: rows read before the first damaged page, or None when the table and its indexes are whole. Where only an
            index is damaged, all of them.
    """

    table: str
    rows: int | None = None

    @property
    def is_whole(self) -> bool:
        """True when no page of the table or of its indexes is damaged or missing."""
        return self.rows is None


def first_look(session: Session, seconds: float) -> FirstLook:
    """Look for damaged pages for a short time: a small file is looked at whole, a large one from its start."""
    deadline = time.monotonic() + seconds
    connection = session._connection
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS, id=first_look)
    try:
        return FirstLook(damaged=_is_damaged(session), whole=True)
    except (Cancelled, apsw.SQLError):  # the time is over, or SQLite needs a function that is not there
        return FirstLook(damaged=False, whole=False)
    finally:
        connection.set_progress_handler(None, id=first_look)


def first_notices(session: ReadSession) -> tuple[Finding, ...]:
    """What a steward is told at once of damage that opening the file did not meet."""
    if session.state.mode is OpenMode.SAFE or not first_look(session, _FIRST_LOOK_S).damaged:
        return ()  # in safe mode it has been said
    return (notices.damaged_pages(session.path),)


def survey(session: Session, context: Context) -> tuple[TableReach, ...]:
    """How far each stored table can be read, by reading it. As long as a full check of the file; cancellable.

    A table that SQLite refuses altogether is told with 0 rows.
    """
    tables = sorted(
        row.name
        for row in schema_rows(session)
        if row.type == "table" and row.root_page and not row.name.startswith("sqlite_")
    )
    found = []
    with session.under(context):
        for done, table in enumerate(tables):
            context.checkpoint()
            context.report(done, len(tables), unit="tables", note=table)
            found.append(_reach(session, table))
    return tuple(found)


def _reach(session: Session, table: str) -> TableReach:
    try:
        if not _is_damaged(session, table):
            return TableReach(table)
    except apsw.SQLError:  # no such table, or it needs what is not there
        return TableReach(table, 0)
    rows = 0
    try:
        for _ in _rows(session, table):
            rows += 1
    except apsw.InterruptError as error:
        raise Cancelled() from error
    except apsw.Error:  # the damaged page: this is how far it goes
        return TableReach(table, rows)
    return TableReach(table, rows)  # only an index is damaged


def _rows(session: Session, table: str) -> Iterator[None]:
    """A beat for each row, all of it read."""
    cursor = session._connection.execute(f"SELECT * FROM {qualified(table)} NOT INDEXED")
    try:
        while True:
            try:
                if next(cursor, None) is None:
                    return
            except UnicodeDecodeError:  # text that is no text: the row is there
                pass
            yield
    finally:
        cursor.close()


def _is_damaged(session: Session, table: str = "") -> bool:
    """Does SQLite's quick check find pages that do not hold together?"""
    what = quote(table) if table else str(_PROBLEMS_LOOKED_AT)
    try:
        return any(
            row[0] != "ok" and not is_about_data(str(row[0]))
            for row in session.execute(f"PRAGMA main.quick_check({what})")
        )
    except UnicodeDecodeError:  # it speaks of an object whose name is no text any more
        return True
    except Failure as error:
        if error.code in (ErrorCode.DAMAGED, ErrorCode.IO_ERROR):
            return True
        raise
