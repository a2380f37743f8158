"""Foreign keys at the end of a file: which cannot work or lack an index now, and rows that newly point to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from steward_app.db import fold, qualified, quote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.migrate.lint.acts import Drop
from steward_app.services.migrate.lint.drawn import from_parent
from steward_app.services.migrate.lint.keys import named
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.sources import as_kept
from steward_app.services.migrate.lint.step import Step, earlier_name, since
from steward_app.services.schema.check import link_rule, mismatch_words
from steward_app.services.schema.check.predicates import orphan_sql
from steward_app.services.schema.model import ForeignKey, Index, Schema, Table, TableKind

_PARENT = "the parent of it"


def problems(steps: Sequence[Step], rows: Rows) -> Iterator[Problem]:
    """What to say of the foreign keys when a file has run. Called after the rows followed all of it."""
    before, after = steps[0].before, steps[-1].after
    for table in after.tables:
        if table.kind is not TableKind.TABLE or table.ours:
            continue
        was = before.table(table.name) or before.table(earlier_name(steps, table.name)[0])
        for key in table.foreign_keys:
            old = _same(was, key) or _same(was, _earlier(steps, table, key))
            if key.mismatch and (old is None or not old.mismatch):
                yield _cannot_work(steps, table, key)
            elif not key.mismatch and not key.index:
                yield from _unsearched(steps, table, key, was, old, rows)
            if not key.mismatch:
                yield from _orphans(steps, before, table, key, old, rows)


def _cannot_work(steps: Sequence[Step], table: Table, key: ForeignKey) -> Problem:
    def so(schema: Schema) -> bool:
        found = _same(schema.table(table.name), key)
        return found is not None and bool(found.mismatch)

    title = f"{_link(table, key)} cannot work: {mismatch_words(key)}"
    return since(steps, so).problem("foreign_key_mismatch", title, _subject(table, key))


def _unsearched(
    steps: Sequence[Step],
    table: Table,
    key: ForeignKey,
    was: Table | None,
    old: ForeignKey | None,
    rows: Rows,
) -> Iterator[Problem]:
    """A new link that no index serves, or one whose index the file takes away."""
    lost = old.index if old else ""
    made = next((each.sql for each in was.indexes if each.name == lost), "") if was else ""
    dropped = next((step for step in steps if _drops(step, lost)), None)
    if old is not None and (
        not lost or (made and dropped is None)
    ):  # none before; or gone with its table: told there
        return

    def so(schema: Schema) -> bool:
        found = _same(schema.table(table.name), key)
        return found is not None and not found.index

    count = rows.count(table.name)
    read = f": {plural(count, 'row')} {'is' if count == 1 else 'are'} read each time" if count else ""
    without = f" without {_called(was, lost)}" if was and lost else ""
    compared = _compared(table, key, steps[-1].after.table(key.parent_table))
    useless = next((each.name for each in table.indexes if _is_of(each, key)), "") if compared else ""
    if useless:
        says = " and ".join(f"{quoted(name)} as {collation}" for name, collation in compared.items())
        read = f": {quoted(useless)} does not serve, since the parent compares {says}{read.replace(':', ';')}"
    columns = ", ".join(
        quote(each) + (f" COLLATE {quote(compared[each])}" if each in compared else "")
        for each in key.columns
    )
    name = "_".join((table.name, *key.columns, *map(fold, compared.values())))
    fix = f"CREATE INDEX {quote(name)} ON {quote(table.name)} ({columns});"
    yield (dropped or since(steps, so)).problem(
        "foreign_key_without_index",
        f"{_link(table, key)} has no index{without}{read}",
        _subject(table, key),
        count=count or None,
        fix_sql=f"{made};" if made and _same(was, key) and was and was.name == table.name else fix,
    )


def _compared(table: Table, key: ForeignKey, parent: Table | None) -> dict[str, str]:
    """The columns of a link that the parent compares otherwise than they do, with its collation."""
    pairs = (
        zip(map(table.column, key.columns), map(parent.column, key.parent_columns), strict=False)
        if parent
        else ()
    )
    return {
        own.name: other.collation
        for own, other in pairs
        if own and other and not other.rowid_alias and fold(own.collation) != fold(other.collation)
    }


def _is_of(index: Index, key: ForeignKey) -> bool:
    """Whether an index begins with the columns of a link."""
    return [fold(each.name) for each in index.columns][: len(key.columns)] == [*map(fold, key.columns)]


def _called(table: Table, index: str) -> str:
    """An index for a sentence: one that SQLite made for a rule by the rule."""
    found = next((each for each in table.indexes if each.name == index), None)
    if found is None or found.origin == "create":
        return quoted(index)
    return f"the {found.origin.upper()} ({visible(named(found))})"


def _drops(step: Step, index: str) -> bool:
    act = step.act
    return isinstance(act, Drop) and act.kind == "index" and fold(act.name) == fold(index)


def _link(table: Table, key: ForeignKey) -> str:
    return f"The link from {quoted(table.name)} ({visible(', '.join(key.columns))}) to {quoted(key.parent)}"


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
            known = (given or moved) and not each.through and name == child and from_parent(step, table, key)
            if taken or ((given or moved) and not known):
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


def _earlier(steps: Sequence[Step], table: Table, key: ForeignKey) -> ForeignKey:
    """The key under the names that the file found."""
    return replace(
        key,
        columns=tuple(earlier_name(steps, table.name, each)[1] for each in key.columns),
        parent=earlier_name(steps, key.parent)[0],
        parent_columns=tuple(earlier_name(steps, key.parent, each)[1] for each in key.parent_columns),
    )


def _same(table: Table | None, key: ForeignKey) -> ForeignKey | None:
    """The foreign key of a table that links the same, as names compare."""
    found = table.foreign_keys if table else ()
    return next((each for each in found if _says(each) == _says(key)), None)


def _says(key: ForeignKey) -> tuple[object, ...]:
    return tuple(map(fold, key.columns)), fold(key.parent), tuple(map(fold, key.parent_columns))


def _subject(table: Table, key: ForeignKey) -> Subject:
    return Subject("foreign key", table.name, key.name or link_rule(key), key.columns)
