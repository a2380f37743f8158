"""Which groups may stay in a copy: those that are large enough, and that give too little of a sensitive column away.

k, l and t are judged together. A group that is left out changes how often values stand in the whole, and with it how
far the others are from it: what is left is judged again, until all that stays reaches every limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Self

from steward_app.services.privacy.risk.sensitive import Shares, distances
from steward_app.services.privacy.rules import Limits

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from steward_app.services.privacy.risk.grouping import Real

    Mask = npt.NDArray[np.bool_]

_ALMOST = 1e-9  # shares are sums of fractions


@dataclass(frozen=True, slots=True)
class Asked:
    """What every group must reach.

    Attributes:
        k: its records at least.
        diversity: different values of each sensitive column at least (l).
        closeness: how far its shares of each sensitive column may be from the whole (t), 0 to 1.
    """

    k: int = 1
    diversity: int = 1
    closeness: float = 1.0

    @classmethod
    def of(cls, limits: Limits) -> Self:
        """What the limits of a table ask of a group; a limit of the risk is one over a size."""
        k = max(limits.k or 1, ceil(1 / limits.risk - _ALMOST) if limits.risk else 1)
        return cls(k, limits.l_diversity or 1, 1.0 if limits.t_closeness is None else limits.t_closeness)

    @property
    def of_sensitive(self) -> bool:
        """Whether anything is asked of sensitive columns."""
        return self.diversity > 1 or self.closeness < 1

    @property
    def anything(self) -> bool:
        """Whether anything is asked at all."""
        return self.k > 1 or self.of_sensitive


NOTHING = Asked()


def staying(size: Real, shares: Sequence[Shares], numbers: Sequence[bool], asked: Asked) -> Mask:
    """Which groups stay.

    Args:
        size: records of each group.
        shares: of each sensitive column, with the groups as they stand in `size`; () where nothing is asked of them.
        numbers: for each of them, whether all its values are numbers.
    """
    import numpy as np

    if asked.closeness >= 1:
        return reaching(size, shares, asked)
    left = np.ones(len(size), dtype=bool)
    while left.any():
        stay = left.copy()
        some = [restricted(each, left) for each in shares]
        stay[left] = near_whole(size[left], some, numbers, asked)
        if stay.sum() == left.sum():
            break
        left = stay
    return left


def near_whole(size: Real, shares: Sequence[Shares], numbers: Sequence[bool], asked: Asked) -> Mask:
    """Which groups reach all that is asked while all of them are there. None of the others ever stays."""
    stay = reaching(size, shares, asked)
    if asked.closeness < 1:
        for each, are_numbers in zip(shares, numbers, strict=True):
            stay &= distances(each, are_numbers) <= asked.closeness + _ALMOST
    return stay


def reaching(size: Real, shares: Sequence[Shares], asked: Asked) -> Mask:
    """Which groups are large enough and hold enough different values, whatever the others hold.

    Joining groups never takes a record out of these.
    """
    stay = size >= asked.k
    if asked.diversity > 1:
        for each in shares:
            stay &= each.diversity() >= asked.diversity
    return stay


def restricted(shares: Shares, stay: Mask) -> Shares:
    """The same of some groups alone, numbered anew; values that none of them holds are gone."""
    import numpy as np

    kept = stay[shares.group]
    group, rank, count = (np.cumsum(stay) - 1)[shares.group[kept]], shares.rank[kept], shares.count[kept]
    whole = np.bincount(rank, weights=count, minlength=len(shares.whole)).astype(np.int64)
    there = whole > 0
    place = np.cumsum(there) - 1
    blank = int(place[shares.blank]) if shares.blank >= 0 and there[shares.blank] else -1
    return Shares(group, place[rank], count, whole[there], blank)


def reached(shares: Sequence[Shares], numbers: Sequence[bool]) -> tuple[int | None, float | None]:
    """l and t of groups: of the worst group, and of the column that gives most away; None without such columns."""
    if not shares:
        return None, None
    diversity = min(int(each.diversity().min()) for each in shares)
    far = max(float(distances(each, of).max()) for each, of in zip(shares, numbers, strict=True))
    return diversity, max(0.0, far)
