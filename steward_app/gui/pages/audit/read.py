"""What the views of the history need, called on worker threads. Each call has a session of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from pathlib import Path

from steward_app.db import ReadSession, fold, open_read
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Change, Key, Mode, NotKept, Op, Txn, Value
from steward_app.services.audit.engine.writers import Writers
from steward_app.services.audit.past.as_of_row import RowsAsOf
from steward_app.services.audit.past.find_row import find_row, named_by
from steward_app.services.audit.past.history import Asked, Entry, History, Together
from steward_app.services.audit.past.history_groups import Group, Groups
from steward_app.services.audit.past.lineage import lineage, lineages
from steward_app.services.audit.past.missed import Missed, missed
from steward_app.services.audit.past.moments import Day, Times
from steward_app.services.audit.past.recycle_bin import Deleted, RecycleBin
from steward_app.services.rows import look_personal
from steward_app.services.schema import read_schema

PAGE = 60
_DAYS = 60


@dataclass(frozen=True, slots=True)
class TableKnown:
    """A table of the log.

    Attributes:
        columns: of which something is logged, by their names now.
        named_by: the columns that people name a row with, each with its affinity; () where a number does.
        armed: whether it is under audit now.
        personal: columns that look personal by their names.
    """

    name: str
    columns: tuple[str, ...]
    named_by: tuple[tuple[str, str], ...]
    armed: bool
    personal: frozenset[str]

    @property
    def key(self) -> tuple[str, ...]:
        """The names alone."""
        return tuple(name for name, _ in self.named_by)


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to choose from: tables, and writers that said who they are."""

    tables: tuple[TableKnown, ...]
    writers: tuple[str, ...]

    def table(self, name: str) -> TableKnown | None:
        """A table by its name."""
        return next((each for each in self.tables if fold(each.name) == fold(name)), None)


@dataclass(frozen=True, slots=True)
class Some:
    """Some of a list. `next` is what to ask for what follows, None where this is all; `total` where it was counted."""

    items: tuple[Entry | Group | Deleted | Missed, ...]
    next: int | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """The newest change of a cell after the one that is looked at, and who made it."""

    change: Change
    writer: Txn | None

    @property
    def by_undo(self) -> bool:
        """Whether an undo made it."""
        return self.writer is not None and bool(self.writer.undo_of)


@dataclass(frozen=True, slots=True)
class Seen:
    """One change with its row before and after it.

    Attributes:
        columns: of the row, in the order of the table now; those that are gone, last.
        before, after: the row; None where it was not there.
        changed: the columns that this change concerns.
        erased: of these, those whose values were erased since.
        later: by column, the newest change of it after this one.
        now: the row as it is now; None where it is gone.
        key_now: what names it in the log now, or named it last.
        named: what people name it with now, or named it with last, by column; empty where a number does.
        gone_by: what removed it later, where it is gone.
        back_by: what brought a row with its key later, where this removed it.
        together: what else was done at once.
        personal: columns that look personal.
    """

    entry: Entry
    columns: tuple[str, ...]
    before: Mapping[str, Value | NotKept] | None
    after: Mapping[str, Value | NotKept] | None
    changed: frozenset[str]
    erased: frozenset[str]
    later: Mapping[str, Later]
    now: Mapping[str, Value | NotKept] | None
    key_now: Key
    named: Mapping[str, Value | NotKept]
    together: Together
    personal: frozenset[str]
    gone_by: Later | None = None
    back_by: Later | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Changes that were made at once: of a transaction, or between two numbers.

    Attributes:
        counts: changes of each table.
    """

    writer: Txn | None
    first_seq: int
    last_seq: int
    at: int
    counts: tuple[tuple[str, int], ...] = field(default=())

    @property
    def changes(self) -> int:
        return sum(count for _, count in self.counts)


@contextmanager
def reading(path: Path, context: Context) -> Iterator[ReadSession]:
    """A session for one call, of one moment."""
    with open_read(path, context) as session, session.snapshot(), session.under(context):
        yield session


def known(path: Path, context: Context) -> Known:
    """Tables and writers."""
    with reading(path, context) as session:
        schema, found = read_schema(session, context), []
        for each in lineages(session):
            names = [column.name for column in each.newest.columns]
            logged = tuple(column.name for column in each.newest.columns if column.mode is not Mode.NONE)
            personal = frozenset(one.column for one in look_personal(names, each.name, path))
            now = schema.table(each.name)
            columns = [(name, now.column(name) if now else None) for name in named_by(session, each.name)]
            key = tuple((name, column.affinity if column else "") for name, column in columns)
            found.append(TableKnown(each.name, logged, key, each.armed, personal))
        return Known(tuple(found), Writers(session).actors())


def groups(path: Path, asked: Asked, after: int | None, context: Context) -> Some:
    """What was done at once, the newest first."""
    with reading(path, context) as session:
        every = Groups(session)
        page = every.page(asked, after=after, limit=PAGE)
        gaps = missed(session, every.history, asked, after=after, until=page.next)
        return Some(_in_order(page.groups, gaps), page.next)


def count(path: Path, asked: Asked, context: Context) -> int | None:
    """How many changes are asked for; None where that is not known without reading them."""
    if asked.key is not None or asked.writer is not None or asked.txn is not None:
        return None
    with reading(path, context) as session:
        return sum(History(session).counted(asked, 1, tables.last_seq(session)).values())


def days(path: Path, table: str, context: Context) -> tuple[Day, ...]:
    """How many changes each of the last days had, of a table or of all."""
    with reading(path, context) as session:
        versions = [each.audited for each in lineage(session, table).newest_first()] if table else None
        return Times(session).days(versions, most=_DAYS)


def entries(path: Path, asked: Asked, after: int | None, context: Context) -> Some:
    """Single changes, the newest first."""
    with reading(path, context) as session:
        history = History(session)
        page = history.page(asked, after=after, limit=PAGE)
        gaps = missed(session, history, asked, after=after, until=page.next)
        return Some(_in_order(page.entries, gaps), page.next)


def _in_order(
    found: tuple[Entry | Group, ...], gaps: tuple[Missed, ...]
) -> tuple[Entry | Group | Missed, ...]:
    """Changes and what the log missed, the newest first."""
    return tuple(merge(found, gaps, key=_number, reverse=True))


def _number(each: Entry | Group | Missed) -> int:
    match each:
        case Entry():
            return each.change.seq
        case Group():
            return each.last_seq
        case _:
            return each.seq


def key_of(path: Path, table: str, named: Key, context: Context) -> Key:
    """What names a row in the log, by what people name it with."""
    with reading(path, context) as session:
        return find_row(session, table, named, context)


def between(path: Path, span: Span, after: int | None, context: Context) -> Some:
    """The changes of a span, the newest first."""
    with reading(path, context) as session:
        start = span.last_seq + 1 if after is None else after
        found = list(islice(History(session).entries(Asked(), after=start), PAGE + 1))
        inside = [entry for entry in found if entry.change.seq >= span.first_seq]
        more = len(inside) > PAGE
        return Some(tuple(inside[:PAGE]), inside[PAGE - 1].change.seq if more else None, span.changes)


def deleted(path: Path, table: str, after: int | None, context: Context) -> Some:
    """Rows that are not there any more, the newest first."""
    with reading(path, context) as session:
        page = RecycleBin(session).page(table, after=after, limit=PAGE)
        return Some(page.rows, page.next)


def span_of(path: Path, context: Context, *, txn: int | None = None, seq: int | None = None) -> Span | None:
    """A transaction by its number, or what was done at once with a change; None where the log has none such."""
    with reading(path, context) as session:
        history = History(session)
        asked = Asked(txn=txn) if txn is not None else Asked()
        after = None if seq is None else seq + 1
        found = next(iter(history.entries(asked, after=after)), None)
        if found is None or (seq is not None and found.change.seq != seq):
            return None
        together = history.together(found)
        return Span(found.writer, together.first_seq, together.last_seq, found.change.at, together.tables)


def neighbour(path: Path, span: Span, context: Context, *, newer: bool) -> Span | None:
    """What was done before it, or after it."""
    with reading(path, context) as session:
        history = History(session)
        after = span.last_seq if newer else span.first_seq
        found = next(iter(history.entries(Asked(), after=after, newest_first=not newer)), None)
        if found is None:
            return None
        together = history.together(found)
        return Span(found.writer, together.first_seq, together.last_seq, found.change.at, together.tables)


def seen(path: Path, seq: int, table: str, context: Context) -> Seen | None:
    """One change with its row before and after. None where the log has no such change any more."""
    with reading(path, context) as session:
        history = History(session)
        entry = next(iter(history.entries(Asked(table=table), after=seq + 1)), None)
        if entry is None or entry.change.seq != seq:
            return None
        return _seen(session, history, entry)


def _seen(session: ReadSession, history: History, entry: Entry) -> Seen:
    change = entry.change
    of = lineage(session, entry.table)
    version = of.by_tid[change.tid]
    names = {then: version.columns.get(then, then) for then in change.cells}
    rows, writers = RowsAsOf(session, entry.table), Writers(session)
    linked = version in of.versions and version.key_order is not None
    image = rows.after(change) if linked else None
    old = {names[then]: cell.old for then, cell in change.cells.items()}
    new = {names[then]: cell.new for then, cell in change.cells.items()}
    told = dict(image.values) if image is not None else {}
    before = None if change.op is Op.INSERT else {**told, **old}
    after = None if change.new_key is None else {**told, **new}
    later: dict[str, Later] = {}
    last, gone_by, back_by = change, None, None
    for each in rows.later(change) if linked else ():
        last = each
        by = Later(each, writers.of(each))
        if each.op is Op.UPDATE:
            called = of.by_tid[each.tid].columns
            later.update({called.get(then, then): by for then in each.cells})
        elif each.op is Op.INSERT:
            back_by = by
        else:
            gone_by = by
    held = {**(before or {}), **(after or {})}
    present = rows.after(last) if linked and last.new_key is not None else None
    now = present.values if present is not None and present.there else None
    order = [column.name for column in of.newest.columns]
    columns = [name for name in order if name in (before or {}) or name in (after or {})]
    columns += [name for name in names.values() if name not in columns]
    key = last.new_key or last.key
    tid = of.by_tid[last.tid]
    return Seen(
        entry=entry,
        columns=tuple(columns),
        before=before,
        after=after,
        changed=frozenset(names.values()),
        erased=frozenset(names.get(then, then) for then in entry.erased),
        later=later,
        now=now,
        key_now=tid.key_now(key) if tid.key_order is not None else key,
        named={name: (now or held)[name] for name in named_by(session, entry.table) if name in (now or held)},
        together=history.together(entry),
        personal=frozenset(each.column for each in look_personal(columns, entry.table, session.path)),
        gone_by=gone_by,
        back_by=back_by,
    )
