"""Divides records into groups of at least k by halving them along one column after the other (Mondrian).

LeFevre, DeWitt and Ramakrishnan, 2006. Unlike a node of the lattice, each group gets ranges of its own, which keeps
more but writes the same value differently from group to group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.risk.read import Tuples
from steward_app.services.privacy.risk.sensitive import in_order

if TYPE_CHECKING:
    from steward_app.services.privacy.risk.grouping import Real, Whole


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Groups, each with its range in every column.

    Attributes:
        sizes: records of each group.
        low, high: a row for each group, a column for each quasi-identifier: its smallest and largest value, a number
            as it is, other values by their place in sorted order.
        kept: 1 less the normalized certainty penalty: how much of the ranges is kept, on average over all cells.
    """

    sizes: Whole
    low: Real
    high: Real
    kept: float

    @property
    def k(self) -> int:
        """Size of the smallest group."""
        return int(self.sizes.min()) if len(self.sizes) else 0


def divide(tuples: Tuples, k: int, context: Context, *, relaxed: bool = False) -> Partition | None:
    """Groups of at least k, or None where there are fewer than k records.

    Args:
        relaxed: records with the median value may go to both halves, so that groups come closer to k; strictly, equal
            values stay together.
    """
    if k < 1:
        raise UsageError(ErrorCode.BAD_REQUEST, "k is at least 1.")
    if tuples.rows < k:
        return None
    return _Mondrian(tuples, k, context, relaxed).run()


class _Mondrian:
    def __init__(self, tuples: Tuples, k: int, context: Context, relaxed: bool) -> None:
        import numpy as np

        self._points = np.column_stack([_scaled(tuples, at) for at in range(len(tuples.values))])
        whole = self._points.max(axis=0) - self._points.min(axis=0)
        self._whole = np.where(whole == 0, 1.0, whole)
        self._weights, self._k, self._context, self._relaxed = tuples.weights, k, context, relaxed

    def run(self) -> Partition:
        import numpy as np

        waiting = [(np.arange(len(self._weights)), self._weights)]
        low, high, sizes = [], [], []
        while waiting:
            entries, weights = waiting.pop()
            points = self._points[entries]
            least, most = points.min(axis=0), points.max(axis=0)
            halves = self._halves(points, weights, (most - least) / self._whole)
            if halves is None:
                low.append(least)
                high.append(most)
                sizes.append(int(weights.sum()))
            else:
                waiting += [(entries[part], share) for part, share in halves]
            if len(waiting) % 64 == 0:
                self._context.checkpoint()
        spans = (np.array(high) - np.array(low)) / self._whole
        lost = float((spans.mean(axis=1) * np.array(sizes)).sum()) / int(self._weights.sum())
        return Partition(np.array(sizes, dtype=np.int64), np.array(low), np.array(high), 1 - lost)

    def _halves(self, points: Real, weights: Whole, spans: Real) -> list[tuple[Whole, Whole]] | None:
        """Both halves along the widest column that allows it: places in `points`, and the records of each."""
        import numpy as np

        total = int(weights.sum())
        if total < 2 * self._k:
            return None
        for column in np.argsort(-spans, kind="stable"):
            if spans[column] == 0:
                return self._in_two(weights, np.arange(len(weights))) if self._relaxed else None
            order = np.argsort(points[:, column], kind="stable")
            if self._relaxed:
                return self._in_two(weights, order)
            values = points[order, column]
            cumulated = np.cumsum(weights[order])
            # The last place of every value, and of these the one nearest to the middle.
            ends = np.flatnonzero(values[1:] != values[:-1])
            records = cumulated[ends]
            allowed = ends[(records >= self._k) & (total - records >= self._k)]
            if len(allowed):
                cut = allowed[np.abs(cumulated[allowed] - total / 2).argmin()] + 1
                return [(order[:cut], weights[order[:cut]]), (order[cut:], weights[order[cut:]])]
        return None

    @staticmethod
    def _in_two(weights: Whole, order: Whole) -> list[tuple[Whole, Whole]]:
        """Half of the records each, the entry in the middle divided where it must be."""
        import numpy as np

        cumulated = np.cumsum(weights[order])
        half = int(cumulated[-1]) // 2
        cut = int(np.searchsorted(cumulated, half))
        over = int(cumulated[cut]) - half
        left, right = order[: cut + 1], order[cut if over else cut + 1 :]
        first, second = weights[left].copy(), weights[right].copy()
        first[-1] -= over
        if over:
            second[0] = over
        return [(left, first), (right, second)]


def _scaled(tuples: Tuples, at: int) -> Real:
    """The values of a column as numbers: as they are, or by their place in sorted order."""
    import numpy as np

    values = tuples.values[at]
    ranks, numbers = in_order(values)
    if numbers:
        return np.array(values, dtype=float)[tuples.codes[:, at]]
    by_text = sorted(range(len(values)), key=lambda place: (str(type(values[place])), str(values[place])))
    ranks[by_text] = np.arange(len(values))
    return ranks[tuples.codes[:, at]].astype(float)
