"""Risk against usefulness over all ways to coarsen: computed once, then every question is a look into a table."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.db import open_read
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.services.privacy.hierarchies import Hierarchy, suggest
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.risk.columns import source
from steward_app.services.privacy.risk.measure import check_question
from steward_app.services.privacy.risk.model import Level, Node, Question
from steward_app.services.privacy.risk.read import TooMany, read_tuples
from steward_app.services.privacy.risk.space import Space, space
from steward_app.services.privacy.risk.walk import Groups, walk
from steward_app.services.schema import read_schema

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from steward_app.services.privacy.risk.grouping import Real, Whole

SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500, 750, 1000)
"""The sizes of the smallest group that are tried; a risk is one over it."""


@dataclass(frozen=True, slots=True, eq=False)
class Frontier:
    """Every way that was tried.

    Attributes:
        table: whose rows are the records.
        at: where each quasi-identifier stands, which may be another table.
        places: a row for each way: for each column the place of its level in `Space.steps`.
        kept, left_out: a row for each way, a column for each of `SIZES`.
        seconds: it took to try them.
    """

    table: str
    at: tuple[Place, ...]
    space: Space
    places: npt.NDArray[np.int16]
    kept: Real
    left_out: Whole
    seconds: float

    @property
    def columns(self) -> tuple[str, ...]:
        """The quasi-identifiers."""
        return self.space.columns

    @property
    def records(self) -> int:
        """Rows of the table."""
        return self.space.records

    @property
    def tried(self) -> int:
        """Ways that were tried."""
        return len(self.places)

    def points(self, most_left_out: float = 0.02, fixed: Mapping[str, int] | None = None) -> tuple[Node, ...]:
        """The ways that no other beats in both risk and usefulness, the safest first.

        Args:
            most_left_out: share of the records.
            fixed: columns that stay at a level.
        """
        import numpy as np

        allowed = self.left_out <= most_left_out * self.records + 1e-9
        allowed &= self._at(fixed or {})[:, None]
        kept = np.where(allowed, self.kept, -1.0)
        best = kept.argmax(axis=0)
        points: list[Node] = []
        for at in reversed(
            range(len(SIZES))
        ):  # the safest first; a riskier one must keep more than all of them
            if kept[best[at], at] > (points[-1].kept + 1e-12 if points else -0.5):
                points.append(self._node(int(best[at]), at))
        return tuple(points)

    def best(
        self, risk: float, most_left_out: float = 0.02, fixed: Mapping[str, int] | None = None
    ) -> Node | None:
        """The most useful way whose risk is at most that high, or None where there is none."""
        within = [node for node in self.points(most_left_out, fixed) if node.risk <= risk + 1e-12]
        return within[-1] if within else None

    def others(self, how_many: int, most_left_out: float = 0.02) -> tuple[tuple[float, float], ...]:
        """Risk and usefulness of some ways that others beat, spread evenly over all of them."""
        import numpy as np

        way, size = np.nonzero(self.left_out <= most_left_out * self.records + 1e-9)
        if not len(way):
            return ()
        # Each way once, at the largest size that it reaches.
        reached = np.full(self.tried, -1)
        np.maximum.at(reached, way, size)
        ways = np.flatnonzero(reached > 0)
        some = (
            ways[np.linspace(0, len(ways) - 1, min(how_many, len(ways))).astype(int)] if len(ways) else ways
        )
        return tuple((1 / SIZES[reached[at]], float(self.kept[at, reached[at]])) for at in some)

    def levels(self, node: Node) -> tuple[Level, ...]:
        """What a way does with each column."""
        return tuple(
            Level(
                column,
                level,
                steps[-1].level,
                1 - next(step.average for step in steps if step.level == level),
            )
            for column, level, steps in zip(self.columns, node.levels, self.space.steps, strict=True)
        )

    def _at(self, fixed: Mapping[str, int]) -> npt.NDArray[np.bool_]:
        import numpy as np

        allowed = np.ones(self.tried, dtype=bool)
        for column, level in fixed.items():
            at = self.columns.index(column)
            # A level that was not tried stands for the next coarser one that was.
            place = next(
                (place for place, step in enumerate(self.space.steps[at]) if step.level >= level),
                len(self.space.steps[at]) - 1,
            )
            allowed &= self.places[:, at] == place
        return allowed

    def _node(self, way: int, size: int) -> Node:
        levels = tuple(
            steps[place].level
            for steps, place in zip(self.space.steps, self.places[way].tolist(), strict=True)
        )
        k = SIZES[size]
        return Node(levels, k, 1 / k, float(self.kept[way, size]), int(self.left_out[way, size]))


def frontier(
    path: Path,
    question: Question,
    context: Context,
    hierarchies: Mapping[str, Hierarchy] | None = None,
    known: Mapping[str, str] | None = None,
) -> Frontier:
    """Try all ways to coarsen the quasi-identifiers of a question.

    Args:
        hierarchies: by column as the question names it; one that suits its values is taken for the others.
        known: kinds of personal data by column, for the choice of a hierarchy.

    Raises `Refused` where the table has too many different combinations.
    """
    check_question(question)
    start = time.monotonic()
    with open_read(path, context) as session, session.snapshot():
        wanted = source(read_schema(session, context), question.table, question.by)
        try:
            tuples = read_tuples(session, wanted, context)
        except TooMany:
            raise Refused(
                ErrorCode.TOO_LARGE,
                "The table has too many different combinations of these columns to try all ways.",
                hint="Nothing was changed. Take fewer columns, or remove one that is almost a name.",
            ) from None
    chosen = [
        (hierarchies or {}).get(column) or suggest((known or {}).get(column, ""), values)
        for column, values in zip(question.by, tuples.values, strict=True)
    ]
    at = tuple(Place(each.table, each.column) for each in wanted.reached)
    return frontier_of(wanted.table.name, at, space(question.by, chosen, tuples), context, start)


def frontier_of(
    table: str, at: tuple[Place, ...], ways: Space, context: Context, start: float | None = None
) -> Frontier:
    """Try all ways of a space."""
    import numpy as np

    begun = time.monotonic() if start is None else start
    borders = np.array(SIZES, dtype=float)
    places, kept, left_out = [], [], []

    def note(groups: Groups) -> None:
        # Groups of each size class; what is left out for a size is all that is in the classes below it.
        group = np.searchsorted(borders, groups.size, side="right")
        records = np.bincount(group, weights=groups.size, minlength=len(SIZES) + 1)
        worth = np.bincount(group, weights=groups.kept, minlength=len(SIZES) + 1)
        places.append(groups.places)
        left_out.append(np.cumsum(records)[:-1])
        kept.append(worth.sum() - np.cumsum(worth)[:-1])

    walk(ways, context, note)
    many = len(places)
    return Frontier(
        table,
        at,
        ways,
        np.array(places, dtype=np.int16).reshape(many, len(ways.columns)),
        np.array(kept).reshape(many, len(SIZES)) / max(1, ways.records),
        np.array(left_out).reshape(many, len(SIZES)).round().astype(np.int64),
        time.monotonic() - begun,
    )
