"""Who changes a file and why, told to the audit in that file where there is one.

The audit keeps one row, its clock, that its triggers read: `txn` says whose transaction it is. Any program may set it
for its own transaction and clear it before the commit. One that forgot would sign the changes of everybody after it, so
`guard` stands beside it: a deferred foreign key into a table that is always empty. COMMIT fails as long as it is set,
where foreign keys are enforced. Where a program does not enforce them, the next of ours finds what was left behind,
clears it and writes that down.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from steward_app.db.session import Session, WriteSession
from steward_app.kernel import clock
from steward_app.storage.process import host, user

CLOCK = "_steward_audit_clock"
TXN = "_steward_audit_txn"
EVENT = "_steward_audit_event"
CLEARED = "context cleared"
"""The kind of event that tells of a context left behind."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = "_steward_audit_never"  # what the guard refers to
_TABLES = (CLOCK, TXN, EVENT, _NEVER)


@dataclass(frozen=True, slots=True)
class Writer:
    """Who changes the file, and why. Never holds values of rows.

    Attributes:
        actor: a person's or an account's name.
        application: the program and its version.
        operation_id: of the operation in the journal, or "".
        undo_of: what it undoes, or "".
    """

    actor: str
    application: str
    reason: str = ""
    operation_id: str = ""
    undo_of: str = ""


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A context that its program did not clear: changes since are signed with a transaction that is over.

    Attributes:
        txn: the transaction named, or None.
        last_seq: the last change there is.
    """

    txn: int | None
    last_seq: int


def this_program(version: str, *, reason: str = "", operation_id: str = "", undo_of: str = "") -> Writer:
    """The account this process runs under, with this program."""
    return Writer(user(), f"Data Steward {version}", reason, operation_id, undo_of)


@contextmanager
def attributed(session: WriteSession, writer: Writer) -> Iterator[int | None]:
    """Sign the changes of the block, which stands inside a transaction. Gives the number of the signed transaction.

    Does nothing (and gives None) where the file has no audit. Nothing is left of it where the block changes no audited
    table. Where the block raises, the context is left as it is, to be rolled back with the transaction: it cannot be
    committed.
    """
    if not has_clock(session):
        yield None
        return
    clear_left_behind(session)
    first = session.count(f"SELECT seq + 1 FROM main.{CLOCK}")
    session.run(
        f"INSERT INTO main.{TXN} (begun_us, actor, application, host, pid, reason, operation_id, undo_of, first_seq)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            _now_us(),
            writer.actor,
            writer.application,
            host(),
            os.getpid(),
            writer.reason,
            writer.operation_id,
            writer.undo_of,
            first,
        ),
    )
    txn = session.count("SELECT last_insert_rowid()")
    session.run(f"UPDATE main.{CLOCK} SET txn = ?, guard = 1 WHERE id = 1", (txn,))
    yield txn
    if not has_clock(session):  # the block removed the audit
        return
    session.run(f"UPDATE main.{CLOCK} SET txn = NULL, guard = NULL WHERE id = 1")
    last = session.count(f"SELECT seq FROM main.{CLOCK}")
    if last < first:
        session.run(f"DELETE FROM main.{TXN} WHERE txn = ?", (txn,))
    else:
        session.run(f"UPDATE main.{TXN} SET last_seq = ? WHERE txn = ?", (last, txn))


def has_clock(session: Session) -> bool:
    """Whether the file has an audit to tell: its clock goes, and nobody put anything on these tables."""
    marks = ", ".join("?" * len(_TABLES))
    sql = f"SELECT type FROM main.sqlite_schema WHERE tbl_name IN ({marks}) AND sql IS NOT NULL"
    if [kind for (kind,) in session.all(sql, _TABLES)] != ["table"] * len(_TABLES):
        return False
    going = f"SELECT count(*) FROM main.{CLOCK} WHERE id = 1 AND typeof(seq) = 'integer'"
    return session.count(going) == 1


def left_behind(session: Session) -> LeftBehind | None:
    """A context that a program committed with its changes, or None. Not inside `attributed`."""
    row = session.one(f"SELECT txn, guard, seq FROM main.{CLOCK}") if has_clock(session) else None
    if row is None or (row[0] is None and row[1] is None):
        return None
    txn, _, seq = row
    return LeftBehind(txn if isinstance(txn, int) else None, seq if isinstance(seq, int) else 0)


def clear_left_behind(session: WriteSession) -> LeftBehind | None:
    """Clear a context that was left behind, and write that down among the events of the audit."""
    found = left_behind(session)
    if found is None:
        return None
    session.run(f"UPDATE main.{CLOCK} SET txn = NULL, guard = NULL, seq = seq + 1 WHERE id = 1")
    detail = {"txn": found.txn, "last_seq": found.last_seq}
    session.run(
        f"INSERT INTO main.{EVENT} (seq, at_us, kind, detail) SELECT seq, ?, ?, ? FROM main.{CLOCK}",
        (_now_us(), CLEARED, json.dumps(detail)),
    )
    return found


def _now_us() -> int:
    return (clock.now() - _EPOCH) // timedelta(microseconds=1)
