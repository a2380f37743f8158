"""`steward migrate lint`: what would go wrong with the migrations that wait."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.findings import print_finding
from steward_app.cli.migrate.group import app
from steward_app.cli.migrate.options import Folder, Values, values_of
from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.cli.reading import reading
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.db.migration_files import Migration
    from steward_app.db.migration_script import Script
    from steward_app.kernel.progress import Context
    from steward_app.services.migrate.lint import LintReport, Problem


@app.command()
def lint(
    database: Database,
    folder: Folder = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="Look at this file of SQL alone, as if it were the next migration.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    sets: Values = None,
    as_json: AsJson = False,
) -> None:
    """Say what would go wrong with the migrations that wait, what would be lost and what it costs. Nothing is changed.

    Rows in the way are counted in the file. A remark “-- steward: allows CODE” above a statement says that a finding is
    meant. Exit code 1 when there is an error or a warning that nobody has accepted.
    """
    from steward_app.cli.migrate.lint_documents import document
    from steward_app.db.migration_files import read_any
    from steward_app.db.migration_script import read_script
    from steward_app.services.migrate.folder import folder_of
    from steward_app.services.migrate.lint import lint, lint_pending
    from steward_app.services.migrate.run.placeholders import fill

    values = values_of(sets)

    def script(migration: Migration) -> Script:
        return read_script(migration, fill(migration, values))

    def call(context: Context) -> LintReport:
        with reading(database) as session:
            if file is not None:
                return lint(session, [read_any(file)], context, folder=file.parent, reading=script)
            return lint_pending(session, folder_of(database, folder), context, reading=script)

    report = work(f"Looking at the migrations for {quoted(database.name)}", call)
    show("migrate-lint", document(report), as_json=as_json, human=lambda out: _print(out, report))
    found(report.grave)


def _print(out: Printer, report: LintReport) -> None:
    """The findings in the order of the files, each behind its place."""
    if not report.files:
        out.line(f"No migration waits for {quoted(Path(report.path).name)}.")
        return
    for problem in report.problems:
        out.line(str(problem.place) + (" (accepted)" if problem.accepted else ""), style="dim")
        if problem.accepted:
            out.line(f"{problem.finding.code}: {problem.finding.title}", indent=2)
        else:
            _print_one(out, problem)
        out.line()
    why = ""
    for file in report.files:
        if file.program:  # a finding tells it
            why = why or f"what {quoted(file.file)} does before is not known until it runs"
        elif file.looked_at < file.statements:
            why = why or "what stands before does not run here"
            rest = plural(file.statements - file.looked_at, "statement")
            out.line(f"{quoted(file.file)}: {rest} not looked at, since {why}.")
    out.line(_summary(report))


def _print_one(out: Printer, problem: Problem) -> None:
    print_finding(out, problem.finding, indent=2)
    if problem.fix_sql:
        out.code(problem.fix_sql, indent=6)
    out.line(f"Rule: {problem.finding.code}", indent=4, style="dim")


def _summary(report: LintReport) -> str:
    from steward_app.cli.migrate.lint_documents import document

    told = document(report)
    parts = (
        plural(told.errors, "error"),
        plural(told.warnings, "warning"),
        plural(told.notes, "note"),
        f"{told.accepted:,} accepted",
    )
    files = plural(len(report.files), "file")
    return f"{files}: {', '.join(parts)}." if report.problems else f"{files}: nothing to say."
