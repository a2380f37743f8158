"""The report on the backups of a database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from steward_app.cli.backup.group import app
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, must_be_free
from steward_app.cli.output import show
from steward_app.cli.progress import work
from steward_app.kernel.text import quoted


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """A report that was written: where it is, and how long."""

    file: str
    size_bytes: int


@app.command()
def report(
    database: Database,
    to: Annotated[
        Path,
        typer.Option(
            "--to", metavar="FILE", help="The report, .html or .pdf.", show_default=False, readable=False
        ),
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace the file when it exists.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="As the stores were known last, without reaching any.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a report for people who ask for proof: points, stores, schedule and the drills of the last 30 days."""
    from steward_app.services import backup

    must_be_free(to, force)
    with keeping(database) as catalog:
        if not offline:
            work("Looking into the stores", lambda context: backup.refresh_all(catalog, database, context))
        work("Writing", lambda context: backup.write_report(catalog, database, to, context))
    written = ReportDocument(str(to.absolute()), to.stat().st_size)
    told = f"Wrote the report on the backups of {quoted(database.name)} to {to}"
    show("backup-report", written, as_json=as_json, human=lambda out: out.line(told))
