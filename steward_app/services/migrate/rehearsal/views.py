"""What became of views and triggers: whether they work, and whether they do other things with the same text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from steward_app.db import fold
from steward_app.db.tokens import same_meaning
from steward_app.services.migrate.joined import joined_otherwise, joints
from steward_app.services.migrate.quoted_words import Place, Turned
from steward_app.services.migrate.rehearsal.model import TriggerDifference, ViewDifference
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.migrate.rehearsal.row_model import Fate
from steward_app.services.migrate.rehearsal.rows import texts
from steward_app.services.schema.model import Schema, Table, TableKind, Trigger

_Turned = Mapping[Place, Turned]


def views(before: Schema, after: Schema, names: Names, became: _Turned) -> tuple[ViewDifference, ...]:
    """Every view of either schema, those that are gone last.

    Args:
        became: words in double quotes that are something else by now, by what holds them.
    """
    new = {fold(table.name): table for table in _views(after)}
    old = {fold(names.table(table.name)): table for table in _views(before)}
    joins = {
        key: joined_otherwise(joints(old[key], before, names.place), joints(now, after))
        for key, now in new.items()
        if key in old
    }
    gone = [
        ViewDifference(was.name, Fate.GONE, _columns(was), sql_before=texts(was))
        for key, was in old.items()
        if key not in new
    ]
    found = (
        replace(
            _view(old.get(key), now, names, became.get(("view", key), Turned()), joins.get(key, "")),
            sql_before=texts(old.get(key)),
            sql_after=texts(now),
        )
        for key, now in new.items()
    )
    return (*found, *gone)


def _views(schema: Schema) -> Iterable[Table]:
    return (table for table in schema.tables if table.kind is TableKind.VIEW)


def _view(was: Table | None, now: Table, names: Names, became: Turned, joins: str) -> ViewDifference:
    if was is None:
        return ViewDifference(now.name, Fate.NEW, (), _columns(now), problem=now.problem)
    columns = _columns(was), _columns(now)
    if now.problem:
        fate = Fate.SAME if was.problem else Fate.BROKEN
        return ViewDifference(now.name, fate, *columns, problem=now.problem)
    same_text = same_meaning(was.sql, now.sql)
    other = columns[0] != columns[1]
    along = columns[0] != columns[1] and _renamed_along(was, now, names)
    joins = joins if same_text and not was.problem else ""
    otherwise = bool(became.texts or became.names or joins)
    silently = ((same_text and other) or along or otherwise) and not was.problem
    fate = Fate.CHANGED if other or otherwise or not same_text else Fate.SAME
    return ViewDifference(
        now.name, fate, *columns, silently, texts=became.texts, taken=became.names, joins=joins
    )


def _renamed_along(was: Table, now: Table, names: Names) -> bool:
    """Whether a view gives the same columns, some under the new names of those that it reads."""
    follows = {(fold(column), fold(names.column(table, column))) for table, column in was.reads if column}
    both = list(zip(_columns(was), _columns(now), strict=False))
    same = len(was.columns) == len(now.columns)
    return same and all(one == other or (fold(one), fold(other)) in follows for one, other in both)


def triggers(before: Schema, after: Schema, names: Names, became: _Turned) -> tuple[TriggerDifference, ...]:
    """Every trigger of either schema, those that are gone last; arguments as of `views`."""

    def joins(trigger: Trigger) -> str:
        was = old.get(fold(trigger.name))
        if was is None or was.problem or not same_meaning(was.sql, trigger.sql):
            return ""
        return joined_otherwise(joints(was, before, names.place), joints(trigger, after))

    new = {fold(trigger.name): (table, trigger) for table, trigger in _triggers(after)}
    old = {fold(trigger.name): trigger for _, trigger in _triggers(before)}
    gone = [
        TriggerDifference(names.table(was.table), was.name, Fate.GONE)
        for key, was in old.items()
        if key not in new
    ]
    turned = {key: became.get(("trigger", key), Turned()) for key in new}
    found = (_trigger(old.get(key), table, now, turned[key], joins(now)) for key, (table, now) in new.items())
    return (*found, *gone)


def _triggers(schema: Schema) -> Iterable[tuple[Table, Trigger]]:
    return ((table, each) for table in schema.tables for each in table.triggers if not each.temporary)


def _trigger(
    was: Trigger | None, table: Table, now: Trigger, became: Turned, joins: str
) -> TriggerDifference:
    dead = tuple(name for name in now.of_columns if table.column(name) is None)
    if was is None:
        return TriggerDifference(table.name, now.name, Fate.NEW, False, dead, now.problem)
    if now.problem:
        fate = Fate.SAME if was.problem else Fate.BROKEN
        return TriggerDifference(table.name, now.name, fate, False, dead, now.problem)
    silently = became != Turned() or bool(joins)
    fate = Fate.CHANGED if silently or dead or not same_meaning(was.sql, now.sql) else Fate.SAME
    return TriggerDifference(
        table.name, now.name, fate, silently, dead, texts=became.texts, taken=became.names, joins=joins
    )


def _columns(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)
