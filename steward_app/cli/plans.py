"""Plans, rehearsals and receipts, as people read them."""

from __future__ import annotations

import shlex

from steward_app.cli.findings import print_findings
from steward_app.cli.output import Printer
from steward_app.kernel.plan import Check, Plan, Rehearsal, TableChange
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted, size


def print_plan(out: Printer, plan: Plan) -> None:
    """What will happen, in the order a steward asks: what, to which rows, what to know, how to undo."""
    out.line(plan.title, style="bold")
    for sentence in plan.sentences:
        out.line(sentence, indent=2)
    _print_changes(out, plan.changes)
    if plan.findings:
        out.heading("What to know first")
        print_findings(out, plan.findings, indent=2)
    if any(statement.strip() for statement in plan.sql):
        out.heading("SQL")
        for statement in plan.sql:
            out.code(statement)
    if plan.reversal_text:
        out.heading("To undo it")
        out.line(plan.reversal_text, indent=2)
    if plan.disk_bytes:
        out.line()
        out.line(f"Needs {size(plan.disk_bytes)} of free space on the disk of {quoted(plan.disk_path, 200)}.")


def print_rehearsal(out: Printer, rehearsal: Rehearsal) -> None:
    """What the plan did to a copy."""
    out.heading(f"Rehearsed on a copy in {rehearsal.seconds:.1f} s; the file itself is unchanged")
    _print_checks(out, rehearsal.checks)
    _print_changes(out, rehearsal.changes)
    if rehearsal.findings:
        out.heading("What to know")
        print_findings(out, rehearsal.findings, indent=2)


def print_receipt(out: Printer, receipt: Receipt) -> None:
    """What was done."""
    out.line(receipt.sentence)
    _print_checks(out, receipt.checks)
    _print_changes(out, receipt.changes)
    facts = [
        (name.replace("_", " "), value)
        for name, value in (receipt.result or {}).items()
        if isinstance(value, str | int | float) and value not in ("", receipt.restore_point)
    ]
    if receipt.restore_point:
        facts.append(("restore point", receipt.restore_point))
    if receipt.undo:
        facts.append(("undone by", f"steward journal undo {shlex.quote(receipt.path)} {receipt.undo}"))
    elif receipt.restore_point:
        way = f"steward restore file {shlex.quote(receipt.path)} --point {receipt.restore_point}"
        facts.append(("undone by", way))
    out.facts([*facts, ("operation", receipt.operation_id), ("seconds", f"{receipt.seconds:.1f}")], indent=2)
    if receipt.findings:
        out.heading("What to know")
        print_findings(out, receipt.findings, indent=2)


def _print_changes(out: Printer, changes: tuple[TableChange, ...]) -> None:
    if changes:
        out.heading(f"Rows, in {plural(len(changes), 'table')}")
        # where nobody looked row by row (a file that is replaced whole), only the counts of rows are known
        row_by_row = any(c.inserted or c.updated or c.deleted for c in changes)
        gives_reasons = any(c.why for c in changes)
        columns = (
            "table",
            "before",
            "after",
            *(("added", "changed", "removed") if row_by_row else ()),
            *(("why",) if gives_reasons else ()),
        )
        out.table(
            columns,
            [
                (
                    c.table,
                    c.rows_before,
                    c.rows_after,
                    *((c.inserted, c.updated, c.deleted) if row_by_row else ()),
                    *((c.why,) if gives_reasons else ()),
                )
                for c in changes
            ],
        )


def _print_checks(out: Printer, checks: tuple[Check, ...]) -> None:
    for check in checks:
        detail = f": {check.detail}" if check.detail else ""
        mark, style = ("passed", "green") if check.passed else ("FAILED", "bold red")
        out.line(f"{mark}  {check.title}{detail}", indent=2, style=style)
