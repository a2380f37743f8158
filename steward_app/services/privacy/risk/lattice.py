"""The way that keeps most where every group reaches what is asked: k, l and t, some records being left out.

The count of records in groups below k, or with fewer than l values, never grows when a column is coarsened further. So
a node that leaves out too many rules out all finer ones (predictive tagging). For t that holds only where no record may
be left out: else every node is looked at by itself. What is kept is not monotone, since coarsening may save records
from being left out: the best node is sought among all that are admitted, and only those are passed over that cannot
keep more than the best one so far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward_app.kernel.progress import Context
from steward_app.services.privacy.risk.model import Node
from steward_app.services.privacy.risk.space import Space
from steward_app.services.privacy.risk.staying import Asked, reached, reaching, restricted, staying
from steward_app.services.privacy.risk.walk import Groups, groups_of, walk

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from steward_app.services.privacy.risk.grouping import Real
    from steward_app.services.privacy.risk.staying import Mask


def search(space: Space, asked: Asked, most_left_out: float, context: Context) -> Node | None:
    """The node that keeps most, or None where every one leaves out too many.

    Args:
        most_left_out: share of the records, from 0 to 1.
    """
    return _Search(space, asked, most_left_out, context).run()


def node_of(space: Space, groups: Groups, asked: Asked) -> Node:
    """A node as it is told, with the groups left out that do not reach what is asked."""
    shares = groups.shares()
    stay = staying(groups.size, shares, space.numbers, asked)
    smallest = int(groups.size[stay].min()) if stay.any() else 0
    levels = tuple(steps[place].level for steps, place in zip(space.steps, groups.places, strict=True))
    return Node(
        levels,
        smallest,
        1 / smallest if smallest else 0.0,
        float(groups.kept[stay].sum()) / max(1, space.records),
        int(groups.records[~stay].sum()),
        *(reached([restricted(each, stay) for each in shares], space.numbers) if smallest else (None, None)),
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """The groups of a node that stay, or None where too many do not."""

    stay: Mask | None
    rules_out: bool


class _Search:
    def __init__(self, space: Space, asked: Asked, most_left_out: float, context: Context) -> None:
        import numpy as np

        self._space, self._asked, self._context = space, asked, context
        self._limit = most_left_out * space.records + 1e-9
        self._ruled_out: npt.NDArray[np.bool_] = np.zeros(tuple(map(len, space.steps)), dtype=bool)
        self._averages = [[step.average for step in steps] for steps in space.steps]
        self._best: Groups | None = None
        self._kept = -1.0

    def run(self) -> Node | None:
        if not self._space.records:
            return None
        self._start()
        if self._best is None and self._ruled_out.all():
            return None
        walk(self._space, self._context, self._visit, self._worth_entering)
        return node_of(self._space, self._best, self._asked) if self._best else None

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
        judged = self._judged(groups)
        if judged.rules_out:
            self._ruled_out[tuple(slice(place + 1) for place in groups.places)] = True
        if judged.stay is None:
            return
        kept = float(groups.kept[judged.stay].sum()) / self._space.records
        if kept <= self._kept:
            return
        if self._space.whose is not None and groups.of_persons is None:
            self._visit(
                groups_of(self._space, groups.places)
            )  # it keeps no more than that, once persons are counted
        else:
            self._best, self._kept = groups, kept

    def _judged(self, groups: Groups) -> _Judged:
        """Which groups stay, and whether no finer node can do: k and l are asked of each group by itself."""
        asked = self._asked
        if groups.records[groups.size < asked.k].sum() > self._limit:
            return _Judged(None, rules_out=True)
        shares = groups.shares() if asked.of_sensitive else ()
        if groups.records[~reaching(groups.size, shares, asked)].sum() > self._limit:
            return _Judged(None, rules_out=True)
        stay = staying(groups.size, shares, self._space.numbers if shares else (), asked)
        if groups.records[~stay].sum() > self._limit:
            # Joining a group that is too far from the whole to one that is not can take both out: with records to
            # spare, a finer node may do. With none to spare it cannot, since no union is farther than its parts.
            return _Judged(None, rules_out=self._limit < 1)
        return _Judged(stay, rules_out=False)

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
        return bool(groups[groups < self._asked.k].sum() <= self._limit)
