"""The rows as they were at the first seal, against what that seal holds of them.

Every baseline but the last is gone; the first seal has the sum of the first ones, signed. Walked back from the rows as
they are, through the whole log, the tables must be what it was made of. That names no row, and proves all of them at
once: log and rows that were forged together fit each other, and not that sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge

from steward_app.db import Session
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.engine.values import Values
from steward_app.services.audit.seals import chain, redacted, seal_tables, statement
from steward_app.services.audit.seals.baseline import Baseline
from steward_app.services.audit.seals.chain import Chain, Seal
from steward_app.services.audit.seals.encoding import encoded
from steward_app.services.audit.seals.lattice import LatticeHash
from steward_app.services.audit.seals.live import LiveRows
from steward_app.services.audit.seals.oddities import GAP
from steward_app.services.audit.seals.records import Form, Records
from steward_app.services.audit.seals.renumbered import renumbering
from steward_app.services.audit.seals.unwind import Unwound, unwind


def is_as_first_sealed(session: Session, context: Context) -> bool | None:
    """Whether the tables, walked back to the first seal, are what it was made of. Run it inside one snapshot.

    None where that cannot be told: a table was taken out or armed anew since, the log has a gap, values were erased, or
    changes have left. To be asked where each row is what the log says.
    """
    found, first = Chain.read(session), next(chain.seals(session, first=1), None)
    if found is None or first is None or first.n != 1 or statement.cut(session).last_seal:
        return None
    watched = [each for each in seal_tables.audited(session) if each.tid <= first.last_tid]
    if not watched or not _can_be_told(session, watched, first):
        return None
    total = LatticeHash()
    for table in watched:
        rows = _FirstRows(session, table, first.last_seq)
        if not rows.fits:
            return None
        baseline = Baseline(session, rows.form, found.base_key)
        for block, data in baseline.blocks_of(rows, context):
            total.add(baseline.thing(block, data))
    return total.digest == first.base


def _can_be_told(session: Session, watched: list[AuditedTable], first: Seal) -> bool:
    tids, last = {each.tid for each in watched}, tables.last_seq(session)
    if any(each.to_seq is not None or renumbering(session, each) is not None for each in watched):
        return False
    if any(event.kind == GAP and event.tid in tids | {None} for event in tables.events(session)):
        return False
    return not redacted.between(session, first.last_seq + 1, last)


class _FirstRows:
    """The rows of one table at the first seal, in the order of their numbers where those name them."""

    def __init__(self, session: Session, table: AuditedTable, sealed: int) -> None:
        values = Values(session)
        self.form = Form.of(table)
        self.name = table.name
        self._live = LiveRows(values, table, self.form)
        self.fits = self._live.comparable
        self._walked = Unwound()
        if self.fits:
            records = Records(values, self.form).backward(sealed + 1, tables.last_seq(session))
            self._walked = unwind(self._live, self.form, records)
            self.fits = not self._walked.differing

    def every(self) -> Iterator[Row]:
        """All rows."""
        touched = self._walked.keys
        stayed = (row for row in self._live.every() if encoded(self.key_of(row)) not in touched)
        changed = [row for row in self._walked.before.values() if row is not None]
        if not self.form.by_rowid:
            yield from stayed
            yield from changed
            return
        yield from merge(stayed, sorted(changed, key=_number), key=_number)

    def key_of(self, row: Row) -> Row:
        """What names a row."""
        return self._live.key_of(row)


def _number(row: Row) -> int:
    assert isinstance(row[0], int)
    return row[0]
