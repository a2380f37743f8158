"""What a store holds, told by the store alone: for a new computer, or one whose catalog was lost."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.catalog import Catalog
from steward_app.catalog.points import Point
from steward_app.catalog.stores import Encryption, Store
from steward_app.kernel.progress import Context
from steward_app.services.backup.connect import opened
from steward_app.services.backup.refresh import stored_points
from steward_app.services.backup.store import layout
from steward_app.services.backup.store.keys import Unlocking


@dataclass(frozen=True, slots=True)
class StoreContents:
    """What is in a store.

    Attributes:
        url, where: its address, as given and for people; neither holds a secret.
        database_id: of the database it belongs to.
        created_at: RFC 3339, UTC.
        encrypted: whether a key opens it.
        readable: whether points can be read with what was given, or what this machine keeps.
        points: newest first. Without a key less is known of them.
        by_passphrase: whether a passphrase opens it.
    """

    url: str
    where: str
    database_id: str
    created_at: str
    encrypted: bool
    readable: bool
    points: tuple[Point, ...]
    by_passphrase: bool = False


def store_contents(
    catalog: Catalog, url: str, context: Context, given: Unlocking | None = None
) -> StoreContents:
    """Look into the store at an address. Nothing is remembered of it.

    Args:
        given: opens it; without a key, what this machine keeps. Where that does not, its points are listed too.

    Raises `UsageError` for what is no address, `Failure` when the store does not answer, is none, or is not opened by
    what was given (WRONG_KEY).
    """
    locked_too = given is None or not given.has_key
    with opened(catalog, url, context, given=given, locked_too=locked_too) as found:
        described = found.store.descriptor
        encryption = Encryption.AGE if found.store.encrypted else Encryption.NONE
        store = Store(described.store_id, described.database_id, url, url, encryption, described.created_at)
        points: list[Point] = []
        for point in stored_points(found, store, context):
            points.append(point)
            context.report(len(points), unit="restore points")
            context.checkpoint()
        return StoreContents(
            url,
            found.store.objects.where,
            described.database_id,
            described.created_at,
            found.store.encrypted,
            found.readable,
            tuple(points),
            found.store.encrypted and found.store.objects.info(layout.IDENTITY, context) is not None,
        )
