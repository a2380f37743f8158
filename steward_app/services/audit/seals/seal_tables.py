"""The tables of seals in a user's file. They are made by the first seal, and hold no value of a row.

The names begin like all others of the audit. docs/audit-format.md tells what each column holds.
"""

from __future__ import annotations

from steward_app.db import Session, WriteSession, quote
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.layout import layout
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.engine.names import PREFIX

SEAL = f"{PREFIX}seal"
CHAIN = f"{PREFIX}chain"
REDACTED = f"{PREFIX}redacted"

_TABLES = {
    CHAIN: "id INTEGER PRIMARY KEY, log BLOB, base_key BLOB, base BLOB",
    SEAL: (
        "n INTEGER PRIMARY KEY, first_seq INTEGER, last_seq INTEGER, last_txn INTEGER, last_tid INTEGER,"
        " root BLOB, cells BLOB, base BLOB, previous BLOB, sealed_us INTEGER,"
        " key_id TEXT, public_key TEXT, signature TEXT, marks BLOB"
    ),
    REDACTED: (
        "seq INTEGER PRIMARY KEY, whole BLOB, openings BLOB, place INTEGER, leaves INTEGER, path BLOB,"
        " reason TEXT, at_us INTEGER"
    ),
}


def base_table(tid: int) -> str:
    """The baseline of one version of a table."""
    return f"{PREFIX}base_{tid}"


def key_table(tid: int) -> str:
    """The secrets of the rows of one version of a table."""
    return f"{PREFIX}key_{tid}"


def rows_table(tid: int) -> str:
    """Which sealed changes concern which row of one version of a table."""
    return f"{PREFIX}rows_{tid}"


def moved_table(tid: int) -> str:
    """Which numbers the rows had before one version of a table, where VACUUM gave them others."""
    return f"{PREFIX}moved_{tid}"


def rows_sql(tid: int, *, by_rowid: bool) -> str:
    """The statement that makes the list of which changes concern which row."""
    kind = "INTEGER" if by_rowid else "BLOB"
    columns = f"key {kind} NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (key, seq)"
    return f"CREATE TABLE {quote(rows_table(tid))} ({columns}) WITHOUT ROWID"


def ensure(session: WriteSession) -> None:
    """Make the tables that every file with seals has, where they are not there."""
    for name, columns in _TABLES.items():
        if not is_there(session, name):
            session.run(f"CREATE TABLE main.{quote(name)} ({columns})")


def is_there(session: Session, name: str) -> bool:
    """Whether the file has a table of this name."""
    return bool(session.value("SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?", (name,)))


def present(session: Session) -> frozenset[str]:
    """The names of all tables of the audit that the file has."""
    rows = session.execute(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND substr(name, 1, ?) = ?",
        (len(PREFIX), PREFIX),
    )
    return frozenset(str(name) for (name,) in rows)


def audited(session: Session, *, current: bool = False, strict: bool = True) -> tuple[AuditedTable, ...]:
    """As `tables.tables`, of a file in which somebody may have written by hand.

    Args:
        strict: raise `Failure` (DAMAGED) when the list cannot be read; else it is empty then.
    """
    try:
        found = tables.tables(session, current=current)
        for each in found:
            layout(each)
            for name in (each.name, each.rowid, *(column.name for column in each.columns)):
                quote(name)
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        if not strict:
            return ()
        raise Failure(
            ErrorCode.DAMAGED,
            f"The list of audited tables in {quoted(session.path.name)} cannot be read: it was edited.",
            hint="Nothing was changed. Verify the log; a restore point holds the list as it was.",
        ) from None
    return found
