"""A copy is built table by table into a new, empty file: nothing of the pages of the original is ever in it.

    tables          their stored text, byte for byte, without anything that acts on rows
    rows            read in one snapshot of the original, changed by the batch, inserted
    indexes, views
    virtual tables  full-text indexes are filled from the copy's own rows
    triggers        last: none of them ever sees a row of the original

Nothing that no rule needs is written: no statistics, no records of ours, no counters of rows that are not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from steward_app.db import ReadSession, Session, WriteSession, fold, qualified, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.raw_rows import RawRows
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.anonymize.broken_rows import (
    breaking_checks,
    filled,
    missing_values,
    require_no_more,
)
from steward_app.services.privacy.anonymize.fulltext import Fill, Virtual, fill_sql
from steward_app.services.privacy.anonymize.model import Built, TableCount
from steward_app.services.privacy.anonymize.objects import Objects
from steward_app.services.privacy.anonymize.subset import Chosen
from steward_app.services.privacy.transform.model import ROW, TableTransform, Transforms, nothing_collected
from steward_app.services.schema.model import Generated, Schema, Table

_BATCH_ROWS = 50_000
_BATCH_CELLS = 500_000
_BATCH_BYTES = 64 << 20
_REMEMBERED_BYTES = 384 << 20
_LEAST_ROWS = 10
_ROWS_TOGETHER = 5


@dataclass(frozen=True, slots=True)
class Orders:
    """What is built.

    Attributes:
        schema: of the original.
        objects: what goes along.
        empty, renumber: tables without rows, tables whose hidden row numbers are new; folded names.
        chosen: the rows of a subset, or None for all.
        file_bytes: size of the original, from which the size of a batch is reckoned.
    """

    schema: Schema
    objects: Objects
    empty: frozenset[str] = frozenset()
    renumber: frozenset[str] = frozenset()
    chosen: Chosen | None = None
    analyze: bool = False
    file_bytes: int = 0
    rows: dict[str, int] = field(default_factory=dict)


def build(
    source: ReadSession, target: WriteSession, orders: Orders, transforms: Transforms, context: Context
) -> Built:
    """Build the copy. Raises `Failure` with what stood in the way; the target cannot be used then.

    Args:
        source: inside `snapshot()`; the one that made `transforms` and chose the rows.
        target: as `db.building` gives it.
    """
    with source.under(context), target.under(context):
        make_tables(target, orders.objects)
        with target.transaction():
            counts = tuple(_fill_all(source, target, orders, transforms, context))
        _make_the_rest(target, orders, source, transforms, context)
        if orders.analyze:
            context.report(0, note="Gathering statistics")
            target.run("ANALYZE")
    rebuilt = tuple(
        each.table.name for each in orders.objects.virtual if each.fill in (Fill.REBUILT, Fill.COPIED_FROM)
    )
    return Built(counts, rebuilt, orders.objects.left_out)


def try_schema(target: WriteSession, orders: Orders) -> None:
    """Make everything without a row. Raises as `build` where SQLite refuses a part of the schema."""
    make_tables(target, orders.objects)
    _make_the_rest(target, orders, None, None, Context())


def make_tables(target: WriteSession, objects: Objects) -> None:
    """Make the tables, by their stored text."""
    for table in objects.tables:
        _run(target, table.sql, table.name)


def _make_the_rest(
    target: WriteSession,
    orders: Orders,
    source: ReadSession | None,
    transforms: Transforms | None,
    context: Context,
) -> None:
    objects = orders.objects
    for index in objects.indexes:
        context.report(0, note=f"Making the index {index.name}")
        _run(target, index.sql, index.name)
    for view in objects.views:
        _run(target, view.sql, view.name)
    for virtual in objects.virtual:
        context.report(0, note=f"Filling {virtual.table.name}")
        _run(target, virtual.table.sql, virtual.table.name)
        for sql in fill_sql(virtual, orders.schema.table(virtual.source) if virtual.source else None):
            _run(target, sql, virtual.table.name)
        if virtual.fill is Fill.ROWS and source is not None and transforms is not None:
            _own_rows(source, target, virtual, transforms)
    for trigger in objects.triggers:
        _run(target, trigger.sql, trigger.name)


def _run(target: WriteSession, sql: str, name: str) -> None:
    try:
        with in_sqlites_words():
            target.run(sql)
    except SqliteSays as refused:
        raise Failure(
            ErrorCode.MALFORMED_SCHEMA,
            f"{quoted(name)} cannot be made in the copy: {visible(str(refused), 200)}.",
            hint="The database is unchanged, and no copy was made. It may need something of its own program.",
        ) from None


def _fill_all(
    source: ReadSession, target: WriteSession, orders: Orders, transforms: Transforms, context: Context
) -> Iterator[TableCount]:
    total, done = sum(orders.rows.values()), 0
    for table in orders.objects.tables:
        transform = transforms.table(table.name)
        rows = orders.rows.get(table.name, 0)
        if fold(table.name) in orders.empty:
            yield TableCount(table.name, rows, 0, why="without rows, as the rules say")
            continue

        def told(copied: int, before: int = done, name: str = table.name) -> None:
            context.checkpoint()
            context.report(before + copied, total, unit="rows", note=name)

        copied = _Filling(source, target, table, transform, orders).run(told)
        done += rows
        yield TableCount(
            table.name,
            rows,
            copied,
            bool(transform and transform.steps),
            "a part, as the rules say" if copied < rows else "",
        )


class _Filling:
    """Copies the rows of one table."""

    def __init__(
        self,
        source: Session,
        target: WriteSession,
        table: Table,
        transform: TableTransform | None,
        orders: Orders,
    ) -> None:
        self._source, self._target, self._table, self._transform = source, target, table, transform
        own = tuple(c.name for c in table.columns if c.generated is Generated.NO and not c.hidden)
        self._columns = transform.columns if transform else own
        self._reads = transform.reads if transform else tuple(f"{ROW}.{quote(name)}" for name in own)
        self._rowid = _kept_rowid(table, fold(table.name) in orders.renumber)
        self._where = orders.chosen.where_sql(table.name, ROW) if orders.chosen else ""
        self._missing = missing_values(source, table)
        self._batch = _batch_rows(orders, table.name, len(self._reads))

    def run(self, told: Callable[[int], None]) -> int:
        """Copy; how many rows."""
        if self._transform is None:
            return self._all(told)
        with self._transform.remembering(_REMEMBERED_BYTES):
            return self._all(told)

    def _all(self, told: Callable[[int], None]) -> int:
        broken = breaking_checks(self._source, self._table, self._where) if self._transform else ()
        spared = "OFF" if self._transform and not any(broken) else "ON"
        self._target.all(f"PRAGMA ignore_check_constraints = {spared}")
        try:
            copied = self._copy(self._read(), told, raw=None)
        except UnicodeDecodeError:  # text that is not valid, which SQLite keeps all the same
            self._target.run(f"DELETE FROM {qualified(self._table.name)}")
            raw = RawRows(self._source, kept=self._kept())
            copied = self._copy(self._read(raw), told, raw=raw)
        if any(broken):
            require_no_more(self._target, self._table, broken)
        return copied

    def _kept(self) -> frozenset[int]:
        """The places of the columns that stay as they are."""
        changed = self._transform.steps if self._transform else {}
        return frozenset(at for at in range(len(self._columns)) if at not in changed)

    def _read(self, raw: RawRows | None = None) -> Iterator[Row]:
        terms = [*self._reads, *([f"{ROW}.{self._rowid}"] if self._rowid else [])]
        selected = raw.terms(terms) if raw else ", ".join(terms)
        where = f" WHERE {self._where}" if self._where else ""
        rows = self._source.execute(f"SELECT {selected} FROM {qualified(self._table.name)} AS {ROW}{where}")
        return map(raw.read, rows) if raw else rows

    def _copy(self, rows: Iterator[Row], told: Callable[[int], None], *, raw: RawRows | None) -> int:
        names = [*map(quote, self._columns), *([self._rowid] if self._rowid else [])]
        into = f"INSERT OR FAIL INTO {qualified(self._table.name)} ({', '.join(names)}) VALUES "
        copied = 0
        while True:
            with nothing_collected():
                batch = list(islice(rows, self._batch))
                if not batch:
                    return copied
                told(copied)
                made = self._made(batch)
                if self._missing:
                    made = filled(made, self._columns, self._missing)
                if raw:
                    self._insert(f"{into}({raw.bindings(len(names))})", map(raw.given, made))
                else:
                    self._insert_together(into, len(names), made)
                copied += len(batch)
                del batch, made  # before Python looks for cycles again, and before the next rows are read

    def _made(self, batch: list[Row]) -> Sequence[Row]:
        if self._transform is None:
            return batch
        changed = self._transform.apply(batch)
        if not self._rowid:
            return changed
        return [(*new, old[-1]) for new, old in zip(changed, batch, strict=True)]

    def _insert_together(self, into: str, width: int, rows: Sequence[Row]) -> None:
        """Some rows by each statement, since starting one costs as much as a row; then the few that are left."""
        one = f"({', '.join('?' * width)})"
        even = len(rows) // _ROWS_TOGETHER * _ROWS_TOGETHER
        values = chain.from_iterable(rows[:even])
        together = zip(*[values] * (width * _ROWS_TOGETHER), strict=True)
        self._insert(into + ", ".join([one] * _ROWS_TOGETHER), together)
        self._insert(into + one, iter(rows[even:]))

    def _insert(self, sql: str, rows: Iterator[Sequence[SqlValue]]) -> None:
        try:
            self._target.run_many(sql, rows)
        except Failure as error:
            if error.code is not ErrorCode.CONSTRAINT:
                raise
            raise Failure(
                ErrorCode.CONSTRAINT,
                f"The changed rows break a rule of {quoted(self._table.name)}: {_rule(error)}.",
                hint="The database is unchanged, and no copy was made. Choose another technique for the column.",
            ) from None


def _rule(error: Failure) -> str:
    """Which rule SQLite says was broken; it names columns and never values."""
    return visible(str(error.__cause__ or "").strip(), 200)


def _kept_rowid(table: Table, renumbered: bool) -> str:
    """The name of a hidden rowid that is kept, or ""."""
    named = any(column.rowid_alias for column in table.columns)
    return "" if renumbered or named or table.without_rowid else table.rowid_name


def _batch_rows(orders: Orders, table: str, width: int) -> int:
    """Rows at a time, so that a batch stays some tens of megabytes: by its columns, and by how large rows can be."""
    rows = max(1, orders.rows.get(table, 1))
    by_bytes = _BATCH_BYTES * rows // max(1, orders.file_bytes)
    return max(_LEAST_ROWS, min(_BATCH_ROWS, _BATCH_CELLS // max(1, width), by_bytes))


def _own_rows(source: ReadSession, target: WriteSession, virtual: Virtual, transforms: Transforms) -> None:
    """The rows of a virtual table that holds values of its own, by the rules of its columns."""
    transform = transforms.table(virtual.table.name)
    columns = transform.columns if transform else virtual.columns
    reads = transform.reads if transform else tuple(f"{ROW}.{quote(name)}" for name in columns)
    by_rowid = virtual.table.module.lower().startswith("fts")
    names = [*map(quote, columns), *(["rowid"] if by_rowid else [])]
    terms = [*reads, *([f"{ROW}.rowid"] if by_rowid else [])]
    name = qualified(virtual.table.name)
    rows = source.execute(f"SELECT {', '.join(terms)} FROM {name} AS {ROW}")
    sql = f"INSERT INTO {name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    with target.transaction():
        while batch := list(islice(rows, _BATCH_ROWS)):
            made: Sequence[Row] = transform.apply(batch) if transform else batch
            if transform and by_rowid:
                made = [(*new, old[-1]) for new, old in zip(made, batch, strict=True)]
            target.run_many(sql, made)
