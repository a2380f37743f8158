"""Points of one run through the stores, as one moment: what a dot of the time line stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from steward_app.catalog.points import Point, PointState
from steward_app.kernel.clock import from_text
from steward_app.services.backup.elsewhere import SAME_RUN
from steward_app.services.backup.retention import Rule
from steward_app.services.backup.status import Line

_LADDER = (
    PointState.FAILED,  # said first: a damaged copy must not hide behind a sound one
    PointState.PROVEN,
    PointState.CHECKED,
    PointState.TAKEN,
    PointState.MISSING,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """The database as it was then, in one or more places; `points` with what must be seen first, first."""

    points: tuple[Point, ...]

    @property
    def point(self) -> Point:
        """The one that is chosen with the moment."""
        return self.points[0]

    @property
    def best(self) -> Point:
        """The copy that can be relied on most."""
        return min(self.points, key=lambda point: (point.state is PointState.FAILED, _rank(point)))

    @property
    def state(self) -> PointState:
        """What is known of it; of several copies what a steward must know first."""
        return self.point.state

    def holds(self, point_id: str) -> bool:
        """Whether the point is one of its copies."""
        return any(point.id == point_id for point in self.points)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the time line: the moments of a rule, oldest first; `hidden` older ones did not fit."""

    title: str
    moments: tuple[Moment, ...]
    rule: Rule | None
    hidden: int = 0


def rows_of(lines: Iterable[Line]) -> tuple[Row, ...]:
    """The lines of the status, their points put together to moments."""
    rows = tuple(Row(line.title, moments_of(line.points), line.rule) for line in lines)
    if len(rows) == 1 and rows[0].rule is None:  # there are no rules: everything stays
        return (replace(rows[0], title=QCoreApplication.translate("backups", "All points")),)
    return rows


def moments_of(points: Sequence[Point]) -> tuple[Moment, ...]:
    """Points, oldest first, as moments. Whole files on this computer are moments of their own."""
    groups: list[list[Point]] = []
    for point in points:
        if groups and _same_run(groups[-1], point):
            groups[-1].append(point)
        else:
            groups.append([point])
    return tuple(Moment(tuple(sorted(group, key=_rank))) for group in groups)


def alike(moments: Iterable[Moment]) -> frozenset[str]:
    """Ids of the points whose moments read alike to the minute, though they are not one."""
    minutes: dict[str, list[Moment]] = {}
    for moment in moments:
        for minute in {point.made_at[:16] for point in moment.points}:
            minutes.setdefault(minute, []).append(moment)
    return frozenset(
        point.id
        for minute, several in minutes.items()
        if len(several) > 1
        for moment in several
        for point in moment.points
        if point.made_at[:16] == minute
    )


def _same_run(group: Sequence[Point], point: Point) -> bool:
    places = {each.store_id for each in group}
    near = abs(from_text(point.made_at) - from_text(group[-1].made_at)) <= SAME_RUN
    return near and "" not in places and point.store_id not in ("", *places)


def _rank(point: Point) -> int:
    return _LADDER.index(point.state)
