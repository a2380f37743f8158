"""Legal holds: a restore point that no rule removes until somebody lets go of it.

A hold of a point in a store lies in the store, so that every computer that prunes it sees it; that of a whole file on
this computer stands in the catalog.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from steward_app.catalog import Catalog, journal, points, stores
from steward_app.catalog.journal import Phase
from steward_app.catalog.points import Point
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.services.backup.capture import find_manifest
from steward_app.services.backup.connect import Opened, reached
from steward_app.services.backup.list import find_point
from steward_app.services.backup.store import layout, records
from steward_app.storage import process


def hold(catalog: Catalog, path: Path, point: str, why: str, context: Context) -> Point:
    """Keep a restore point whatever the rules say; as it is known then.

    Args:
        point: its id, or the beginning of it.
        why: in words, for whoever finds the hold; it stands in the store, sealed where that is encrypted.

    Raises `UsageError` without a reason or for a point that is not known, `Failure` when its store does not answer, or
    the point went from it in this moment.
    """
    why = why.strip()
    if not why:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "A legal hold needs a reason.",
            hint="Nothing was changed. Say why it stays.",
        )
    found = find_point(catalog, path, point, context)
    if found.store_id:
        told = {"by": process.user(), "at": clock.to_text(clock.now()), "why": why}
        with reached(catalog, _store(catalog, found), context) as opened:
            records.write_hold(opened.store, found.id, told, context)
            _require_there(opened, found)
    return _keep(catalog, found, why, "backup.hold", f"The restore point {found.id} is on legal hold")


def release(catalog: Catalog, path: Path, point: str, context: Context) -> Point:
    """Let go of a restore point: from now on the rules say how long it stays.

    Raises as `hold` does, and `UsageError` for a point that is not on hold.
    """
    found = find_point(catalog, path, point, context)
    if not found.held:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The restore point {visible(found.id)} is not on hold.",
            hint="Nothing was changed. List the points to see which are.",
        )
    if found.store_id:
        with reached(catalog, _store(catalog, found), context) as opened:
            records.release(opened.store, found.id, clock.to_text(clock.now()), context)
    return _keep(
        catalog, found, "", "backup.release", f"The restore point {found.id} is on legal hold no longer"
    )


def _require_there(opened: Opened, point: Point) -> None:
    """A prune on another computer looks for a hold before it removes a point: one of the two sees the other."""
    if find_manifest(opened, point.id, Context()) is None:
        opened.store.objects.delete(layout.hold(point.id, sealed=opened.store.encrypted))
        raise Failure(
            ErrorCode.NOT_FOUND,
            f"The restore point {visible(point.id)} is not in the store at {quoted(opened.store.objects.where, 200)} "
            "any more.",
            hint="It is not on hold. List the points to choose another.",
        )


def _store(catalog: Catalog, point: Point) -> stores.Store:
    with catalog.reading() as session:
        return stores.get(session, point.store_id)


def _keep(catalog: Catalog, point: Point, why: str, operation: str, sentence: str) -> Point:
    now = replace(point, held=why)
    with catalog.unit() as unit:
        points.replace(unit, now)
        details = {"sentence": sentence, "point": point.id, "store": point.store_id, "why": why}
        journal.append(unit, Phase.NOTE, operation, database_id=point.database_id, details=details)
        unit.commit()
    return now
