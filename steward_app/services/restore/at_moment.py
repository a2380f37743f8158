"""The restore point of a moment: the newest that is not later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.catalog.points import Point, PointState
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup import list_points
from steward_app.services.backup.connect import find_store
from steward_app.services.restore.point import moment

_BAD = (PointState.FAILED, PointState.MISSING)
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


@dataclass(frozen=True, slots=True)
class AtMoment:
    """The point of a moment.

    Attributes:
        point: the newest that is not later, and can be used.
        asked_at: the moment that was asked for; RFC 3339, UTC.
        passed_over: points that are nearer, and are missing or not as they were made.
        clock_went_back: the clock of the computer went back near the moment: which points are earlier is not certain.
        elsewhere: the newest that is not later and lies in another place; None where there is none.
    """

    point: Point
    asked_at: str
    passed_over: tuple[Point, ...] = ()
    clock_went_back: bool = False
    elsewhere: Point | None = None

    @property
    def sentence(self) -> str:
        """Which point it is, and how far before the moment."""
        before = clock.from_text(self.asked_at) - clock.from_text(self.point.made_at)
        far = f"{_length(before)} before" if before >= timedelta(seconds=1) else "exactly"
        asked = f"{self.asked_at[:19].replace('T', ' ')} UTC"
        return f"The newest restore point not later than {asked} is {self.point.id} of {moment(self.point)}, {far}."

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What to know before it is restored."""
        found = []
        if self.passed_over:
            found.append(
                Finding(
                    "nearer_points_unusable",
                    Severity.WARNING,
                    f"{plural(len(self.passed_over), 'nearer restore point')} cannot be used",
                    Subject("restore point", name=self.passed_over[0].id),
                    detail="They are missing, or were found to be no longer as they were made.",
                )
            )
        if self.clock_went_back:
            found.append(
                Finding(
                    "clock_went_back",
                    Severity.WARNING,
                    "The clock of the computer went back near this moment",
                    Subject("restore point", name=self.point.id),
                    detail="Points that were made later say an earlier moment, or the other way round. Their numbers "
                    "in the store tell the order in which they were made; compare before you restore.",
                )
            )
        return tuple(found)


def point_at(catalog: Catalog, path: Path, when: str, context: Context, *, store: str = "") -> AtMoment:
    """The newest point of the database at a path that is not later than a moment.

    Args:
        when: "2026-11-20 10:05" in UTC, or with an offset ("2026-11-20 11:05+01:00").
        store: by name, address or id: only what lies there.

    Raises `UsageError` for what is no moment, and where every point is later.
    """
    asked = clock.typed(when)
    found = list_points(catalog, path, context)
    if store:
        lies_in = find_store(catalog, path, store, context).id
        found = tuple(point for point in found if point.store_id == lies_in)
    every = sorted(found, key=lambda point: point.made_at, reverse=True)
    earlier = [point for point in every if clock.from_text(point.made_at) <= asked]
    usable = [point for point in earlier if point.state not in _BAD]
    if not usable:
        first = min((point.made_at for point in every), default="")
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"There is no usable restore point of {quoted(path.name)} that is not later than "
            f"{clock.shown(clock.to_text(asked))}.",
            hint=f"The first is of {clock.shown(first)}." if first else "There is none at all yet.",
        )
    chosen = usable[0]
    passed_over = tuple(earlier[: earlier.index(chosen)])
    elsewhere = next((point for point in usable if point.store_id != chosen.store_id), None)
    return AtMoment(chosen, clock.to_text(asked), passed_over, _went_back(chosen, every), elsewhere)


def _went_back(chosen: Point, every: Sequence[Point]) -> bool:
    """Whether the numbers in its store say another order than the moments, around this point."""
    beside = [point for point in every if point.store_id == chosen.store_id and point.store_id]
    return any(
        (other.made_at > chosen.made_at) != (other.sequence > chosen.sequence)
        for other in beside
        if other.id != chosen.id and other.made_at != chosen.made_at
    )


def _length(span: timedelta) -> str:
    """A length of time in its two largest units: "2 hours 5 minutes"."""
    left = int(span.total_seconds())
    told: list[str] = []
    for unit, seconds in _UNITS:
        number, left = divmod(left, seconds)
        if number and len(told) < 2:
            told.append(plural(number, unit))
        elif told:
            break
    return " ".join(told)
