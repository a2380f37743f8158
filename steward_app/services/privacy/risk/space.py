"""All ways to coarsen some columns: a level for each, which together form a lattice of nodes.

Everything is computed once from the different combinations of values: what a value becomes at each level, and how much
of what it says is then lost. A node is judged from these numbers alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.hierarchies import Hierarchy
from steward_app.services.privacy.risk.read import Tuples
from steward_app.services.privacy.risk.sensitive import in_order

if TYPE_CHECKING:
    from steward_app.services.privacy.risk.grouping import Real, Whole
    from steward_app.services.privacy.risk.whose import Whose

MOST_NODES = 20_000


@dataclass(frozen=True, slots=True)
class Step:
    """One level of one column.

    Attributes:
        level: as the hierarchy counts.
        codes: for each value the number of what it becomes, from 0; `card` is above all of them.
        kept: for each of these, the share of what it says that is kept: 1 for a value as it is, 0 where it may be any.
        average: the same over all records.
    """

    level: int
    codes: Whole
    card: int
    kept: Real
    average: float


@dataclass(frozen=True, slots=True)
class Space:
    """Combinations of values, and what each column can become.

    Attributes:
        tuples: of the columns, and after them of the sensitive ones.
        steps: for each column its levels, finest first.
        skipped: levels that are not tried, since all together would be too many ways.
        numbers: for each sensitive column, whether all its values are numbers.
        whose: where groups count persons, who has which combination. A record is then what a person has of one.
    """

    columns: tuple[str, ...]
    hierarchies: tuple[Hierarchy, ...]
    tuples: Tuples
    steps: tuple[tuple[Step, ...], ...]
    skipped: int = 0
    numbers: tuple[bool, ...] = ()
    whose: Whose | None = None

    @property
    def sensitive(self) -> range:
        """The places of the sensitive columns in `tuples`."""
        return range(len(self.columns), len(self.tuples.values))

    @property
    def nodes(self) -> int:
        """How many ways there are."""
        return prod(map(len, self.steps))

    @property
    def records(self) -> int:
        """Rows that are coarsened; where groups count persons, different combinations of each."""
        return self.tuples.rows


def space(
    columns: Sequence[str],
    hierarchies: Sequence[Hierarchy],
    tuples: Tuples,
    *,
    most: int = MOST_NODES,
    without: Sequence[frozenset[int]] = (),
) -> Space:
    """All ways to coarsen columns by their hierarchies.

    Where they are more than `most`, levels between the finest and the coarsest are left out, those first that differ
    least from the one before. Raises `UsageError` for a hierarchy that joins values and parts them again higher up.
    """
    steps = [
        _steps(column, hierarchy, tuples, at, without[at] if without else frozenset())
        for at, (column, hierarchy) in enumerate(zip(columns, hierarchies, strict=True))
    ]
    skipped = 0
    while prod(map(len, steps)) > most and _thin(steps):
        skipped += 1
    numbers = tuple(in_order(values)[1] for values in tuples.values[len(columns) :])
    return Space(tuple(columns), tuple(hierarchies), tuples, tuple(map(tuple, steps)), skipped, numbers)


def _steps(column: str, hierarchy: Hierarchy, tuples: Tuples, at: int, without: frozenset[int]) -> list[Step]:
    import numpy as np

    values = tuples.values[at]
    frequency = np.bincount(tuples.codes[:, at], weights=tuples.weights, minlength=len(values))
    steps: list[Step] = []
    for level in range(len(hierarchy.titles)):
        if level in without:
            continue
        numbers: dict[object, int] = {}
        codes = np.array(
            [numbers.setdefault(each, len(numbers)) for each in _at(hierarchy, values, level)], np.int64
        )
        if steps and len(set(zip(steps[-1].codes.tolist(), codes.tolist(), strict=True))) > steps[-1].card:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"The hierarchy of {column} parts values at level {level} that a lower level joins.",
                hint="Each level must join groups of the level before, and part none.",
            )
        if level == 0:
            kept = np.ones(len(numbers))
        else:
            joined = np.bincount(codes, minlength=len(numbers))
            kept = 1 - (joined - 1) / max(1, len(values) - 1)
        average = float((kept[codes] * frequency).sum() / max(1.0, frequency.sum()))
        if not steps or len(numbers) < steps[-1].card or level == len(hierarchy.titles) - 1:
            steps.append(Step(level, codes, max(1, len(numbers)), kept, average))
    if len(steps) > 1 and steps[-1].card == steps[-2].card:
        steps.pop()  # the last level says no less of these values than the one before
    return steps


def _at(hierarchy: Hierarchy, values: Sequence[SqlValue], level: int) -> list[SqlValue]:
    """What values become in a copy: what is blank stays as it is."""
    return [
        value if value is None or (isinstance(value, str) and not value.strip()) else after
        for value, after in zip(values, hierarchy.at(values, level), strict=True)
    ]


def _thin(steps: list[list[Step]]) -> bool:
    """Take one level away, the one whose absence is noticed least; False where there is none to take."""
    found = [
        (levels[place + 1].average - levels[place - 1].average, at, place)
        for at, levels in enumerate(steps)
        for place in range(1, len(levels) - 1)
    ]
    if not found:
        return False
    _, at, place = max(found)
    del steps[at][place]
    return True
