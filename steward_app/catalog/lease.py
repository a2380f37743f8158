"""One operation at a time on one database, over all processes: the window, the command line, a scheduled run.

Whoever works holds a lease, a row in the catalog. A process that was killed leaves its row behind; it is known to be
dead by the moment it started, which no later process shares, so the next one takes the lease over at once. A holder
on another machine, or in another container, is known to be dead when it has not renewed its lease for a while.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from steward_app.catalog.store import Catalog, Unit
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Refused, StewardError
from steward_app.kernel.progress import Context
from steward_app.storage import process

RENEW_SECONDS = 20.0
EXPIRES_AFTER = timedelta(seconds=120)
BRIEF = "audit.seal"
"""The operation that nobody asked for and that is soon over: whoever comes meanwhile waits for it."""

_BRIEF_SECONDS, _LOOK_SECONDS = 10.0, 0.05

T = TypeVar("T")

_log = logging.getLogger(__name__)
_ours: set[str] = set()  # operations of this process that hold a lease and still run
_COLUMNS = "database_id, operation_id, operation, actor, host, machine, pid, process_mark, since, renewed_at"


@dataclass(frozen=True, slots=True)
class Lease:
    """Who works on a database. Moments are RFC 3339 in UTC."""

    database_id: str
    operation_id: str
    operation: str
    actor: str
    host: str
    machine: str
    pid: int
    process_mark: str
    since: str
    renewed_at: str

    @property
    def abandoned(self) -> bool:
        """True when its holder is known to be gone."""
        if self.machine == process.machine() and self.process_mark:
            if (self.pid, self.process_mark) == (os.getpid(), process.own_mark()):
                return self.operation_id not in _ours
            return process.mark(self.pid) != self.process_mark
        return clock.now() - clock.from_text(self.renewed_at) > EXPIRES_AFTER


def take(unit: Unit, database_id: str, operation_id: str, operation: str) -> Lease:
    """Take the lease of a database, from a dead holder too. Raises `Refused` (BUSY_ELSEWHERE) naming the holder."""
    held = _read(unit.session, database_id)
    if held is not None and not held.abandoned:
        raise _busy(held)
    now = clock.to_text(clock.now())
    lease = Lease(
        database_id=database_id,
        operation_id=operation_id,
        operation=operation,
        actor=process.user(),
        host=process.host(),
        machine=process.machine(),
        pid=os.getpid(),
        process_mark=process.own_mark(),
        since=now,
        renewed_at=now,
    )
    values = tuple(getattr(lease, column) for column in _COLUMNS.split(", "))
    unit.session.run(f"INSERT OR REPLACE INTO leases ({_COLUMNS}) VALUES ({', '.join('?' * 10)})", values)
    _ours.add(operation_id)
    return lease


def when_brief_is_over(catalog: Catalog, database_id: str, take_it: Callable[[], T], context: Context) -> T:
    """What takes the lease, tried again as long as a brief operation holds it. Raises what it raises at last."""
    until = time.monotonic() + _BRIEF_SECONDS
    while True:
        try:
            return take_it()
        except Refused as refused:
            if refused.code is not ErrorCode.BUSY_ELSEWHERE or time.monotonic() > until:
                raise
            with catalog.reading() as session:
                held = holder(session, database_id)
            if held is not None and held.operation != BRIEF:
                raise
            context.wait(_LOOK_SECONDS)


def release(unit: Unit, lease: Lease) -> None:
    """Give a lease back. Harmless when it was taken over meanwhile."""
    unit.session.run(
        "DELETE FROM leases WHERE database_id = ? AND operation_id = ?",
        (lease.database_id, lease.operation_id),
    )


def over(lease: Lease) -> None:
    """The operation has ended, however it did: should its lease still stand in the catalog, it may be taken."""
    _ours.discard(lease.operation_id)


def confirm(session: Session, lease: Lease) -> None:
    """Raise `Refused` when the lease is no longer ours: we were taken for dead and another works now."""
    held = _read(session, lease.database_id)
    if held is None or held.operation_id != lease.operation_id:
        raise _busy(held) if held else _lost()


def holder(session: Session, database_id: str) -> Lease | None:
    """The lease somebody living holds on a database, or None."""
    held = _read(session, database_id)
    return None if held is None or held.abandoned else held


def is_left(session: Session, database_id: str) -> bool:
    """Whether somebody who is gone left a lease on a database behind."""
    held = _read(session, database_id)
    return held is not None and held.abandoned


@contextmanager
def renewing(catalog: Catalog, lease: Lease, every_seconds: float = RENEW_SECONDS) -> Iterator[None]:
    """Renew the lease from a thread of its own while the block runs, for those who cannot see our process."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(every_seconds):
            try:
                with catalog.unit() as unit:
                    unit.session.run(
                        "UPDATE leases SET renewed_at = ? WHERE database_id = ? AND operation_id = ?",
                        (clock.to_text(clock.now()), lease.database_id, lease.operation_id),
                    )
                    unit.commit()
            except (
                StewardError
            ) as error:  # the next turn may succeed; the operation asks again before it commits
                _log.warning("the lease of %s was not renewed: %s", lease.operation_id, error.code)

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _read(session: Session, database_id: str) -> Lease | None:
    row = session.one(f"SELECT {_COLUMNS} FROM leases WHERE database_id = ?", (database_id,))
    if row is None:
        return None
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return Lease(**values)  # type: ignore[arg-type]  # the table is STRICT


def _busy(held: Lease) -> Refused:
    since = held.since[:16].replace("T", " ")
    return Refused(
        ErrorCode.BUSY_ELSEWHERE,
        f"Another operation works on this database: {held.operation}, started by {held.actor} on {held.host} "
        f"at {since} UTC (process {held.pid}).",
        hint="Nothing was changed. Wait until it has ended, or stop it, then try again.",
    )


def _lost() -> Refused:
    return Refused(
        ErrorCode.BUSY_ELSEWHERE,
        "This operation was taken for dead, and its lease on the database was given away.",
        hint="Nothing was changed. Try again.",
    )
