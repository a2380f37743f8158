"""What became of views and triggers: whether they work, and whether they do other things with the same text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from steward_app.db import fold
from steward_app.db.tokens import same_meaning
from steward_app.services.migrate.rehearsal.model import TriggerDifference, ViewDifference
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.migrate.rehearsal.row_model import Fate
from steward_app.services.migrate.rehearsal.rows import texts
from steward_app.services.schema.model import Schema, Table, TableKind, Trigger

_Read = tuple[tuple[str, str], ...]


def views(before: Schema, after: Schema, names: Names) -> tuple[ViewDifference, ...]:
    """Every view of either schema, those that are gone last."""
    new = {fold(table.name): table for table in _views(after)}
    old = {fold(names.table(table.name)): table for table in _views(before)}
    gone = [
        ViewDifference(was.name, Fate.GONE, _columns(was), sql_before=texts(was))
        for key, was in old.items()
        if key not in new
    ]
    found = (
        replace(_view(old.get(key), now, names), sql_before=texts(old.get(key)), sql_after=texts(now))
        for key, now in new.items()
    )
    return (*found, *gone)


def _views(schema: Schema) -> Iterable[Table]:
    return (table for table in schema.tables if table.kind is TableKind.VIEW)


def _view(was: Table | None, now: Table, names: Names) -> ViewDifference:
    if was is None:
        return ViewDifference(now.name, Fate.NEW, (), _columns(now), problem=now.problem)
    columns = _columns(was), _columns(now)
    if now.problem:
        fate = Fate.SAME if was.problem else Fate.BROKEN
        return ViewDifference(now.name, fate, *columns, problem=now.problem)
    same_text = same_meaning(was.sql, now.sql)
    other = columns[0] != columns[1] or _reads_less(was.reads, now.reads, names)
    along = columns[0] != columns[1] and _renamed_along(was, now, names)
    silently = ((same_text and other) or along) and not was.problem
    return ViewDifference(now.name, Fate.CHANGED if other or not same_text else Fate.SAME, *columns, silently)


def _renamed_along(was: Table, now: Table, names: Names) -> bool:
    """Whether a view gives the same columns, some under the new names of those that it reads."""
    follows = {(fold(column), fold(names.column(table, column))) for table, column in was.reads if column}
    both = list(zip(_columns(was), _columns(now), strict=False))
    same = len(was.columns) == len(now.columns)
    return same and all(one == other or (fold(one), fold(other)) in follows for one, other in both)


def triggers(before: Schema, after: Schema, names: Names) -> tuple[TriggerDifference, ...]:
    """Every trigger of either schema, those that are gone last."""
    new = {fold(trigger.name): (table, trigger) for table, trigger in _triggers(after)}
    old = {fold(trigger.name): trigger for _, trigger in _triggers(before)}
    gone = [
        TriggerDifference(names.table(was.table), was.name, Fate.GONE)
        for key, was in old.items()
        if key not in new
    ]
    return (*(_trigger(old.get(key), *found, names) for key, found in new.items()), *gone)


def _triggers(schema: Schema) -> Iterable[tuple[Table, Trigger]]:
    return ((table, each) for table in schema.tables for each in table.triggers if not each.temporary)


def _trigger(was: Trigger | None, table: Table, now: Trigger, names: Names) -> TriggerDifference:
    dead = tuple(name for name in now.of_columns if table.column(name) is None)
    if was is None:
        return TriggerDifference(table.name, now.name, Fate.NEW, False, dead, now.problem)
    if now.problem:
        fate = Fate.SAME if was.problem else Fate.BROKEN
        return TriggerDifference(table.name, now.name, fate, False, dead, now.problem)
    same_text = same_meaning(was.sql, now.sql)
    other = _reads_less(was.reads, now.reads, names) or _reads_less(was.writes, now.writes, names)
    fate = Fate.CHANGED if other or dead or not same_text else Fate.SAME
    return TriggerDifference(table.name, now.name, fate, same_text and other and not was.problem, dead)


def _columns(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def _reads_less(before: _Read, after: _Read, names: Names) -> bool:
    """Whether a column that it named is one no more: SQLite takes "gone" for a text where no such column is."""
    was = {
        (fold(names.table(table)), fold(names.column(table, column))) for table, column in before if column
    }
    return not was <= {(fold(table), fold(column)) for table, column in after}
