"""Risk against usefulness over all ways to coarsen: computed once, then every question is a look into a table."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.db import ReadSession, open_read
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.services.privacy.hierarchies import Hierarchy, suggest
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.reach import asked_source
from steward_app.services.privacy.risk.holding import is_checked, refused_levels
from steward_app.services.privacy.risk.lattice import node_of
from steward_app.services.privacy.risk.least import levels_below
from steward_app.services.privacy.risk.measure import check_question
from steward_app.services.privacy.risk.model import Level, Node, Question
from steward_app.services.privacy.risk.read import TooMany, Tuples, read_tuples
from steward_app.services.privacy.risk.space import Space, space
from steward_app.services.privacy.risk.staying import NOTHING, Asked, near_whole
from steward_app.services.privacy.risk.walk import Groups, groups_of, walk
from steward_app.services.privacy.risk.whose import read_whose
from steward_app.services.privacy.rules import Rule
from steward_app.services.schema import read_schema
from steward_app.services.schema.model import Schema

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
        asked: l and t that every group reaches in all ways. `kept` and `left_out` then say what leaving the groups out
            that do not comes to at best, and so where groups count persons: what stays is judged again when a
            way may be the best.
        kinds: types of personal data of the columns, as far as they are known.
        checked: those of `at` that a CHECK of their table speaks of.
    """

    table: str
    at: tuple[Place, ...]
    space: Space
    places: npt.NDArray[np.int16]
    kept: Real
    left_out: Whole
    seconds: float
    asked: Asked = NOTHING
    kinds: Mapping[str, str] = field(default_factory=dict)
    checked: frozenset[Place] = frozenset()
    _judged: dict[tuple[int, int], Node] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The quasi-identifiers."""
        return self.space.columns

    @property
    def is_bounded(self) -> bool:
        """Whether rules that were written rule out that some column stays as it is."""
        return any(steps[0].level for steps in self.space.steps)

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

        most = most_left_out * self.records + 1e-9
        allowed = self.left_out <= most
        allowed &= self._at(fixed or {})[:, None]
        kept = np.where(allowed, self.kept, -1.0)
        points: list[Node] = []
        for at in reversed(
            range(len(SIZES))
        ):  # the safest first; a riskier one must keep more than all of them
            best = self._best_at(kept[:, at], at, most)
            if best is not None and (not points or best.kept > points[-1].kept + 1e-12):
                points.append(best)
        return tuple(points)

    def _best_at(self, kept: Real, at: int, most: float) -> Node | None:
        """The way that keeps most for a size; `kept` is what each keeps at best, and is put right on the way."""
        while len(kept) and kept[best := int(kept.argmax())] >= 0:
            node = self._node(best, at)
            if node.left_out <= most and node.kept >= kept[best] - 1e-12:
                return node
            kept[best] = node.kept if node.left_out <= most else -1.0
        return None

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
        k, places = SIZES[size], self.places[way].tolist()
        if self.space.sensitive or self.space.whose is not None:
            if (way, size) not in self._judged:
                judged = node_of(self.space, groups_of(self.space, places), replace(self.asked, k=k))
                self._judged[way, size] = replace(judged, k=k, risk=1 / k)
            return self._judged[way, size]
        levels = tuple(steps[place].level for steps, place in zip(self.space.steps, places, strict=True))
        return Node(levels, k, 1 / k, float(self.kept[way, size]), int(self.left_out[way, size]))


def frontier(
    path: Path,
    question: Question,
    context: Context,
    hierarchies: Mapping[str, Hierarchy] | None = None,
    known: Mapping[str, str] | None = None,
    asked: Asked | None = None,
    least: Mapping[Place, Rule] | None = None,
) -> Frontier:
    """Try all ways to coarsen the quasi-identifiers of a question.

    Args:
        hierarchies: by column as the question names it; one that suits its values is taken for the others.
        known: kinds of personal data by column, for the choice of a hierarchy.
        asked: l and t that every group must reach of the question's sensitive columns; its k is not looked at.
        least: rules; ways that do less than one of them says are not tried.

    Raises `Refused` where the table has too many different combinations.
    """
    check_question(question)
    start = time.monotonic()
    with open_read(path, context) as session, session.snapshot():
        schema = read_schema(session, context)
        by, told, person = question.by, question.sensitive, question.person
        wanted = asked_source(schema, question.table, by, told, person)
        try:
            if person:
                tuples, whose = read_whose(session, wanted, len(by) + len(told), context)
            else:
                tuples, whose = read_tuples(session, wanted, context), None
        except TooMany:
            raise Refused(
                ErrorCode.TOO_LARGE,
                "The table has too many different combinations of these columns to try all ways.",
                hint="Nothing was changed. Take fewer columns, or remove one that is almost a name.",
            ) from None
        chosen = [
            (hierarchies or {}).get(column) or suggest((known or {}).get(column, ""), values)
            for column, values in zip(question.by, tuples.values, strict=False)
        ]
        at = tuple(Place(each.table, each.column) for each in wanted.reached[: len(question.by)])
        checked, refused = _checked(session, schema, at, chosen, tuples)
    without = [
        _with_least(levels, levels_below((least or {}).get(place), hierarchy), hierarchy)
        for place, levels, hierarchy in zip(at, refused, chosen, strict=True)
    ]
    ways = replace(space(question.by, chosen, tuples, without=without), whose=whose)
    found = frontier_of(wanted.table.name, at, ways, context, start, asked or NOTHING)
    return replace(found, kinds=known or {}, checked=checked)


def _checked(
    session: ReadSession, schema: Schema, at: Sequence[Place], chosen: Sequence[Hierarchy], tuples: Tuples
) -> tuple[frozenset[Place], list[frozenset[int]]]:
    """The columns that a CHECK speaks of, and for every column the levels that it cannot take."""
    checked, refused = set(), []
    for place, hierarchy, values in zip(at, chosen, tuples.values, strict=False):
        table = schema.table(place.table)
        column = table.column(place.column) if table else None
        if table is None or column is None or not is_checked(table, column):
            refused.append(frozenset[int]())
            continue
        checked.add(place)
        refused.append(refused_levels(session, table, column, hierarchy, values))
    return frozenset(checked), refused


def _with_least(refused: frozenset[int], below: frozenset[int], hierarchy: Hierarchy) -> frozenset[int]:
    """The levels that are not tried; where a CHECK refuses all that would be enough, the others are."""
    without = refused | below
    return without if len(without) < len(hierarchy.titles) else refused


def frontier_of(
    table: str,
    at: tuple[Place, ...],
    ways: Space,
    context: Context,
    start: float | None = None,
    asked: Asked = NOTHING,
) -> Frontier:
    """Try all ways of a space."""
    import numpy as np

    begun = time.monotonic() if start is None else start
    borders = np.array(SIZES, dtype=float)
    places, kept, left_out = [], [], []
    of_groups = replace(asked, k=1)

    def note(groups: Groups) -> None:
        # Groups of each size class; what is left out for a size is all that is in the classes below it.
        group = np.searchsorted(borders, groups.size, side="right")
        if asked.of_sensitive:
            shares = groups.shares()
            group[~near_whole(groups.size, shares, ways.numbers, of_groups)] = 0
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
        asked,
    )
