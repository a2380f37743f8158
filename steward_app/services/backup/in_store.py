"""The points of a store that this catalog may know nothing of: on a new computer the store tells everything."""

from __future__ import annotations

from pathlib import Path

from steward_app.catalog import Catalog, points
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Encryption, Store
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.services.backup.connect import Opened, find_store, opened
from steward_app.services.backup.refresh import refresh, stored_points
from steward_app.services.backup.store.keys import Unlocking

_BAD = (PointState.FAILED, PointState.MISSING)


def list_in_store(
    catalog: Catalog, url: str, context: Context, given: Unlocking | None = None
) -> tuple[Point, ...]:
    """The points in the store at an address, newest first. Nothing is remembered of them.

    Without a key an encrypted store tells less of them. Raises `Failure` when it does not answer.
    """
    locked_too = given is None or not given.has_key
    with opened(catalog, url, context, given=given, locked_too=locked_too) as found:
        return tuple(stored_points(found, _store(found, url), context))


def find_in_store(
    catalog: Catalog, url: str, name: str, context: Context, given: Unlocking | None = None
) -> Point:
    """The point of that id, or of an id that begins so; the newest that is not known to be bad where `name` is "".

    Raises `UsageError` when there is none, or more than one; `Failure` as `opened`.
    """
    start = name if not name or name.startswith("pt_") else f"pt_{name}"
    with opened(catalog, url, context, given=given, to_read=True) as found:
        where = visible(found.store.objects.where)
        known = stored_points(found, _store(found, url), context, start)
        if not name:
            sound = next((point for point in known if point.state is not PointState.FAILED), None)
            chosen = [sound] if sound else []
        else:
            chosen = list(known)
            chosen = [point for point in chosen if point.id == start] or chosen
    if len(chosen) != 1:
        told = "More than one restore point begins with" if chosen else "There is no restore point"
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"{told} {visible(name) or 'that can be restored'} in the store at {where}.",
            hint="List them to see their names: steward backup list --store URL.",
        )
    return chosen[0]


def newest_in(catalog: Catalog, path: Path, store: str, context: Context) -> Point:
    """The newest point that can be used of one store of the database at a path, by name, address or id of the store.

    Raises `UsageError` when there is none, or no such store; `Failure` when it does not answer.
    """
    known = refresh(catalog, find_store(catalog, path, store, context), context)
    with catalog.reading() as session:
        every = points.of_database(session, known.database_id)
    usable = (each for each in every if each.store_id == known.id and each.state not in _BAD)
    chosen = max(usable, key=lambda each: each.sequence, default=None)
    if chosen is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"There is no restore point that can be used in the store {quoted(known.name)}.",
            hint="List them to see why: steward backup list DATABASE.",
        )
    return chosen


def _store(found: Opened, url: str) -> Store:
    described = found.store.descriptor
    encryption = Encryption.AGE if found.store.encrypted else Encryption.NONE
    return Store(described.store_id, described.database_id, url, url, encryption, described.created_at)
