"""Reading a store: its points, and any of them as the file it was.

Nothing is believed: every object is compared with its name, every map with the manifest's root, every page with its
hash. The restored file appears whole or not at all, and never in the place of another.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from steward_app.db.image import read_image
from steward_app.db.sidefiles import JOURNAL, WAL, beside
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, size
from steward_app.services.backup.store import details, failures, layout, manifest, sealing
from steward_app.services.backup.store.fetch import Fetcher
from steward_app.services.backup.store.image import write_pages
from steward_app.services.backup.store.map import PageMap, resolve
from steward_app.services.backup.store.model import (
    DamagedPoint,
    Details,
    Listing,
    Manifest,
    OpenStore,
    PointKind,
    StoredPoint,
)
from steward_app.services.backup.store.plain import copy_plain
from steward_app.storage import Staged, free_bytes, scratch_directory, spare_databases, staged
from steward_app.storage.age import Identity
from steward_app.storage.objects import in_parallel

_ABOUT_ONE: Final = (ErrorCode.DAMAGED, ErrorCode.NEWER_FORMAT, ErrorCode.WHICH_DATABASE)


@dataclass(frozen=True, slots=True)
class RestoredImage:
    """A point as a file again, every page compared with its hash.

    Attributes:
        root: BLAKE3 over the page hashes (of a plain point, over the file): the manifest's.
    """

    path: Path
    size_bytes: int
    pages: int
    root: str


def point_names(store: OpenStore, context: Context) -> tuple[layout.PointName, ...]:
    """What the names of the manifests tell, oldest first. Reads none of them."""
    names = (layout.read_point(info.name) for info in store.objects.list(layout.POINTS, context))
    return tuple(sorted((name for name in names if name), key=lambda name: (name.sequence, name.name)))


def points(store: OpenStore, context: Context, *, known: Listing | None = None) -> Listing:
    """Every point, and every manifest that cannot be read. Raises `Failure` when the store cannot be reached.

    Args:
        known: what was read a moment ago; manifests never change, so those are not read again.
    """
    before = {point.name: point for point in known.points} if known else {}

    def read(name: layout.PointName, stop: Context) -> StoredPoint | DamagedPoint | None:
        if name.name in before:
            return before[name.name]
        try:
            return manifest.read(store, name.name, stop)
        except Failure as error:
            if error.code is ErrorCode.NOT_FOUND:
                return None  # pruned meanwhile
            if error.code in _ABOUT_ONE:
                return DamagedPoint(name.name, error)
            raise

    found = list(in_parallel(store.objects, read, point_names(store, context), context))
    return Listing(
        tuple(each for each in found if isinstance(each, StoredPoint)),
        tuple(each for each in found if isinstance(each, DamagedPoint)),
    )


def read_manifest(store: OpenStore, name: str, context: Context) -> StoredPoint:
    """One point by the name of its manifest. Raises `Failure`."""
    return manifest.read(store, name, context)


def read_details(store: OpenStore, point: Manifest, identity: Identity | None, context: Context) -> Details:
    """What a point tells of itself. Raises `Failure`; NEEDS_KEY in an encrypted store without the private key."""
    manifest.check_belongs(store, point)
    fetcher = Fetcher(store, point, identity)
    try:
        return details.from_bytes(fetcher.contents(point.details, context, most_bytes=details.MOST_BYTES))
    except ValueError as error:
        raise fetcher.damaged(point.details, "it does not hold the details of a point") from error


def read_map(
    store: OpenStore, point: Manifest, identity: Identity | None, scratch: Path, context: Context
) -> PageMap:
    """The maps of a point, laid over one another and compared with its root.

    Args:
        scratch: an empty folder, which the answer needs as long as it is used.
    """
    fetcher = Fetcher(store, point, identity)
    files = [fetcher.file(name, scratch, context) for name in point.maps]
    return check_map(store, point, files, scratch, context)


def check_map(
    store: OpenStore, point: Manifest, files: Iterable[Path], scratch: Path, context: Context
) -> PageMap:
    """As `read_map`, from map files that are at hand, opened."""
    try:
        page_map = resolve(files, scratch, context)
        if (page_map.pages, page_map.page_size_bytes) != (point.pages, point.page_size_bytes):
            raise ValueError("they are of another size than the manifest says")
        if page_map.root(store.naming_key) != point.root:
            raise ValueError("their hashes are not the ones of the manifest")
        if not {page_map.packs[pack] for pack in page_map.needed_packs()} <= set(point.packs):
            raise ValueError("they need packs that the manifest does not name")
    except ValueError as error:
        raise failures.maps_damaged(store, point, str(error)) from error
    return page_map


def read_point(
    store: OpenStore,
    point: Manifest,
    identity: Identity | None,
    target: Path,
    context: Context,
    *,
    scratch: Path,
) -> RestoredImage:
    """Restore a point to a new file.

    Args:
        identity: a private key that opens the store; None where it is not encrypted.
        target: where the file shall stand, readable by its owner alone. Nothing may be there.
        scratch: the folder for scratch space; what is needed is some 70 bytes a page, or the size of a plain point.

    Raises:
        Refused: there is something at `target`, or beside it what SQLite would take for its own.
        Failure: an object is gone, damaged or sealed to another key; the disk is full; the store was not unlocked.
    """
    manifest.check_belongs(store, point)
    _check_target(target, point)
    with staged(target, private=True) as new:
        fill(store, point, identity, new, context, scratch=scratch)
        context.checkpoint()
        new.finish(overwrite=False)
    return RestoredImage(target, point.size_bytes, point.pages, point.root)


def fill(
    store: OpenStore,
    point: Manifest,
    identity: Identity | None,
    new: Staged,
    context: Context,
    *,
    scratch: Path,
) -> None:
    """As `read_point`, into a file in the making, to which the caller gives its name."""
    manifest.check_belongs(store, point)
    _check_free(new.target, point)
    fetcher = Fetcher(store, point, identity)
    with scratch_directory(scratch) as folder:
        if point.kind is PointKind.PLAIN:
            copy_plain(fetcher, folder, new, context)
        else:
            write_pages(fetcher, read_map(store, point, identity, folder, context), new, context)


def image_root(store: OpenStore, point: Manifest, path: Path, context: Context) -> str:
    """What the manifest calls the root, of a file as it is read back from the disk."""
    key, page_size = store.naming_key, point.page_size_bytes
    hashed = sealing.new_hash(key)
    for chunk in read_image(path, context):
        if point.kind is PointKind.PLAIN:
            hashed.update(chunk)
            continue
        view = memoryview(chunk)
        pages = (view[at : at + page_size] for at in range(0, len(view), page_size))
        hashed.update(b"".join(sealing.digest(page, key) for page in pages))
    return hashed.hexdigest()


def _check_target(target: Path, point: Manifest) -> None:
    if os.path.lexists(target):
        raise Refused(
            ErrorCode.BAD_PATH,
            f"{quoted(target.name)} exists already.",
            hint="It was left as it is. Choose another name.",
        )
    spare_databases(target)
    for left in (beside(target, WAL), beside(target, JOURNAL)):
        if os.path.lexists(left):
            raise Refused(
                ErrorCode.BAD_PATH,
                f"{quoted(left.name)} lies there from another file, and SQLite would play it over the restored one.",
                hint="Nothing was written. Choose another name, or move that file away.",
            )
    _check_free(target, point)


def _check_free(target: Path, point: Manifest) -> None:
    free = free_bytes(target.parent)
    if free < point.size_bytes:
        raise Failure(
            ErrorCode.DISK_FULL,
            f"{quoted(target.name)} was not written: it needs {size(point.size_bytes)}, and the disk has "
            f"{size(free)} left.",
            hint="Nothing was written. Free some space, or choose another disk.",
        )
