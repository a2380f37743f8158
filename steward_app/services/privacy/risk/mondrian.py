"""Divides records into groups of at least k by halving them along one column after the other (Mondrian).

LeFevre, DeWitt and Ramakrishnan, 2006. Unlike a node of the lattice, each group gets ranges of its own, which keeps
more but writes the same value differently from group to group. Where l or t are asked for, a cut is made only
where both halves reach them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.risk.read import MOST_TUPLES, Tuples
from steward_app.services.privacy.risk.sensitive import Shares, blank_of, distances, in_order
from steward_app.services.privacy.risk.staying import Asked
from steward_app.services.privacy.risk.whose import PersonsOf, Whose

if TYPE_CHECKING:
    from steward_app.services.privacy.risk.grouping import Real, Whole

_CUTS = 64  # places to cut a column at that are tried where l or t are asked for


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Groups, each with its range in every column.

    Attributes:
        sizes: records of each group, or persons.
        low, high: a row for each group, a column for each quasi-identifier: its smallest and largest value, a number
            as it is, other values by their place in sorted order.
        kept: 1 less the normalized certainty penalty: how much of the ranges is kept, on average over all cells.
        entries: of each group, the places in the combinations that were divided; where equal values may part, one may
            stand in two groups.
    """

    sizes: Whole
    low: Real
    high: Real
    kept: float
    entries: Sequence[Whole]

    @property
    def k(self) -> int:
        """Size of the smallest group."""
        return int(self.sizes.min()) if len(self.sizes) else 0


def divide(
    tuples: Tuples,
    asked: Asked,
    context: Context,
    *,
    sensitive: int = 0,
    relaxed: bool = False,
    whose: Whose | None = None,
) -> Partition | None:
    """Groups that all reach what is asked, or None where the whole table does not: no record is left out.

    Args:
        sensitive: so many of the last columns say what could be learnt of a person; the others are divided.
        relaxed: records with the median value may go to both halves, so that groups come closer to k; strictly, equal
            values stay together.
        whose: groups count persons; a record is then what a person has of one combination. None, too, where t is asked
            for, since how often a value stands in the whole would follow from the groups; or where they are too many.
            Not relaxed.
    """
    if asked.k < 1:
        raise UsageError(ErrorCode.BAD_REQUEST, "k is at least 1.")
    if tuples.rows < asked.k or (whose is not None and (asked.closeness < 1 or len(whose) > MOST_TUPLES)):
        return None
    return _Mondrian(tuples, asked, context, sensitive, relaxed, whose).run()


class _Mondrian:
    def __init__(
        self,
        tuples: Tuples,
        asked: Asked,
        context: Context,
        sensitive: int,
        relaxed: bool,
        whose: Whose | None,
    ) -> None:
        import numpy as np

        many = len(tuples.values) - sensitive
        self._points = np.column_stack([_scaled(tuples, at) for at in range(many)])
        whole = self._points.max(axis=0) - self._points.min(axis=0)
        self._whole = np.where(whole == 0, 1.0, whole)
        self._weights, self._asked, self._context, self._relaxed = tuples.weights, asked, context, relaxed
        self._persons = PersonsOf(whose, len(tuples.weights)) if whose is not None else None
        self._told = [_Told.of(tuples, at) for at in range(many, len(tuples.values))]

    def run(self) -> Partition | None:
        import numpy as np

        every = np.arange(len(self._weights))
        if not self._reaches(every, self._weights) or self._size(every, self._weights) < self._asked.k:
            return None
        waiting = [(every, self._weights)]
        low, high, sizes, records, groups = [], [], [], [], []
        while waiting:
            entries, weights = waiting.pop()
            points = self._points[entries]
            least, most = points.min(axis=0), points.max(axis=0)
            halves = self._halves(entries, points, weights, (most - least) / self._whole)
            if halves is None:
                low.append(least)
                high.append(most)
                sizes.append(self._size(entries, weights))
                records.append(int(weights.sum()))
                groups.append(entries)
            else:
                waiting += [(entries[part], share) for part, share in halves]
            if len(waiting) % 64 == 0:
                self._context.checkpoint()
        spans = (np.array(high) - np.array(low)) / self._whole
        lost = float((spans.mean(axis=1) * np.array(records)).sum()) / int(self._weights.sum())
        return Partition(np.array(sizes, dtype=np.int64), np.array(low), np.array(high), 1 - lost, groups)

    def _halves(
        self, entries: Whole, points: Real, weights: Whole, spans: Real
    ) -> list[tuple[Whole, Whole]] | None:
        """Both halves along the widest column that allows it: places in `points`, and the records of each."""
        import numpy as np

        if int(weights.sum()) < 2 * self._asked.k:
            return None
        for column in np.argsort(-spans, kind="stable"):
            if spans[column] == 0 and not self._relaxed:
                return None
            order = np.argsort(points[:, column], kind="stable")
            if self._relaxed:
                ways = iter((self._in_two(weights, order),))
            else:
                ways = self._cuts(points[order, column], entries, weights, order)
            for halves in ways:
                if all(self._reaches(entries[part], share) for part, share in halves):
                    return halves
        return None

    def _cuts(
        self, values: Real, entries: Whole, weights: Whole, order: Whole
    ) -> Iterator[list[tuple[Whole, Whole]]]:
        """Ways to cut between two values of a column so that both halves have k, the nearest to the middle first."""
        import numpy as np

        k = self._asked.k
        ends = np.flatnonzero(values[1:] != values[:-1])  # the last place of every value
        left, right = (side[ends] for side in self._on_both_sides(entries[order], weights[order]))
        allowed = (left >= k) & (right >= k)
        nearest = np.argsort(np.abs(left - right)[allowed], kind="stable")
        for cut in ends[allowed][nearest[:_CUTS]] + 1:
            yield [(order[:cut], weights[order[:cut]]), (order[cut:], weights[order[cut:]])]

    def _on_both_sides(self, entries: Whole, weights: Whole) -> tuple[Whole, Whole]:
        """Records or persons up to each entry, and after it."""
        import numpy as np

        if self._persons is not None:
            return self._persons.on_both_sides(entries)
        begun = np.cumsum(weights)
        return begun, begun[-1] - begun

    def _size(self, entries: Whole, weights: Whole) -> int:
        return int(weights.sum()) if self._persons is None else self._persons.together(entries)

    def _reaches(self, entries: Whole, weights: Whole) -> bool:
        """Whether a group of these has l, and is as near to the whole as t asks."""
        if not self._asked.of_sensitive:
            return True
        return all(each.reaches(entries, weights, self._asked) for each in self._told)

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


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """A sensitive column: the rank of its value for each entry, and how often each stands in the whole."""

    rank: Whole
    whole: Whole
    numbers: bool
    blank: int

    @classmethod
    def of(cls, tuples: Tuples, at: int) -> Self:
        import numpy as np

        ranks, numbers = in_order(tuples.values[at])
        rank = ranks[tuples.codes[:, at]]
        whole = np.bincount(rank, weights=tuples.weights, minlength=len(tuples.values[at]))
        return cls(rank, whole.astype(np.int64), numbers, blank_of(tuples.values[at]))

    def reaches(self, entries: Whole, weights: Whole, asked: Asked) -> bool:
        import numpy as np

        there, place = np.unique(self.rank[entries], return_inverse=True)
        if asked.diversity > 1 and (there != self.blank).sum() < asked.diversity:
            return False
        if asked.closeness >= 1:
            return True
        count = np.bincount(place, weights=weights).astype(np.int64)
        shares = Shares(np.zeros(len(there), dtype=np.int64), there, count, self.whole)
        return bool(distances(shares, self.numbers)[0] <= asked.closeness + 1e-9)


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
