"""Tables of which a limit on small groups leaves nothing: a copy without its people is of no use to anybody."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.anonymize.subset import Chosen
from steward_app.services.privacy.rules import ReleaseRules

_REMEDIES = (
    "Coarsen the columns that are known to others further, or remove them.",
    "Ask for smaller groups.",
    "Take columns of small tables away from those that are known to others.",
)


def emptied(chosen: Chosen | None, rules: ReleaseRules) -> Iterator[Finding]:
    """Tables that would be without rows: those of small groups one by one, those that point to them together."""
    if chosen is None:
        return
    bare = {table: count for table, count in chosen.left_out.items() if not chosen.counts.get(table)}
    for table in [table for table in bare if rules.quasi_identifiers.get(table)]:
        count = bare.pop(table)
        told = "The only row" if count == 1 else f"All {plural(count, 'row')}"
        yield Finding(
            "table_left_out",
            Severity.ERROR,
            f"{told} of {quoted(table)} would be left out",
            Subject("table", table),
            detail=f"None of its groups has {rules.limits.k}, or its rows point to others that are left out.",
            count=count,
            remedies=_REMEDIES,
        )
    if bare:
        yield Finding(
            "tables_left_out",
            Severity.ERROR,
            f"All rows of {plural(len(bare), 'more table')} would be left out",
            Subject("database"),
            detail=f"They point to rows that are left out: {', '.join(map(quoted, bare))}.",
            count=len(bare),
            remedies=_REMEDIES,
        )
