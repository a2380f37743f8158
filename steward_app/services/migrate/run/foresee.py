"""What a plan can know before anything runs: what is in the way, who has the file open, what the schema will hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from steward_app.catalog.classified import classified
from steward_app.catalog.policy import read_policy
from steward_app.db import ReadSession, Session, fold
from steward_app.db.migration_script import read_script
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.seals.seal_tables import audited
from steward_app.services.migrate.going_on import goes_on
from steward_app.services.migrate.lint.lint import lint
from steward_app.services.migrate.model import Origin, State, Status
from steward_app.services.migrate.run import alone
from steward_app.services.migrate.run.course import Course, Wanted
from steward_app.services.migrate.run.on_empty import schemas
from steward_app.services.migrate.run.placeholders import fill
from steward_app.services.migrate.run.reach import reach
from steward_app.services.operation import obstacles
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, TableKind

_IN_THE_WAY = {
    State.LATE: (
        "comes below a version that is applied",
        "Give it a version above the newest.",
        "Apply it all the same: --late.",
    ),
    State.EDITED: (
        "was changed after it had been applied",
        "Put its text back and write the change as a new file.",
        "Take the new text for the one that was applied: “steward migrate repair”.",
    ),
    State.MISSING: (
        "was applied, and its file is gone",
        "Put the file back.",
        "Do without it: “steward migrate repair --forget FILE”.",
    ),
    State.FAILED: (
        "stopped half-way, since it runs without a transaction",
        "Bring the file back to the restore point made before it: “steward migrate undo”.",
        "Or do by hand what is left to do, and say that it is done: “steward migrate repair --done FILE”.",
        "Or take back by hand what it did, and let it run again from its first statement: “steward migrate repair”.",
    ),
}

_LET_IT_GO_ON = "Let it go on where it was: “steward migrate repair”, then “steward migrate apply”."
_STOPS = ("statement_fails", "not_for_a_migration", "broken_object_in_the_way", "name_is_ours")
_NOT_COPIED = "column_not_copied"
_ADOPTED_AND_MISSING = "was adopted from another tool, and its file is not there"
_WRITE_AGAIN = "Have it written again: the same “steward migrate adopt”."


def findings(session: ReadSession, course: Course, wanted: Wanted, context: Context) -> tuple[Finding, ...]:
    """Everything a steward should know of a course before it is run; what blocks it first, what lint says last."""
    return (
        *obstacles.cannot_be_written(session),
        *in_the_way(course.status, late=wanted.late),
        *_drifted(course.status),
        *(() if wanted.beside else alone.findings(session.path)),
        *_audited(session, course),
        *_new_columns(session, course, wanted.path, context),
        *_judged(session, course, wanted, context),
    )


def in_the_way(status: Status, *, late: bool = False) -> Iterator[Finding]:
    """Migrations that must be settled before anything is applied; late ones block unless they are wanted."""
    for entry in status.in_the_way:
        if entry.state is State.LATE and late:
            continue
        what, *remedies = _IN_THE_WAY[entry.state]
        if entry.state is State.FAILED and goes_on(entry):
            remedies = [_LET_IT_GO_ON]
        if entry.state is State.MISSING and entry.applied and entry.applied.origin is Origin.ADOPTED:
            what, remedies = _ADOPTED_AND_MISSING, [_WRITE_AGAIN, *remedies]
        yield Finding(
            f"migration_{entry.state}",
            Severity.ERROR,
            f"{quoted(entry.file)} {what}",
            Subject("migration", name=entry.file),
            remedies=tuple(remedies),
            blocks=True,
        )


def _drifted(status: Status) -> Iterator[Finding]:
    if status.drifted:
        yield Finding(
            "schema_drifted",
            Severity.WARNING,
            f"Something else changed the schema of {quoted(status.path.name)} since the last migration",
            Subject("database", name=status.path.name),
            detail="The migrations were written for the schema that the last one left.",
            remedies=("Look at what changed: “steward schema docs --diff”.", "Rehearse before you apply."),
        )


def _audited(session: Session, course: Course) -> Iterator[Finding]:
    """Tables under audit that a migration can touch: the audit goes on, as a new version where the table changes."""
    versions = audited(session, strict=False)
    if not versions:
        return
    programs = any(step.script is None for step in course.steps)
    touched = reach(session, [step.script.text for step in course.steps if step.script])
    for version in versions:
        if version.to_seq is None and (programs or fold(version.name) in touched):
            yield Finding(
                "migration_under_audit",
                Severity.NOTE,
                f"{quoted(version.name)} is under audit",
                Subject("table", table=version.name),
                detail="Where the migration changes the table, the audit goes on with a new version of it, in the same"
                " transaction. Rows of a table that it writes anew or drops are named in the log by their keys.",
                alike=("", "tables are under audit"),
            )


def _new_columns(session: Session, course: Course, database: Path, context: Context) -> Iterator[Finding]:
    """Columns that are new when all has run, told from an empty copy of the schema, where the policy classifies."""
    if read_policy(database).policy.classification is None:
        return
    tried = schemas(session, course, context)
    if tried is None:
        return  # what it leaves is not known
    before, after = map(_columns, tried)
    decided = classified(database)
    beside = {
        (each.table, each.after)
        for each in course.twins
        if decided.is_personal(each.table, each.before) is not None
    }
    asked = sorted(after - before - _renamed(course, before) - beside)
    if asked:
        yield _undecided(asked)


def _renamed(course: Course, before: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The columns there were, by the names and tables that they have afterwards."""
    tables = {fold(each.before): each.after for each in course.renames if not each.table}
    columns = {(fold(each.table), fold(each.before)): each for each in course.renames if each.table}
    found = set()
    for table, column in before:
        each = columns.get((fold(table), fold(column)))
        now = each.into if each and each.into else tables.get(fold(table), table)
        found.add((now, each.after if each else column))
    return found


def _judged(session: ReadSession, course: Course, wanted: Wanted, context: Context) -> Iterator[Finding]:
    """What lint says of the files, each with its place.

    A statement that does not run blocks all of them: the files before it would be applied, and it not. So does one that
    leaves values behind which a file before it makes: a rehearsal compares the first state with the last.
    """
    scripts = {step.migration: step.script for step in course.steps if step.script is not None}
    report = lint(
        session,
        [step.migration for step in course.steps],
        context,
        folder=wanted.folder,
        reading=lambda each: scripts.get(each) or read_script(each, fill(each, wanted.values)),
    )
    lost = any(problem.finding.code == _NOT_COPIED for problem in report.problems)
    there = {fold(column) for _, column in _columns(read_schema(session, context))} if lost else set()
    first = course.steps[0].file if course.steps else ""
    for problem in report.problems:
        if not problem.accepted:
            code, subject = problem.finding.code, problem.finding.subject
            later = problem.place.file != first
            unseen = code == _NOT_COPIED and later and there.isdisjoint(map(fold, subject.columns))
            stops = (code in _STOPS or unseen) and problem.finding.severity is Severity.ERROR
            blocks = problem.finding.blocks or stops
            yield replace(problem.finding, title=f"{problem.place}: {problem.finding.title}", blocks=blocks)


def _columns(schema: Schema) -> set[tuple[str, str]]:
    return {
        (table.name, column.name)
        for table in schema.tables
        if table.kind is TableKind.TABLE and not table.ours
        for column in table.columns
    }


def _undecided(asked: list[tuple[str, str]]) -> Finding:
    shown = ", ".join(f"{quoted(table)}.{quoted(column)}" for table, column in asked[:20])
    more = f" and {len(asked) - 20:,} more" if len(asked) > 20 else ""
    return Finding(
        "new_columns_undecided",
        Severity.WARNING,
        f"{plural(len(asked), 'new column')} will wait for a decision on personal data",
        Subject("database"),
        detail=f"{shown}{more}",
        count=len(asked),
        remedies=("Decide after it is applied: “steward privacy classify”.",),
    )
