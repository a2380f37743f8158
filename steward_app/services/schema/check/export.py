"""Findings as one page that can be sent to somebody who does not have the program."""

from __future__ import annotations

from pathlib import Path

from steward_app.services import report as reports
from steward_app.services.schema.check.model import CheckReport
from steward_app.storage.local import write_whole


def export_findings(report: CheckReport, file: str, target: Path) -> None:
    """Write the findings of a check as HTML: titles, keys of rows, queries and remedies, never other values.

    Args:
        file: name of the file that was checked, for the title.
        target: where the page shall stand; written whole or not at all.
    """
    page = reports.render("findings.html", file=file, report=report, findings=report.findings)
    write_whole(target, page.encode("utf-8", "replace"))
