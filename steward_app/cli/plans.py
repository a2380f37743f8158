"""Plans, rehearsals, receipts and findings, as people read them."""

from __future__ import annotations

from collections.abc import Iterable

from steward_app.cli.output import Printer
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Plan, Rehearsal, TableChange
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def print_plan(out: Printer, plan: Plan) -> None:
    """What will happen, in the order a steward asks: what, to which rows, what to know, how to undo."""
    out.line(plan.title, style="bold")
    for sentence in plan.sentences:
        out.line(sentence, indent=2)
    _print_changes(out, plan.changes)
    if plan.findings:
        out.heading("What to know first")
        print_findings(out, plan.findings)
    if plan.sql:
        out.heading("SQL")
        for statement in plan.sql:
            out.code(statement)
    if plan.reversal_text:
        out.heading("To undo it")
        out.line(plan.reversal_text, indent=2)
    if plan.disk_bytes:
        out.line()
        out.line(
            f"Needs {plan.disk_bytes:,} bytes of free space on the disk of {quoted(plan.disk_path, 200)}."
        )


def print_rehearsal(out: Printer, rehearsal: Rehearsal) -> None:
    """What the plan did to a copy."""
    out.heading(f"Rehearsed on a copy in {rehearsal.seconds:.1f} s; the file itself is unchanged")
    _print_checks(out, rehearsal.checks)
    _print_changes(out, rehearsal.changes)


def print_receipt(out: Printer, receipt: Receipt) -> None:
    """What was done."""
    out.line(receipt.sentence)
    _print_checks(out, receipt.checks)
    _print_changes(out, receipt.changes)
    facts = [
        (name, value)
        for name, value in (receipt.result or {}).items()
        if isinstance(value, str | int | float)
    ]
    if receipt.restore_point:
        facts.append(("restore point", receipt.restore_point))
    if receipt.undo:
        facts.append(("undone by", receipt.undo))
    out.facts([*facts, ("operation", receipt.operation_id), ("seconds", f"{receipt.seconds:.1f}")], indent=2)


def print_findings(out: Printer, findings: Iterable[Finding]) -> None:
    """Findings, the gravest first, each with its remedies and the query that lists its rows."""
    for finding in sorted(findings, key=lambda each: each.severity.rank):
        stops = " (stops the plan)" if finding.blocks else ""
        out.line(
            f"{finding.severity.value}: {finding.title}{stops}", indent=2, style=_STYLES[finding.severity]
        )
        out.line(f"{_about(finding.subject)}  [{finding.id}]", indent=4, style="dim")
        for sentence in filter(None, (finding.detail, *finding.remedies)):
            out.line(sentence, indent=4)
        if finding.query:
            out.code(finding.query, indent=6)


def _print_changes(out: Printer, changes: tuple[TableChange, ...]) -> None:
    if changes:
        out.heading(f"Rows, in {plural(len(changes), 'table')}")
        columns = ("table", "before", "after", "added", "changed", "removed", "why")
        rows = [
            (c.table, c.rows_before, c.rows_after, c.inserted, c.updated, c.deleted, c.why) for c in changes
        ]
        out.table(columns, rows)


def _print_checks(out: Printer, checks: tuple[Check, ...]) -> None:
    for check in checks:
        detail = f": {check.detail}" if check.detail else ""
        mark, style = ("passed", "green") if check.passed else ("FAILED", "bold red")
        out.line(f"{mark}  {check.title}{detail}", indent=2, style=style)


def _about(subject: Subject) -> str:
    parts = [subject.kind, *(quoted(name) for name in (subject.table, subject.name) if name)]
    if subject.columns:
        parts.append("(" + ", ".join(quoted(name) for name in subject.columns) + ")")
    return " ".join(parts)
