"""Rows that may be erased ones: taken out of what was restored, until a person decides.

A row is listed by its key, which is forgotten with the decision. What stays are keyed hashes of the row as it was
found, over its own table as that was in the state it was found in, so that the same row is known again elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from steward_app.catalog.erasure import Shape, aliased, keep_shape, read_shape
from steward_app.catalog.store import Unit
from steward_app.db import Session
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plain import from_plain, plain
from steward_app.kernel.values import Key


class Why(StrEnum):
    """Why a row waits for a person."""

    DIFFERS = "differs"  # it has the key of an erased row, and other content
    UNMATCHED = "unmatched"  # it has that key, and its content cannot be compared: the schema has changed
    CLASH = "clash"  # it is the erased row, and what should stand in its columns instead is refused there
    CHILD = "child"  # it belongs to an erased row and nobody said what becomes of it


class Verdict(StrEnum):
    """What a person said of a row in quarantine."""

    WAITING = "waiting"
    KEEP = "keep"  # it is another row: let it be
    ERASE = "erase"  # it is the erased one, in an older state


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that was taken out of a restored state until a person decides.

    Attributes:
        made_at: of the state it was found in.
        source: which state: the id of a restore point.
        table: as it is called there.
        key: the values by which a person finds the row there; () once decided.
        entry_id: the entry that led to it.
    """

    database_id: str
    made_at: str
    source: str
    table: str
    key: Key
    why: Why
    entry_id: str
    shape: Shape
    key_id: str
    identity: str
    commitment: str
    verdict: Verdict = Verdict.WAITING
    found_at: str = field(default_factory=lambda: clock.to_text(clock.now()))
    decided_at: str = ""
    id: str = field(default_factory=lambda: ids.new_id("qu"))


_ROW = (
    "id, database_id, found_at, made_at, source, table_name, row_key, why, entry_id, shape_id, key_id, identity,"
    " commitment, verdict, decided_at"
)


def add(unit: Unit, rows: Iterable[Quarantined]) -> None:
    """List rows that wait for a person. A row that is listed already, from another state too, stays as it is."""
    for row in rows:
        keep_shape(unit, row.shape)
        unit.session.run(
            f"INSERT OR IGNORE INTO quarantine ({_ROW}) VALUES ({', '.join('?' * 15)})",
            (
                *(row.id, row.database_id, row.found_at, row.made_at, row.source, row.table),
                *(
                    json.dumps(plain(row.key)) if row.key else "",
                    row.why.value,
                    row.entry_id,
                    row.shape.id,
                    row.key_id,
                    row.identity,
                ),
                *(row.commitment, row.verdict.value, row.decided_at),
            ),
        )


def merge(unit: Unit, rows: Iterable[Quarantined]) -> None:
    """Take in what was decided elsewhere: it holds here too, unless it was decided here."""
    for row in rows:
        add(unit, [row])
        unit.session.run(
            "UPDATE quarantine SET verdict = ?, decided_at = ?, row_key = '' WHERE database_id = ? AND key_id = ?"
            " AND identity = ? AND commitment = ? AND verdict = 'waiting'",
            (row.verdict.value, row.decided_at, row.database_id, row.key_id, row.identity, row.commitment),
        )


def waiting(session: Session, database_id: str) -> Iterator[Quarantined]:
    """The rows that wait for a person, oldest first."""
    return _quarantined(session, "database_id = ? AND verdict = 'waiting' ORDER BY q.rowid", database_id)


def verdicts(session: Session, database_id: str) -> Iterator[Quarantined]:
    """The rows a person has decided on, whose key is not kept any more."""
    return _quarantined(session, "database_id = ? AND verdict <> 'waiting' ORDER BY q.rowid", database_id)


def decide(unit: Unit, row_id: str, verdict: Verdict, database_id: str) -> Quarantined:
    """Write down what a person said of a row in quarantine; its key is forgotten.

    `KEEP` lets it pass from now on as it is. `ERASE` makes an entry of it, so that it is erased wherever it is found.
    Raises `UsageError` for a row that does not wait.
    """
    waits = _quarantined(unit.session, "q.id = ? AND verdict = 'waiting'", row_id)
    found = [row for row in waits if row.database_id == database_id]
    if not found:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"No row {row_id} of this database waits for a decision.",
            hint="Nothing was changed. List those that wait.",
        )
    (row,) = found
    unit.session.run("PRAGMA secure_delete = ON")  # the key is gone then, and not merely out of sight
    unit.session.run(
        "UPDATE quarantine SET verdict = ?, decided_at = ?, row_key = '' WHERE id = ?",
        (verdict.value, clock.to_text(clock.now()), row_id),
    )
    if verdict is Verdict.ERASE:
        unit.session.run(
            "INSERT INTO erasures (id, database_id, erased_at, operation_id, request_id, shape_id, key_id, identity,"
            " commitment, action, changes, kept_until, withdrawn_at)"
            " SELECT ?1, database_id, erased_at, operation_id, request_id, ?2, ?3, ?4, ?5,"
            " iif(?6, 'deleted', action), iif(?6, '{}', changes), kept_until, '' FROM erasures WHERE id = ?7",
            (
                *(ids.new_id("er"), row.shape.id, row.key_id, row.identity, row.commitment),
                *(row.why in (Why.CHILD, Why.CLASH), row.entry_id),
            ),
        )
    return row


def is_kept(session: Session, database_id: str, identity: str, commitment: str) -> bool:
    """Whether a person has said of exactly this row that it is another one."""
    return bool(
        session.value(
            "SELECT 1 FROM quarantine WHERE database_id = ? AND identity = ? AND commitment = ? AND verdict = 'keep'",
            (database_id, identity, commitment),
        )
    )


def _quarantined(session: Session, condition: str, binding: str) -> Iterator[Quarantined]:
    rows = session.execute(
        f"SELECT {aliased('q', _ROW)}, s.table_name, s.key_columns, s.columns FROM quarantine AS q"
        f" JOIN erasure_shapes AS s ON s.id = q.shape_id WHERE {condition}",
        (binding,),
    )
    for row in rows:
        row_id, database_id, found_at, made_at, source, table, key, why, entry_id = map(str, row[:9])
        _, key_id, identity, commitment, verdict, decided_at = map(str, row[9:15])
        yield Quarantined(
            database_id=database_id,
            made_at=made_at,
            source=source,
            table=table,
            key=tuple(json.loads(key, object_hook=from_plain)) if key else (),
            why=Why(why),
            entry_id=entry_id,
            shape=read_shape(*row[15:]),
            key_id=key_id,
            identity=identity,
            commitment=commitment,
            verdict=Verdict(verdict),
            found_at=found_at,
            decided_at=decided_at,
            id=row_id,
        )
