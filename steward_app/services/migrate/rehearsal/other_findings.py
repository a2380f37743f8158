"""What a steward should know of what is not rows: views, triggers, indexes, the audit, personal data, kept queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steward_app.db import fold
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.expand.model import PREFIX
from steward_app.services.migrate.rehearsal.checks import is_broken
from steward_app.services.migrate.rehearsal.model import (
    AuditDifference,
    Moved,
    PersonalDifference,
    QueryDifference,
    TriggerDifference,
    ViewDifference,
)
from steward_app.services.migrate.rehearsal.row_model import Fate, TableDifference
from steward_app.services.schema.diff_model import ChangeKind, SchemaDiff

_TEXTS = "SQLite takes a name in double quotes for a text where there is no such column."
_TAKEN = "SQLite takes a text in double quotes for a column where there is one by that name."
_SINGLE = "Make it anew in the same migration, with the text in single quotes."
_ANEW = "Make it anew in the same migration, with the name that the column has by then or without it."


def of_views(views: Iterable[ViewDifference]) -> Iterator[Finding]:
    """Views that broke, and those that give or read something else without having been changed."""
    for each in views:
        subject = Subject("view", each.name, each.name)
        if is_broken(each):
            yield Finding(
                "view_broken",
                Severity.ERROR,
                f"View {quoted(each.name)} does not work",
                subject,
                each.problem,
            )
        elif each.texts or each.taken:
            for goes_on, why, to_do in _goes_on(each):
                yield Finding(
                    "view_reads_others",
                    Severity.WARNING,
                    f"View {quoted(each.name)} {goes_on}",
                    subject,
                    why,
                    remedies=(to_do,),
                )
        elif each.silently and each.columns_before != each.columns_after:
            yield Finding(
                "view_gives_others",
                Severity.WARNING,
                f"View {quoted(each.name)} gives {plural(len(each.columns_after), 'column')} instead of"
                f" {len(each.columns_before):,}"
                if len(each.columns_after) != len(each.columns_before)
                else f"View {quoted(each.name)} gives other columns",
                subject,
                _given(each),
            )
        if each.joins:
            yield _joined(each, f"View {quoted(each.name)}", subject)


def of_triggers(
    triggers: Iterable[TriggerDifference], tables: Iterable[TableDifference]
) -> Iterator[Finding]:
    """Triggers that broke, that went without their table, and those that do not run any more as they did."""
    there = {fold(table.name) for table in tables if table.name}
    for each in triggers:
        subject = Subject("trigger", each.table, each.name)
        name = f"Trigger {quoted(each.name)} of {quoted(each.table)}"
        if each.dead_columns and each.fate is not Fate.SAME:
            yield Finding(
                "trigger_dead_column",
                Severity.WARNING,
                f"{name} waits for {', '.join(map(quoted, each.dead_columns))}, and there is no such column",
                subject,
                "SQLite does not say so: the trigger stays, and does not run for it any more.",
            )
        elif is_broken(each):
            yield Finding("trigger_broken", Severity.ERROR, f"{name} does not work", subject, each.problem)
        elif _is_missed(each) and fold(each.table) in there:
            yield Finding("trigger_gone", Severity.WARNING, f"{name} is gone", subject)
        for goes_on, why, to_do in _goes_on(each):
            yield Finding(
                "trigger_reads_others",
                Severity.WARNING,
                f"{name} {goes_on}",
                subject,
                why,
                remedies=(to_do,),
            )
        if each.joins:
            yield _joined(each, name, subject)


def _is_missed(each: TriggerDifference) -> bool:
    """Whether it is gone, and it is not so that its expansion ended: while that lasts, a check of its own tells."""
    return each.fate is Fate.GONE and not fold(each.name).startswith(PREFIX)


def of_schema(schema: SchemaDiff, tables: Iterable[TableDifference]) -> Iterator[Finding]:
    """Indexes that went without their table."""
    there = {fold(table.name) for table in tables if table.name}
    for change in schema.changes:
        subject = change.subject
        if change.kind is ChangeKind.REMOVED and subject.kind == "index" and fold(subject.table) in there:
            yield Finding(
                "index_gone",
                Severity.NOTE,
                f"Index {quoted(subject.name)} of {quoted(subject.table)} is gone",
                subject,
            )


def of_statistics(tables: Iterable[str]) -> Iterator[Finding]:
    """Tables of which ANALYZE had told something, and nothing any more."""
    for each in tables:
        yield Finding(
            "statistics_gone",
            Severity.NOTE,
            f"The statistics of {quoted(each)} are gone",
            Subject("table", each, each),
            "SQLite chooses its ways by them.",
            remedies=("Run ANALYZE at the end of the migration.",),
        )


def of_audit(audit: Iterable[AuditDifference], tables: Iterable[TableDifference]) -> Iterator[Finding]:
    """Tables of which changes do not reach the log any more; one that is gone leaves the audit."""
    gone = {fold(each.was): each for each in tables if not each.name}
    for each in audit:
        if (table := gone.get(fold(each.table))) and not each.armed_after:
            yield Finding(
                "audit_ends",
                Severity.NOTE,
                f"{quoted(each.table)} leaves the audit, since it is gone",
                Subject("table", each.table, each.table),
                f"What was logged of it stays. The log names {plural(table.rows_before, 'row')} that went with it by"
                " their keys, and not what they held.",
            )
        elif each.armed_before and not each.armed_after:
            yield Finding(
                "audit_disarmed",
                Severity.ERROR,
                f"Changes of {quoted(each.table)} do not all reach the audit log any more",
                Subject("table", each.table, each.table),
                "; ".join(each.why),
            )


def of_personal(personal: Iterable[PersonalDifference]) -> Iterator[Finding]:
    """What the policy must follow, and what a steward has to decide."""
    for each in personal:
        name, was = f"{each.table}.{each.column}", f"{each.table_before}.{each.column_before}"
        subject = Subject("column", each.table, columns=(each.column,))
        match each.kind:
            case Moved.COPIED:
                yield Finding(
                    "personal_copied",
                    Severity.WARNING,
                    f"{quoted(name)} holds values of {quoted(was)}, which is personal",
                    subject,
                    "Nobody has said yet what the new column is.",
                )
            case Moved.UNDECIDED:
                yield Finding(
                    "personal_undecided",
                    Severity.WARNING if each.looks_personal else Severity.NOTE,
                    f"{quoted(name)} looks personal, and nothing is decided of it"
                    if each.looks_personal
                    else f"It is not decided whether {quoted(name)} is personal",
                    subject,
                    alike=()
                    if each.looks_personal
                    else ("It is not decided whether", "columns are personal"),
                )
            case Moved.RENAMED:
                yield Finding(
                    "personal_renamed",
                    Severity.NOTE,
                    f"{quoted(was)}, which is personal, is {quoted(name)} now",
                    subject,
                )
            case Moved.MOVED:
                yield Finding(
                    "personal_moved",
                    Severity.NOTE,
                    f"{quoted(was)}, which is personal, moved: it is {quoted(name)} now",
                    subject,
                    "What the policy says of it goes along.",
                )
            case Moved.BESIDE:
                yield Finding(
                    "personal_beside",
                    Severity.NOTE,
                    f"{quoted(name)} stands beside {quoted(was)}, which is personal",
                    subject,
                    "What the policy says of the one it says of both.",
                )
            case Moved.GONE:
                yield Finding(
                    "personal_gone", Severity.NOTE, f"{quoted(name)}, which was personal, is gone", subject
                )


def of_queries(queries: Iterable[QueryDifference]) -> Iterator[Finding]:
    """Kept queries that got worse, or cannot be run any more."""
    for each in queries:
        subject = Subject("query", name=each.name)
        if each.problem:
            yield Finding(
                "query_broken",
                Severity.WARNING,
                f"{quoted(each.name)} cannot be asked any more",
                subject,
                each.problem,
            )
        elif each.worse:
            yield Finding(
                "query_worse", Severity.WARNING, f"{quoted(each.name)} got slower: {each.worse}", subject
            )


def _given(view: ViewDifference) -> str:
    come = [name for name in view.columns_after if name not in view.columns_before]
    gone = [name for name in view.columns_before if name not in view.columns_after]
    told = [
        f"New: {', '.join(map(quoted, come))}." if come else "",
        f"Gone: {', '.join(map(quoted, gone))}." if gone else "",
    ]
    return " ".join(part for part in told if part) or "They stand in another order."


def _goes_on(each: ViewDifference | TriggerDifference) -> Iterator[tuple[str, str, str]]:
    """What it does otherwise by a word in double quotes, why, and what to do."""
    if each.texts:
        yield (
            f"goes on with the text {', '.join(map(quoted, each.texts))} in the place of a column",
            _TEXTS,
            _ANEW,
        )
    if each.taken:
        yield (
            f"goes on with the column {', '.join(map(quoted, each.taken))} in the place of a text",
            _TAKEN,
            _SINGLE,
        )


def _joined(each: ViewDifference | TriggerDifference, name: str, subject: Subject) -> Finding:
    return Finding(
        f"{subject.kind}_joins_otherwise",
        Severity.WARNING,
        f"{name} {each.joins}",
        subject,
        "NATURAL JOIN and USING join by what the tables have in common, whatever that is.",
        remedies=("Make it anew in the same migration, with ON and the columns that are meant.",),
    )
