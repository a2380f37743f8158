"""The figures by which two columns, or two files, are compared. Arrays in, a figure out; nothing is read here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from steward_app.services.privacy.columns import Codes, Numbers


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
    """Cramer's V (1946), without a correction for small tables: 0 for independent, 1 for one tells the other."""
    import numpy as np

    ones, one = np.unique(first, return_inverse=True)
    twos, two = np.unique(second, return_inverse=True)
    least = min(len(ones), len(twos)) - 1
    if least < 1:
        return 0.0
    seen = np.bincount(one * len(twos) + two, minlength=len(ones) * len(twos)).reshape(len(ones), len(twos))
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
    chi2 = float(((seen - expected) ** 2 / expected).sum())
    return float(min(1.0, np.sqrt(chi2 / seen.sum() / least)))


def in_tenths(numbers: Numbers) -> NDArray[np.int64]:
    """Numbers as the tenth of the distribution they stand in; what is no number stands apart."""
    import numpy as np

    fine = np.isfinite(numbers)
    if not fine.any():
        return np.zeros(len(numbers), np.int64)
    edges = np.unique(np.quantile(numbers[fine], np.linspace(0.1, 0.9, 9)))
    return np.where(fine, np.searchsorted(edges, numbers, side="right"), -1).astype(np.int64)


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
