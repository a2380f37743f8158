"""The least coarse way that makes every record alike to at least k - 1 others, some records being left out.

The count of records in groups below k never grows when a column is coarsened further. So a node that leaves out too
many rules out all finer ones, and one that does not admits all coarser ones (predictive tagging). What is kept is not
monotone, since coarsening may save records from being left out: the best node is sought among all that are admitted,
and only those are passed over that cannot keep more than the best one so far.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from steward_app.kernel.progress import Context
from steward_app.services.privacy.risk.model import Node
from steward_app.services.privacy.risk.space import Space
from steward_app.services.privacy.risk.walk import Groups, groups_of, walk

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from steward_app.services.privacy.risk.grouping import Real


def search(space: Space, k: int, most_left_out: float, context: Context) -> Node | None:
    """The node that keeps most, or None where even the coarsest leaves out too many.

    Args:
        most_left_out: share of the records, from 0 to 1.
    """
    return _Search(space, k, most_left_out, context).run()


def node_of(space: Space, groups: Groups, k: int) -> Node:
    """A node as it is told, with the groups below k left out."""
    stay = groups.size >= k
    smallest = int(groups.size[stay].min()) if stay.any() else 0
    levels = tuple(steps[place].level for steps, place in zip(space.steps, groups.places, strict=True))
    return Node(
        levels,
        smallest,
        1 / smallest if smallest else 0.0,
        float(groups.kept[stay].sum()) / max(1, space.records),
        int(groups.size[~stay].sum()),
    )


class _Search:
    def __init__(self, space: Space, k: int, most_left_out: float, context: Context) -> None:
        import numpy as np

        self._space, self._k, self._context = space, k, context
        self._limit = most_left_out * space.records + 1e-9
        self._ruled_out: npt.NDArray[np.bool_] = np.zeros(tuple(map(len, space.steps)), dtype=bool)
        self._averages = [[step.average for step in steps] for steps in space.steps]
        self._best: Groups | None = None
        self._kept = -1.0

    def run(self) -> Node | None:
        if not self._space.records:
            return None
        self._start()
        if self._best is None:
            return None
        walk(self._space, self._context, self._visit, self._worth_entering)
        return node_of(self._space, self._best, self._k)

    def _start(self) -> None:
        """From the coarsest node down, each time the column that gains most: a good one to measure others by."""
        places = [len(steps) - 1 for steps in self._space.steps]
        self._visit(groups_of(self._space, places))
        if self._best is None:
            return
        while True:
            self._context.checkpoint()
            before, found = self._kept, places
            for at in range(len(places)):
                finer = [*places[:at], places[at] - 1, *places[at + 1 :]]
                if finer[at] >= 0 and not self._ruled_out[tuple(finer)]:
                    self._visit(groups_of(self._space, finer))
                    if self._best.places == tuple(finer):
                        found = finer
            if self._kept <= before:
                return
            places = found

    def _visit(self, groups: Groups) -> None:
        stay = groups.size >= self._k
        if groups.size[~stay].sum() > self._limit:
            self._ruled_out[tuple(slice(place + 1) for place in groups.places)] = True
            return
        kept = float(groups.kept[stay].sum()) / self._space.records
        if kept > self._kept:
            self._best, self._kept = groups, kept

    def _worth_entering(self, places: tuple[int | None, ...], sizes: Callable[[], Real]) -> bool:
        """Whether a node with these levels may keep more than the best one, and is not ruled out."""
        most = sum(
            averages[0 if place is None else place]
            for averages, place in zip(self._averages, places, strict=True)
        )
        if most / len(places) <= self._kept:
            return False
        below = tuple(-1 if place is None else place for place in places)
        if self._ruled_out[below]:
            return False
        if None not in places:
            return True
        groups = sizes()
        return bool(groups[groups < self._k].sum() <= self._limit)
