"""Reconciling: the rows as they are, with the unsealed changes taken back, against the baseline of the last seal.

Each row that does not agree was changed, added or removed behind the log's back: by a program that had triggers
switched off, by a rebuild of the table, by bytes that were written into the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from steward_app.db import Session
from steward_app.kernel.plain import plain
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.audit.engine import names, tables
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.engine.values import Values
from steward_app.services.audit.seals import chain, redacted, seal_tables
from steward_app.services.audit.seals.baseline import Baseline, rows_of
from steward_app.services.audit.seals.blocks import BlockId, pairs
from steward_app.services.audit.seals.chain import Chain
from steward_app.services.audit.seals.encoding import encoded
from steward_app.services.audit.seals.live import LiveRows
from steward_app.services.audit.seals.oddities import GAP
from steward_app.services.audit.seals.records import Form, Records
from steward_app.services.audit.seals.renumbered import FormerRows, renumbering
from steward_app.services.audit.seals.unwind import Difference, How, Unwound, unwind

_ROWS_BETWEEN_REPORTS = 5_000


def reconcile(
    session: Session,
    context: Context | None = None,
    *,
    only: AuditedTable | None = None,
    name: str = "",
    full: bool = False,
) -> Iterator[Difference]:
    """The rows that are not what the log says, table by table. Run it inside one snapshot or transaction.

    A table that was never sealed has no baseline: of it only the log itself is walked. One that lost a column the log
    keeps, or is gone, cannot be compared and gives nothing; `comparable` tells. Rows that VACUUM gave other numbers are
    told as one difference, and compared under the numbers of before as long as nothing was logged since.

    Args:
        only: one version of a table; else all that are under audit.
        name: of that table by now, where it has another one.
        full: walk the whole log back, so that every new value is compared with the old value after it. Rows that a
            gap of the log names are compared from that gap on.
    """
    context = context or Context()
    found = Chain.read(session)
    sealed = chain.last_seal(session)
    values = Values(session)
    for table in [only] if only else _watched(session):
        one = _Reconciling(session, values, table, name, found.base_key if found else b"", context)
        yield from one.differences(sealed.last_seq if sealed else 0, full=full)


def still_differing(
    session: Session, table: AuditedTable, found: Iterable[Difference], *, name: str = ""
) -> Iterator[Difference]:
    """Of rows that were not what the log says, those that are not now, with everything sealed. Reads no other row.

    Args:
        found: of one version of a table, none of them RENUMBERED.
        name: of that table by now, where it has another one.
    """
    key = Chain.read(session)
    one = _Reconciling(session, Values(session), table, name, key.base_key if key else b"", Context())
    for each in found:
        yield from one.again(each.key)


def _watched(session: Session) -> Iterator[AuditedTable]:
    """The tables that are under audit, whatever the list of them says: those that have a baseline, and new ones."""
    present = seal_tables.present(session)
    for table in seal_tables.audited(session):
        if names.log_table(table.tid) not in present:
            continue  # taken away, or the list was edited: verifying the seals tells
        if table.to_seq is None or seal_tables.base_table(table.tid) in present:
            yield table


def comparable(session: Session, table: AuditedTable, *, name: str = "") -> bool:
    """Whether a table can be compared with the log: it is there, with every column that the log keeps."""
    return LiveRows(Values(session), table, Form.of(table), name=name).comparable


class _Reconciling:
    """Reconciles one table."""

    def __init__(
        self, session: Session, values: Values, table: AuditedTable, name: str, key: bytes, context: Context
    ) -> None:
        self._session = session
        self._table = table
        self._form = Form.of(table)
        self._live: LiveRows | FormerRows = LiveRows(values, table, self._form, name=name)
        self._records = Records(values, self._form)
        self._baseline = Baseline(session, self._form, key)
        self._context = context

    def differences(self, sealed: int, *, full: bool) -> Iterator[Difference]:
        """The rows that do not agree.

        Args:
            sealed: the last change that the baseline has taken.
        """
        found = renumbering(self._session, self._table, name=self._live.name)
        if found is not None:
            yield self._difference((), How.RENUMBERED)
            if found.rows is None:
                return
            self._live = found.rows
        if not self._live.comparable:
            return
        last = tables.last_seq(self._session)
        seen: set[bytes] = set()
        if full:
            erased = frozenset(redacted.between(self._session, 0, sealed))
            whole = unwind(self._live, self._form, self._records.backward(1, last), erased=erased)
            known = self._written_down() if whole.differing else {}
            for code, how in whole.differing.items():
                if whole.since[code] < known.get(_text(plain(whole.keys[code])), 0):
                    continue
                seen.add(code)
                yield self._difference(whole.keys[code], how)
        if not seal_tables.is_there(self._session, self._baseline.blocks.name):
            return
        tail = unwind(self._live, self._form, self._records.backward(sealed + 1, last))
        for each in (
            *self._baseline.check(self._table.name, self._baseline.hashed(tail)),
            *self._untouched(tail),
        ):
            if encoded(each.key) not in seen:
                yield each

    def _written_down(self) -> dict[str, int]:
        """Rows that gaps of the log name, with the last one. What came before it need not fit what came after."""
        found: dict[str, int] = {}
        for event in tables.events(self._session):
            listed = event.detail.get("rows") if event.kind == GAP and event.tid == self._table.tid else None
            for each in listed if isinstance(listed, list) else ():
                if isinstance(each, dict):
                    found[_text(each.get("key"))] = event.seq
        return found

    def again(self, key: Row) -> Iterator[Difference]:
        """The row of a key, where it does not agree with the baseline."""
        expected, actual = self._baseline.of(key), self._baseline.hash(self._live.row(key))
        if expected != actual:
            yield self._difference(key, How.ADDED if not expected else How.CHANGED if actual else How.REMOVED)

    def _untouched(self, tail: Unwound) -> Iterator[Difference]:
        """The rows that no unsealed change has touched."""
        if self._form.by_rowid:
            yield from self._in_order(tail)
        else:
            yield from self._by_key(tail)

    def _in_order(self, tail: Unwound) -> Iterator[Difference]:
        """Table and baseline in the order of row numbers, side by side."""
        blocks = self._baseline.blocks.every()
        block, expected = self._next(blocks)
        hash_of, touched = self._baseline.hash, tail.keys
        for at, row in enumerate(self._live.every()):
            if at % _ROWS_BETWEEN_REPORTS == 0:
                self._told(at)
            number = row[0]
            assert isinstance(number, int)
            while block is not None and block < number >> 8:
                yield from self._removed(block, expected, tail)
                block, expected = self._next(blocks)
            there = expected.pop(number & 255, b"") if block == number >> 8 else b""
            if there != hash_of(row) and not (touched and encoded(row[:1]) in touched):
                yield self._difference(row[:1], How.CHANGED if there else How.ADDED)
        while block is not None:
            yield from self._removed(block, expected, tail)
            block, expected = self._next(blocks)

    def _next(self, blocks: Iterator[tuple[BlockId, bytes]]) -> tuple[int | None, dict[int, bytes]]:
        block, data = next(blocks, (None, b""))
        return block if isinstance(block, int) else None, dict(pairs(data, self._baseline.blocks.width))

    def _removed(self, block: int, expected: dict[int, bytes], tail: Unwound) -> Iterator[Difference]:
        for low in expected:
            key = (block << 8 | low,)
            if encoded(key) not in tail.keys:
                yield self._difference(key, How.REMOVED)

    def _by_key(self, tail: Unwound) -> Iterator[Difference]:
        """A table WITHOUT ROWID: each row is looked up in the baseline; rows of the baseline are looked for last."""
        for at, row in enumerate(self._live.every()):
            if at % _ROWS_BETWEEN_REPORTS == 0:
                self._told(at)
            key = self._live.key_of(row)
            there = self._baseline.of(key)
            if encoded(key) not in tail.keys and there != self._baseline.hash(row):
                yield self._difference(key, How.CHANGED if there else How.ADDED)
        for block, data in self._baseline.blocks.every():
            for key, _ in rows_of(self._form, block, data):
                if encoded(key) not in tail.keys and self._live.row(key) is None:
                    yield self._difference(key, How.REMOVED)

    def _difference(self, key: Row, how: How) -> Difference:
        return Difference(self._table.tid, self._table.name, key, how)

    def _told(self, rows: int) -> None:
        self._context.checkpoint()
        self._context.report(rows, unit="rows", note=self._table.name)


def _text(key: object) -> str:
    return json.dumps(key)
