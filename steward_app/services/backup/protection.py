"""How well a database is protected, as its restore points tell: what the window says in its header and on Overview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from steward_app.catalog.points import Point, PointState
from steward_app.kernel import clock

OLD_AFTER = timedelta(days=7)
"""A proven point older than this is said to be old: work of a week would be lost."""

_CLOCKS_DIFFER = timedelta(days=1)  # of a point further ahead nobody can say how old it is: a clock was wrong


class Standing(StrEnum):
    """How well, worst first."""

    NONE = "none"  # there is no point that could be restored
    UNPROVEN = "unproven"  # there are some; none was ever restored and compared
    OLD = "old"  # the newest proven one is older than `OLD_AFTER`, or its age cannot be told
    PROVEN = "proven"


@dataclass(frozen=True, slots=True)
class Protection:
    """What a steward can count on.

    Attributes:
        sound: points that could be restored, newest first: taken, checked or proven.
        wrong: points that are damaged or gone, newest first.
        proven: the newest that was restored and compared, or None.
    """

    standing: Standing
    sound: tuple[Point, ...]
    wrong: tuple[Point, ...]
    proven: Point | None

    @property
    def points(self) -> int:
        return len(self.sound) + len(self.wrong)


def protection(points: Sequence[Point]) -> Protection:
    """What the points of one database, newest first, are worth now."""
    wrong = tuple(point for point in points if point.state in (PointState.FAILED, PointState.MISSING))
    sound = tuple(point for point in points if point not in wrong)
    proven = next((point for point in sound if point.state is PointState.PROVEN), None)
    if proven is None:
        return Protection(Standing.UNPROVEN if sound else Standing.NONE, sound, wrong, None)
    old = not -_CLOCKS_DIFFER <= clock.now() - clock.from_text(proven.made_at) <= OLD_AFTER
    return Protection(Standing.OLD if old else Standing.PROVEN, sound, wrong, proven)
