"""The audit's own records of which tables it watches, and what happened to itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from steward_app.db import Session, WriteSession
from steward_app.kernel import clock
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.model import AuditedTable, Column, Event, Mode, Txn

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = "tid, name, earlier, without_rowid, row_key, columns, ddl, shape_hash, from_seq, to_seq"


def is_audited(session: Session) -> bool:
    """Whether the file has an audit, armed or not."""
    sql = "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name IN (?, ?)"
    return session.count(sql, (names.CLOCK, names.TABLE)) == 2


def last_seq(session: Session) -> int:
    """The number of the last change of the file; 0 before the first, and where there is no audit."""
    if not is_audited(session):
        return 0
    clock = f"SELECT coalesce(max(seq), 0) FROM main.{names.CLOCK} WHERE typeof(seq) = 'integer'"
    return session.count(clock)


def tables(session: Session, *, current: bool = False) -> tuple[AuditedTable, ...]:
    """Every version of every table that is or was under audit, the oldest first.

    Args:
        current: only those that are under audit now.
    """
    known = "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?"
    if session.value(known, (names.TABLE,)) is None:
        return ()
    which = " WHERE to_seq IS NULL" if current else ""
    rows = session.all(f"SELECT {_COLUMNS} FROM main.{names.TABLE}{which} ORDER BY tid")
    return tuple(_read(row) for row in rows)


def table(session: Session, tid: int) -> AuditedTable | None:
    """One version of a table."""
    return next((each for each in tables(session) if each.tid == tid), None)


def current(session: Session, of_table: str) -> AuditedTable | None:
    """The version of a table that is under audit now, by its name, or None."""
    return next((each for each in tables(session, current=True) if each.name == of_table), None)


def record(session: WriteSession, audited: AuditedTable, *, without_rowid: bool) -> None:
    """Write down a version of a table."""
    key = {"rowid": audited.rowid, "alias": audited.alias, "primary_key": audited.primary_key}
    columns = [{"name": column.name, "mode": column.mode.value} for column in audited.columns]
    session.run(
        f"INSERT INTO main.{names.TABLE} ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            audited.tid,
            audited.name,
            audited.earlier,
            int(without_rowid),
            json.dumps(key),
            json.dumps(columns),
            audited.ddl,
            audited.shape_hash,
            audited.from_seq,
            audited.to_seq,
        ),
    )


def end(session: WriteSession, tid: int) -> None:
    """Write down that a version of a table is not under audit any more."""
    session.run(
        f"UPDATE main.{names.TABLE} SET to_seq = (SELECT seq FROM main.{names.CLOCK}) WHERE tid = ? AND to_seq IS NULL",
        (tid,),
    )


def append_event(
    session: WriteSession, kind: str, tid: int | None = None, detail: Mapping[str, object] | None = None
) -> int:
    """Write down something that happened to the audit; it takes its number from the same clock as the changes.

    Args:
        detail: what JSON can hold; never values of rows.
    """
    session.run(f"UPDATE main.{names.CLOCK} SET seq = seq + 1 WHERE id = 1")
    seq = last_seq(session)
    session.run(
        f"INSERT INTO main.{names.EVENT} (seq, at_us, kind, tid, detail) VALUES (?, ?, ?, ?, ?)",
        (seq, microseconds(), kind, tid, json.dumps(dict(detail or {}))),
    )
    return seq


def has_events(session: Session) -> bool:
    """Whether the table of events is there."""
    asked = "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?"
    return session.value(asked, (names.EVENT,)) is not None


def events(session: Session, *, first_seq: int = 1, last_seq: int | None = None) -> Iterator[Event]:
    """What happened to the audit between two changes, in order."""
    if not has_events(session):
        return
    rows = session.execute(
        f"SELECT seq, at_us, kind, tid, detail FROM main.{names.EVENT} WHERE seq >= ? AND (? IS NULL OR seq <= ?)"
        " ORDER BY seq",
        (first_seq, last_seq, last_seq),
    )
    for seq, at_us, kind, tid, detail in rows:
        yield Event(_int(seq), _int_or_none(at_us) or 0, str(kind), _int_or_none(tid), _detail(detail))


def txns(session: Session, *, first_seq: int = 1, last_seq: int | None = None) -> Iterator[Txn]:
    """The transactions of known writers that have changes between two numbers, in order.

    Those of other programs may lack their own numbers; they are given always.
    """
    if not is_audited(session):
        return
    rows = session.execute(
        "SELECT txn, begun_us, actor, application, host, pid, reason, operation_id, undo_of, first_seq, last_seq"
        f" FROM main.{names.TXN} WHERE ifnull(last_seq >= ?, 1) AND ifnull(first_seq <= ?, 1) ORDER BY txn",
        (first_seq, last_seq),
    )
    for txn, begun, actor, application, host, pid, reason, operation, undo_of, first, last in rows:
        yield Txn(
            txn=_int(txn),
            begun_us=_int_or_none(begun) or 0,
            actor=str(actor or ""),
            application=str(application or ""),
            host=str(host or ""),
            pid=_int_or_none(pid),
            reason=str(reason or ""),
            operation_id=str(operation or ""),
            undo_of=str(undo_of or ""),
            first_seq=_int_or_none(first),
            last_seq=_int_or_none(last),
        )


def microseconds() -> int:
    """The present moment in microseconds since 1970."""
    return (clock.now() - _EPOCH) // timedelta(microseconds=1)


def _read(row: tuple[object, ...]) -> AuditedTable:
    tid, name, earlier, _, row_key, columns, ddl, shape_hash, from_seq, to_seq = row
    key = json.loads(str(row_key))
    return AuditedTable(
        tid=_int(tid),
        name=str(name),
        earlier=_int_or_none(earlier),
        primary_key=tuple(key["primary_key"]),
        rowid=str(key["rowid"]),
        alias=str(key["alias"]),
        columns=tuple(Column(each["name"], Mode(each["mode"])) for each in json.loads(str(columns))),
        ddl=str(ddl),
        shape_hash=str(shape_hash),
        from_seq=_int(from_seq),
        to_seq=_int_or_none(to_seq),
    )


def _detail(stored: object) -> dict[str, object]:
    """What an event says; nothing where somebody wrote it by hand, so that it says nothing."""
    try:
        found = json.loads(stored) if isinstance(stored, str) else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"expected an integer, got {type(value).__name__}")
    return value


def _int_or_none(value: object) -> int | None:
    return value if isinstance(value, int) else None
