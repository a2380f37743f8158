"""Sealing: what the log has gained since the last seal is hashed, chained and signed, inside a write transaction.

Before a change is sealed, the rows it touched are walked back and compared with the baseline; what does not fit was
changed behind the log's back, and becomes an event of the log that names the rows. Then the baseline moves on.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain as joined
from itertools import groupby, islice
from typing import TypeVar

from steward_app.catalog import keys
from steward_app.db import WriteSession, quote
from steward_app.kernel.plain import plain
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.engine import names, tables
from steward_app.services.audit.engine.harvest import harvest, holds_rows
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.engine.values import Values
from steward_app.services.audit.seals import backwards, chain, merkle, seal_tables, statement
from steward_app.services.audit.seals.baseline import Baseline, Touched
from steward_app.services.audit.seals.blocks import Blocks, create_sql
from steward_app.services.audit.seals.chain import Chain, Seal
from steward_app.services.audit.seals.commitment import SECRET_BYTES, missing_leaf
from steward_app.services.audit.seals.encoding import encoded
from steward_app.services.audit.seals.lattice import LatticeHash
from steward_app.services.audit.seals.leaves import LeafReader
from steward_app.services.audit.seals.live import LiveRows
from steward_app.services.audit.seals.oddities import GAP, Oddities
from steward_app.services.audit.seals.records import Form, Records
from steward_app.services.audit.seals.renumbered import RENUMBERED, renumbering
from steward_app.services.audit.seals.unwind import Difference, How, unwind
from steward_app.services.schema.introspect import read_schema
from steward_app.storage.secrets import Secrets

_TOLD_IN_ONE = 1_000  # rows, in one event
_AT_ONCE = 16_384  # records

T = TypeVar("T")


def seal(session: WriteSession, secrets: Secrets, context: Context | None = None) -> tuple[Seal, ...]:
    """Seal all that is not sealed yet. Called inside a write transaction, after its last change of the user's tables.

    Gives the seals that were made, oldest first; none where there is nothing to seal. Their receipt is kept outside the
    file once the transaction is committed (`receipt.keep`).

    Raises `Failure` when this machine cannot sign.
    """
    if not tables.is_audited(session) or statement.cut(session).is_archive:
        return ()  # the chain of an archive goes on where it comes from
    return tuple(_Sealing(session, secrets, context or Context()).run())


def seal_stretch(
    session: WriteSession, secrets: Secrets, stretch: Stretch, context: Context | None = None
) -> tuple[Seal, ...]:
    """Seal the oldest changes that are not sealed, and no others: the lock is held for them alone.

    Gives the seal; none where others were sealed since the stretch was looked at. Raises as `seal` does.
    """
    return tuple(_Sealing(session, secrets, context or Context()).run_stretch(stretch))


def record_gap(
    session: WriteSession,
    differences: Iterable[Difference],
    secrets: Secrets,
    context: Context | None = None,
) -> tuple[Seal, ...]:
    """Write down rows that were changed behind the log, as events of it, and take them as they are from now on.

    Inside the caller's transaction. The events name keys, never values. All is sealed, also what was not before.
    """
    made = seal(session, secrets, context)
    found, values = Chain.begin(session), Values(session)
    for tid, of_table in groupby(_ordered(differences), key=lambda each: each.tid):
        table = tables.table(session, tid)
        if table is None:
            continue
        form = Form.of(table)
        baseline, live = Baseline(session, form, found.base_key), LiveRows(values, table, form)
        still = [each for each in of_table if baseline.of(each.key) != baseline.hash(live.row(each.key))]
        for each in still:
            baseline.take(each.key, live.row(each.key))
        baseline.flush(found.base)
        tell(session, still)
    found.save(session)
    if not tables.is_audited(session) or statement.cut(session).is_archive:
        return made
    return (*made, *_Sealing(session, secrets, context or Context()).run(moved=True))


def tell(session: WriteSession, differences: Iterable[Difference]) -> None:
    """Write down rows that were changed behind the log, by their keys."""
    told = [each for each in differences if each.how is not How.RENUMBERED]
    for tid, of_table in groupby(_ordered(told), key=lambda each: each.tid):
        for some in _portions(list(of_table)):
            rows = [{"key": plain(each.key), "how": each.how.value} for each in some]
            tables.append_event(session, GAP, tid, {"rows": rows})


def _ordered(differences: Iterable[Difference]) -> list[Difference]:
    return sorted(differences, key=lambda each: (each.tid, encoded(each.key)))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Changes from `first` to `last`, the oldest that are not sealed, and the rows they touched, by table."""

    first: int
    last: int
    touched: Mapping[int, Touched]


class _Sealing:
    def __init__(self, session: WriteSession, secrets: Secrets, context: Context) -> None:
        self._session = session
        self._secrets = secrets
        self._context = context
        self._values = Values(session)
        self._chain = Chain.begin(session)
        self._last = chain.last_seal(session)
        self._first = self._last.last_seq + 1 if self._last else 1
        self._tables = seal_tables.audited(session)
        self._present = seal_tables.present(session)
        self._oddities = Oddities(session, keys.known_signing_key_id(secrets))

    def run(self, *, moved: bool = False) -> Iterator[Seal]:
        """Seal all. `moved`: the baselines were moved on since the last seal, as they should be."""
        self._oddities.require_sealable()
        was = self._oddities.start_clock()
        self._harvest()
        highest = {name: self._highest(name) for name in self._logs()}
        self._set_clock_right(max(highest.values()), was)
        self._oddities.tell(moved=moved)
        written = [name for name, seq in highest.items() if seq >= self._first]
        self._tell_missing(written, tables.last_seq(self._session))
        self._tell_backwards(written, tables.last_seq(self._session))
        last = tables.last_seq(self._session)
        for table in self._tables:
            changed = names.log_table(table.tid) in written
            self._keep_secrets(table, last if changed else 0)
            tell(self._session, self._roll(table, last if changed else 0))
        self._chain.save(self._session)
        yield from self._seals({table.tid for table in self._tables if names.log_table(table.tid) in written})

    def run_stretch(self, stretch: Stretch) -> Iterator[Seal]:
        """The same for the oldest changes that are not sealed, whose rows were walked back before."""
        if stretch.first != self._first:
            return
        self._oddities.require_sealable()
        last = stretch.last
        written = [name for name in self._logs() if self._has_changes(name, last)]
        self._tell_missing(written, last)
        self._tell_backwards(written, last)
        changed = [table for table in self._tables if names.log_table(table.tid) in written]
        for table in changed:
            self._keep_secrets(table, last)
            touched = stretch.touched.get(table.tid)
            if touched is not None and seal_tables.base_table(table.tid) in self._present:
                baseline = Baseline(self._session, Form.of(table), self._chain.base_key)
                tell(self._session, self._take(table, baseline, touched))
        self._chain.save(self._session)
        reader = LeafReader(self._session, {table.tid for table in changed})
        made = self._one(reader, self._last, self._first, last)
        chain.append(self._session, made)
        yield made

    def _highest(self, log: str) -> int:
        """The last number of a log. What is far beyond the clock was never given: somebody put it in by hand."""
        end = max(tables.last_seq(self._session), self._first) + chain.MOST_CHANGES
        found = self._session.value(f"SELECT max(seq) FROM main.{quote(log)} WHERE seq <= ?", (end,))
        return found if isinstance(found, int) else 0

    def _has_changes(self, log: str, last: int) -> bool:
        sql = f"SELECT 1 FROM main.{quote(log)} WHERE seq >= ? AND seq <= ? LIMIT 1"
        return self._session.value(sql, (self._first, last)) is not None

    def _harvest(self) -> None:
        """Log what waits in a pen still: a row that was displaced and that no trigger could tell of."""
        waiting = [
            table
            for table in self._tables
            if names.pen_table(table.tid) in self._present and holds_rows(self._session, table)
        ]
        if waiting:
            schema = read_schema(self._session, self._context)
            known = {table.name: table for table in schema.tables}
            for table in waiting:
                if table.name in known:
                    harvest(self._session, table, shape_of(known[table.name], schema))

    def _set_clock_right(self, highest: int, was: int | None) -> None:
        """A clock that was set back would give numbers again that are sealed; one far ahead would never be sealed.

        Args:
            was: what it said; None where it was gone, and was made anew.
        """
        now, highest = tables.last_seq(self._session), max(highest, self._first - 1)
        if was is None or not highest <= now <= highest + chain.MOST_CHANGES:
            self._session.run(f"UPDATE main.{names.CLOCK} SET seq = ? WHERE id = 1", (highest,))
            tables.append_event(self._session, GAP, None, {"clock": {"was": was, "log": highest}})

    def _tell_missing(self, written: Sequence[str], last: int) -> None:
        """Numbers that were given and that the log has not: somebody took changes away before they were sealed."""
        range_sql = "FROM main.{} WHERE seq >= ? AND seq <= ?"
        logs = [range_sql.format(quote(name)) for name in {*written, names.EVENT}]
        between = (self._first, last)
        counts = (self._session.count(f"SELECT count(*) {log}", between) for log in logs)
        if sum(counts) >= last - self._first + 1:
            return
        there = merge(*(self._session.execute(f"SELECT seq {log} ORDER BY seq", between) for log in logs))
        missing, expected = list[list[int]](), self._first
        for (seq,) in joined(there, [(last + 1,)]):
            assert isinstance(seq, int)  # the row number of a log
            if seq > expected:
                missing.append([expected, seq - 1])
            expected = max(expected, seq + 1)
        for some in _portions(missing):
            tables.append_event(self._session, GAP, None, {"missing": some})

    def _tell_backwards(self, written: Sequence[str], last: int) -> None:
        """Changes that say they are older than the one before: a clock was set back."""
        backwards.tell(self._session, list(self._logs()), {*written, names.EVENT}, self._first, last)

    def _logs(self) -> Iterator[str]:
        yield names.EVENT
        for table in self._tables:
            if names.log_table(table.tid) in self._present:
                yield names.log_table(table.tid)

    def _keep_secrets(self, table: AuditedTable, last: int) -> None:
        """Give each row that has changes a secret, and note which changes it has."""
        if names.log_table(table.tid) not in self._present:
            return
        form = Form.of(table)
        if seal_tables.key_table(table.tid) not in self._present:
            key_table = seal_tables.key_table(table.tid)
            self._session.run(create_sql(key_table, without_rowid=not form.by_rowid))
            self._session.run(seal_tables.rows_sql(table.tid, by_rowid=form.by_rowid))
        if last < self._first:
            return
        secrets = Blocks(self._session, seal_tables.key_table(table.tid), SECRET_BYTES)
        into = (
            f"INSERT OR IGNORE INTO main.{quote(seal_tables.rows_table(table.tid))} (key, seq) VALUES (?, ?)"
        )
        records = Records(self._values, form).between(self._first, last)
        while some := list(islice(records, _AT_ONCE)):
            rows = set[tuple[SqlValue, SqlValue]]()
            for record in some:
                place = form.place_of(form.key_of(record))
                if not secrets.get(*place):
                    secrets.put(*place, os.urandom(SECRET_BYTES))
                rows.update(form.entries(record))
            self._session.run_many(into, sorted(rows))
            self._context.checkpoint()
        for _ in secrets.flush():
            pass

    def _roll(self, table: AuditedTable, last: int) -> Sequence[Difference]:
        """Compare the rows that were touched with the baseline, and move it on."""
        there = seal_tables.base_table(table.tid) in self._present
        ended = table.to_seq is not None and table.tid not in self._oddities.open
        if ended and not there:
            return ()
        moved = renumbering(self._session, table) if there and not ended else None
        if moved is not None and not moved.told:
            tables.append_event(self._session, RENUMBERED, table.tid, {"table": table.name})
        if not ended and there and (last < self._first or (moved is not None and moved.rows is None)):
            return ()
        form = Form.of(table)
        baseline = Baseline(self._session, form, self._chain.base_key)
        if ended:
            baseline.drop(self._chain.base)
            return ()
        live = LiveRows(self._values, table, form)
        if not live.comparable:
            return ()
        if not there:
            if self._last is not None and table.tid <= self._last.last_tid:
                self._oddities.tell_lost_baseline(table)
            baseline.build(live, self._chain.base, self._context)
            return ()
        rows = live if moved is None or moved.rows is None else moved.rows
        touched = baseline.hashed(unwind(rows, form, Records(self._values, form).backward(self._first, last)))
        return self._take(table, baseline, touched)

    def _take(self, table: AuditedTable, baseline: Baseline, touched: Touched) -> Sequence[Difference]:
        differences = baseline.check(table.name, touched)
        baseline.advance(touched, self._chain.base)
        return differences

    def _seals(self, changed: Collection[int]) -> Iterator[Seal]:
        """One seal, or several where there is much. `changed` are the tables with changes."""
        reader = LeafReader(self._session, changed)
        end = tables.last_seq(self._session)
        first, before = self._first, self._last
        while first <= end or self._is_news(before):
            first = self._over_a_hole(first, changed)
            last = min(end, first + chain.MOST_CHANGES - 1)
            made = self._one(reader, before, first, last)
            chain.append(self._session, made)
            yield made
            first, before = last + 1, made
            self._context.checkpoint()
            self._context.report(last - self._first + 1, end - self._first + 1, unit="changes")

    def _over_a_hole(self, first: int, changed: Collection[int]) -> int:
        """Where to go on: a clock that somebody set far ahead leaves more numbers out than can be sealed one by one."""
        logs = [names.EVENT, *(names.log_table(tid) for tid in sorted(changed))]
        found = (
            self._session.value(f"SELECT min(seq) FROM main.{quote(log)} WHERE seq >= ?", (first,))
            for log in logs
        )
        following = min((seq for seq in found if isinstance(seq, int)), default=first)
        return following if following - first >= chain.MOST_CHANGES else first

    def _is_news(self, before: Seal | None) -> bool:
        """Whether there is something to seal besides changes."""
        known = (before.last_txn, before.last_tid, before.base) if before else (0, 0, LatticeHash().digest)
        return known != (*self._newest(before), self._chain.base.digest)

    def _newest(self, before: Seal | None) -> tuple[int, int]:
        """The last transaction that is over, and the last version of a table; never lower than what is sealed.

        What the log says of the transaction under way is not final; the next seal takes it.
        """
        txn = self._session.count(
            f"SELECT coalesce(max(txn), 0) FROM main.{names.TXN}"
            f" WHERE txn < coalesce((SELECT txn FROM main.{names.CLOCK}), 9223372036854775807)"
        )
        tid = self._session.count(f"SELECT coalesce(max(tid), 0) FROM main.{names.TABLE}")
        return (max(txn, before.last_txn), max(tid, before.last_tid)) if before else (txn, tid)

    def _one(self, reader: LeafReader, before: Seal | None, first: int, last: int) -> Seal:
        known = (before.last_txn, before.last_tid) if before else (0, 0)
        txn, tid = self._newest(before)
        definitions = [leaf for _, _, leaf in reader.definitions(known[0], txn, known[1], tid)]
        roots, marks = [], b""
        for of_tree in (reader.cells(first, last), reader.changes(first, last)):
            of_changes = [leaf or missing_leaf(first + place) for place, leaf in enumerate(of_tree.of)]
            leaves = of_changes + definitions
            roots.append(merkle.root(leaves))
            marks = b"".join([leaf[: chain.MARK_BYTES] for leaf in leaves])
        made = Seal(
            n=before.n + 1 if before else 1,
            first_seq=first,
            last_seq=last,
            last_txn=txn,
            last_tid=tid,
            root=roots[1],
            cells=roots[0],
            base=self._chain.base.digest,
            previous=before.digest(self._chain.log) if before else chain.START,
            sealed_us=tables.microseconds(),
            marks=marks,
        )
        return made.signed(self._chain.log, self._secrets)


def _portions(told: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(told), _TOLD_IN_ONE):
        yield told[start : start + _TOLD_IN_ONE]
