"""The figures by which two columns, or two files, are compared. Arrays in, a figure out; nothing is read here."""

from __future__ import annotations

from math import sqrt, tanh
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from steward_app.services.privacy.columns import Codes, Numbers


_ONE_IN_A_HUNDRED: Final = 0.01


def entropy(codes: Codes) -> float:
    """Shannon's entropy of the values, in bits."""
    import numpy as np

    if not len(codes):
        return 0.0
    _, counts = np.unique(codes, return_counts=True)
    shares = counts / counts.sum()
    return float(max(0.0, -(shares * np.log2(shares)).sum()))


def total_variation(first: Codes, second: Codes) -> float:
    """Half the sum of the differences of the shares of each value: 0 for equal shares, 1 for no value in common."""
    import numpy as np

    if not len(first) or not len(second):
        return 0.0 if len(first) == len(second) else 1.0
    values, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    shares = [
        np.bincount(part, minlength=len(values)) / len(part)
        for part in (place[: len(first)], place[len(first) :])
    ]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def kolmogorov_smirnov(first: Numbers, second: Numbers) -> float:
    """The largest difference of the two cumulative distributions (two-sample statistic)."""
    import numpy as np

    if not len(first) or not len(second):
        return 0.0 if len(first) == len(second) else 1.0
    one, two = np.sort(first), np.sort(second)
    every = np.concatenate([one, two])
    low, high = (np.searchsorted(each, every, side="right") / len(each) for each in (one, two))
    return float(np.abs(low - high).max())


def earth_movers(first: Numbers, second: Numbers) -> float:
    """How far a value is moved on average to make one distribution of the other (first Wasserstein distance)."""
    import numpy as np

    if not len(first) or not len(second):
        return 0.0
    one, two = np.sort(first), np.sort(second)
    every = np.sort(np.concatenate([one, two]))
    widths = np.diff(every)
    low, high = (np.searchsorted(each, every[:-1], side="right") / len(each) for each in (one, two))
    return float((np.abs(low - high) * widths).sum())


def pearson(first: Numbers, second: Numbers) -> float:
    """Linear correlation of the rows where both are numbers; 0 where one does not vary."""
    import numpy as np

    both = np.isfinite(first) & np.isfinite(second)
    one, two = first[both], second[both]
    if len(one) < 2:
        return 0.0
    one, two = one - one.mean(), two - two.mean()
    scale = float(np.sqrt((one**2).sum() * (two**2).sum()))
    return float((one * two).sum() / scale) if scale else 0.0


def spearman(first: Numbers, second: Numbers) -> float:
    """Pearson's correlation of the ranks; equal values share the mean of theirs."""
    import numpy as np

    both = np.isfinite(first) & np.isfinite(second)
    return pearson(_ranks(first[both]), _ranks(second[both]))


def cramers_v(first: Codes, second: Codes) -> float:
    """Cramer's V with the correction of Bergsma (2013): 0 for independent, 1 for one tells the other.

    Without it, a table of many cells and few rows is far from 0 by chance alone.

    Args:
        first, second: as `numbered` gives them.
    """
    import numpy as np

    rows, columns = (int(each.max()) + 1 if len(each) else 0 for each in (first, second))
    if min(rows, columns) < 2:
        return 0.0
    seen = np.bincount(first * columns + second, minlength=rows * columns).reshape(rows, columns)
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / len(first)
    squared = float(((seen - expected) ** 2 / expected).sum()) / len(first)
    by_chance = len(first) - 1
    beyond = squared - (rows - 1) * (columns - 1) / by_chance
    least = min(each - 1 - (each - 1) ** 2 / by_chance for each in (rows, columns))
    return float(np.sqrt(min(1.0, beyond / least))) if beyond > 0 < least else 0.0


def deviations(relations: int) -> float:
    """Standard deviations that chance alone exceeds in one of a hundred cases, where so many relations are tried."""
    return NormalDist().inv_cdf(1 - _ONE_IN_A_HUNDRED / 2 / max(1, relations))


def by_chance(first: Numbers, second: Numbers, limit: float) -> float:
    """How strong a correlation chance makes of rows where both are numbers, by Fisher's transformation; 1 for few."""
    import numpy as np

    rows = int((np.isfinite(first) & np.isfinite(second)).sum())
    return tanh(limit / sqrt(rows - 3)) if rows > 3 else 1.0


def by_chance_of_words(first: Codes, second: Codes, limit: float) -> float:
    """How large Cramer's V as above chance makes of so many rows and values (Wilson and Hilferty, 1931).

    Args:
        first, second: as `numbered` gives them.
    """
    rows, columns = (int(each.max()) + 1 if len(each) else 0 for each in (first, second))
    if min(rows, columns) < 2:
        return 1.0
    by_one, free = len(first) - 1, (rows - 1) * (columns - 1)
    squared = free * (1 - 2 / (9 * free) + limit * sqrt(2 / (9 * free))) ** 3
    least = min(each - 1 - (each - 1) ** 2 / by_one for each in (rows, columns))
    beyond = squared / len(first) - free / by_one
    return sqrt(min(1.0, beyond / least)) if beyond > 0 < least else 1.0


def numbered(codes: Codes) -> Codes:
    """Codes as 0, 1, 2 and so on, none left out."""
    import numpy as np

    return np.unique(codes, return_inverse=True)[1].reshape(-1)


def cut_alike(first: Numbers, second: Numbers) -> tuple[Codes, Codes]:
    """Ordered values of two files in at most ten groups, cut at the same shares of each; what has no order is apart.

    The second file says where can be cut: its values may be coarser. Where it has one value only, each is cut by
    itself.
    """
    import numpy as np

    one, two = (np.sort(each[np.isfinite(each)]) for each in (first, second))
    borders = _borders(two)
    if not len(borders) or not len(_borders(one)):
        return in_tenths(first), in_tenths(second)
    values, begins = np.unique(one, return_index=True)
    values, shares = values[1:], begins[1:] / len(one)
    wanted = np.searchsorted(two, borders) / len(two)
    nearest = np.abs(shares[None, :] - wanted[:, None]).argmin(axis=1)
    cuts: dict[int, int] = {}
    for border, place in enumerate(nearest.tolist()):
        best = cuts.setdefault(place, border)
        if abs(shares[place] - wanted[border]) < abs(shares[place] - wanted[best]):
            cuts[place] = border
    places = sorted(cuts)
    return _cut(first, values[places]), _cut(second, borders[[cuts[place] for place in places]])


def in_tenths(numbers: Numbers) -> Codes:
    """Numbers as the tenth of the distribution they stand in; what is no number stands apart."""
    import numpy as np

    return _cut(numbers, _borders(np.sort(numbers[np.isfinite(numbers)])))


def _borders(ordered: Numbers) -> Numbers:
    """The values at which numbers are cut into tenths, or into the few different ones there are."""
    import numpy as np

    different = np.unique(ordered)
    if len(different) <= 10:
        return different[1:]
    tenths = np.quantile(ordered, np.linspace(0.1, 0.9, 9), method="higher")
    return np.unique(tenths[tenths > ordered[0]])


def _cut(numbers: Numbers, borders: Numbers) -> Codes:
    import numpy as np

    return np.where(np.isfinite(numbers), np.searchsorted(borders, numbers, side="right"), -1).astype(
        np.int64
    )


def thinned(codes: Codes, size: int) -> Codes:
    """At most so many of the values, evenly taken."""
    import numpy as np

    if len(codes) <= size:
        return codes
    return codes[np.linspace(0, len(codes) - 1, size).astype(np.int64)]


def _ranks(values: Numbers) -> Numbers:
    import numpy as np

    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    mean: Numbers = ((ends - counts + 1 + ends) / 2.0)[place]
    return mean
