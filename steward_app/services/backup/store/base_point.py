"""The point a new one stands on: the newest whose maps can be read here."""

from __future__ import annotations

from pathlib import Path

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.store.cache import StoreCache
from steward_app.services.backup.store.fetch import Fetcher
from steward_app.services.backup.store.model import (
    BasePoint,
    BaseUnusable,
    Manifest,
    OpenStore,
    PointKind,
    StoredPoint,
)
from steward_app.services.backup.store.reader import read_map
from steward_app.services.backup.store.sealing import file_digest
from steward_app.services.backup.store.staging import BLOCKS, HASHES
from steward_app.services.backup.store.writer import MAP
from steward_app.storage.age import Identity

REMEMBERED = "hashes/"  # and the id of the point
_BLOCKS = "blocks/"


def remember(
    cache: StoreCache, store: OpenStore, stored: StoredPoint, staging: Path, context: Context
) -> None:
    """Keep what the next point needs of the one just written; forget what no longer matters.

    Args:
        staging: the folder the point was written from.
    """
    point = stored.manifest
    cache.put(point.maps[-1], staging / MAP, context)
    cache.put(_BLOCKS + point.id, staging / BLOCKS, context)
    cache.put(REMEMBERED + point.id, staging / HASHES, context)
    needed = {*point.maps, REMEMBERED + point.id, _BLOCKS + point.id}
    for name in cache.names():
        if name not in needed:
            cache.forget(name)


def load_base(
    store: OpenStore,
    stored: StoredPoint,
    cache: StoreCache | None,
    identity: Identity | None,
    scratch: Path,
    context: Context,
) -> BasePoint | None:
    """A point made ready to stand on, from the cache, else from the store; None when it can be read from neither.

    None, too, of one that not every recipient of the store can open.

    Args:
        identity: a private key, where one is at hand.
        scratch: an empty folder, which the answer needs as long as it is used.

    Raises `Failure` when the store cannot be reached.
    """
    point = stored.manifest
    if point.kind is not PointKind.PAGES or point.sequence <= store.descriptor.alone_after:
        return None
    fetcher = Fetcher(store, point, identity)

    def load_maps(folder: Path, context: Context) -> tuple[Path, ...]:
        return tuple(_map(name, fetcher, cache, folder, context) for name in point.maps)

    hashes = scratch / HASHES
    if cache and cache.get_to(REMEMBERED + point.id, hashes, context) and _are_of(hashes, point, store):
        cache.get_to(_BLOCKS + point.id, scratch / BLOCKS, context)  # without them the scan takes longer
        return BasePoint(point, hashes, load_maps)
    if store.encrypted and identity is None:
        return None
    hashes.unlink(missing_ok=True)
    try:
        return BasePoint(point, read_map(store, point, identity, scratch, context).hashes, load_maps)
    except Failure as error:
        if error.code in (ErrorCode.NOT_FOUND, ErrorCode.DAMAGED, ErrorCode.WRONG_KEY):
            return None
        raise


def _are_of(hashes: Path, point: Manifest, store: OpenStore) -> bool:
    return file_digest(hashes, store.naming_key).hex() == point.root


def _map(name: str, fetcher: Fetcher, cache: StoreCache | None, folder: Path, context: Context) -> Path:
    """A map of the base, opened. Raises `BaseUnusable` when it can be read from neither cache nor store."""
    path = folder / name.replace("/", "-")
    if cache and cache.get_to(name, path, context):
        return path
    try:
        return fetcher.file(name, folder, context)
    except Failure as error:
        if error.code in (
            ErrorCode.NOT_FOUND,
            ErrorCode.DAMAGED,
            ErrorCode.WRONG_KEY,
            ErrorCode.NEEDS_KEY,
        ):
            raise BaseUnusable(error.code, error.message, hint=error.hint) from error
        raise
