"""UNIQUE indexes that a file drops: a rule goes with one, unless another index or key keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db import fold
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import quoted, visible
from steward_app.services.migrate.lint.acts import Drop
from steward_app.services.migrate.lint.keys import asks_for, keeps_apart, named
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.step import Step, earlier_name
from steward_app.services.schema.model import Index, Schema, Table, TableKind


def problems(steps: Sequence[Step]) -> Iterator[Problem]:
    """What may stand more than once at the end of a file and could not at its beginning."""
    before, after = steps[0].before, steps[-1].after
    if before.hash == after.hash:
        return
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
