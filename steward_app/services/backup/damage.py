"""What is known to be wrong in a store: the objects that a verification, or a failed drill, found damaged or missing.

One list for two uses. A capture does not stand on these objects and writes what it needs anew; a repair writes them
again from where they are good.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from steward_app.catalog import Catalog, points
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Store
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural
from steward_app.services.backup.reading import read_objects
from steward_app.services.backup.store import failures, layout, reader
from steward_app.services.backup.store.model import Manifest, OpenStore

COMPARED = "Every object it needs was read and compared"
"""The check that counts objects: its detail is "301 of 304"."""

BROUGHT_BACK = "It can be brought back"
"""What is not so where a drill ended before anything could be looked at."""

ALONE = "No other point needs what is damaged"
"""Its detail says how many do, where some do."""

EXPLAINED = (COMPARED, BROUGHT_BACK, ALONE)
"""What fails because of an object that is not right, and holds again when it is."""


def is_object(name: str) -> bool:
    """Whether the detail of a check names an object that points are made of, or a manifest."""
    return layout.hashes_in(name) is not None or layout.read_point(name) is not None


def damaged_in(checks: Iterable[Check]) -> tuple[str, ...]:
    """The objects that checks found damaged or missing."""
    return tuple(dict.fromkeys(each.detail for each in checks if not each.passed and is_object(each.detail)))


def failed_points(catalog: Catalog, store: Store) -> tuple[Point, ...]:
    """The points of a store that were found wrong, newest first."""
    with catalog.reading() as session:
        every = points.of_database(session, store.database_id)
    return tuple(each for each in every if each.store_id == store.id and each.state is PointState.FAILED)


def damaged_objects(catalog: Catalog, store: Store) -> frozenset[str]:
    """Every object of a store that points which failed were found to miss, or to have damaged."""
    return frozenset(name for point in failed_points(catalog, store) for name in damaged_in(point.checks))


def object_checks(store: OpenStore, made: Manifest, scratch: Path, context: Context) -> tuple[Check, ...]:
    """Read all that a point needs: how much of it is right, who else needs what is not, and each object that is not.

    Args:
        scratch: an empty folder.
    """
    names = tuple(dict.fromkeys(made.objects))
    infos = {name: store.objects.info(name, context) for name in names}
    read = read_objects(store, [info for info in infos.values() if info is not None], scratch, context)
    wrong = [name for name in names if infos[name] is None or name in read.wrong]
    others = [point for point in reader.points(store, context).points if point.manifest.id != made.id]
    needing = sum(not set(wrong).isdisjoint(point.manifest.objects) for point in others) if wrong else 0
    return (
        Check(COMPARED, not wrong, f"{len(names) - len(wrong):,} of {len(names):,}"),
        *([Check(ALONE, not needing, plural(needing, "other point") if needing else "")] if wrong else []),
        *(Check(f"T{failures.object_words(name)[1:]}", False, name) for name in wrong),
    )
