"""A chosen way to coarsen, as rules of a copy for release."""

from __future__ import annotations

from dataclasses import replace

from steward_app.kernel.plan import Json
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.risk.frontier import Frontier
from steward_app.services.privacy.risk.model import Node
from steward_app.services.privacy.rules import SILENT, Limits, ReleaseRules, Rule


def rules_of(frontier: Frontier, node: Node) -> tuple[Rule, ...]:
    """One rule for each quasi-identifier: kept as it is at level 0, else coarsened.

    It says what the column is, where that is known: a postcode that is coarsened is taken out of texts, too. Where a
    CHECK speaks of a column, no label is written that it may not know, but a value: the first day of a year, or none.
    """
    rules = []
    for column, place, hierarchy, level in zip(
        frontier.columns, frontier.at, frontier.space.hierarchies, node.levels, strict=True
    ):
        said: dict[str, Json] = {"kind": kind} if (kind := frontier.kinds.get(column)) else {}
        coarser: dict[str, Json] = {**said, **hierarchy.options(), "level": level}
        if place in frontier.checked:
            coarser["as"] = "value"
        rules.append(Rule(place, Technique.GENERALIZE, coarser) if level else Rule(place, Technique.KEEP))
    return tuple(rules)


def taken(rules: ReleaseRules, frontier: Frontier, node: Node) -> ReleaseRules:
    """The rules with those of the chosen way in place of what they say of its columns, and its k for the table."""
    chosen = tuple(
        _as_before(rule, rules.at(rule.place), most=level.level == level.top)
        for rule, level in zip(rules_of(frontier, node), frontier.levels(node), strict=True)
    )
    places = {rule.place for rule in chosen}
    others = tuple(rule for rule in rules.rules if rule.place not in places)
    own = rules.table_limits.get(frontier.table, Limits())
    return replace(
        rules,
        rules=others + chosen,
        quasi_identifiers={**rules.quasi_identifiers, frontier.table: frontier.columns},
    ).with_limits(frontier.table, replace(own, k=node.k))


def _as_before(rule: Rule, before: Rule | None, *, most: bool) -> Rule:
    """The rule, writing labels or values as the one before did where that said so.

    A column that already says nothing stays so where it is coarsened `most`.
    """
    if before is not None and most and before.technique in SILENT:
        return before
    form = before.options.get("as") if before and before.technique is rule.technique else None
    return replace(rule, options={**rule.options, "as": form}) if form else rule
