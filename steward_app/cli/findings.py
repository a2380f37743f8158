"""Findings as people read them: what was found, what it means, where the rows are, what can be done."""

from __future__ import annotations

from collections.abc import Iterable

from steward_app.cli.output import Printer
from steward_app.kernel.finding import Finding, Severity, gathered

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold"}


def print_findings(out: Printer, findings: Iterable[Finding], *, indent: int = 0) -> None:
    """Findings, the gravest first and those alike as one, with an empty line between two."""
    for number, finding in enumerate(gathered(findings)):
        if number:
            out.line()
        print_finding(out, finding, indent=indent)


def print_finding(out: Printer, finding: Finding, *, indent: int = 0) -> None:
    """One finding, with its remedies and the query that lists its rows."""
    stops = " (stops the plan)" if finding.blocks else ""
    style = _STYLES[finding.severity]
    out.line(f"{finding.severity.value}: {finding.title}{stops}", style=style, indent=indent)
    for line in finding.detail.splitlines():
        out.line(line, indent=indent + 2)
    if finding.sample_keys:
        keys = ", ".join("/".join(map(str, key)) for key in finding.sample_keys)
        out.line(f"First rows, by {', '.join(finding.key_columns)}: {keys}", indent=indent + 2)
    if finding.query:
        out.code(finding.query, indent=indent + 4)
    for remedy in finding.remedies:
        out.line(f"- {remedy}", indent=indent + 2)
