"""The point a new one stands on: from what this machine remembers of its last one, else from the store itself.

A machine that holds only the public key cannot read maps back from the store; it remembers the last ones it wrote. When
it remembers nothing the next point stands alone, which costs space and nothing else.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.connect import Opened
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.cache import StoreCache
from steward_app.services.backup.store.fetch import Fetcher
from steward_app.services.backup.store.keys import machine_identity
from steward_app.services.backup.store.model import BasePoint, Manifest, PointKind, StoredPoint
from steward_app.services.backup.store.staging import HASHES
from steward_app.services.backup.store.writer import MAP
from steward_app.storage.secrets import open_secrets

_NAME, _HASHES = "name", "hashes"


def base_point(catalog: Catalog, found: Opened, folder: Path, context: Context) -> BasePoint | None:
    """What the next point can stand on, or None.

    Args:
        folder: an empty scratch folder; the answer needs it as long as it is used.
    """
    return _remembered(catalog, found, folder, context) or _in_the_store(found, folder, context)


def remember_base(
    catalog: Catalog, found: Opened, point: StoredPoint, staging: Path, context: Context
) -> None:
    """Remember a point that was just written, from what the scan and the writer left in their folder.

    The name comes last, and goes first: pieces of two points are never taken for one. Failing to remember costs the
    next run time; it is no failure of the point.
    """
    cache = _cache(catalog, found)
    with suppress(Failure):
        cache.forget(_NAME)
        cache.put(point.manifest.maps[-1], staging / MAP, context)
        cache.put(_HASHES, staging / HASHES, context)
        cache.put(_NAME, point.name.encode("ascii"), context)
        for name in set(cache.names()) - {_NAME, _HASHES, *point.manifest.maps}:
            cache.forget(name)


def forget_base(catalog: Catalog, found: Opened) -> None:
    """Remember nothing of a store, so that the next point stands on nothing this machine believes."""
    _cache(catalog, found).forget_all()


def _remembered(catalog: Catalog, found: Opened, folder: Path, context: Context) -> BasePoint | None:
    cache = _cache(catalog, found)
    name = cache.get(_NAME, context)
    if name is None:
        return None
    point = _still_there(found, name.decode("ascii", "replace"), context)
    hashes = folder / HASHES
    if point is None or not cache.get_to(_HASHES, hashes, context):
        return None
    if not set(point.manifest.maps) <= set(cache.names()):
        return None
    return BasePoint(point.manifest, hashes, partial(_recalled, cache, point.manifest))


def _recalled(cache: StoreCache, point: Manifest, into: Path, context: Context) -> tuple[Path, ...]:
    paths = tuple(into / f"{number:03d}.map" for number in range(len(point.maps)))
    for name, path in zip(point.maps, paths, strict=True):
        if not cache.get_to(name, path, context):
            raise ValueError("a remembered map cannot be read")
    return paths


def _in_the_store(found: Opened, folder: Path, context: Context) -> BasePoint | None:
    """The newest point whose maps can be read; a damaged one is passed over."""
    if not found.readable:
        return None
    for name in reversed(reader.point_names(found.store, context)):
        scratch = folder / name.id
        scratch.mkdir()
        try:
            point = reader.read_manifest(found.store, name.name, context).manifest
            if point.kind is not PointKind.PAGES:
                continue
            page_map = reader.read_map(found.store, point, found.identity, scratch, context)
        except Failure as error:
            if error.code in (ErrorCode.DAMAGED, ErrorCode.NOT_FOUND, ErrorCode.VERIFY_FAILED):
                continue
            raise
        return BasePoint(point, page_map.hashes, partial(_fetched, found, point))
    return None


def _fetched(found: Opened, point: Manifest, into: Path, context: Context) -> tuple[Path, ...]:
    fetcher = Fetcher(found.store, point, found.identity)
    return tuple(fetcher.file(name, into, context) for name in point.maps)


def _still_there(found: Opened, name: str, context: Context) -> StoredPoint | None:
    try:
        return reader.read_manifest(found.store, name, context)
    except (Failure, ValueError) as error:
        if isinstance(error, ValueError) or error.code in (ErrorCode.NOT_FOUND, ErrorCode.DAMAGED):
            return None
        raise


def _cache(catalog: Catalog, found: Opened) -> StoreCache:
    identity = machine_identity(open_secrets(catalog.directory))
    return StoreCache(catalog.directory, found.store.descriptor.store_id, identity)
