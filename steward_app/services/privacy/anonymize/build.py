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
from itertools import islice

from steward_app.db import ReadSession, WriteSession, fold, qualified, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.raw_rows import RawRows
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.kernel.values import Row
from steward_app.services.privacy.anonymize import apart
from steward_app.services.privacy.anonymize.broken_rows import (
    breaking_checks,
    missing_values,
    require_no_more,
)
from steward_app.services.privacy.anonymize.filling import Filling, How, Told, batch_rows
from steward_app.services.privacy.anonymize.fulltext import Fill, Virtual, fill_sql
from steward_app.services.privacy.anonymize.model import Built, TableCount
from steward_app.services.privacy.anonymize.objects import Objects
from steward_app.services.privacy.anonymize.subset import Chosen
from steward_app.services.privacy.transform.model import ROW, Transforms
from steward_app.services.schema.model import Schema, Table

_BATCH_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Orders:
    """What is built.

    Attributes:
        schema: of the original.
        objects: what goes along.
        empty, renumber: tables without rows, tables whose hidden row numbers are new; folded names.
        numbers_stay: tables whose hidden row numbers something refers to; folded names.
        chosen: the rows of a subset, or None for all.
        file_bytes: size of the original, from which the size of a batch is reckoned.
    """

    schema: Schema
    objects: Objects
    empty: frozenset[str] = frozenset()
    renumber: frozenset[str] = frozenset()
    numbers_stay: frozenset[str] = frozenset()
    chosen: Chosen | None = None
    analyze: bool = False
    file_bytes: int = 0
    rows: dict[str, int] = field(default_factory=dict)


def build(
    source: ReadSession,
    target: WriteSession,
    orders: Orders,
    transforms: Transforms,
    context: Context,
    unchanged: Callable[[], bool] | None = None,
) -> Built:
    """Build the copy. Raises `Failure` with what stood in the way; the target cannot be used then.

    Args:
        source: inside `snapshot()`; the one that made `transforms` and chose the rows.
        target: as `db.building` gives it.
        unchanged: as `source.watched()` gives it; without it everything is done in this process.
    """
    with source.under(context), target.under(context):
        make_tables(target, orders.objects)
        counts = tuple(_fill_all(source, target, orders, transforms, context, unchanged))
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
    source: ReadSession,
    target: WriteSession,
    orders: Orders,
    transforms: Transforms,
    context: Context,
    unchanged: Callable[[], bool] | None,
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

        copied = _fill(source, target, orders, transforms, table, told, context, unchanged)
        done += rows
        yield TableCount(
            table.name,
            rows,
            copied,
            bool(transform and transform.steps),
            "a part, as the rules say" if copied < rows else "",
        )


def _fill(
    source: ReadSession,
    target: WriteSession,
    orders: Orders,
    transforms: Transforms,
    table: Table,
    told: Told,
    context: Context,
    unchanged: Callable[[], bool] | None,
) -> int:
    """Copy the rows of one table; how many."""
    transform = transforms.table(table.name)
    chosen = orders.chosen
    where = chosen.where_sql(table.name, ROW) if chosen else ""
    checked_where = chosen.where_sql(table.name, quote(table.name)) if chosen else ""
    broken = breaking_checks(source, table, checked_where) if transform else ()
    rows = orders.rows.get(table.name, 1)
    asked, is_changed = transforms.asked, bool(transform and transform.steps)
    in_new_order = asked is not None and is_changed and fold(table.name) not in orders.numbers_stay
    how = How(
        where,
        renumbered=fold(table.name) in orders.renumber or in_new_order,
        checked=transform is not None and not any(broken),
        missing=missing_values(source, table),
        batch=batch_rows(rows, len(transform.reads if transform else table.columns), orders.file_bytes),
    )
    filling = Filling(source, target, table, transform, how, asked.key if asked else None)
    with filling.ready():
        if unchanged and asked and apart.worth(source, target, filling, transforms, rows):
            part = apart.Part(orders.schema.hash, table.name, asked, how)
            copied = apart.fill(source, target, filling, part, unchanged, told, context)
        else:
            with target.transaction():
                copied = filling.everything(told)
    if any(broken):
        require_no_more(target, table, broken)
    return copied


def _own_rows(source: ReadSession, target: WriteSession, virtual: Virtual, transforms: Transforms) -> None:
    """The rows of a virtual table that holds values of its own, by the rules of its columns."""
    transform = transforms.table(virtual.table.name)
    columns = transform.columns if transform else virtual.columns
    reads = transform.reads if transform else tuple(f"{ROW}.{quote(name)}" for name in columns)
    by_rowid = virtual.table.module.lower().startswith("fts")
    names = [*map(quote, columns), *(["rowid"] if by_rowid else [])]
    terms = [*reads, *([f"{ROW}.rowid"] if by_rowid else [])]
    name = qualified(virtual.table.name)
    changed = transform.steps if transform else {}
    raw = RawRows(source, kept=[at for at in range(len(columns)) if at not in changed])
    rows = map(raw.read, source.execute(f"SELECT {raw.terms(terms)} FROM {name} AS {ROW}"))
    sql = f"INSERT INTO {name} ({', '.join(names)}) VALUES ({raw.bindings(len(names))})"
    with target.transaction():
        while batch := list(islice(rows, _BATCH_ROWS)):
            made: Sequence[Row] = transform.apply(batch) if transform else batch
            if transform and by_rowid:
                made = [(*new, old[-1]) for new, old in zip(made, batch, strict=True)]
            target.run_many(sql, map(raw.given, made))
