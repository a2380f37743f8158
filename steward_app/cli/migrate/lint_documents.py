"""What `steward migrate lint --json` prints."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.kernel.finding import Severity, Subject
from steward_app.services.migrate.lint import LintReport, Looked, Problem


@dataclass(frozen=True, slots=True)
class LintItem:
    """One thing that lint has to say.

    Attributes:
        code: the rule; docs/migrate-lint.md explains each.
        severity: error, warning or note.
        file, line, column: where it stands, counted from 1.
        detail: why it matters.
        count: rows or values concerned, where they were counted.
        query: SQL that lists the rows in the file as it is now, or "".
        fix: what can be done.
        fix_sql: a statement that mends it, or "".
        accepted: whether a remark in the file says that it is meant.
    """

    id: str
    code: str
    severity: str
    file: str
    line: int
    column: int
    title: str
    detail: str
    subject: Subject
    count: int | None
    query: str
    fix: tuple[str, ...]
    fix_sql: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class LintDocument:
    """What would go wrong with the migrations that wait.

    Attributes:
        files: how far lint came in each, in the order in which they would run.
        errors, warnings, notes: how many there are that were not accepted.
    """

    database: str
    folder: str
    files: tuple[Looked, ...]
    errors: int
    warnings: int
    notes: int
    accepted: int
    items: tuple[LintItem, ...]


def document(report: LintReport) -> LintDocument:
    """A report as it is printed."""
    counts = dict.fromkeys(Severity, 0)
    for finding in report.findings:
        counts[finding.severity] += 1
    return LintDocument(
        report.path,
        report.folder,
        report.files,
        counts[Severity.ERROR],
        counts[Severity.WARNING],
        counts[Severity.NOTE],
        len(report.problems) - len(report.findings),
        tuple(map(_item, report.problems)),
    )


def _item(problem: Problem) -> LintItem:
    place, finding = problem.place, problem.finding
    return LintItem(
        id=problem.id,
        code=finding.code,
        severity=finding.severity.value,
        file=place.file,
        line=place.line,
        column=place.column,
        title=finding.title,
        detail=finding.detail,
        subject=finding.subject,
        count=finding.count,
        query=finding.query,
        fix=finding.remedies,
        fix_sql=problem.fix_sql,
        accepted=problem.accepted,
    )
