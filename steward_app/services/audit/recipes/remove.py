"""Removing recipes: their triggers go. Columns and logs that hold data stay, unless they are to go, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Record
from steward_app.db import ReadSession, Session, WriteSession, open_read, qualified, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.skeleton import skeleton
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, StewardError, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import arm
from steward_app.services.audit.recipes import again, drift, entries, kinds, names, registry, under_audit
from steward_app.services.audit.recipes.model import AddRequest, Recipe, RemoveRequest, Unreadable, What
from steward_app.services.audit.recipes.needs import UNCHANGED
from steward_app.services.audit.recipes.parts import MissingError
from steward_app.services.operation import Outcome, TransactionOperation, Undo, fingerprint, obstacles
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema
from steward_app.storage.secrets import open_secrets

_REVERSALS = {
    Reversal.RESTORE_POINT: "What it holds comes back only with the restore point that is made first.",
    Reversal.INVERSE: "Undone by installing it again.",
    Reversal.NOT_NEEDED: "No row of yours is changed. Each can be installed again.",
}


@dataclass(frozen=True, slots=True)
class _Data:
    """What the recipes made that may hold data: columns and logs, those that go and those that stay."""

    gone: tuple[str, ...]
    kept: tuple[str, ...]
    holds: bool
    sql: tuple[str, ...]


@dataclass(frozen=True)
class RemoveRecipes(TransactionOperation[Any]):
    """Removes recipes. Undone by installing them again; data that was dropped, by the restore point."""

    catalog: Catalog
    ahead: under_audit.Ahead | None = None

    name: ClassVar[str] = "audit.recipes.remove"

    def plan(self, request: RemoveRequest, context: Context) -> Plan:
        """Raises `UsageError` for a number that no recipe has, `Refused` where there is none."""
        with open_read(request.path, context) as session, session.snapshot(), session.under(context):
            schema = read_schema(session, context)
            chosen = chosen_of(session, request.ids, request.path)
            data = _data(session, schema, readable(chosen), request)
            gone = [each for recipe in chosen for each in registry.objects(session, recipe.id)]
            sql = (*(f"DROP {kind.upper()} {quote(name)}" for name, kind in gone), *data.sql)
            tables = again.reached(
                session, schema, tables_of(session, schema, chosen), [each.id for each in chosen]
            )
            found = under_audit.guarded(session, schema, tables)
            trial = _Trial(
                data.sql,
                [each.audited.tid for each in found],
                gone,
                again.beside(session, schema, tables, [each.id for each in chosen]),
            )
            findings = (*_obstacles(session, trial), *under_audit.obstacles(found))
            rests_on = fingerprint.take(session)
        count = plural(len(chosen), "recipe")
        reversal = Reversal.INVERSE if len(chosen) == 1 else Reversal.NOT_NEEDED
        reversal = Reversal.RESTORE_POINT if data.gone and data.holds else reversal
        known = readable(chosen)
        if len(known) < len(chosen):
            reversal = Reversal.RESTORE_POINT
        specs: list[Json] = [cast(Json, kinds.to_json(each.spec)) for each in known]
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Remove {count} of {quoted(request.path.name)}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "ids": [each.id for each in chosen],
                "specs": specs,
                "tables": list(tables),
                "sql": list(data.sql),
            },
            sentences=tuple(_sentences(chosen, data)),
            sql=sql,
            findings=findings,
            reversal=reversal,
            reversal_text=_REVERSALS[reversal],
            fingerprint=rests_on,
            button=f"Remove {count}",
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        asked = cast("dict[str, Any]", plan.request)
        wanted = list(map(int, asked["ids"]))
        chosen = [each for each in entries.entries(session) if each.id in wanted]
        if len(chosen) != len(wanted):
            raise fingerprint.stale(plan, "a recipe was removed")
        secrets = open_secrets(self.catalog.directory)
        why = f"recipes were removed: {', '.join(map(_title, chosen))}"
        data = _data_sql(session, readable(chosen), list(map(str, asked["sql"])))
        tables = list(map(str, asked["tables"]))
        with (
            under_audit.kept(session, secrets, tables, why, context, self.ahead),
            again.set_aside(session, tables, but=wanted),
        ):
            for recipe in chosen:
                registry.drop(session, recipe)
            for statement in data:
                session.run(statement)
        return Outcome(
            f"Removed {plural(len(chosen), 'recipe')} of {quoted(Path(plan.path).name)}",
            result={"recipes": len(chosen)},
        )

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """Nothing of them is left."""
        left = [
            name
            for number in cast("Sequence[int]", plan.request["ids"])
            for name, _ in registry.objects(session, number)
        ]
        return (Check("Nothing of it is left", not left, ", ".join(left[:5])),)

    def inverse(self, done: Record) -> Undo | None:
        """Installs the same recipe again, where it was one."""
        from steward_app.services.audit.recipes.add import AddRecipe

        details = done.started.data
        specs = cast("dict[str, Any]", details["request"])["specs"]
        if len(specs) != 1 or details.get("reversal") != Reversal.INVERSE.value:
            return None
        request = AddRequest(Path(str(details["path"])), done.started.database_id, kinds.from_json(specs[0]))
        add = AddRecipe(self.catalog)
        return Undo(add, lambda context: add.plan(request, context))


def chosen_of(session: Session, ids_wanted: Sequence[int], path: Path) -> tuple[Recipe | Unreadable, ...]:
    """Recipes by their numbers; all where none is given."""
    there = entries.entries(session)
    if not there:
        raise Refused(ErrorCode.NOT_ALLOWED, f"{quoted(path.name)} has no recipe.", hint=UNCHANGED)
    unknown = sorted(set(ids_wanted) - {each.id for each in there})
    if unknown:
        known = ", ".join(
            f"{each.id} ({_title(each)} on {quoted(each.spec.table)})"
            if isinstance(each, Recipe)
            else f"{each.id} ({_title(each)})"
            for each in there[:20]
        )
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"{quoted(path.name)} has no recipe {unknown[0]}.",
            hint=f"{UNCHANGED} It has {known}.",
        )
    return tuple(each for each in there if not ids_wanted or each.id in ids_wanted)


def readable(chosen: Sequence[Recipe | Unreadable]) -> list[Recipe]:
    """Those whose entries in the list can be read."""
    return [each for each in chosen if isinstance(each, Recipe)]


def require_readable(chosen: Sequence[Recipe | Unreadable], ids_wanted: Sequence[int]) -> list[Recipe]:
    """The same. Raises `Refused` where one that was asked for cannot be read, or none can."""
    found = readable(chosen)
    for each in chosen:
        if isinstance(each, Unreadable) and (ids_wanted or not found):
            raise Refused(
                ErrorCode.BLOCKED,
                f"{f'Recipe {each.id}' if each.id else 'The list of recipes'} cannot be used: {each.why}.",
                hint=f"{UNCHANGED} Remove it (“steward audit recipes remove”), and install what is wanted again.",
            )
    return found


def _title(entry: Recipe | Unreadable) -> str:
    if isinstance(entry, Recipe):
        return kinds.title(entry.spec)
    return "cannot be read"


def tables_of(session: Session, schema: Schema, recipes: Sequence[Recipe | Unreadable]) -> tuple[str, ...]:
    """The tables that recipes stand on, by their names now."""
    at = drift.places(session)
    now: list[str] = []
    for recipe in recipes:
        if isinstance(recipe, Recipe):
            now += [at.get(name, was) for name, was in recipe.places.items()]
        now += [at[name] for name, kind in registry.objects(session, recipe.id) if kind == "trigger"]
    return tuple(
        dict.fromkeys(name for name in now if schema.table(name) is not None and not names.is_ours(name))
    )


def _data(session: Session, schema: Schema, chosen: Sequence[Recipe], request: RemoveRequest) -> _Data:
    gone, kept, sql, holds = list[str](), list[str](), list[str](), False
    for recipe in chosen:
        for told, statement, any_sql in _made(session, schema, recipe):
            full = session.value(any_sql) is not None
            if request.drop_data or (request.drop_empty and not full):
                gone.append(told)
                sql.append(statement)
                holds |= full
            else:
                kept.append(told)
    return _Data(tuple(gone), tuple(kept), holds, tuple(sql))


def _made(session: Session, schema: Schema, recipe: Recipe) -> Iterator[tuple[str, str, str]]:
    """What a recipe added and is there still: in words, what drops it, and what finds whether it holds anything."""
    at = drift.places(session)
    now = {was: at[name] for name, was in recipe.places.items() if name in at}
    for was, column in recipe.columns:
        table = schema.table(now.get(was, was))
        found = table.column(column) if table else None
        if table and found:
            name, cell = qualified(table.name), quote(found.name)
            yield (
                f"the column {quoted(found.name)} of {quoted(table.name)}",
                f"ALTER TABLE {quote(table.name)} DROP COLUMN {cell}",
                f"SELECT 1 FROM {name} WHERE {cell} IS NOT NULL LIMIT 1",
            )
    if recipe.log and schema.table(recipe.log) is not None:
        log = qualified(recipe.log)
        yield (
            f"the table {quoted(recipe.log)}",
            f"DROP TABLE {quote(recipe.log)}",
            f"SELECT 1 FROM {log} LIMIT 1",
        )


def _data_sql(session: Session, chosen: Sequence[Recipe], planned: Sequence[str]) -> list[str]:
    """The statements of a plan that drop data, as far as these recipes made it: a plan may come from a file."""
    schema = read_schema(session)
    known = {statement for recipe in chosen for _, statement, _ in _made(session, schema, recipe)}
    return [statement for statement in planned if statement in known]


def _sentences(chosen: Sequence[Recipe | Unreadable], data: _Data) -> Iterator[str]:
    for each in chosen:
        if isinstance(each, Unreadable):
            yield f"{f'Recipe {each.id}' if each.id else 'The list of recipes'} cannot be read: {each.why}."
            yield "Its triggers go. What it made besides is not known, and stays."
            continue
        yield f"No longer: {kinds.sentence(each.spec, each.tables)}"
        if each.spec.what is What.SOFT_DELETE:
            yield "A DELETE deletes again. Rows that are marked as deleted stay, and stay marked."
    if data.gone:
        holds = "with what they hold" if data.holds else "since they hold nothing"
        yield f"Removed, too, {holds}: {', '.join(data.gone)}."
    if data.kept:
        yield f"Kept, with what it holds: {', '.join(data.kept)}."


def _obstacles(session: ReadSession, trial: _Trial) -> Iterator[Finding]:
    yield from obstacles.cannot_be_written(session)
    why = trial.problem(session) if trial.statements else ""
    if why:
        yield Finding(
            "recipe_data_in_use",
            Severity.ERROR,
            f"What the recipe added cannot be dropped: {why.rstrip('.')}",
            Subject("database", name=session.path.name),
            detail="A view, an index, a trigger or another recipe uses it.",
            remedies=("Remove the recipe and keep its data.",),
            blocks=True,
        )


@dataclass(frozen=True, slots=True)
class _Trial:
    """Dropping of data, tried on an empty copy of the schema.

    Attributes:
        tids: versions under audit, whose triggers are made again afterwards.
        gone: what goes before: name and kind.
        beside: other recipes on these tables, which are made again afterwards.
    """

    statements: Sequence[str]
    tids: Sequence[int]
    gone: Sequence[tuple[str, str]]
    beside: Sequence[Recipe]

    def problem(self, session: Session) -> str:
        """What is in the way, or ""."""
        with skeleton(session) as copy, copy.transaction():
            try:
                with in_sqlites_words():
                    self._carry_out(copy)
            except (StewardError, SqliteSays, MissingError) as error:
                return error.message if isinstance(error, StewardError) else str(error)
        return ""

    def _carry_out(self, copy: WriteSession) -> None:
        for tid in self.tids:
            arm.drop_triggers(copy, tid)
        others = [each for recipe in self.beside for each in registry.objects(copy, recipe.id)]
        for name, kind in (*self.gone, *(each for each in others if each[1] == "trigger")):
            copy.run(f"DROP {kind.upper()} IF EXISTS {qualified(name)}")
        for statement in self.statements:
            copy.run(statement)
        schema = read_schema(copy)
        for recipe in self.beside:
            kinds.parts_of(schema, recipe.spec, recipe.id)
