"""Where else a moment is held: points of other stores that are the same point, or of the same run.

Two points are the same where their roots are: the roots of open stores, and of stores with one naming key. Roots of
encrypted stores are keyed, each with its own key, so they say nothing of each other; then the contents of the tables
tell, where both were read, and else the run that made them, which goes from store to store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from steward_app.catalog import Catalog, journal, points, stores
from steward_app.catalog.journal import Phase
from steward_app.catalog.points import Point, PointKind, PointState
from steward_app.catalog.stores import Encryption
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.services.backup.capture import CapturePoint

SAME_RUN = timedelta(minutes=4)
"""A run goes from store to store; points of different stores that lie closer than this are of one run."""

_GOOD = (PointState.CHECKED, PointState.PROVEN)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A point of another store.

    Attributes:
        exact: it is known to hold the same; else it is of the same run, and nobody can compare the two.
    """

    point: Point
    store_name: str
    exact: bool

    @property
    def good(self) -> bool:
        """Whether somebody looked into it and found it right."""
        return self.point.state in _GOOD


def elsewhere(catalog: Catalog, point: Point) -> tuple[Elsewhere, ...]:
    """The same moment in the other stores of the database, in the order the stores were added. Reaches no store."""
    if not point.store_id:
        return ()
    with catalog.reading() as session:
        every = points.of_database(session, point.database_id)
        known = stores.of_database(session, point.database_id)
        roots = _roots(session, point)
    open_ones = {store.id for store in known if store.encryption is Encryption.NONE}
    found = []
    for store in known:
        near = [
            each for each in every if each.store_id == store.id != point.store_id and _same_run(each, point)
        ]
        told = [(each, _same(each, point, roots, open_ones)) for each in near]
        best = min(
            (pair for pair in told if pair[1] is not False),
            key=lambda pair: (pair[1] is None, _apart(pair[0], point)),
            default=None,
        )
        if best is not None:
            found.append(Elsewhere(best[0], store.name, best[1] is True))
    return tuple(found)


def _same(one: Point, other: Point, roots: Mapping[str, str], open_ones: set[str]) -> bool | None:
    """Whether two points hold the same; None where nobody can tell."""
    if one.kind is PointKind.PAGES is other.kind and one.size_bytes != other.size_bytes:
        return False
    if {one.store_id, other.store_id} <= open_ones and one.id in roots and other.id in roots:
        return roots[one.id] == roots[other.id]
    if one.tables and other.tables:
        return one.tables == other.tables
    return None


def _roots(session: Session, point: Point) -> dict[str, str]:
    """The roots of the points of a run, as the journal of this computer has them."""
    made_at = clock.from_text(point.made_at)
    events = journal.events(
        session,
        database_id=point.database_id,
        operation=CapturePoint.name,
        phases=(Phase.FINISHED,),
        since=clock.to_text(made_at - SAME_RUN),
        until=clock.to_text(made_at + 3 * SAME_RUN),  # it is journalled when it has been written
    )
    found: dict[str, str] = {}
    for event in events:
        match event.data:
            case {"result": {"point": str(name), "root": str(root)}}:
                found[name] = root
    return found


def _same_run(one: Point, other: Point) -> bool:
    return _apart(one, other) <= SAME_RUN


def _apart(one: Point, other: Point) -> timedelta:
    return abs(clock.from_text(one.made_at) - clock.from_text(other.made_at))
