"""What `steward migrate --json` prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward_app.kernel.plan import Plan
from steward_app.services.migrate.model import Entry, Status

if TYPE_CHECKING:
    from steward_app.catalog.rehearsals import KeptRehearsal
    from steward_app.services.migrate.run.course import Course


@dataclass(frozen=True, slots=True)
class Rehearsals:
    """What is known of the rehearsals of a file.

    Attributes:
        kept: the newest first.
        on_this: ids of those that went through on what the file holds now; None where that was not compared.
    """

    kept: tuple[KeptRehearsal, ...] = ()
    on_this: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class MigrationItem:
    """One migration, from the folder, the history or both.

    Attributes:
        id: name of its file, or "baseline" or "adopted" and its version.
        version: 0 for a repeatable one.
        state: applied, pending, repeats, late, edited, missing, failed or undone.
        origin: how it came to be in the history (run, baseline, adopted, undo), or "".
        applied_at: RFC 3339, UTC, or "".
        undo: name of the file that takes it back, or "".
        rehearsed_at: RFC 3339, UTC: when the file as it is now was rehearsed last, alone or as one of several; or "".
        rehearsal: passed or failed, of this file; "" where there was none.
        file_changed: it waits, and the database holds something else than when it went through: rehearse again. False
            also where they were not compared, as of a file of more than 256 MB.
        empty: it waits, and its file holds no statement.
    """

    id: str
    version: int
    name: str
    state: str
    origin: str
    applied_at: str
    applied_by: str
    duration_ms: int
    restore_point: str
    operation_id: str
    undo: str
    rehearsed_at: str
    rehearsal: str
    file_changed: bool
    empty: bool


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """Where a database stands between the files of its folder and its own history.

    Attributes:
        version: the highest that is applied, or None.
        schema_hash: of the steward's own schema in the file.
        drifted: whether something else changed the schema since the last migration.
    """

    database: str
    folder: str
    version: int | None
    schema_hash: str
    drifted: bool
    pending: int
    in_the_way: int
    migrations: tuple[MigrationItem, ...]


def item(entry: Entry, rehearsals: Rehearsals) -> MigrationItem:
    """A migration as it stands in a document, with its last rehearsal."""
    from steward_app.services.migrate.run.kept import is_outdated, newest_of, went_through

    row = entry.applied
    rehearsed = newest_of(rehearsals.kept, entry) if rehearsals.kept else None
    return MigrationItem(
        id=entry.file or f"{row.origin.value if row else 'baseline'} {entry.version}",
        version=entry.version,
        name=entry.name,
        state=entry.state.value,
        origin=row.origin.value if row else "",
        applied_at=row.applied_at if row else "",
        applied_by=row.applied_by if row else "",
        duration_ms=row.duration_ms if row else 0,
        restore_point=row.restore_point if row else "",
        operation_id=row.operation_id if row else "",
        undo=entry.undo.path.name if entry.undo else "",
        rehearsed_at=rehearsed.finished_at if rehearsed else "",
        rehearsal="" if rehearsed is None else "passed" if went_through(rehearsed, entry) else "failed",
        file_changed=is_outdated(rehearsed, entry, rehearsals.on_this),
        empty=entry.empty,
    )


def document(status: Status, rehearsals: Rehearsals) -> MigrationStatus:
    """A status as it is printed, with what was rehearsed."""
    return MigrationStatus(
        database=str(status.path),
        folder=str(status.folder),
        version=status.version,
        schema_hash=status.schema_hash,
        drifted=status.drifted,
        pending=len(status.pending),
        in_the_way=len(status.in_the_way),
        migrations=tuple(item(entry, rehearsals) for entry in status.entries),
    )


@dataclass(frozen=True, slots=True)
class PlannedStatement:
    """One statement and where it stands in its file, from 1."""

    sql: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class PlannedMigration:
    """One migration that would run.

    Attributes:
        id: name of its file.
        state: where it stands before: pending, repeats or late.
        program: it is Python: what it runs is not known before.
        in_transaction: False where its statements are committed one by one.
        needs: what is special about it, a sentence each.
        statements: with values for the placeholders; () for a program.
    """

    id: str
    version: int
    state: str
    program: bool
    in_transaction: bool
    needs: tuple[str, ...]
    statements: tuple[PlannedStatement, ...]


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """What an apply would run, in order.

    Attributes:
        left_out: files that wait and are beyond the target.
        plan: the whole plan, as `steward migrate apply --plan` prints it; None where nothing waits.
    """

    database: str
    folder: str
    migrations: tuple[PlannedMigration, ...]
    left_out: tuple[str, ...]
    plan: Plan | None


def course_document(course: Course, plan: Plan | None) -> MigrationPlan:
    """A course as it is printed."""
    return MigrationPlan(
        database=str(course.status.path),
        folder=str(course.status.folder),
        migrations=tuple(
            PlannedMigration(
                id=step.file,
                version=step.migration.version,
                state=step.state.value,
                program=step.script is None,
                in_transaction=step.in_transaction,
                needs=step.needs,
                statements=tuple(
                    PlannedStatement(each.sql, each.line, each.column) for each in step.statements
                ),
            )
            for step in course.steps
        ),
        left_out=tuple(entry.file for entry in course.left_out),
        plan=plan,
    )
