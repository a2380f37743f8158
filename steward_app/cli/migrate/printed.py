"""What `steward migrate` prints for people: what would run, and what it did to a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from steward_app.cli.findings import print_findings
from steward_app.cli.output import Printer
from steward_app.cli.plans import print_rehearsal
from steward_app.db.script import ended
from steward_app.kernel.text import plural, quoted, size

if TYPE_CHECKING:
    from steward_app.kernel.plan import Plan
    from steward_app.services.migrate.rehearsal.model import Report
    from steward_app.services.migrate.run.course import Course
    from steward_app.services.migrate.run.rehearsed import RehearsalResult


def print_course(out: Printer, course: Course, plan: Plan | None) -> None:
    """What would run, file by file with its statements, then what to know first."""
    if plan is None:
        out.line(f"No migration waits for {quoted(course.status.path.name)}.")
        return
    out.line(plan.title, style="bold")
    for sentence in plan.sentences:
        out.line(sentence, indent=2)
    for step in course.steps:
        out.heading(step.file)
        for line in step.statements:
            out.line(f"line {line.line}, column {line.column}", indent=2)
            out.code(line.sql)
    if plan.findings:
        out.heading("What to know first")
        print_findings(out, plan.findings, indent=2)
    out.heading("To undo it")
    out.line(plan.reversal_text, indent=2)


def print_sql(out: Printer, course: Course) -> None:
    """The statements alone, each file in the transaction it runs in. A program stands there by its name."""
    for step in course.steps:
        out.line(f"-- {step.file}")
        if step.script is None:
            out.line("-- a program: what it runs is not known before")
            continue
        if step.in_transaction:
            out.line("BEGIN IMMEDIATE;")
        for line in step.statements:
            out.code(ended(line.sql), indent=0)
        if step.in_transaction:
            out.line("COMMIT;")


def print_report(out: Printer, result: RehearsalResult) -> None:
    """What the migrations did to a copy: what was looked at, how long it takes, and what became of rows and views."""
    print_rehearsal(out, result.rehearsal)
    report = result.report
    if report is None:
        return
    out.heading("To expect")
    out.facts(
        [
            ("time", f"{report.seconds:.1f} s"),
            ("others wait at most", f"{report.lock_seconds:.1f} s"),
            ("disk needed", f"{size(report.disk.needed)} of {size(report.disk.free)} free"),
        ],
        indent=2,
    )
    _print_schema(out, report)
    _print_columns(out, report)
    if report.findings:
        out.heading("What to know")
        print_findings(out, report.findings, indent=2)


def _print_schema(out: Printer, report: Report) -> None:
    changes = [  # that the stored text is another one follows from the others
        each
        for each in report.schema.changes
        if not each.differences or any(difference.what != "text" for difference in each.differences)
    ]
    if changes:
        out.heading(f"The schema: {plural(len(changes), 'change')}")
        for change in changes:
            out.line(change.sentence, indent=2)


def _print_columns(out: Printer, report: Report) -> None:
    rows = [
        (table.title, column.name or column.was, column.rows, column.words, column.lost)
        for table in report.changed_tables
        for column in table.columns
    ]
    if rows:
        out.heading(f"Values, in {plural(len(rows), 'column')}")
        out.table(("table", "column", "rows", "what became of them", "lost for good"), rows)
