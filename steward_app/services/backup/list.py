"""The restore points of a database."""

from __future__ import annotations

from pathlib import Path

from steward_app.catalog import Catalog, points
from steward_app.catalog.points import Point, PointState
from steward_app.kernel.progress import Context
from steward_app.services.backup import known


def list_points(catalog: Catalog, path: Path, context: Context) -> tuple[Point, ...]:
    """Every restore point of the database at a path, newest first; of one that is gone, too.

    Points that this catalog does not know yet are taken in from their manifests. Only names are looked at: `verify`
    reads the points themselves.
    """
    database_id = known.database_id(catalog, path, context)
    known.adopt(catalog, database_id, path)
    with catalog.reading() as session:
        found = points.of_database(session, database_id)
    news = {point.id: state for point in found if (state := _state_now(point)) is not point.state}
    if not news:
        return found
    with catalog.unit() as unit:
        for point_id, state in news.items():
            points.update(unit, point_id, state)
        unit.commit()
    with catalog.reading() as session:
        return points.of_database(session, database_id)


def _state_now(point: Point) -> PointState:
    """As it was, unless the copy has gone, or is there again: then nobody has looked into it yet.

    Of a point in a store `refresh` tells.
    """
    if point.store_id:
        return point.state
    if not point.path.exists():
        return PointState.MISSING
    return PointState.TAKEN if point.state is PointState.MISSING else point.state


def find_point(catalog: Catalog, path: Path, name: str, context: Context) -> Point:
    """The point of that id, or of an id that begins so. Raises `UsageError` when there is none, or more than one."""
    found = list_points(catalog, path, context)
    with catalog.reading() as session:
        return points.find(
            session, name, found[0].database_id if found else known.database_id(catalog, path, context)
        )
