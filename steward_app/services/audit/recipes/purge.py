"""Purging: rows that were deleted softly, longer ago than the days of grace, are deleted for good.

Only this does it, never a trigger. A row stays as long as rows point to it that are not purged with it; of tables that
are not of the recipe, too, but for those whose foreign key says SET NULL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Record
from steward_app.db import ReadSession, Session, WriteSession, open_read, qualified
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Json, Plan, Reversal, TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import names as audit_names
from steward_app.services.audit.engine.tables import is_audited
from steward_app.services.audit.recipes import names, times
from steward_app.services.audit.recipes.expired import Expired, expired_of
from steward_app.services.audit.recipes.model import PurgeRequest, Recipe, SoftDelete
from steward_app.services.audit.recipes.needs import UNCHANGED, others
from steward_app.services.audit.recipes.reach import also_changed
from steward_app.services.audit.recipes.softly import is_kept_whole, soft_deletes
from steward_app.services.audit.undo import UndoChanges
from steward_app.services.operation import Outcome, TransactionOperation, Undo, fingerprint, obstacles
from steward_app.services.schema.introspect import read_schema


@dataclass(frozen=True)
class Purge(TransactionOperation[Any]):
    """Deletes rows for good whose days of grace are over. Undone by the audit where it has them whole."""

    catalog: Catalog

    name: ClassVar[str] = "audit.recipes.purge"

    def plan(self, request: PurgeRequest, context: Context) -> Plan:
        """Raises `UsageError` for a number that no soft delete has, `Refused` where there is nothing to purge."""
        now = clock.to_text(clock.now())
        with (
            open_read(request.path, context) as session,
            session.under(context),
            session.temporary(),
            session.snapshot(),
        ):
            schema = read_schema(session, context)
            recipes = soft_deletes(session, schema, request.ids, request.path)
            found = [expired_of(session, schema, each, now, context) for each in recipes]
            changes = _changes(session, found)
            rests_on = fingerprint.take(session, _conditions(session, changes))
            findings = tuple(_findings(session, found))
            sql = [sql for each in found for sql in each.deletes()]
            also = also_changed(session, schema, sql, [change.table for change in changes])
            whole = is_kept_whole(session, schema, [change.table for change in changes])
        count = sum(change.deleted for change in changes)
        if not count:
            left = sum(each.waiting for each in found)
            waiting = (
                f" {plural(left, 'row')} deleted, within the days of grace or held by others." if left else ""
            )
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                f"Nothing of {quoted(request.path.name)} is to be purged.{waiting}",
                hint=UNCHANGED,
            )
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Purge {plural(count, 'row')} of {quoted(request.path.name)}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=now,
            request={"ids": cast("list[Json]", [each.id for each in recipes]), "now": now},
            sentences=tuple(_sentences(found, changes, recipes)),
            changes=changes,
            sql=tuple(sql for each in found for sql in each.statements()),
            findings=findings,
            reversal=Reversal.INVERSE if whole else Reversal.RESTORE_POINT,
            reversal_text="Undone from the log of the audit, which has every one of these rows."
            if whole
            else "Undone by the restore point that is made first: the audit does not have all of these rows whole.",
            fingerprint=rests_on,
            button=f"Purge {plural(count, 'row')}",
            also=also,
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        asked = cast("dict[str, Any]", plan.request)
        schema, now = read_schema(session, context), str(asked["now"])
        request = PurgeRequest(Path(plan.path), plan.database_id, tuple(map(int, asked["ids"])))
        recipes = soft_deletes(session, schema, request.ids, request.path)
        found = [expired_of(session, schema, each, now, context) for each in recipes]
        if _changes(session, found) != plan.changes:
            raise fingerprint.stale(plan, "its data was changed")
        for recipe, expired in zip(recipes, found, strict=True):
            _switch(session, recipe, "1")
            expired.delete(session)
            _switch(session, recipe, "NULL")
        for each in found:
            each.forget(session)
        count = sum(change.deleted for change in plan.changes)
        return Outcome(
            f"Purged {plural(count, 'row')} of {quoted(Path(plan.path).name)}", plan.changes, {"rows": count}
        )

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """No row points to one that is gone, and DELETE is a stamp again."""
        broken = [
            str(row[0])
            for change in plan.changes
            for row in session.all('SELECT "table" FROM pragma_foreign_key_check(?)', (change.table,))
        ]
        open_ = session.count(f"SELECT count(*) FROM main.{names.REGISTRY} WHERE purging")
        return (
            Check("No row points to one that is gone", not broken, ", ".join(sorted(set(broken))[:3])),
            Check("DELETE marks rows again", not open_),
        )

    def inverse(self, done: Record) -> Undo | None:
        """The rows come back from the log of the audit, deleted softly as they were."""
        return UndoChanges(self.catalog).inverse(done)


def _switch(session: WriteSession, recipe: Recipe, value_sql: str) -> None:
    session.run(f"UPDATE main.{names.REGISTRY} SET purging = {value_sql} WHERE id = ?", (recipe.id,))


def _changes(session: Session, found: Sequence[Expired]) -> tuple[TableChange, ...]:
    """What happens to each table: rows purged, and rows that lose their link to one."""
    deleted, updated = dict[str, int](), dict[str, int]()
    for each in found:
        for table, count in each.counts(session).items():
            deleted[table] = deleted.get(table, 0) + count
        for table, count in each.unlinked(session).items():
            updated[table] = updated.get(table, 0) + count
    changes = []
    for table in dict.fromkeys((*deleted, *updated)):
        before = session.count(f"SELECT count(*) FROM {qualified(table)}")
        gone, changed = deleted.get(table, 0), updated.get(table, 0)
        if gone or changed:
            changes.append(TableChange(table, before, before - gone, updated=changed, deleted=gone))
    return tuple(changes)


def _conditions(session: Session, changes: Sequence[TableChange]) -> list[str]:
    if is_audited(session):
        return [f"SELECT seq FROM main.{audit_names.CLOCK}"]
    return [f"SELECT count(*) FROM {qualified(change.table)}" for change in changes]


def _sentences(
    found: Sequence[Expired], changes: Sequence[TableChange], recipes: Sequence[Recipe]
) -> Iterator[str]:
    for each, recipe in zip(found, recipes, strict=True):
        spec = recipe.spec
        assert isinstance(spec, SoftDelete)
        yield (
            f"Rows of {quoted(spec.table)}, and of what belongs to them, that were deleted more than"
            f" {plural(spec.grace_days, 'day')} ago go for good."
        )
        if each.held:
            yield f"{plural(each.held, 'row')} stay although their time is over: other rows point to them."
    for change in changes:
        if change.updated:
            yield f"{plural(change.updated, 'row')} of {quoted(change.table)} no longer point to a row that goes."


def _findings(session: ReadSession, found: Sequence[Expired]) -> Iterator[Finding]:
    yield from obstacles.cannot_be_written(session)
    for each in found:
        if each.unreadable:
            yield Finding(
                "recipe_unreadable_times",
                Severity.WARNING,
                f"{plural(each.unreadable, 'deleted row')} of {quoted(each.root)} do not say since when",
                Subject("table", each.root),
                detail=f"A moment there is written as {times.EXAMPLES[each.form]}. These rows stay.",
            )
        for table in each.tables:
            for trigger in others(table):
                if trigger.event == "DELETE":
                    yield Finding(
                        "recipe_purge_fires",
                        Severity.NOTE,
                        f"The trigger {quoted(trigger.name)} of {quoted(table.name)} runs for each row",
                        Subject("trigger", table.name, trigger.name),
                        detail="What it changes is not counted here. A rehearsal counts it.",
                    )
