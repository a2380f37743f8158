"""What we leave in a user's file: one small table that travels with it, made by the first confirmed operation.

    _steward_operations (seq, operation_id, database_id, operation, at)

A row is written in the same transaction as the change it names. So after a crash the file itself says whether an
operation happened, and a file that was moved or copied says which database it is: the one of its newest row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from steward_app.db import Session, WriteSession
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.text import quoted

TABLE = "_steward_operations"
_COLUMNS = ("seq", "operation_id", "database_id", "operation", "at")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Done:
    """An operation that the file says was carried out on it."""

    operation_id: str
    database_id: str
    operation: str
    at: str


def database_id(session: Session) -> str:
    """The UUID a file carries, or "" when it carries none that we can read."""
    if not _present(session):
        return ""
    carried = session.value(f"SELECT database_id FROM main.{TABLE} ORDER BY seq DESC LIMIT 1")
    return carried if isinstance(carried, str) and _UUID.fullmatch(carried) else ""


def has(session: Session, operation_id: str) -> bool:
    """Whether the file says that this operation was carried out on it."""
    return _present(session) and bool(
        session.value(f"SELECT 1 FROM main.{TABLE} WHERE operation_id = ?", (operation_id,))
    )


def operations(session: Session) -> tuple[Done, ...]:
    """Every operation the file says was carried out on it, oldest first."""
    if not _present(session):
        return ()
    rows = session.execute(f"SELECT operation_id, database_id, operation, at FROM main.{TABLE} ORDER BY seq")
    return tuple(Done(*(str(value) for value in row)) for row in rows)


def write(session: WriteSession, database: str, operation_id: str, operation: str) -> None:
    """Say in the file that an operation is carried out on it. Call it inside the operation's own transaction.

    Raises `Refused` when the file has a table or view of that name that is not ours.
    """
    if not _present(session):
        if session.value("SELECT 1 FROM main.sqlite_schema WHERE name = ? COLLATE NOCASE", (TABLE,)):
            raise Refused(
                ErrorCode.BLOCKED,
                f"{quoted(session.path.name)} has an object “{TABLE}” that this program did not make.",
                hint="Nothing was changed. Rename that object, then try again.",
            )
        session.run(
            f"CREATE TABLE main.{TABLE} (seq INTEGER PRIMARY KEY, operation_id TEXT NOT NULL UNIQUE,"
            " database_id TEXT NOT NULL, operation TEXT NOT NULL, at TEXT NOT NULL)"
        )
    session.run(
        f"INSERT INTO main.{TABLE} (operation_id, database_id, operation, at) VALUES (?, ?, ?, ?)",
        (operation_id, database, operation, clock.to_text(clock.now())),
    )


def _present(session: Session) -> bool:
    """A table of this name with our columns; anything else of this name is somebody else's."""
    kind = session.value("SELECT type FROM main.sqlite_schema WHERE name = ?", (TABLE,))
    if kind != "table":
        return False
    columns = session.all("SELECT name FROM pragma_table_info(?, 'main')", (TABLE,))
    return tuple(name for (name,) in columns) == _COLUMNS
