"""Installing a recipe: columns, triggers and the list of recipes in the user's file, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Record
from steward_app.db import ReadSession, Session, WriteSession, fold, open_read, qualified
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.skeleton import skeleton
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import StewardError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.recipes import again, clashes, entries, kinds, names, registry, under_audit
from steward_app.services.audit.recipes.drift import recipes_in
from steward_app.services.audit.recipes.model import AddRequest, NewColumn, Recipe, RemoveRequest, Spec
from steward_app.services.audit.recipes.needs import Needs, named
from steward_app.services.audit.recipes.parts import MissingError
from steward_app.services.audit.recipes.remove import RemoveRecipes
from steward_app.services.operation import Outcome, TransactionOperation, Undo, fingerprint, obstacles
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema
from steward_app.storage.secrets import open_secrets

_PAGES = 20
_BASELINE_BYTES = 12  # of a row


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of a recipe in an empty copy of the schema.

    Attributes:
        reached: its tables, and those whose recipes are made again with it.
        audited: those of all these that are under audit.
    """

    tables: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()
    sql: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    audited: tuple[str, ...] = ()


@dataclass(frozen=True)
class AddRecipe(TransactionOperation[Any]):
    """Installs a recipe. Undone by removing it; what it added goes, too, where it holds nothing."""

    catalog: Catalog
    ahead: under_audit.Ahead | None = None

    name: ClassVar[str] = "audit.recipes.add"

    def plan(self, request: AddRequest, context: Context) -> Plan:
        """Raises `UsageError` for a table or column that is not there, or where the request makes no sense."""
        with open_read(request.path, context) as session, session.snapshot(), session.under(context):
            schema = read_schema(session, context)
            needs = kinds.needs_of(session, schema, request.spec)
            number = registry.next_number(session)
            found = [
                *_obstacles(session, request),
                *clashes.clashes(registry.every(session), needs),
                *needs.findings,
            ]
            tried = _Tried()
            if not any(each.blocks for each in found):
                tried = _try_out(session, schema, needs, number)
            rests_on = fingerprint.take(session)
            size_bytes = _size(session, needs, tried)
        spec, columns = (
            needs.spec,
            cast("list[Json]", [[each.table, each.name, each.type] for each in needs.columns]),
        )
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Install a recipe on {quoted(spec.table)} of {quoted(request.path.name)}: {kinds.title(spec)}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "spec": kinds.to_json(spec),
                "columns": columns,
                "number": number,
                "tables": list(tried.reached),
            },
            sentences=tuple(_sentences(needs, tried)),
            sql=tried.sql,
            findings=(*found, *tried.findings),
            reversal=Reversal.INVERSE,
            reversal_text="Undone by removing the recipe. A column or a log that it added goes with it where that holds"
            " nothing yet; else it is kept.",
            fingerprint=rests_on,
            button="Install the recipe",
            disk_bytes=size_bytes,
            disk_path=str(request.path.absolute().parent),
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        asked = cast("dict[str, Any]", plan.request)
        spec, number = kinds.from_json(asked["spec"]), int(asked["number"])
        columns = [NewColumn(*map(str, each)) for each in asked["columns"]]
        if registry.next_number(session) != number:
            raise fingerprint.stale(plan, "another recipe was installed")
        secrets = open_secrets(self.catalog.directory)
        why = f"a recipe was installed: {kinds.title(spec)}"
        tables = list(map(str, asked["tables"]))
        with (
            under_audit.kept(session, secrets, tables, why, context, self.ahead),
            again.set_aside(session, tables, but=[number]),
        ):
            registry.add_columns(session, columns)
            recipe = Recipe(number, spec, (), tuple((each.table, each.name) for each in columns))
            try:
                registry.make(session, recipe)
            except MissingError as missing:
                raise fingerprint.stale(plan, str(missing)) from missing
        return Outcome(
            f"Installed on {quoted(spec.table)} of {quoted(Path(plan.path).name)}: {kinds.title(spec)}",
            result={"recipe": number},
        )

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """The recipe stands as it should, and so does every audit it met."""
        number = int(str(plan.request["number"]))
        return standing(session, cast("Sequence[str]", plan.request["tables"]), context, only=[number])

    def inverse(self, done: Record) -> Undo | None:
        """Removes it."""
        if done.ended is None:
            return None
        result = cast("dict[str, Any]", done.ended.data.get("result") or {})
        request = RemoveRequest(
            Path(str(done.started.data["path"])),
            done.started.database_id,
            (int(result.get("recipe", 0)),),
            drop_empty=True,
        )
        remove = RemoveRecipes(self.catalog)
        return Undo(remove, lambda context: remove.plan(request, context))


def standing(
    session: Session, tables: Iterable[str], context: Context, *, only: Sequence[int]
) -> tuple[Check, ...]:
    """Whether these recipes stand as they should, and every table of these that is under audit is armed."""
    schema = read_schema(session, context)
    wrong = [
        f"{each.id}: {each.why[0]}"
        for each in recipes_in(session, schema)
        if each.state is not State.ARMED and each.id in only
    ]
    armed = under_audit.guarded(session, schema, list(tables))
    open_ = [each.table for each in armed if each.state is not State.ARMED]
    return (
        Check("Every recipe is as it should be", not wrong, "; ".join(wrong)),
        Check("Every audit is armed", not open_, named(open_)),
    )


def _try_out(session: Session, schema: Schema, needs: Needs, number: int) -> _Tried:
    """Install the recipe in an empty copy of the schema, which gives the exact SQL and what SQLite has against it."""
    before = entries.is_there(session)
    with skeleton(session) as copy, copy.transaction():
        try:
            with in_sqlites_words():
                sql = registry.add_columns(copy, needs.columns)
                made, more = registry.make(copy, Recipe(number, needs.spec, ()))
        except (StewardError, SqliteSays, MissingError) as error:
            why = error.message.rstrip(".") if isinstance(error, StewardError) else str(error)
            return _Tried(findings=(_refused(needs.spec, f"SQLite does not take the recipe: {why}"),))
        after = read_schema(copy)
        reached = again.reached(session, schema, made.tables, [number])
        found = under_audit.guarded(session, schema, reached)
        told = (*under_audit.obstacles(found), *under_audit.consequences(schema, after, found))
    statements = tuple(each for each in (*sql, *more) if each != registry.CREATE or not before)
    return _Tried(made.tables, reached, statements, told, tuple(each.table for each in found))


def _size(session: ReadSession, needs: Needs, tried: _Tried) -> int:
    """Bytes that it takes, once in the file and once in its journal. A table that gets a column is sealed anew."""
    grown = {fold(each.table) for each in needs.columns}
    rows = sum(
        session.count(f"SELECT count(*) FROM {qualified(table)}")
        for table in tried.audited
        if fold(table) in grown
    )
    return 2 * (session.count("PRAGMA page_size") * (_PAGES + len(tried.sql)) + _BASELINE_BYTES * rows)


def _sentences(needs: Needs, tried: _Tried) -> Iterable[str]:
    yield kinds.sentence(needs.spec, tried.tables)
    for each in needs.columns:
        yield f"{quoted(each.table)} gets the column {quoted(each.name)} ({each.type}), NULL in every row there is."
    yield "Triggers in the file do it, whichever program writes. No row of yours is changed now."
    if tried.audited:
        yield (
            f"Under audit, and armed again in the same transaction: {named(tried.audited)}. What is not sealed is"
            " sealed first, and a table that gets a column goes on as a new version."
        )


def _obstacles(session: ReadSession, request: AddRequest) -> Iterable[Finding]:
    name = request.path.name
    subject = Subject("database", name=name)
    yield from obstacles.cannot_be_written(session)
    if entries.is_there(session):
        why = entries.flaw(session)
        if why:
            yield Finding(
                "recipe_list_unusable",
                Severity.ERROR,
                f"The list of recipes of {quoted(name)} cannot be used: {why}",
                subject,
                remedies=("Remove it (“steward audit recipes remove”), and install what is wanted again.",),
                blocks=True,
            )
        return
    taken = [
        str(each)
        for (each,) in session.execute("SELECT name FROM main.sqlite_schema WHERE name IS NOT NULL")
        if names.is_ours(str(each))
    ]
    if taken:
        yield Finding(
            "recipe_names_taken",
            Severity.ERROR,
            f"{quoted(name)} has objects with names of recipes that it does not know: {named(sorted(taken)[:5])}",
            subject,
            detail="They are of another program, or left over from recipes whose list is gone.",
            remedies=("Rename or remove them first.",),
            blocks=True,
        )


def _refused(spec: Spec, why: str) -> Finding:
    return Finding("recipe_refused_by_sqlite", Severity.ERROR, why, Subject("table", spec.table), blocks=True)
