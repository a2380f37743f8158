"""Microaggregation: numbers become the mean of at least k rows that are alike.

One column is grouped in order of its values. Several are grouped together by MDAV (Domingo-Ferrer and Mateo-Sanz, 2002)
up to some ten thousand different rows, above that by cutting the widest column at its median, as Mondrian does. Rows
with the same values are always in one group, so that what becomes of a row depends on its values alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.amounts import like, number_in
from steward_app.services.privacy.transform.model import Batch, Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals: TypeAlias = NDArray[np.float64]
    Places: TypeAlias = NDArray[np.int64]

_MDAV_BELOW = 10_000
_MERGED_FROM = 1_000_000
MOST_NUMBERS = 20_000_000
"""Numbers of different rows, and their counts, of which groups are made; some 900 MB of memory."""
_DIGITS, _EXACT = 14, 1e14


class Counted:
    """Different rows of numbers with how often each is there: gathered from any number of rows, kept once each."""

    def __init__(self, width: int) -> None:
        import numpy as np

        self._rows: Reals = np.zeros((0, width))
        self._counts: Places = np.zeros(0, dtype=np.int64)
        self._more: list[Reals] = []
        self._waiting = 0

    def add(self, rows: Reals) -> None:
        """More rows; NaN where there is no number."""
        self._more.append(rows)
        self._waiting += len(rows)
        if self._waiting > max(_MERGED_FROM, len(self._rows)):
            self._merge()

    def told(self) -> tuple[Reals, Places]:
        """The different rows, and how often each is there."""
        self._merge()
        return self._rows, self._counts

    def _merge(self) -> None:
        import numpy as np

        rows = np.concatenate([self._rows, *self._more])
        counts = np.concatenate([self._counts, np.ones(self._waiting, dtype=np.int64)])
        self._more, self._waiting = [], 0
        self._rows, self._counts = distinct(rows, counts)
        if len(self._rows) * (self._rows.shape[1] + 1) > MOST_NUMBERS:
            raise TooMany


class TooMany(ValueError):
    """There are more different rows than groups are made of."""


def distinct(rows: Reals, counts: Places) -> tuple[Reals, Places]:
    """Rows in order, each once, and how often each is there; NaN is the largest number."""
    import numpy as np

    if not len(rows):
        return rows, counts
    order = np.lexsort(rows.T[::-1])
    rows, counts = rows[order], counts[order]
    bits = rows.view(np.uint64)
    new = np.flatnonzero(np.r_[True, (bits[1:] != bits[:-1]).any(axis=1)])
    return rows[new], np.add.reduceat(counts, new)


class Groups:
    """The groups of some columns, made from all their rows.

    Args:
        rows: different rows of numbers; NaN where there is none. Rows with one are left out.
        counts: how many rows of the table are like each.
        k: how many rows a group has at least.
        mean: what fewer than k rows become; the mean of others too, so that it tells nothing of them.
    """

    def __init__(self, rows: Reals, counts: Places, k: int, mean: float | None = None) -> None:
        import numpy as np

        there = ~np.isnan(rows).any(axis=1)
        different, counts = distinct(np.ascontiguousarray(rows[there]), counts[there])
        self.width = rows.shape[1]
        self.rows = int(counts.sum())
        self._of = _assigned(different, counts, k)
        size = int(self._of.max()) + 1 if len(different) else 0
        weights = np.bincount(self._of, weights=counts, minlength=size)
        self.smallest = int(weights.min()) if size else 0
        sums = [
            np.bincount(self._of, weights=different[:, c] * counts, minlength=size) for c in range(self.width)
        ]
        self._means = (
            _without_dust(np.stack([each / weights for each in sums], axis=1))
            if size
            else np.zeros((0, self.width))
        )
        if mean is not None and self.rows < k:
            self._means = np.full_like(self._means, mean)
        hashes = _hashes(different)
        order = np.argsort(hashes)
        self._hashes, self._of = hashes[order], self._of[order]

    def means(self, rows: Reals, column: int) -> Reals:
        """The mean of the group of each row, in one column; NaN for a row of no group."""
        import numpy as np

        found = np.full(len(rows), np.nan)
        if len(self._hashes):
            wanted = _hashes(rows)
            places = np.minimum(np.searchsorted(self._hashes, wanted), len(self._hashes) - 1)
            known = self._hashes[places] == wanted
            found[known] = self._means[self._of[places[known]], column]
        return found


def _without_dust(means: Reals) -> Reals:
    """Means without what adding and dividing leaves in the last digits: of equal numbers the mean is that number."""
    import numpy as np

    rounded = [
        float(f"{mean:.{_DIGITS}g}") if abs(mean) < _EXACT else mean for mean in means.ravel().tolist()
    ]
    return np.array(rounded, dtype=np.float64).reshape(means.shape)


def alone(rows: Reals, counts: Places, column: int, k: int) -> Groups:
    """The groups of one column among the rows in which another one has no number."""
    import numpy as np

    missing = np.isnan(rows).any(axis=1)
    there = ~np.isnan(rows[:, column])
    mean = float(np.average(rows[there, column], weights=counts[there])) if there.any() else None
    return Groups(rows[missing][:, [column]], counts[missing], k, mean)


class Microaggregate:
    """The step of one column.

    Args:
        groups: of the columns at `places` in a batch, of which `column` is this one.
        alone: of this column, for rows in which another one has no number.
    """

    def __init__(
        self,
        groups: Groups,
        places: Sequence[int],
        column: int,
        alone: Groups,
        otherwise: Callable[[SqlValue], SqlValue],
    ) -> None:
        self._groups, self._places, self._column = groups, tuple(places), column
        self._alone, self._otherwise = alone, otherwise

    def __call__(self, values: Column, batch: Batch) -> Column:
        import numpy as np

        rows = numbers([batch.columns[place] for place in self._places])
        means = self._groups.means(rows, self._column)
        means = np.where(np.isnan(means), self._alone.means(rows[:, [self._column]], 0), means)
        return [
            None if value is None else self._otherwise(value) if mean != mean else _mean(value, mean)
            for value, mean in zip(values, means.tolist(), strict=True)
        ]


def numbers(columns: Sequence[Sequence[SqlValue]]) -> Reals:
    """Columns of values as rows of numbers; NaN where a value is none."""
    import numpy as np

    nan = float("nan")
    read = [
        [nan if (number := number_in(value)) is None else number for value in column] for column in columns
    ]
    return np.array(read, dtype=np.float64).T.reshape(-1, len(columns)) + 0.0  # -0.0 is 0.0


def _mean(value: SqlValue, mean: float) -> SqlValue:
    if isinstance(value, str) and "." not in value and not float(mean).is_integer():
        return f"{mean:.2f}"
    return like(value, mean)


def _assigned(different: Reals, counts: Places, k: int) -> Places:
    import numpy as np

    if len(different) == 0:
        return np.zeros(0, dtype=np.int64)
    if different.shape[1] == 1:
        return _in_order(counts, k)
    spread = different.std(axis=0)
    scaled = (different - different.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return _mdav(scaled, counts, k) if len(different) <= _MDAV_BELOW else _cut(scaled, counts, k)


def _in_order(counts: Places, k: int) -> Places:
    """Neighbours together until there are k rows; what is left at the end joins the last group."""
    import numpy as np

    found, group, size = np.zeros(len(counts), dtype=np.int64), 0, 0
    for place, count in enumerate(counts.tolist()):
        if size >= k:
            group, size = group + 1, 0
        found[place] = group
        size += count
    if size < k and group:
        found[found == group] = group - 1
    return found


def _mdav(rows: Reals, counts: Places, k: int) -> Places:
    """The row farthest from the mean and the one farthest from that, each with its nearest until there are k."""
    import numpy as np

    found = np.full(len(rows), -1, dtype=np.int64)
    left, group = np.arange(len(rows)), 0
    while counts[left].sum() >= 2 * k:
        centre = np.average(rows[left], axis=0, weights=counts[left])
        farthest = rows[left[_distance(rows[left], centre).argmax()]]
        opposite = rows[left[_distance(rows[left], farthest).argmax()]]
        for around in (farthest, opposite):
            if counts[left].sum() < 2 * k:
                break
            order = np.argsort(_distance(rows[left], around), kind="stable")
            enough = int(np.searchsorted(np.cumsum(counts[left][order]), k)) + 1
            found[left[order[:enough]]] = group
            left, group = np.delete(left, order[:enough]), group + 1
    if len(left):
        if counts[left].sum() >= k or group == 0:
            found[left] = group
        else:
            found[left] = [_nearest(rows, found, group, row) for row in rows[left]]
    return found


def _nearest(rows: Reals, found: Places, groups: int, row: Any) -> int:
    import numpy as np

    centres = np.stack([rows[found == group].mean(axis=0) for group in range(groups)])
    return int(_distance(centres, row).argmin())


def _cut(rows: Reals, counts: Places, k: int) -> Places:
    import numpy as np

    found, group, waiting = np.zeros(len(rows), dtype=np.int64), 0, [np.arange(len(rows))]
    while waiting:
        some = waiting.pop()
        halves = _halves(rows, counts, some, k)
        if halves:
            waiting.extend(halves)
        else:
            found[some] = group
            group += 1
    return found


def _halves(rows: Reals, counts: Places, some: Places, k: int) -> tuple[Places, Places] | None:
    import numpy as np

    if counts[some].sum() < 2 * k:
        return None
    for column in np.argsort(-np.ptp(rows[some], axis=0)):
        order = some[np.argsort(rows[some, column], kind="stable")]
        running = np.cumsum(counts[order])
        place = int(np.searchsorted(running, running[-1] / 2)) + 1
        if place < len(order) and running[place - 1] >= k and running[-1] - running[place - 1] >= k:
            return order[:place], order[place:]
    return None


def _distance(rows: Reals, point: Any) -> Reals:
    found: Reals = ((rows - point) ** 2).sum(axis=1)
    return found


def _hashes(rows: Reals) -> Any:
    """64 bits for each row of numbers, the same for the same row."""
    import numpy as np

    bits = np.ascontiguousarray(rows).view(np.uint64).reshape(rows.shape)
    state = np.full(len(rows), 0x9E3779B97F4A7C15, dtype=np.uint64)
    for column in range(rows.shape[1]):
        state = (state ^ bits[:, column]) * np.uint64(0xBF58476D1CE4E5B9)
        state ^= state >> np.uint64(29)
    return state
