"""Judges every node of a lattice, each from the groups of one that is finer, so that most have little left to count.

The columns are taken one after the other. What is alike after the first ones are coarsened becomes one, and only that
is looked at for all levels of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from steward_app.kernel.progress import Context
from steward_app.services.privacy.risk.grouping import labels
from steward_app.services.privacy.risk.sensitive import Shares, blank_of, in_order, shares_of
from steward_app.services.privacy.risk.space import Space

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from steward_app.services.privacy.risk.grouping import Real, Whole
    from steward_app.services.privacy.risk.whose import Whose

_DENSE = 4  # a table of so many cells for each entry is quicker than sorting
_LIMIT = 1 << 62


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one node.

    Attributes:
        places: for each column the place of its level in `Space.steps`.
        size: records of each group, or persons.
        kept: the share of what its records say that is kept, times its size.
        shares: how often each value of the sensitive columns stands in each group, counted when asked for.
        of_persons: records of each group, where its size was counted in persons.
    """

    places: tuple[int, ...]
    size: Real
    kept: Real
    shares: Callable[[], tuple[Shares, ...]] = tuple
    of_persons: Real | None = None

    @property
    def records(self) -> Real:
        """Records of each group."""
        return self.size if self.of_persons is None else self.of_persons


Visit: TypeAlias = Callable[[Groups], None]
Enter: TypeAlias = Callable[[tuple[int | None, ...], Callable[[], "Real"]], bool]


def walk(space: Space, context: Context, visit: Visit, enter: Enter = lambda places, sizes: True) -> None:
    """Give the groups of every node to `visit`.

    Args:
        enter: asked with the levels of some columns (None: not yet chosen) whether any node that has them is of
            interest. Its second argument gives the sizes of the groups alike in these columns; no node that has
            these levels has larger groups.

    Where groups count persons, somebody with several combinations may be counted several times here: no group has more
    persons than it is said to. `groups_of` counts them rightly.
    """
    _Walk(space, context, visit, enter).run()


def groups_of(space: Space, places: Sequence[int]) -> Groups:
    """The groups of one node, counted by itself."""
    if space.whose is not None:
        return _in_persons(space, space.whose, places)
    only = replace(space, steps=tuple((steps[at],) for steps, at in zip(space.steps, places, strict=True)))
    found: list[Groups] = []
    walk(only, Context(), found.append)
    return replace(found[0], places=tuple(places))


def _in_persons(space: Space, whose: Whose, places: Sequence[int]) -> Groups:
    """The groups of one node, of which each person counts once."""
    import numpy as np

    tuples = space.tuples
    steps = [levels[at] for levels, at in zip(space.steps, places, strict=True)]
    codes = [step.codes[tuples.codes[:, at]] for at, step in enumerate(steps)]
    label, groups = labels(codes, [step.card for step in steps], len(tuples.weights))
    kept = np.mean([step.kept[code] for step, code in zip(steps, codes, strict=True)], axis=0)

    def shares() -> tuple[Shares, ...]:
        ranks = (in_order(tuples.values[at])[0][tuples.codes[:, at]] for at in space.sensitive)
        return tuple(
            whose.shares(label, groups, rank, tuples.cards[at], blank_of(tuples.values[at]))
            for rank, at in zip(ranks, space.sensitive, strict=True)
        )

    return Groups(
        tuple(places),
        whose.counted(label, groups),
        np.bincount(label, weights=kept * tuples.weights, minlength=groups).astype(float),
        shares,
        np.bincount(label, weights=tuples.weights, minlength=groups).astype(float),
    )


class _Walk:
    def __init__(self, space: Space, context: Context, visit: Visit, enter: Enter) -> None:
        self._space = space
        # What has most values first: coarsening it joins most.
        self._order = sorted(range(len(space.columns)), key=lambda at: -space.steps[at][0].card)
        self._steps = [space.steps[at] for at in self._order]
        self._columns = [*self._order, *space.sensitive]
        self._raw = [len(space.tuples.values[at]) for at in self._columns]
        self._blank = [blank_of(space.tuples.values[at]) for at in self._columns]
        self._context, self._visit, self._enter = context, visit, enter
        self._places: list[int | None] = [None] * len(space.columns)
        self._done = 0
        self._nodes = space.nodes

    def run(self) -> None:
        import numpy as np

        tuples = self._space.tuples
        if len(tuples.weights):
            codes = tuples.codes[:, self._columns].astype(np.int64)
            for at in range(len(self._order), len(self._columns)):
                codes[:, at] = in_order(tuples.values[self._columns[at]])[0][codes[:, at]]
            self._descend(
                0,
                np.zeros(len(codes), np.int64),
                1,
                codes,
                tuples.weights.astype(float),
                np.zeros(len(codes)),
            )

    def _descend(self, at: int, prefix: Whole, card: int, codes: Whole, weight: Real, kept: Real) -> None:
        """Try all levels of the column `at`.

        Args:
            prefix: number of what the columns before have become, below `card`.
            codes: values of the columns in order; those before `at` are not looked at any more.
            kept: sum over the columns before of the share that is kept.
        """
        import numpy as np

        last = at == len(self._steps) - 1
        for place, step in enumerate(self._steps[at]):
            self._places[self._order[at]] = place
            if card * step.card >= _LIMIT:
                different, prefix = np.unique(prefix, return_inverse=True)
                card = len(different)
            value = step.codes[codes[:, at]]
            key, many = prefix * step.card + value, card * step.card
            if not self._enter(tuple(self._places), partial(_counted, key, many, weight)):
                self._done += self._below(at)
                continue
            still = kept + step.kept[value]
            if last:
                self._leaf(key, many, codes, weight, still)
            elif place == 0 and step.level == 0:
                self._descend(at + 1, key, many, codes, weight, still)
            else:
                first, joined = self._joined(key, many, codes, at, weight)
                self._descend(at + 1, key[first], many, codes[first], joined, still[first])
        self._places[self._order[at]] = None

    def _leaf(self, key: Whole, card: int, codes: Whole, weight: Real, kept: Real) -> None:
        import numpy as np

        key = _dense(key, card)
        size = np.bincount(key, weights=weight).astype(float)
        worth = np.bincount(key, weights=weight * kept).astype(float)
        there = size > 0
        places = tuple(place for place in self._places if place is not None)
        shares = partial(self._shares, key, there, codes, weight)
        self._visit(Groups(places, size[there], worth[there] / len(places), shares))
        self._done += 1
        if self._done % 64 == 0:
            self._context.checkpoint()
            self._context.report(self._done, self._nodes, unit="ways")

    def _shares(
        self, key: Whole, there: npt.NDArray[np.bool_], codes: Whole, weight: Real
    ) -> tuple[Shares, ...]:
        """Of each sensitive column; groups are numbered as they stand in `Groups.size`."""
        import numpy as np

        group, groups = (np.cumsum(there) - 1)[key], int(there.sum())
        return tuple(
            shares_of(group, groups, codes[:, at], self._raw[at], weight, self._blank[at])
            for at in range(len(self._steps), len(self._raw))
        )

    def _joined(self, key: Whole, card: int, codes: Whole, at: int, weight: Real) -> tuple[Whole, Real]:
        """Entries that are alike now become one: the first of each, and their weight together."""
        import numpy as np

        for later in range(at + 1, len(self._raw)):
            if card * self._raw[later] >= _LIMIT:
                different, key = np.unique(key, return_inverse=True)
                card = len(different)
            key = key * self._raw[later] + codes[:, later]
            card *= self._raw[later]
        order = np.argsort(key)
        sorted_ = key[order]
        starts = np.flatnonzero(np.concatenate(([True], sorted_[1:] != sorted_[:-1])))
        return order[starts], np.add.reduceat(weight[order], starts)

    def _below(self, at: int) -> int:
        return prod(len(steps) for steps in self._steps[at + 1 :])


def _dense(key: Whole, card: int) -> Whole:
    """Numbers that are below a small multiple of their count, equal where the given ones are."""
    import numpy as np

    if card <= _DENSE * len(key) + 1024:
        return key
    return np.unique(key, return_inverse=True)[1]


def _counted(key: Whole, card: int, weight: Real) -> Real:
    import numpy as np

    size = np.bincount(_dense(key, card), weights=weight).astype(float)
    return size[size > 0]
