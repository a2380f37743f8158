"""Looking at a long unsealed tail before it is sealed, so that sealing it holds the lock for a short while each time.

What a row was at a change in the midst of the tail is known only by walking back from what the row is now, through all
that came after. So the whole tail is walked once, from its end, in stretches, each read in a transaction of its own and
without the right to write; of each row that a stretch touches, the hashes before and after it are kept. Then the
stretches are sealed one by one, the oldest first (`seal.seal_stretch`).

The rows are read at different moments, while others may write. What is logged after the end of the tail is taken back
from each before it counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steward_app.db import ReadSession, quote
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.audit.engine import names, own_tables, tables
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.engine.values import Values
from steward_app.services.audit.seals import chain, encoding, seal_tables
from steward_app.services.audit.seals.baseline import Baseline, Touched
from steward_app.services.audit.seals.chain import Chain
from steward_app.services.audit.seals.endings import by_hand
from steward_app.services.audit.seals.live import LiveRows
from steward_app.services.audit.seals.records import Form, Records
from steward_app.services.audit.seals.renumbered import renumbering
from steward_app.services.audit.seals.seal import Stretch
from steward_app.services.audit.seals.unwind import Rows, Unwound, Walk, unwind

STRETCH = 2_048
"""Changes in one. Some 100 ms under the lock."""


def look_ahead(session: ReadSession, context: Context, *, size: int = STRETCH) -> tuple[Stretch, ...]:
    """The stretches of the unsealed tail, the oldest first; none where it is short enough to be sealed in one.

    None, too, where the numbers of the log are not as they should be, or rows have other numbers than in the log:
    sealing all at once sets that right.

    Args:
        session: its own, outside a snapshot.
    """
    with session.snapshot():
        found, last = Chain.read(session), chain.last_seal(session)
        end, first = tables.last_seq(session), last.last_seq + 1 if last else 1
        if found is None or (last and last.base != found.base.digest):
            return ()
        if end - first < size or not _is_sound(session, first, end):
            return ()
        walkable = tuple(_walkable(session))
        if any(renumbering(session, each) is not None for each in walkable):
            return ()
        watched = [_Watched(session, each, found.base_key) for each in walkable]
    made = []
    for start in reversed(range(first, end + 1, size)):
        stop = min(end, start + size - 1)
        with session.snapshot():
            touched = {each.tid: each.back_to(start, stop, end) for each in watched}
        made.append(Stretch(start, stop, touched))
        context.checkpoint()
        context.report(end - start + 1, end - first + 1, unit="changes", note="Looking at what is not sealed")
    return tuple(reversed(made))


def _is_sound(session: ReadSession, first: int, end: int) -> bool:
    """Whether the log ends where the clock says, without a hole that is too large for a seal, and nobody wrote an end
    to a version of a table, or put anything on the tables of the audit."""
    if by_hand(session) or own_tables.planted(session, seal_tables.audited(session, current=True)):
        return False
    present, counted, highest = seal_tables.present(session), 0, 0
    for name in (names.EVENT, *(names.log_table(table.tid) for table in seal_tables.audited(session))):
        if name in present:
            log = quote(name)
            counted += session.count(f"SELECT count(*) FROM main.{log} WHERE seq >= ?", (first,))
            highest = max(highest, session.count(f"SELECT coalesce(max(seq), 0) FROM main.{log}"))
    return highest <= end and end - first + 1 - counted < chain.MOST_CHANGES


def _walkable(session: ReadSession) -> Iterator[AuditedTable]:
    """The tables under audit with a baseline to compare with."""
    present = seal_tables.present(session)
    for table in seal_tables.audited(session, current=True):
        has_all = {names.log_table(table.tid), seal_tables.base_table(table.tid)} <= present
        if has_all and LiveRows(Values(session), table, Form.of(table)).comparable:
            yield table


class _Watched:
    """One table, walked back stretch by stretch."""

    def __init__(self, session: ReadSession, table: AuditedTable, key: bytes) -> None:
        self.tid = table.tid
        self._session = session
        self._form = Form.of(table)
        values = Values(session)
        self._records = Records(values, self._form)
        self._live = LiveRows(values, table, self._form)
        self._baseline = Baseline(session, self._form, key)
        self._walk = Walk(self._live, self._form)

    def back_to(self, start: int, stop: int, end: int) -> Touched:
        """Walk through one stretch, in a snapshot. `end` is the end of the tail."""
        self._walk.live = _AsOf(self._live, self._since(end))
        for record in self._records.backward(start, stop):
            self._walk.step(record)
        return self._baseline.hashed(self._walk.piece())

    def _since(self, end: int) -> Unwound:
        """The rows that others wrote to since, walked back to the end of the tail."""
        now = tables.last_seq(self._session)
        return (
            unwind(self._live, self._form, self._records.backward(end + 1, now)) if now > end else Unwound()
        )


@dataclass(frozen=True, slots=True)
class _AsOf:
    """Rows as they were at the end of the tail."""

    live: Rows
    since: Unwound

    def row(self, key: Row) -> Row | None:
        code = encoding.encoded(key)
        return self.since.before[code] if code in self.since.before else self.live.row(key)
