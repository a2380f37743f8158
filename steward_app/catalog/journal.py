"""The journal: an append-only list of what was done, each event hashed together with the one before.

It is an event store: lists, open operations and statistics are read from it and kept nowhere else. Events hold
counts, names and ids, never values of rows. The chain and its export are in `chain.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import cast

from steward_app import __version__
from steward_app.catalog.store import Unit
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.kernel.plan import Json
from steward_app.kernel.values import Row, SqlValue
from steward_app.storage import process

START_OF_CHAIN = "0" * 64  # stands for the hash before the first event

COLUMNS = (
    "seq",
    "at",
    "database_id",
    "operation_id",
    "operation",
    "phase",
    "actor",
    "application",
    "plan_id",
    "details",
    "prev_hash",
)
"""The fields that are hashed, in the order in which they are."""


class Phase(StrEnum):
    """What an event tells of its operation. An operation starts once and ends once."""

    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SETTLED = "settled"  # found open after a crash; its end was read from the file
    NOTE = "note"  # something worth keeping that is no operation's start or end


ENDS = (Phase.FINISHED, Phase.FAILED, Phase.CANCELLED, Phase.SETTLED)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the journal. `details` is JSON text as stored; `data` reads it."""

    seq: int
    at: str
    database_id: str
    operation_id: str
    operation: str
    phase: Phase
    actor: str
    application: str
    plan_id: str
    details: str
    prev_hash: str
    hash: str

    @property
    def data(self) -> dict[str, Json]:
        """The details; {} where they are not an object."""
        read = json.loads(self.details)
        return read if isinstance(read, dict) else {}


@dataclass(frozen=True, slots=True)
class Record:
    """An operation as the journal tells it: how it started and, unless it is open, how it ended."""

    started: Event
    ended: Event | None

    @property
    def happened(self) -> bool:
        """True when it was carried out, by its own account or as settled after a crash."""
        if self.ended is None:
            return False
        settled = self.ended.phase is Phase.SETTLED and self.ended.data.get("happened") is True
        return settled or self.ended.phase is Phase.FINISHED


def append(
    unit: Unit,
    phase: Phase,
    operation: str,
    *,
    operation_id: str = "",
    database_id: str = "",
    plan_id: str = "",
    details: Mapping[str, Json] | None = None,
) -> Event:
    """Write the next event. The unit holds the write lock, so two processes never continue the same event.

    Args:
        operation: capability and verb, "backup.create".
        details: what a reader needs later: counts, names, ids; never values of rows.
    """
    last = unit.session.one("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")
    seq, prev_hash = (cast(int, last[0]) + 1, cast(str, last[1])) if last else (1, START_OF_CHAIN)
    text = json.dumps(details or {}, sort_keys=True, separators=(",", ":"), allow_nan=False)
    fields: tuple[SqlValue, ...] = (
        *(seq, clock.to_text(clock.now()), database_id, operation_id, operation, phase.value),
        *(_actor(), f"data-steward {__version__}", plan_id, text, prev_hash),
    )
    digest = event_hash([str(field).encode("utf-8") for field in fields])
    unit.session.run(
        f"INSERT INTO journal ({', '.join(COLUMNS)}, hash) VALUES ({', '.join('?' * len(COLUMNS))}, ?)",
        (*fields, digest),
    )
    return _event((*fields, digest))


def event_hash(fields: Sequence[bytes]) -> str:
    """BLAKE3, in hex, over the fields in the order of `COLUMNS`, each as its length and its bytes: `3:abc,`."""
    from blake3 import blake3

    return blake3(b"".join(b"%d:%b," % (len(field), field) for field in fields)).hexdigest()


def events(
    session: Session,
    *,
    database_id: str | None = None,
    operation: str | None = None,
    operation_id: str | None = None,
    phases: Sequence[Phase] = (),
    passed: bool | None = None,
    since: str | None = None,
    until: str | None = None,
    before: int | None = None,
    limit: int = 200,
) -> tuple[Event, ...]:
    """Events that fit all filters, newest first. For the next page give `before` the last `seq` seen.

    Args:
        operation: a whole name ("backup.create") or a capability ("backup").
        passed: only what tried something that failed (a rehearsal), or all but that.
        since, until: RFC 3339 in UTC; `until` is not included.
    """
    where: list[str] = ["1"]
    bindings: list[SqlValue] = []
    for sql, value in (
        ("database_id = ?", database_id),
        ("operation_id = ?", operation_id),
        ("at >= ?", since),
        ("at < ?", until),
        ("seq < ?", before),
    ):
        if value is not None:
            where.append(sql)
            bindings.append(value)
    if operation is not None:
        where.append("(operation = ? OR operation GLOB ?)")
        bindings += [operation, f"{operation}.*"]
    if phases:
        where.append(f"phase IN ({', '.join('?' * len(phases))})")
        bindings += [phase.value for phase in phases]
    if passed is not None:
        where.append(f"{_PASSED} = ?")
        bindings.append(passed)
    rows = session.all(f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY seq DESC LIMIT ?", [*bindings, limit])
    return tuple(map(_event, rows))


def record(session: Session, operation_id: str) -> Record | None:
    """How one operation started and ended, or None when the journal does not know it."""
    found = events(session, operation_id=operation_id, phases=(Phase.STARTED, *ENDS), limit=10)
    started = next((event for event in found if event.phase is Phase.STARTED), None)
    if started is None:
        return None
    return Record(started, next((event for event in found if event.phase in ENDS), None))


def undone_by(session: Session, operation_id: str) -> str:
    """The id of the operation that undid this one, or ""."""
    rows = session.execute(
        "SELECT operation_id FROM journal WHERE phase = 'started' AND details ->> 'undoes' = ? ORDER BY seq DESC",
        (operation_id,),
    )
    undoers = (record(session, str(undoer)) for (undoer,) in list(rows))
    return next((found.started.operation_id for found in undoers if found and found.happened), "")


def open_operations(session: Session, database_id: str) -> tuple[Event, ...]:
    """The *started* events of a database whose operation has no end yet, oldest first."""
    rows = session.all(
        f"{_SELECT} AS started WHERE database_id = ? AND phase = 'started' AND NOT EXISTS (SELECT 1 FROM journal"
        " WHERE operation_id = started.operation_id AND phase IN ('finished', 'failed', 'cancelled', 'settled'))"
        " ORDER BY seq",
        (database_id,),
    )
    return tuple(map(_event, rows))


_PASSED = "coalesce(CASE WHEN json_valid(details) THEN details ->> '$.result.passed' END, 1)"
_SELECT = f"SELECT {', '.join(COLUMNS)}, hash FROM journal"


def _event(row: Row) -> Event:
    seq, *texts = row
    at, database_id, operation_id, operation, phase, *rest = cast("list[str]", texts)
    return Event(cast(int, seq), at, database_id, operation_id, operation, Phase(phase), *rest)


@cache
def _actor() -> str:
    return process.user()
