"""Rules that a steward wrote are the least that is done: ways to coarsen that do less than they say are not tried."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.services.privacy.hierarchies import Hierarchy, from_options, level_of
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.rules import SILENT, Rule


def levels_below(rule: Rule | None, hierarchy: Hierarchy) -> frozenset[int]:
    """The levels of a hierarchy that do less for a column than its rule does."""
    top = len(hierarchy.titles) - 1
    if rule is None or rule.technique is Technique.KEEP:
        return frozenset()
    if rule.technique in SILENT:
        return frozenset(range(top))
    if rule.technique is Technique.GENERALIZE and _titles(rule) == tuple(hierarchy.titles):
        return frozenset(range(level_of(hierarchy, rule.options)))
    return frozenset({0})


def contains(now: Rule | None, said: Rule) -> bool:
    """Whether a rule does all that another one says, and may do more of it."""
    if now == said or said.technique is Technique.KEEP:
        return True
    both = now is not None and now.technique is said.technique is Technique.GENERALIZE
    if now is None or not both or not (titles := _titles(said)) or titles != _titles(now):
        return False
    hierarchy = from_options(said.options)
    return level_of(hierarchy, now.options) >= level_of(hierarchy, said.options)


def _titles(rule: Rule) -> Sequence[str]:
    """The levels of the hierarchy of a rule; none where it cannot be read."""
    try:
        return tuple(from_options(rule.options).titles)
    except (ValueError, OSError):
        return ()
