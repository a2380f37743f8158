"""`steward audit report`: the auditor's report as an HTML page or a PDF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.audit.group import app
from steward_app.cli.audit.options import Force, Since, Until
from steward_app.cli.options import AsJson, Database, must_be_free
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.kernel import clock
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.cli.audit.report_documents import ReportDocument
    from steward_app.kernel.progress import Context
    from steward_app.services.audit.report import ReportRequest


@app.command()
def report(
    database: Database,
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            metavar="FILE",
            help="Where to write it: .html or .pdf.",
            show_default=False,
            readable=False,
        ),
    ],
    since: Since = "",
    until: Until = "",
    show_keys: Annotated[
        bool,
        typer.Option("--show-keys", help="Name rows that were changed behind the log by their keys."),
    ] = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write the auditor's report: who changed what, gaps, seals, undos, erasures, and whether all of it verifies.

    Ends with exit code 1 where the log or the tables are not as they were sealed.
    """
    from steward_app.services.audit.report import ReportRequest

    must_be_free(to, force)
    asked = ReportRequest(
        clock.typed(since) if since else None, clock.typed(until) if until else None, show_keys
    )
    made = work(
        f"Writing the report on {quoted(database.name)}",
        lambda context: _written(database, to, asked, context),
    )
    show("audit-report", made, as_json=as_json, human=lambda out: _print(out, made))
    found(not made.verdict.holds or bool(made.behind))


def _written(database: Path, to: Path, asked: ReportRequest, context: Context) -> ReportDocument:
    from steward_app.catalog import open_catalog
    from steward_app.cli.audit.report_documents import report_document
    from steward_app.services.audit.report import write_audit_report

    with open_catalog() as catalog:
        return report_document(write_audit_report(catalog, database, to, asked, context), str(to.absolute()))


def _print(out: Printer, made: ReportDocument) -> None:
    holds = made.verdict.holds and not made.behind
    out.line(f"The report is in {quoted(made.report, 200)}.")
    out.line(
        "The log is as it was sealed, and every row is what it says."
        if holds
        else "The log or the tables are not as they were sealed.",
        style="green" if holds else "bold red",
    )
    told = (
        plural(made.changes, "change"),
        f"{plural(made.unknown, 'change')} by unknown writers",
        plural(len(made.gaps), "gap"),
        plural(len(made.erasures), "erasure"),
    )
    out.line(f"{', '.join(told)}.", indent=2)
