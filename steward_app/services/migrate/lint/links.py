"""Foreign keys at the end of a file: new ones that cannot work or lack an index, rows that newly point to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db import fold, qualified, quote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows, as_kept
from steward_app.services.migrate.lint.step import Step, since
from steward_app.services.schema.check import link_rule, mismatch_words
from steward_app.services.schema.check.predicates import orphan_sql
from steward_app.services.schema.model import ForeignKey, Schema, Table, TableKind

_PARENT = "the parent of it"


def problems(steps: Sequence[Step], rows: Rows) -> Iterator[Problem]:
    """What to say of the foreign keys when a file has run. Called after the rows followed all of it."""
    before, after = steps[0].before, steps[-1].after
    for table in after.tables:
        if table.kind is not TableKind.TABLE or table.ours:
            continue
        was = before.table(table.name)
        for key in table.foreign_keys:
            old = _same(was, key)
            if old is None or (key.mismatch and not old.mismatch):
                yield from _new(steps, table, key)
            if not key.mismatch:
                yield from _orphans(steps, before, table, key, old, rows)


def _new(steps: Sequence[Step], table: Table, key: ForeignKey) -> Iterator[Problem]:
    step = since(steps, lambda schema: _same(schema.table(table.name), key) is not None)
    link = f"The link from {quoted(table.name)} ({visible(', '.join(key.columns))}) to {quoted(key.parent)}"
    if key.mismatch:
        title = f"{link} cannot work: {mismatch_words(key)}"
        yield step.problem("foreign_key_mismatch", title, _subject(table, key))
    elif not key.index:
        name = quote("_".join((table.name, *key.columns)))
        columns = ", ".join(map(quote, key.columns))
        fix = f"CREATE INDEX {name} ON {quote(table.name)} ({columns});"
        yield step.problem(
            "foreign_key_without_index", f"{link} has no index", _subject(table, key), fix_sql=fix
        )


def _orphans(
    steps: Sequence[Step], before: Schema, table: Table, key: ForeignKey, old: ForeignKey | None, rows: Rows
) -> Iterator[Problem]:
    """Rows that point to nothing at the end and did not before."""
    child, parent = rows.source(table.name), rows.source(key.parent_table)
    if child is not None and parent is not None and old is not None and child.real and parent.real:
        return
    now: int | None = None
    if child is not None and parent is not None and not parent.more and key.parent_columns:
        now = _counted(
            rows, f"{rows.from_sql(table.name)} WHERE {_pointing_nowhere(steps[-1].after, rows, table, key)}"
        )
    if now is None:
        yield from _perhaps(steps, table, key)
        return
    was = before.table(table.name)
    if now and old is not None and was is not None:
        now -= _counted(rows, f"{qualified(was.name)} WHERE {orphan_sql(before, was, old) or 0}") or 0
    if now > 0:
        title = (
            f"{plural(now, 'row')} of {quoted(table.name)} {'points' if now == 1 else 'point'} to a row of"
            f" {quoted(key.parent)} that is not there"
        )
        step = _last_about(steps, table.name, key.parent)
        yield step.problem("rows_point_nowhere", title, _subject(table, key), count=now)


def _perhaps(steps: Sequence[Step], table: Table, key: ForeignKey) -> Iterator[Problem]:
    """Where rows cannot be followed: whether a statement takes parents away or gives children others."""
    child, parent = fold(table.name), fold(key.parent)
    written = {(child, fold(column)) for column in key.columns}
    written |= {(parent, fold(column)) for column in key.parent_columns}
    for step in reversed(steps):
        for each in step.accesses:
            name = fold(each.table)
            taken = each.action == "SQLITE_DELETE" and name == parent
            given = each.action == "SQLITE_INSERT" and name == child
            moved = each.action == "SQLITE_UPDATE" and (name, fold(each.column)) in written
            if taken or given or moved:
                title = (
                    f"Rows of {quoted(table.name)} may point to a row of {quoted(key.parent)} that is not there; they"
                    " cannot be counted before it runs"
                )
                yield step.problem(
                    "rows_point_nowhere", title, _subject(table, key), severity=Severity.WARNING
                )
                return


def _counted(rows: Rows, from_sql: str) -> int | None:
    row = rows.ask(f"SELECT count(*) FROM {from_sql}")
    return row[0] if row and isinstance(row[0], int) else None


def _pointing_nowhere(schema: Schema, rows: Rows, table: Table, key: ForeignKey) -> str:
    """The condition that a row points to nothing. What counts is how the parent's column compares and keeps values.

    Rows that are followed have lost both on the way, so it is said; a unary plus takes the child's own away.
    """
    own = [f"{quote(table.name)}.{quote(column)}" for column in key.columns]
    alias, parent = quote(_PARENT), schema.table(key.parent_table)
    same = []
    for ours, theirs in zip(own, key.parent_columns, strict=True):
        column = parent.column(theirs) if parent else None
        collated = f" COLLATE {quote(column.collation)}" if column else ""
        value = as_kept(column, ours) if column else ours
        same.append(f"{alias}.{quote(theirs)}{collated} = +({value})")
    filled = " AND ".join(f"{each} IS NOT NULL" for each in own)
    parents = rows.from_sql(key.parent_table, _PARENT)
    return f"{filled} AND NOT EXISTS (SELECT 1 FROM {parents} WHERE {' AND '.join(same)})"


def _last_about(steps: Sequence[Step], *tables: str) -> Step:
    """The last statement that has to do with one of the tables."""
    names = {fold(each) for each in tables}
    for step in reversed(steps):
        told = {fold(str(getattr(step.act, field, ""))) for field in ("table", "name")}
        if told & names or any(fold(each.table) in names for each in step.accesses):
            return step
    return steps[-1]


def _same(table: Table | None, key: ForeignKey) -> ForeignKey | None:
    """The foreign key of a table that links the same, as names compare."""
    found = table.foreign_keys if table else ()
    return next((each for each in found if _says(each) == _says(key)), None)


def _says(key: ForeignKey) -> tuple[object, ...]:
    return tuple(map(fold, key.columns)), fold(key.parent), tuple(map(fold, key.parent_columns))


def _subject(table: Table, key: ForeignKey) -> Subject:
    return Subject("foreign key", table.name, key.name or link_rule(key), key.columns)
