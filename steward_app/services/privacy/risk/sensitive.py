"""What a group gives away of a sensitive column: l-diversity and t-closeness, the worst group counting.

A NULL is no value that protects: who is alone with a value among blanks is given away. So diversity counts values
alone. How often a group is blank tells something all the same, and is a part of how far it is from the whole.

l-diversity: Machanavajjhala et al., 2007 (distinct, entropy, recursive). t-closeness: Li, Li and Venkatasubramanian,
2007, with equal distances, and with numbers apart by their rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, floor
from typing import TYPE_CHECKING

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.risk.grouping import labels
from steward_app.services.privacy.risk.model import SensitiveRisk

if TYPE_CHECKING:
    from steward_app.services.privacy.risk.grouping import Real, Whole


@dataclass(frozen=True, slots=True)
class Shares:
    """How often each value of a sensitive column stands in each group.

    Attributes:
        group, rank, count: one entry for each value that a group has; `rank` is the value's place in `whole`.
            Sorted by group, then rank; groups count from 0 without gaps.
        whole: how often each value stands in the whole table, in the order of the values where they are numbers.
        blank: the place of NULL in `whole`, or -1 where it is not there.
    """

    group: Whole
    rank: Whole
    count: Whole
    whole: Whole
    blank: int = -1

    def diversity(self) -> Whole:
        """How many different values each group has; NULL is none."""
        import numpy as np

        groups = int(self.group[-1]) + 1 if len(self.group) else 0
        return np.bincount(self.group[self.rank != self.blank], minlength=groups)

    def filled(self) -> Shares:
        """The same without NULL; a group that has nothing else has no entry."""
        there = self.rank != self.blank
        return replace(self, group=self.group[there], rank=self.rank[there], count=self.count[there])


@dataclass(frozen=True, slots=True)
class _Worst:
    """Of some groups, whatever says the least for them."""

    distinct: int
    entropy: float
    t_equal: float
    t_ordered: float


def shares_of(
    group: Whole, groups: int, rank: Whole, values: int, weight: Real | Whole, blank: int = -1
) -> Shares:
    """How often each value stands in each group, from entries with a group, a value by its rank, and a weight."""
    import numpy as np

    pair, pairs = labels([group, rank], [groups, values], len(weight))
    first = np.zeros(pairs, dtype=np.int64)
    first[pair] = np.arange(len(weight))
    count = np.bincount(pair, weights=weight, minlength=pairs).astype(np.int64)
    of, place = group[first], rank[first]
    order = np.lexsort((place, of))
    whole = np.bincount(place, weights=count, minlength=values).astype(np.int64)
    return Shares(of[order], place[order], count[order], whole, blank)


def distances(shares: Shares, numbers: bool) -> Real:
    """t of each group: how far its shares are from the whole, numbers apart by their rank, other values equally."""
    share, expected = _shares(shares)
    return _ordered(shares, share, expected) if numbers else _equal(shares, share, expected)


def in_order(values: Sequence[SqlValue]) -> tuple[Whole, bool]:
    """For each value its rank, and whether the ranks mean something: whether all are numbers."""
    import numpy as np

    numbers = all(isinstance(value, int | float) for value in values)
    ranks = np.arange(len(values), dtype=np.int64)
    if numbers:
        ranks[sorted(range(len(values)), key=lambda at: values[at])] = np.arange(len(values))  # type: ignore[arg-type, return-value]
    return ranks, numbers


def blank_of(values: Sequence[SqlValue]) -> int:
    """The rank of NULL among values that are not all numbers, or -1."""
    return next((at for at, value in enumerate(values) if value is None), -1)


def sensitive_risk(column: str, parts: Sequence[Shares], numbers: bool) -> SensitiveRisk:
    """What can be learnt of a column; `parts` hold complete groups each, all with the same `whole`."""
    found = [_worst(part) for part in parts]
    distinct = min(each.distinct for each in found)
    return SensitiveRisk(
        column,
        int((parts[0].whole > 0).sum()) - int(parts[0].blank >= 0 and parts[0].whole[parts[0].blank] > 0),
        distinct,
        exp(min(each.entropy for each in found)) if distinct else 0.0,
        max(_smallest_c(part, distinct) for part in parts) if distinct > 1 else None,
        max(each.t_equal for each in found),
        max(each.t_ordered for each in found) if numbers else None,
    )


def _worst(shares: Shares) -> _Worst:
    import numpy as np

    share, expected = _shares(shares)
    filled = shares.filled()
    of_values, _ = _shares(filled)
    entropy = -np.bincount(filled.group, weights=of_values * np.log(of_values), minlength=1)
    return _Worst(
        int(shares.diversity().min()),
        max(0.0, float(entropy.min())),
        max(0.0, float(_equal(shares, share, expected).max())),
        float(_ordered(shares, share, expected).max()),
    )


def _shares(shares: Shares) -> tuple[Real, Real]:
    """The share of each value in its group, and of every value in the whole."""
    import numpy as np

    size = np.bincount(shares.group, weights=shares.count)
    return shares.count / size[shares.group], shares.whole / shares.whole.sum()


def _equal(shares: Shares, share: Real, expected: Real) -> Real:
    """Half the sum over all values of |Q - P|, for each group."""
    import numpy as np

    here = expected[shares.rank]
    # A value that a group lacks is as far off as its share of the whole; together that is 1 less those it has.
    return np.asarray((np.bincount(shares.group, weights=np.abs(share - here) - here) + 1) / 2)


def _ordered(shares: Shares, share: Real, expected: Real) -> Real:
    """Earth mover's distance of each group, numbers standing one step apart from the next.

    The sum over all values of |Q - P|, Q and P cumulated. Between two values of a group Q stays as it is while P only
    grows, so that each stretch is two sums over P: one binary search, whatever number of values there are.
    """
    import numpy as np

    values = len(expected)
    if values < 2:
        return np.zeros(int(shares.group[-1]) + 1)
    cumulated = np.cumsum(expected)
    sums = np.concatenate(([0.0], np.cumsum(cumulated)))
    first = np.concatenate(([True], shares.group[1:] != shares.group[:-1]))
    running = np.cumsum(share)
    before = np.concatenate(([0.0], running[:-1]))[first]  # what the groups before it added up to
    own = running - before[np.cumsum(first) - 1]
    ends = np.where(np.concatenate((first[1:], [True])), values, np.concatenate((shares.rank[1:], [values])))
    turn = np.clip(np.searchsorted(cumulated, own), shares.rank, ends)
    stretch = (
        own * (turn - shares.rank)
        - (sums[turn] - sums[shares.rank])
        + (sums[ends] - sums[turn])
        - own * (ends - turn)
    )
    work = np.bincount(shares.group, weights=stretch) + sums[shares.rank[first]]
    return np.asarray(work / (values - 1))


def _smallest_c(shares: Shares, least: int) -> int:
    """The smallest whole c with r1 < c (r_l + ... + r_m) in every group, r being its counts, the highest first."""
    import numpy as np

    shares = shares.filled()
    order = np.lexsort((-shares.count, shares.group))
    group, count = shares.group[order], shares.count[order]
    starts = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
    place = np.arange(len(group)) - starts[group]
    tail = np.bincount(group, weights=np.where(place >= least - 1, count, 0))
    return floor(float((count[starts] / tail).max())) + 1
