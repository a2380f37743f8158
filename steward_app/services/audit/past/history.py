"""History: what became of a row, a cell, a table, in a span of time, in a transaction, or by one writer.

    history = History(session)
    page = history.page(Asked(table="customer", key=(7,)))
    page = history.page(asked, after=page.next)

Pages go on by the number of the last change; nothing is cut off. A change whose writer did not say who it is belongs to
an "unknown writer"; such changes hang together where they were made at the same millisecond, one after another.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice

from steward_app.db import Session, fold, quote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine import log, names, tables
from steward_app.services.audit.engine.layout import layout
from steward_app.services.audit.engine.model import AuditedTable, Change, Key, Mode, Op, Txn
from steward_app.services.audit.engine.writers import Span, Writers, stretch
from steward_app.services.audit.past.as_of_row import exact_key
from steward_app.services.audit.past.erased_cells import ErasedCells
from steward_app.services.audit.past.lineage import Lineage, Version, lineage, lineages
from steward_app.services.audit.past.moments import Times, milliseconds
from steward_app.services.audit.past.row_changes import RowChanges
from steward_app.services.audit.seals import seal_tables

PAGE = 100
_PLACES = 10_000  # at which pages of the history of a row go on at once
_NO_END = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What history is asked of. Everything given narrows it.

    Attributes:
        table: its name now; "" for all tables.
        key: a row of it, as it is named now; its changes by former keys belong to it.
        column: only changes of this column, by its name now.
        since, until: only changes made between these times.
        writer: only changes by this actor; None for all.
        unknown: only changes whose writer did not say who it is.
        txn: only changes of this transaction.
    """

    table: str = ""
    key: Key | None = None
    column: str = ""
    since: datetime | None = None
    until: datetime | None = None
    writer: str | None = None
    unknown: bool = False
    txn: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of the history.

    Attributes:
        table: as the table is called now.
        writer: whose transaction it is; None for an unknown writer.
        erased: columns, by their names then, whose values of this change were erased since; they stand as None.
    """

    change: Change
    table: str
    writer: Txn | None
    erased: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Together:
    """What changed in the same transaction, or, by an unknown writer, in the same statement.

    Attributes:
        first_seq, last_seq: the changes, which follow one another.
        tables: how many of them each table had, by its name now.
    """

    first_seq: int
    last_seq: int
    tables: tuple[tuple[str, int], ...]

    def holds(self, seq: int) -> bool:
        """Whether a change is among them."""
        return self.first_seq <= seq <= self.last_seq

    @property
    def changes(self) -> int:
        return sum(count for _, count in self.tables)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Entries in order. `next` is what to ask the following page with, or None where this is the last."""

    entries: tuple[Entry, ...]
    next: int | None


class History:
    """The history of a file. It has its session to itself, and lists in its temporary tables what is not sealed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._writers = Writers(session)
        self._rows: dict[tuple[int, str], RowChanges] = {}
        self._places: dict[tuple[str, Key, int], Key] = {}
        self._erased = ErasedCells(session)
        self._versions: dict[int, Version] = {}
        self._group: tuple[Txn | None, Together] | None = None

    def page(
        self, asked: Asked, *, after: int | None = None, limit: int = PAGE, newest_first: bool = True
    ) -> HistoryPage:
        """Some of the history, in either direction.

        Args:
            after: `next` of the page before.

        Raises `UsageError` for a table or column that the log does not know.
        """
        found = list(islice(self.entries(asked, after=after, newest_first=newest_first), limit + 1))
        more = len(found) > limit
        return HistoryPage(tuple(found[:limit]), found[limit - 1].change.seq if more else None)

    def entries(
        self,
        asked: Asked,
        *,
        after: int | None = None,
        newest_first: bool = True,
        context: Context | None = None,
    ) -> Iterator[Entry]:
        """The whole of it, one by one. Raises what `page` raises, and `Cancelled`."""
        context = context or Context()
        if asked.key is not None and not asked.table:
            raise UsageError(ErrorCode.BAD_REQUEST, "A row is of a table.", hint="Name the table, too.")
        looked = [lineage(self._session, asked.table)] if asked.table else list(lineages(self._session))
        first, last = self.span(asked, after, newest_first=newest_first)
        self._versions.update({tid: version for each in looked for tid, version in each.by_tid.items()})
        labels = {tid: each.name for each in looked for tid in each.by_tid}
        if asked.key is not None:
            changes = self._of_row(asked, looked[0], first, last, newest_first)
        else:
            changes = self._of_tables(asked, looked, first, last, newest_first)
        for change in changes:
            context.checkpoint()
            erased = self._erased.columns(self._versions[change.tid].audited, change.seq)
            yield Entry(change, labels[change.tid], self._writers.of(change), erased)

    def span(self, asked: Asked, after: int | None = None, *, newest_first: bool = True) -> tuple[int, int]:
        """Between which numbers lies what is asked for; with `after`, what is left of it."""
        first, last = self._span(asked)
        if after is None:
            return first, last
        return (first, min(last, after - 1)) if newest_first else (max(first, after + 1), last)

    def key_columns(self, tid: int) -> tuple[str, ...]:
        """The columns that name the rows of one version of a table; () where that is a number nobody sees."""
        audited = tables.table(self._session, tid)
        return audited.row_key if audited else ()

    def row_now(self, change: Change) -> tuple[Key, Key | None]:
        """What named the row of an entry before and after, as keys are written now: VACUUM may have renumbered it."""
        version = self._versions[change.tid]
        if version.key_order is None:
            return change.key, change.new_key
        after = None if change.new_key is None else version.key_now(change.new_key)
        return version.key_now(change.key), after

    def together(self, entry: Entry) -> Together:
        """What else changed with a change. Counts in C; a statement on a million rows takes a tenth of a second."""
        known = self._group
        if known is not None and known[0] == entry.writer and known[1].holds(entry.change.seq):
            return known[1]
        made = self._together(entry)
        self._group = (entry.writer, made)
        return made

    def counted(self, asked: Asked, first: int, last: int) -> Counter[tuple[str, Op]]:
        """How many changes between two numbers are asked for, by table and operation. Writers are not asked for."""
        begin, end = self._span(asked)
        looked = [lineage(self._session, asked.table)] if asked.table else list(lineages(self._session))
        counted: Counter[tuple[str, Op]] = Counter()
        for each in looked:
            for audited, where in self._searched(asked, each):
                log_sql = f"main.{quote(names.log_table(audited.tid))} AS l"
                fits = " AND ".join(["seq BETWEEN ? AND ?", *([where] if where else [])])
                sql = f"SELECT op, count(*) FROM {log_sql} WHERE {fits} GROUP BY op"
                for op, count in self._session.execute(sql, (max(first, begin), min(last, end))):
                    counted[each.name, Op(int(str(op)))] += int(str(count))
        return counted

    def _together(self, entry: Entry) -> Together:
        logs = self._logs()
        if entry.writer is not None and entry.writer.first_seq and entry.writer.last_seq:
            first, last = entry.writer.first_seq, entry.writer.last_seq
        else:
            first, last = self._around(entry.change, logs, entry.writer)
        counted: dict[str, int] = {}
        for each in lineages(self._session):
            for tid in each.by_tid:
                if (name := names.log_table(tid)) in logs:
                    sql = f"SELECT count(*) FROM main.{quote(name)} WHERE seq BETWEEN ? AND ?"
                    counted[each.name] = counted.get(each.name, 0) + self._session.count(sql, (first, last))
        return Together(first, last, tuple((name, count) for name, count in counted.items() if count))

    def _logs(self) -> list[str]:
        every = [names.log_table(each.tid) for each in tables.tables(self._session)]
        return [name for name in every if seal_tables.is_there(self._session, name)]

    def _around(self, change: Change, logs: list[str], writer: Txn | None) -> tuple[int, int]:
        """The changes of the same transaction before and after a change, or, of unknown writers, of the same
        millisecond, without a gap."""
        last = tables.last_seq(self._session)
        if writer is not None:
            return stretch(self._session, logs, change.seq, last, "txn IS NOT ?", writer.txn)
        other = "at IS NOT ? OR txn IS NOT NULL"
        return stretch(self._session, logs, change.seq, last, other, change.at)

    def _span(self, asked: Asked) -> tuple[int, int]:
        last = tables.last_seq(self._session)
        if asked.since is None and asked.until is None:
            return 1, last
        times = Times(self._session)
        first = times.last_before(milliseconds(asked.since) - 1) + 1 if asked.since else 1
        return first, times.last_before(milliseconds(asked.until)) if asked.until else last

    # The changes of a row

    def _of_row(
        self, asked: Asked, table: Lineage, first: int, last: int, newest_first: bool
    ) -> Iterator[Change]:
        assert asked.key is not None
        rows = self._rows.setdefault((table.newest.tid, table.name), RowChanges(self._session, table))
        fits, begin = self._fits(asked, table), (table.name, asked.key, last + 1)
        place = self._places.get(begin)
        start = place or exact_key(self._session, table, asked.key)
        walked = rows.backward(start, before=last + 1 if place else _NO_END)
        if newest_first:
            for change, key in walked:
                if change.seq < first:
                    return
                if change.seq <= last and fits(change):
                    if len(self._places) > _PLACES:
                        self._places.clear()
                    self._places[table.name, asked.key, change.seq] = key
                    yield change
            return
        places = [(each.seq, each.tid) for each, _ in walked if first <= each.seq <= last and fits(each)]
        for tid, some in groupby(reversed(places), key=lambda place: place[1]):
            audited = table.by_tid[tid].audited
            while chunk := [seq for seq, _ in islice(some, 400)]:
                yield from log.changes_at(self._session, audited, chunk)

    def _fits(self, asked: Asked, table: Lineage) -> _Fits:
        columns = (
            {tid: _column(each, asked.column) for tid, each in table.by_tid.items()} if asked.column else {}
        )
        if asked.column and not any(columns.values()):
            raise _no_column(table, asked.column)
        return _Fits(asked, columns, self._writers)

    # The changes of tables

    def _of_tables(
        self, asked: Asked, looked: Iterable[Lineage], first: int, last: int, newest_first: bool
    ) -> Iterator[Change]:
        chosen = [found for each in looked for found in self._searched(asked, each)]
        if asked.writer is not None:
            spans: Iterable[Span] = self._writers.spans(asked.writer, first, last, newest_first)
        elif asked.txn is not None:
            spans = self._writers.span(asked.txn, first, last)
        else:
            spans = [(first, last, None)]
        for low, high, txns in spans:
            if txns is not None and asked.txn is not None:
                txns = (asked.txn,) * (asked.txn in txns)
            if txns is None or txns:
                yield from self._merged(chosen, low, high, txns, newest_first)

    def _searched(self, asked: Asked, table: Lineage) -> Iterator[tuple[AuditedTable, str]]:
        """The logs of a table with a condition each."""
        there = set(self._logs())
        found = False
        for each in table.newest_first():
            column = _column(each, asked.column) if asked.column else ""
            if column is None or names.log_table(each.audited.tid) not in there:
                continue
            found = True
            conditions = [_changed_sql(each.audited, column)] if column else []
            conditions += [self._writers.unknown_sql()] if asked.unknown else []
            yield each.audited, " AND ".join(conditions)
        if asked.column and asked.table and not found:
            raise _no_column(table, asked.column)

    def _merged(
        self,
        chosen: list[tuple[AuditedTable, str]],
        first: int,
        last: int,
        txns: tuple[int, ...] | None,
        newest_first: bool,
    ) -> Iterator[Change]:
        """The changes of several logs in one order. Their numbers are found first, then some are read at once."""
        by_tid = {audited.tid: audited for audited, _ in chosen}
        streams = [
            self._numbers(audited, where, first, last, txns, newest_first) for audited, where in chosen
        ]
        merged = heapq.merge(*streams, reverse=newest_first)
        size = 32
        try:
            while some := list(islice(merged, size)):
                found: list[Change] = []
                for tid in {tid for _, tid in some}:
                    seqs = [seq for seq, of in some if of == tid]
                    found += log.changes_at(self._session, by_tid[tid], seqs)
                yield from sorted(found, key=lambda change: change.seq, reverse=newest_first)
                size = 400
        finally:
            for stream in streams:
                stream.close()

    def _numbers(
        self,
        audited: AuditedTable,
        where: str,
        first: int,
        last: int,
        txns: tuple[int, ...] | None,
        newest_first: bool,
    ) -> Generator[tuple[int, int]]:
        conditions = ["seq BETWEEN ? AND ?", *([where] if where else [])]
        if txns is not None:
            conditions.append(f"txn IN ({', '.join(map(str, txns))})")
        if txns is not None and len(txns) > 1:
            conditions.append(self._writers.signed_sql())
        sql = f"SELECT seq FROM main.{quote(names.log_table(audited.tid))} AS l WHERE {' AND '.join(conditions)}"
        for (seq,) in self._session.execute(f"{sql} ORDER BY seq{' DESC' * newest_first}", (first, last)):
            yield int(str(seq)), audited.tid


class _Fits:
    """Whether a change of a row is one of those asked for."""

    def __init__(self, asked: Asked, columns: dict[int, str | None], writers: Writers) -> None:
        self._asked = asked
        self._columns = columns
        self._writers = writers

    def __call__(self, change: Change) -> bool:
        asked = self._asked
        if asked.column:
            column = self._columns[change.tid]
            if column is None or (change.op is Op.UPDATE and column not in change.cells):
                return False
        if asked.txn is None and asked.writer is None and not asked.unknown:
            return True
        writer = self._writers.of(change)
        if asked.unknown and writer is not None:
            return False
        if asked.txn is not None and (writer is None or writer.txn != asked.txn):
            return False
        return asked.writer is None or (writer is not None and writer.actor == asked.writer)


def _column(version: Version, column: str) -> str | None:
    """What a column was called in a version; None where it was not there, or nothing was logged of it."""
    then = version.column_then(column)
    own = next((each for each in version.audited.columns if then and fold(each.name) == fold(then)), None)
    return own.name if own is not None and own.mode is not Mode.NONE else None


def _changed_sql(audited: AuditedTable, column: str) -> str:
    """A condition for the changes that concern a column."""
    if fold(column) == fold(audited.alias):
        return "(op <> 1 OR nrid IS NOT NULL)"
    places = layout(audited)
    mask, bit = places.bit(places.columns.index(column))
    return f"(op <> 1 OR m{mask} & {bit})"


def _no_column(table: Lineage, column: str) -> UsageError:
    logged = [each.name for each in table.newest.columns if each.mode is not Mode.NONE]
    return UsageError(
        ErrorCode.UNKNOWN_OBJECT,
        f"Nothing is logged of a column {quoted(column)} of {quoted(table.name)}.",
        hint=f"Logged are: {', '.join(map(quoted, logged[:12]))}{', …' if len(logged) > 12 else ''}.",
    )
