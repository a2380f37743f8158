"""A chosen way to coarsen, as rules of a copy for release."""

from __future__ import annotations

from dataclasses import replace

from steward_app.kernel.plan import Json
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.risk.frontier import Frontier
from steward_app.services.privacy.risk.model import Node
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule


def rules_of(frontier: Frontier, node: Node) -> tuple[Rule, ...]:
    """One rule for each quasi-identifier: kept as it is at level 0, else coarsened.

    It says what the column is, where that is known: a postcode that is coarsened is taken out of texts, too.
    """
    rules = []
    for column, place, hierarchy, level in zip(
        frontier.columns, frontier.at, frontier.space.hierarchies, node.levels, strict=True
    ):
        said: dict[str, Json] = {"kind": kind} if (kind := frontier.kinds.get(column)) else {}
        coarser = {**said, **hierarchy.options(), "level": level}
        rules.append(Rule(place, Technique.GENERALIZE, coarser) if level else Rule(place, Technique.KEEP))
    return tuple(rules)


def taken(rules: ReleaseRules, frontier: Frontier, node: Node) -> ReleaseRules:
    """The rules with those of the chosen way in place of what they say of its columns, and its k for the table."""
    chosen = rules_of(frontier, node)
    places = {rule.place for rule in chosen}
    others = tuple(rule for rule in rules.rules if rule.place not in places)
    own = rules.table_limits.get(frontier.table, Limits())
    return replace(
        rules,
        rules=others + chosen,
        quasi_identifiers={**rules.quasi_identifiers, frontier.table: frontier.columns},
    ).with_limits(frontier.table, replace(own, k=node.k))
