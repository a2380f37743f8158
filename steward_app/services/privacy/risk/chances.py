"""Chances to find a person, from the sizes of the groups that look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from steward_app.services.privacy.risk.model import Chances, Sizes

if TYPE_CHECKING:
    from steward_app.services.privacy.risk.grouping import Whole


def chances(groups: Whole, threshold: float, behind: Whole | None = None) -> Chances:
    """What somebody who knows the quasi-identifiers can do: one record in a group of n is right with 1/n.

    Args:
        groups: records in each group.
        behind: for each group, among how many persons its records hide; its own size when None.
    """
    records = int(groups.sum()) if len(groups) else 0
    if not records:
        return Chances(0.0, 0.0, 0.0, 0)
    chance = 1.0 / (groups if behind is None else behind)
    above = int(groups[chance > threshold].sum())
    return Chances(float(chance.max()), float((chance * groups).sum()) / records, above / records, above)


def size_table(groups: Whole) -> tuple[Sizes, ...]:
    """How many groups there are of each size."""
    import numpy as np

    found, how_many = np.unique(groups, return_counts=True)
    return tuple(Sizes(int(size), int(many)) for size, many in zip(found, how_many, strict=True))
