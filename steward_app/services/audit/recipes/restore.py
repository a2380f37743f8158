"""Bringing rows back that were deleted softly, and with them the rows that followed them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Record
from steward_app.db import ReadSession, Session, WriteSession, fold, open_read, qualified, quote
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plain import from_plain, plain
from steward_app.kernel.plan import Check, Json, Plan, Reversal, TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import names as audit_names
from steward_app.services.audit.engine.tables import is_audited
from steward_app.services.audit.recipes.families import via
from steward_app.services.audit.recipes.model import Recipe, RestoreRequest, SoftDelete
from steward_app.services.audit.recipes.needs import UNCHANGED, table_of
from steward_app.services.audit.recipes.reach import also_changed
from steward_app.services.audit.recipes.returning import Returning, returning_of
from steward_app.services.audit.recipes.softly import is_kept_whole, soft_deletes
from steward_app.services.audit.undo import UndoChanges
from steward_app.services.operation import Outcome, TransactionOperation, Undo, fingerprint, obstacles
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

MOST_KEYS = 10_000


@dataclass(frozen=True)
class RestoreRows(TransactionOperation[Any]):
    """Brings softly deleted rows back. Undone by the audit where it has them whole."""

    catalog: Catalog

    name: ClassVar[str] = "audit.recipes.restore"

    def plan(self, request: RestoreRequest, context: Context) -> Plan:
        """Raises `UsageError` for a row that is not there or not deleted, `Refused` where no recipe can do it."""
        with (
            open_read(request.path, context) as session,
            session.under(context),
            session.temporary(),
            session.snapshot(),
        ):
            schema = read_schema(session, context)
            recipe, table = _recipe_of(session, schema, request)
            found = returning_of(session, schema, recipe)
            found.choose(table, request.keys, context)
            counts = found.counts()
            changes = _changes(session, found, counts)
            tables = [change.table for change in changes]
            rests_on = fingerprint.take(session, _conditions(session, found))
            findings = tuple(_findings(session, found))
            whole = is_kept_whole(session, schema, tables)
            also = also_changed(session, schema, found.statements(), tables)
            sentences, sql = tuple(_sentences(table, len(set(request.keys)), found, counts)), found.told()
        count = sum(counts.values())
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Bring {plural(count, 'deleted row')} of {quoted(request.path.name)} back",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={"recipe": recipe.id, "table": table, "keys": cast("list[Json]", plain(request.keys))},
            sentences=sentences,
            changes=changes,
            sql=sql,
            findings=findings,
            reversal=Reversal.INVERSE if whole else Reversal.RESTORE_POINT,
            reversal_text="Undone from the log of the audit: the rows are deleted again, as they are now."
            if whole
            else "Undone by the restore point that is made first: the audit does not have all of these rows whole.",
            fingerprint=rests_on,
            button=f"Bring {plural(count, 'row')} back",
            also=also,
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        asked = cast("dict[str, Any]", plan.request)
        schema, path = read_schema(session, context), Path(plan.path)
        keys = tuple(tuple(map(_value, key)) for key in asked["keys"])
        request = RestoreRequest(path, plan.database_id, str(asked["table"]), keys, int(asked["recipe"]))
        recipe, table = _recipe_of(session, schema, request)
        found = returning_of(session, schema, recipe)
        found.choose(table, keys, context)
        if _changes(session, found, found.counts()) != plan.changes:
            raise fingerprint.stale(plan, "its data was changed")
        before = found.stamped()
        held = found.held()
        found.bring(session)
        after = found.stamped()
        found.forget()
        changes = tuple(
            TableChange(
                each.table,
                each.rows_before,
                each.rows_after,
                updated=before[each.table] - after[each.table] + held.get(each.table, 0),
            )
            for each in plan.changes
        )
        count = sum(before.values()) - sum(after.values())
        return Outcome(
            f"Brought {plural(count, 'row')} of {quoted(path.name)} back", changes, {"rows": count}
        )

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """The rows that were asked for are not deleted any more."""
        asked = cast("dict[str, Any]", plan.request)
        schema = read_schema(session, context)
        keys = tuple(tuple(map(_value, key)) for key in asked["keys"])
        request = RestoreRequest(Path(plan.path), "", str(asked["table"]), keys, int(asked["recipe"]))
        recipe, name = _recipe_of(session, schema, request)
        table = table_of(schema, name)
        named = " AND ".join(f"{quote(each)} = ?" for each in table.key_columns)
        sql = (
            f"SELECT count(*) FROM {qualified(name)} WHERE {named} AND {quote(_spec(recipe).column)} IS NULL"
        )
        there = sum(session.count(sql, key) for key in keys)
        return (
            Check("Every row that was asked for is back", there == len(keys), f"{there:,} of {len(keys):,}"),
        )

    def inverse(self, done: Record) -> Undo | None:
        """The rows are deleted softly again, as they were."""
        return UndoChanges(self.catalog).inverse(done)


def _value(value: Any) -> Any:
    return from_plain(value) if isinstance(value, dict) else value


def _spec(recipe: Recipe) -> SoftDelete:
    assert isinstance(recipe.spec, SoftDelete)
    return recipe.spec


def _recipe_of(session: Session, schema: Schema, request: RestoreRequest) -> tuple[Recipe, str]:
    """The soft delete that reaches the table, and the name of the table as the file writes it."""
    if not request.keys:
        raise UsageError(ErrorCode.BAD_REQUEST, "No row was chosen.", hint=UNCHANGED)
    if len(request.keys) > MOST_KEYS:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{len(request.keys):,} rows are too many to be named one by one; {MOST_KEYS:,} may be.",
            hint=UNCHANGED,
        )
    table = table_of(schema, request.table).name
    ids_wanted = () if request.id is None else (request.id,)
    found = [
        each
        for each in soft_deletes(session, schema, ids_wanted, request.path)
        if any(of.name == table for of in returning_of(session, schema, each).family.tables)
    ]
    if len(found) != 1:
        numbers = ", ".join(str(each.id) for each in found)
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"Recipes {numbers} delete rows of {quoted(table)} softly: say which."
            if found
            else f"Rows of {quoted(table)} are not deleted softly.",
            hint=UNCHANGED,
        )
    return found[0], table


def _changes(session: Session, found: Returning, counts: dict[str, int]) -> tuple[TableChange, ...]:
    held = found.held()
    changes = []
    for table, count in counts.items():
        updated = count + held.get(table, 0)
        if updated:
            rows = session.count(f"SELECT count(*) FROM {qualified(table)}")
            changes.append(TableChange(table, rows, rows, updated=updated))
    return tuple(changes)


def _conditions(session: Session, found: Returning) -> list[str]:
    if is_audited(session):
        return [f"SELECT seq FROM main.{audit_names.CLOCK}"]
    column = quote(found.spec.column)
    return [
        f"SELECT count(*) FROM {qualified(table.name)} WHERE {column} IS NOT NULL"
        for table in found.family.tables
    ]


def _sentences(table: str, asked: int, found: Returning, counts: dict[str, int]) -> Iterator[str]:
    column = quoted(found.spec.column)
    are = "is" if asked == 1 else "are"
    yield f"{plural(asked, 'row')} of {quoted(table)} {are} not deleted any more: {column} becomes NULL."
    for name, count in counts.items():
        more = count - asked if name == table else count
        if more > 0:
            come = "comes back with the row it" if more == 1 else "come back with the rows they"
            yield f"{plural(more, 'row')} of {quoted(name)} {come} followed."
    for name, count in found.held().items():
        if count:
            yield (
                f"{plural(count, 'row')} of {quoted(name)} {'stays' if count == 1 else 'stay'} deleted, with another"
                " row above that is."
            )


def _findings(session: ReadSession, found: Returning) -> Iterator[Finding]:
    yield from obstacles.cannot_be_written(session)
    for table, index, count in found.clashes():
        yield Finding(
            "recipe_restore_clash",
            Severity.ERROR,
            f"{plural(count, 'value')} of rows that would come back to {quoted(table.name)}"
            f" {'is' if count == 1 else 'are'} taken by now",
            Subject("index", table.name, index.name, tuple(each.name for each in index.columns if each.name)),
            detail=f"The unique index {quoted(index.name)} lets rows that are not deleted have each value once.",
            count=count,
            remedies=("Change the value of the row that has it now, or leave these rows out.",),
            blocks=True,
        )
    for name, count in found.below_deleted().items():
        above = dict.fromkeys(
            link.parent.name for link in found.family.links if fold(link.child.name) == fold(name)
        )
        yield Finding(
            "recipe_restore_below_deleted",
            Severity.WARNING,
            f"{plural(count, 'row')} of {quoted(name)} would come back below a row that stays deleted",
            Subject("column", name, columns=(via(found.spec.column),)),
            detail=f"What they point to in {', '.join(map(quoted, above))} is deleted still, and is not purged as"
            " long as they are there.",
            count=count,
            remedies=("Bring that row back: what followed it comes back with it.",),
        )
