"""Points that end on their day: those made before something was destroyed, as the plan of that said.

A point of what a database held before its persons were taken out holds them still. The steward who agreed to the plan
agreed to its end, too: it stands in the journal, and whatever removes points by the rules removes this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from steward_app.catalog import Catalog, journal
from steward_app.catalog.journal import Record
from steward_app.catalog.points import Point
from steward_app.db import Session
from steward_app.kernel import clock

ENDS: Final = "point_ends"
"""In the request of a plan: true where its restore point is destroyed on the day until which it is kept."""


def ended(catalog: Catalog, found: Iterable[Point], now: datetime) -> frozenset[str]:
    """The ids of those whose day is over."""
    return ending(
        catalog, (each for each in found if each.kept_until and clock.from_text(each.kept_until) <= now)
    )


def ending(catalog: Catalog, found: Iterable[Point]) -> frozenset[str]:
    """The ids of those that have such a day, over or to come."""
    kept = [each for each in found if each.kept_until]
    if not kept:
        return frozenset()
    with catalog.reading() as session:
        return frozenset(each.id for each in kept if ends(made_for(session, each)))


def made_for(session: Session, point: Point) -> Record | None:
    """The operation that a point was made for, or by itself; None where the journal does not know it."""
    made = journal.record(session, point.operation_id) if point.operation_id else None
    whole = made.started.data.get("within") if made else None
    return journal.record(session, whole) if isinstance(whole, str) else made


def ends(record: Record | None) -> bool:
    """Whether the plan of an operation says that its restore point is destroyed on its day."""
    request = record.started.data.get("request") if record else None
    return isinstance(request, dict) and request.get(ENDS) is True
