"""Making the triggers of recipes again inside somebody's transaction: since a table changed, or is about to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from steward_app.db import Session, WriteSession, fold, qualified
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.services.audit.engine.tables import is_audited
from steward_app.services.audit.recipes import drift, kinds, names, registry
from steward_app.services.audit.recipes.model import Recipe, SoftDelete, Spec, StatusLog
from steward_app.services.audit.recipes.needs import UNCHANGED
from steward_app.services.audit.recipes.parts import MissingError
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema


def renew(session: WriteSession, recipe: Recipe) -> tuple[Recipe, tuple[str, ...]]:
    """Make a recipe again; with the statements that did it. A table that it reaches by now gets the columns it needs.

    Raises:
        MissingError: a table or column is gone.
        Refused: a table that it reaches by now cannot have it.
    """
    schema = read_schema(session)
    now = replace(recipe, spec=spec_for(session, schema, recipe))
    registry.drop(session, recipe, renew=True)
    added: tuple[str, ...] = ()
    if isinstance(now.spec, SoftDelete) and schema.table(now.spec.table) is not None:
        needs = kinds.needs_of(session, schema, now.spec)
        for finding in (each for each in needs.findings if each.blocks):
            raise Refused(
                ErrorCode.BLOCKED, f"{finding.title}.", hint=f"{UNCHANGED} {finding.detail}".strip()
            )
        added = registry.add_columns(session, needs.columns)
        now = replace(now, columns=(*now.columns, *((each.table, each.name) for each in needs.columns)))
    made, sql = registry.make(session, now)
    return made, (*added, *sql)


def beside(
    session: Session, schema: Schema, tables: Collection[str], but: Collection[int]
) -> Sequence[Recipe]:
    """The other recipes that stand on these tables, as the tables are called now."""
    wanted, at = {fold(name) for name in tables}, drift.places(session)
    found = []
    for each in registry.every(session):
        own = {fold(at.get(name, was)) for name, was in each.places.items()}
        if each.id not in but and own & wanted:
            found.append(replace(each, spec=spec_for(session, schema, each)))
    return found


def reached(session: Session, schema: Schema, tables: Iterable[str], but: Collection[int]) -> tuple[str, ...]:
    """These tables, and all on which triggers are made again when the other recipes on these are: their audit waits."""
    found = dict.fromkeys(tables)
    at, before = drift.places(session), -1
    while before != (before := len(found)):
        for recipe in beside(session, schema, found, but):
            own = (at.get(name, was) for name, was in recipe.places.items())
            found.update(
                dict.fromkeys(each for each in own if schema.table(each) and not names.is_ours(each))
            )
    return tuple(found)


@contextmanager
def set_aside(session: WriteSession, tables: Collection[str], but: Collection[int]) -> Iterator[None]:
    """In the block, tables may get and lose columns. The other recipes on them are made again afterwards.

    Args:
        but: numbers of the recipes that the block is about.

    Raises `Refused` where a column that another one needs is gone then.
    """
    others = beside(session, read_schema(session), tables, but)
    for each in others:
        registry.drop(session, each, renew=True)
    yield
    for each in others:
        try:
            registry.make(session, each)
        except MissingError as missing:
            raise Refused(
                ErrorCode.BLOCKED, f"Recipe {each.id} needs what would be gone: {missing}.", hint=UNCHANGED
            ) from missing


def renew_without_audit(session: WriteSession) -> None:
    """The recipes that read from the audit who wrote do so no more: it is about to go.

    One that cannot be made again would have every write fail, so its triggers go.
    """
    for each in registry.every(session):
        if isinstance(each.spec, StatusLog) and each.spec.signed:
            unsigned = replace(each, spec=replace(each.spec, signed=False))
            if _is_whole(session, unsigned):
                renew(session, unsigned)
                continue
            for name, kind in registry.objects(session, each.id):
                if kind == "trigger":
                    session.run(f"DROP TRIGGER {qualified(name)}")


def spec_for(session: Session, schema: Schema, recipe: Recipe) -> Spec:
    """What a recipe is to do, with the names of now, and without who wrote where there is no audit."""
    spec = drift.spec_now(recipe, schema, drift.places(session))
    if isinstance(spec, StatusLog) and spec.signed and not is_audited(session):
        return replace(spec, signed=False)
    return spec


def _is_whole(session: Session, recipe: Recipe) -> bool:
    schema = read_schema(session)
    try:
        kinds.parts_of(schema, spec_for(session, schema, recipe), recipe.id)
    except MissingError:
        return False
    return True
