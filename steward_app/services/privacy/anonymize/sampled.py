"""What goes along although a scan read a sample of it alone: the plan, the receipt and the release report say so.

A decision does not take this back: whoever confirms what a scan proposes has not seen the other rows either.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from steward_app.db import fold
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Json, Plan
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.anonymize.kept_personal import rule_of
from steward_app.services.privacy.discover.model import ColumnScan, Scan
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.transform.prepare import written
from steward_app.services.schema.model import Schema, TableKind

_CODE = "scan_was_a_sample"
_MOST_NAMED = 5


def kept_by_sample(schema: Schema, rules: ReleaseRules, scan: Scan | None) -> tuple[ColumnScan, ...]:
    """The columns, and paths in JSON, that go along as they are and of which the scan read some rows alone.

    Args:
        schema: of the original or of its copy; rules: extended over foreign keys.
    """
    there = _written(schema, {fold(name) for name in rules.empty})
    return tuple(
        each
        for each in (scan.columns if scan else ())
        if each.missed_at_most > 0
        and (fold(each.place.table), fold(each.place.column)) in there
        and ((rule := rule_of(rules, each.place)) is None or rule.technique is Technique.KEEP)
    )


def told(columns: Sequence[ColumnScan]) -> Finding | None:
    """What a plan says of them; None where there are none."""
    if not columns:
        return None
    read = max(columns, key=lambda each: each.rows)
    most = max(each.missed_at_most for each in columns)
    return Finding(
        _CODE,
        Severity.WARNING,
        _title(columns),
        Subject("database"),
        detail=f"Of {quoted(read.place.table)} {read.looked_at:,} of {read.rows:,} rows. In what goes along, up to"
        f" {100 * most:.2f} % of the rows may hold what it did not see, at 95 % confidence."
        " What shows itself by its form was looked for in all rows; names do not.",
        count=len(columns),
        remedies=("“steward privacy scan --full” looks at every row.",),
    )


def in_receipt(plan: Plan) -> dict[str, Json]:
    """What a receipt says of it; nothing where the scan read all rows."""
    said = next((sentence(each) for each in plan.findings if each.code == _CODE), "")
    return {"scan_was_a_sample": said} if said else {}


def sentence(finding: Finding) -> str:
    """All of what `told` gave, without the remedy."""
    return f"{finding.title}. {finding.detail}"


def _title(columns: Sequence[ColumnScan]) -> str:
    tables = list(dict.fromkeys(each.place.table for each in columns))
    more = len(tables) - _MOST_NAMED
    names = ", ".join(map(quoted, tables[:_MOST_NAMED])) + (
        f" and {plural(more, 'more')}" if more > 0 else ""
    )
    return f"The scan read a sample of {plural(len(tables), 'large table')}: {names}"


def _written(schema: Schema, empty: Collection[str]) -> frozenset[tuple[str, str]]:
    """The columns of a copy that hold rows of the original, without those that are computed."""
    return frozenset(
        (fold(table.name), fold(column.name))
        for table in schema.tables
        if not table.ours and table.kind is TableKind.TABLE and fold(table.name) not in empty
        for column in written(table)
    )
