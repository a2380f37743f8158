"""What an R*Tree asks of rules: of each pair of coordinates, the lower one stays at or below the upper one.

SQLite refuses a row whose pair is the wrong way round. https://www.sqlite.org/rtree.html
"""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.kernel.finding import Finding
from steward_app.kernel.text import quoted
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.contract_words import against
from steward_app.services.privacy.transform.prepare import rule_of
from steward_app.services.schema.model import Column, Table

_COORDINATES = {"rtree": "REAL", "rtree_i32": "INT"}
_MOST_COORDINATES = 10  # of five dimensions; columns behind them are no coordinates
_IN_ORDER = frozenset(
    {Technique.ROUND, Technique.FIXED, Technique.REMOVE}
)  # alike for both, they keep the order


def of_pairs(rules: ReleaseRules, table: Table) -> Iterator[Finding]:
    """Rules that would part the two ends of a range."""
    declared = _COORDINATES.get(table.module.lower())
    ends = table.columns[1 : 1 + _MOST_COORDINATES]
    for lower, upper in zip(ends[::2], ends[1::2], strict=False):
        if lower.declared_type == upper.declared_type == declared:
            yield from _of_pair(rules, table, lower, upper)


def _of_pair(rules: ReleaseRules, table: Table, lower: Column, upper: Column) -> Iterator[Finding]:
    changing = [rule for end in (lower, upper) if (rule := _changing(rules, table, end))]
    if not changing:
        return
    alike = len({(rule.technique, repr(sorted(rule.options.items()))) for rule in changing}) == 1
    if len(changing) == 2 and alike and changing[0].technique in _IN_ORDER:
        return
    yield against(
        changing[0],
        "ends_of_a_range",
        f"would move one end of the range from {quoted(lower.name)} to {quoted(upper.name)} past the other",
        detail="SQLite refuses rows of an R*Tree whose lower end is above the upper one.",
        remedies=("Round both columns alike, keep both, or put the table under “empty” in the rules.",),
    )


def _changing(rules: ReleaseRules, table: Table, column: Column) -> Rule | None:
    rule = rule_of(rules, table, column)
    return rule if rule is not None and rule.technique is not Technique.KEEP else None
