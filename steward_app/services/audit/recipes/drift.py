"""Do the recipes stand as they should: their triggers, the tables they were made for, and what runs before them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.db import Session, fold, open_read
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.guard.armed import Drift, State
from steward_app.services.audit.recipes import entries, kinds, names, registry
from steward_app.services.audit.recipes.model import (
    Recipe,
    RecipeStatus,
    SoftDelete,
    Spec,
    StatusLog,
    Unreadable,
)
from steward_app.services.audit.recipes.parts import MissingError
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

_SWALLOWS = re.compile(r"\bRAISE\s*\(\s*(IGNORE|FAIL)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Stored:
    number: int
    name: str
    table: str
    sql: str


def recipe_status(path: Path, context: Context | None = None) -> tuple[RecipeStatus, ...]:
    """How it stands with every recipe of a file. Raises `Failure` where the file cannot be read."""
    context = context or Context()
    with open_read(path, context) as session, session.snapshot(), session.under(context):
        return recipes_in(session, read_schema(session, context))


def recipes_in(session: Session, schema: Schema) -> tuple[RecipeStatus, ...]:
    """The same, in a snapshot that is open."""
    stored = _triggers(session)
    return tuple(
        _of(each, schema, stored) if isinstance(each, Recipe) else _unreadable(each, session, stored)
        for each in entries.entries(session)
    )


def of_table(session: Session, schema: Schema, table: str) -> tuple[RecipeStatus, ...]:
    """The recipes that stand on one table."""
    return tuple(
        each for each in recipes_in(session, schema) if fold(table) in {fold(name) for name in each.tables}
    )


def spec_now(recipe: Recipe, schema: Schema, stored: Mapping[str, str]) -> Spec:
    """What a recipe is to do, with the names that its tables have now.

    Args:
        stored: at which table each trigger stands.
    """
    renamed = {
        fold(was): stored[name]
        for name, was in recipe.places.items()
        if name in stored and fold(stored[name]) != fold(was)
    }
    spec = replace(recipe.spec, table=renamed.get(fold(recipe.spec.table), recipe.spec.table))
    if isinstance(spec, SoftDelete):
        return replace(spec, follow=tuple(renamed.get(fold(name), name) for name in spec.follow))
    return spec


def places(session: Session) -> dict[str, str]:
    """At which table each trigger of the file stands."""
    return {each.name: each.table for each in _triggers(session)}


def _triggers(session: Session) -> list[_Stored]:
    rows = session.execute(
        "SELECT rowid, name, tbl_name, sql FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY rowid"
    )
    return [
        _Stored(number, str(name), str(table), str(sql))  # type: ignore[arg-type]
        for number, name, table, sql in rows
    ]


def _of(recipe: Recipe, schema: Schema, stored: list[_Stored]) -> RecipeStatus:
    start = names.trigger(recipe.id, "")
    ours = {each.name: each for each in stored if each.name.startswith(start)}
    spec = spec_now(recipe, schema, {each.name: each.table for each in stored})
    drifts = [*_drifts(recipe, spec, schema, ours), *_before_ours(ours, stored)]
    order = list(State)
    drifts.sort(key=lambda each: order.index(each.state))
    table, stand_at = schema.table(spec.table), [each.table for each in ours.values()]
    tables = tuple(dict.fromkeys(at for at in stand_at if not names.is_ours(at))) or recipe.tables
    return RecipeStatus(
        id=recipe.id,
        what=recipe.spec.what,
        table=table.name if table else "",
        tables=tables,
        state=drifts[0].state if drifts else State.ARMED,
        why=tuple(each.why for each in drifts),
        sentence=kinds.sentence(spec, tables),
        spec=spec,
        added_columns=tuple(f"{of}.{column}" for of, column in recipe.columns),
        log=recipe.log,
    )


def _unreadable(entry: Unreadable, session: Session, stored: list[_Stored]) -> RecipeStatus:
    made = {name for name, _ in registry.objects(session, entry.id)}
    at = dict.fromkeys(each.table for each in stored if each.name in made and not names.is_ours(each.table))
    return RecipeStatus(
        id=entry.id,
        what=None,
        table=next(iter(at), ""),
        tables=tuple(at),
        state=State.DISARMED,
        why=(entry.why,),
        sentence="What it does cannot be read. Its triggers stand until it is removed."
        if entry.id
        else "The list of recipes was edited, and cannot be used. Removed, the triggers of all recipes go with it.",
        spec=None,
    )


def _drifts(recipe: Recipe, spec: Spec, schema: Schema, ours: Mapping[str, _Stored]) -> Iterator[Drift]:
    if spec.table != recipe.spec.table:
        yield Drift(State.STALE, f"{quoted(recipe.spec.table)} is called {quoted(spec.table)} now")
    try:
        parts = kinds.parts_of(schema, spec, recipe.id)
    except MissingError as missing:
        yield Drift(State.DISARMED, str(missing))
        return
    if recipe.purging:
        yield Drift(State.DISARMED, "a program left the switch on by which DELETE really deletes")
    for name in filter(None, (parts.helper, parts.log)):
        if schema.table(name) is None:
            yield Drift(
                State.DISARMED, f"{quoted(name)} is gone, so that writes to {quoted(spec.table)} fail"
            )
    if isinstance(spec, StatusLog) and spec.signed and schema.table("_steward_audit_clock") is None:
        yield Drift(State.DISARMED, "the audit it reads who wrote from is gone, so that writes fail")
    for each in parts.triggers:
        there = ours.get(each.name)
        if there is None:
            yield Drift(State.DISARMED, f"the trigger {quoted(each.name)} on {quoted(each.table)} is gone")
        elif there.sql != each.sql:
            changed = registry.hash_of(there.sql) != recipe.hashes.get(each.name)
            yield Drift(
                State.STALE,
                f"the trigger {quoted(each.name)} was changed"
                if changed
                else f"columns, keys or names of {quoted(each.table)} were changed since the recipe was made",
            )
    for name in sorted(ours.keys() - {each.name for each in parts.triggers}):
        yield Drift(State.STALE, f"the trigger {quoted(name)} is not needed any more")


def _before_ours(ours: Mapping[str, _Stored], stored: list[_Stored]) -> Iterator[Drift]:
    """Newer AFTER triggers of others that may keep one of ours from running."""
    for table in dict.fromkeys(each.table for each in ours.values()):
        oldest = min(each.number for each in ours.values() if each.table == table)
        for each in stored:
            if each.number <= oldest or fold(each.table) != fold(table) or _of_this_program(each.name):
                continue
            if _SWALLOWS.search(each.sql):
                yield Drift(
                    State.BYPASSED,
                    f"the trigger {quoted(each.name)} fires before ours and may keep it from running",
                )


def _of_this_program(name: str) -> bool:
    return fold(name).startswith("_steward_")
