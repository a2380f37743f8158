"""Copies of a table that is written anew by no plain query: a subquery, WITH, UNION, GROUP BY.

What such a query takes cannot be read column by column, so what comes is held against what is there, row by row of the
same primary key. Where that cannot be done, it is said that nobody looked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from steward_app.db import fold, quote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import Create, Insert
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rowids import is_rowid
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.sources import Source, as_kept
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Column, Generated, Table

DIFFERS: Final = (
    "{o} IS NOT NULL AND NOT (typeof({n}) = typeof({o}) AND {n} COLLATE BINARY IS {o})"
    " AND NOT (typeof({n}) = typeof({k}) AND {n} COLLATE BINARY IS {k}"
    " AND ({n} COLLATE BINARY IS {o} OR CAST({n} AS TEXT) COLLATE BINARY IS CAST({o} AS TEXT)))"
)
"""The condition that a new value, n, is not the old one, o, nor what the new column's type makes of it, k, and reads
as before: 1 becomes '1' in one of TEXT."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """A statement that copies rows in another way than by a plain query, and the rows as it finds them.

    Attributes:
        source: of the tables that it reads, the one whose columns it writes most of.
        columns: what it writes.
        numbered: whether it writes the number of a row that has no column, too.
    """

    step: Step
    rows: Rows
    source: Table
    into: Table
    columns: tuple[Column, ...]
    numbered: bool = False


def taken(step: Step, rows: Rows) -> Iterator[Mixed]:
    """The statement, where it writes rows of another table. Called before the rows follow it."""
    act = step.act
    if not isinstance(act, Insert | Create) or not act.query_sql:
        return
    into = step.before.table(act.table) if isinstance(act, Insert) else step.after.table(act.name)
    if into is None:
        return
    listed = act.columns if isinstance(act, Insert) else ()
    wanted = listed or [c.name for c in into.columns if c.generated is Generated.NO and not c.hidden]
    columns = tuple(column for name in wanted if (column := into.column(name)))
    numbers = [name for name in wanted if is_rowid(name, into)]
    read = {fold(each.table) for each in step.accesses if each.action == "SQLITE_READ"} - {fold(into.name)}
    tables = [table for name in sorted(read) if (table := step.before.table(name))]
    shared = [sum(table.column(column.name) is not None for column in columns) for table in tables]
    if any(shared) and len(columns) + len(numbers) == len(wanted):
        yield Mixed(step, rows.fork(), tables[shared.index(max(shared))], into, columns, bool(numbers))


def problems(copy: Mixed, name: str, pairs: Sequence[tuple[Column, Column]]) -> Iterator[Problem]:
    """What a copy makes of the values.

    Args:
        name: what the table is called that is written anew.
        pairs: each column that is written, and the one in whose place it comes.
    """
    key = copy.source.primary_key
    keys = {fold(each) for each in key.columns} if key else set[str]()
    others = [pair for pair in pairs if fold(pair[1].name) not in keys]
    counts = _counts(copy, [pair for pair in pairs if pair not in others], others, len(keys))
    if counts is None and pairs:
        held = f"the values of {plural(len(pairs), 'column')} of {quoted(name)}"
        title = f"What becomes of {held} in this copy was not looked at: rehearse it"
        yield copy.step.problem("not_looked_at", title, Subject("table", name), severity=Severity.WARNING)
    for (_, old), count in zip(others, counts or (), strict=False):
        if count:
            title = f"The copy changes {plural(count, 'value')} of {quoted(old.name)} of {quoted(name)}"
            subject = Subject("column", name, columns=(old.name,))
            yield copy.step.problem("copied_otherwise", title, subject, count=count)


def _counts(
    copy: Mixed, keys: Sequence[tuple[Column, Column]], others: Sequence[tuple[Column, Column]], width: int
) -> list[int] | None:
    """How many values of each are others afterwards; None where not every row that comes has its like."""
    coming, held = _coming(copy), copy.rows.from_sql(copy.source.name, "o")
    if coming is None or coming.more or not held or not keys or len(keys) != width:
        return None
    same = " AND ".join(f"o.{quote(old.name)} IS n.{quote(new.name)}" for new, old in keys)
    conditions = []
    for new, old in others:
        was, now = f"o.{quote(old.name)}", f"n.{quote(new.name)}"
        conditions.append(DIFFERS.format(n=now, o=was, k=as_kept(new, was)))
    total = copy.rows.ask(f"SELECT count(*) FROM ({coming.sql})")
    met, *counts = copy.rows.counts(f"({coming.sql}) AS n JOIN {held} ON {same}", ["1", *conditions])
    told = [count for count in counts if count is not None]
    return told if total == (met,) and len(told) == len(others) else None


def _coming(copy: Mixed) -> Source | None:
    """The rows that come, under the names of the columns that they come into."""
    if isinstance(copy.step.act, Insert):
        return copy.rows.coming(copy.step)
    after = copy.rows.fork()
    after.follow(copy.step)
    return after.source(copy.into.name)
