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
    """Tables that would be without rows, since all of them are in small groups or point to rows that are."""
    for table, count in chosen.left_out.items() if chosen else ():
        assert chosen is not None
        if chosen.counts.get(table):
            continue
        own = bool(rules.quasi_identifiers.get(table))
        k = rules.limits.k
        why = (
            f"None of its groups has {k}, or its rows point to others that are left out."
            if own
            else ("Its rows point to others that are left out.")
        )
        told = "The only row" if count == 1 else f"All {plural(count, 'row')}"
        yield Finding(
            "table_left_out",
            Severity.ERROR,
            f"{told} of {quoted(table)} would be left out",
            Subject("table", table),
            detail=why,
            count=count,
            remedies=_REMEDIES,
        )
