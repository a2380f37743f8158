"""What may stand but once, and a file drops or forgets: a rule goes with it, unless another index or key keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from steward_app.db import fold, quote
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import quoted, visible
from steward_app.services.migrate.lint.acts import Drop
from steward_app.services.migrate.lint.aftermath import dropping
from steward_app.services.migrate.lint.keys import asks_for, keeps_apart, named, unique_keys
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.step import Step, earlier_name
from steward_app.services.schema.model import Index, Schema, Table, TableKind

_PLAIN: Final = "binary"


def problems(steps: Sequence[Step]) -> Iterator[Problem]:
    """What may stand more than once at the end of a file and could not at its beginning."""
    before, after = steps[0].before, steps[-1].after
    if before.hash == after.hash:
        return
    yield from _indexes(steps, before, after)
    for table in after.tables:
        was = _was(before, steps, table)
        step = dropping(steps, was) if was is not None else None
        if was is not None and step is not None and table.kind is TableKind.TABLE and not table.ours:
            yield from _forgotten(steps, step, was, table)


def _forgotten(steps: Sequence[Step], step: Step, was: Table, table: Table) -> Iterator[Problem]:
    """UNIQUE and PRIMARY KEY of a table that was written anew."""
    for key in unique_keys(was, said="ABORT"):
        if key.sql or _kept(steps, key, table) or _gone(steps, key, was, table):
            continue
        kind = "PRIMARY KEY" if key.origin == "primary key" else "UNIQUE"
        title = (
            f"{quoted(table.name)} is written anew without {kind} ({visible(named(key), 80)}), and nothing else keeps"
            " two rows from having the same"
        )
        subject = Subject(kind.lower(), table.name, named(key))
        yield step.problem("unique_dropped", title, subject, fix_sql=_again(key, table))


def _again(key: Index, table: Table) -> str:
    """A statement behind the table that keeps what a key kept; "" where columns are called otherwise."""
    if any(table.column(term.name) is None for term in key.columns):
        return ""
    name = "_".join([table.name, *(term.name for term in key.columns)])
    terms = [
        quote(term.name) + ("" if fold(term.collation) == _PLAIN else f" COLLATE {quote(term.collation)}")
        for term in key.columns
    ]
    return f"CREATE UNIQUE INDEX {quote(name)} ON {quote(table.name)} ({', '.join(terms)});"


def _indexes(steps: Sequence[Step], before: Schema, after: Schema) -> Iterator[Problem]:
    """UNIQUE indexes that are dropped by their name."""
    dropped = {
        fold(step.act.name): step
        for step in steps
        if isinstance(step.act, Drop) and step.act.kind == "index" and step.before is not step.after
    }
    for table in after.tables if dropped else ():
        was = _was(before, steps, table)
        if was is None or table.kind is not TableKind.TABLE or table.ours:
            continue
        for index in was.indexes:
            step = dropped.get(fold(index.name))
            if step is None or not index.unique or _kept(steps, index, table):
                continue
            if not _gone(steps, index, was, table):
                of = f"{quoted(index.name)} of {quoted(table.name)} ({visible(named(index), 80)})"
                title = (
                    f"The UNIQUE index {of} is dropped, and nothing else keeps two rows from having the same"
                )
                columns = tuple(term.name for term in index.columns if term.name)
                subject = Subject("index", table.name, index.name, columns)
                yield step.problem("unique_dropped", title, subject, fix_sql=f"{index.sql};")


def _was(before: Schema, steps: Sequence[Step], table: Table) -> Table | None:
    return before.table(table.name) or before.table(earlier_name(steps, table.name)[0])


def _kept(steps: Sequence[Step], index: Index, table: Table) -> bool:
    """Whether something that is there at the end allows no more than the index did."""
    return keeps_apart(table, index, lambda column: earlier_name(steps, table.name, column)[1])


def _gone(steps: Sequence[Step], index: Index, was: Table, table: Table) -> bool:
    """Whether a column of the index is dropped, which is told of the column."""
    there = {fold(earlier_name(steps, table.name, column.name)[1]) for column in table.columns}
    gone = {fold(column.name) for column in was.columns} - there
    return bool(gone & asks_for(index))
