"""Where the pages of a damaged pack may still be found: in other stores of the database, and in the database itself.

Whatever is found is compared with the hashes that were captured, so a source need not be trusted, nor hold still.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.connect import Opened
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.fetch import Fetcher
from steward_app.services.backup.store.map import read_groups
from steward_app.services.backup.store.model import Manifest, PointKind
from steward_app.services.backup.store.scan import scan
from steward_app.services.backup.store.staging import GROUPS, HASH_BYTES, pack_name
from steward_app.services.backup.store.wanted import Wanted
from steward_app.storage import read_chunks
from steward_app.storage.disk import translated

_ABOUT_ONE = (
    ErrorCode.NOT_FOUND,
    ErrorCode.DAMAGED,
    ErrorCode.WRONG_KEY,
    ErrorCode.IO_ERROR,
    ErrorCode.NO_PERMISSION,
)
_POINTS = 12  # of another store are looked into, those made nearest to what is wanted first


def take_from_store(
    wanted: Wanted, other: Opened, moments: Sequence[str], scratch: Path, context: Context
) -> None:
    """Take pages from the points of another store.

    Args:
        moments: when the points that miss something were made; RFC 3339.
        scratch: an empty folder.

    Raises `Failure` when the store stops to answer. What is damaged there is passed over.
    """
    made = [point.manifest for point in reader.points(other.store, context).points]
    pages = [
        point
        for point in made
        if point.kind is PointKind.PAGES and point.page_size_bytes == wanted.page_size_bytes
    ]
    for number, point in enumerate(nearest(pages, moments)):
        if not wanted.pages:
            return
        (folder := scratch / str(number)).mkdir()
        try:
            _take_from_point(wanted, other, point, folder, context)
        except Failure as error:
            if error.code not in _ABOUT_ONE:
                raise


def take_from_database(
    wanted: Wanted, path: Path, previous: Path | None, scratch: Path, context: Context
) -> None:
    """Take pages that the live database still holds.

    Args:
        previous: hashes of a point, a file of the caller's own: what differs from it, and what is wanted, is read.
        scratch: an empty folder.

    Raises `Failure` when the database cannot be read.
    """
    if previous is not None:
        _forget(previous, wanted)
    staging = scratch / "staging"
    scanned = scan(path, staging, previous, wanted.key, context)
    if scanned.page_size_bytes != wanted.page_size_bytes:
        return
    with translated(staging), (staging / GROUPS).open("rb") as records:
        for number, groups in groupby(read_groups(records, len(scanned.packs)), key=lambda group: group.pack):
            pack = b"".join(read_chunks(staging / pack_name(number)))
            for group in groups:
                context.checkpoint()
                if wanted.pages.intersection(group.pages):
                    wanted.take_frame(pack, group, wanted.page_size_bytes, wanted.key)


def _take_from_point(wanted: Wanted, other: Opened, point: Manifest, folder: Path, context: Context) -> None:
    page_map = reader.read_map(other.store, point, other.identity, folder, context)
    fetcher = Fetcher(other.store, point, other.identity)
    for number, groups in groupby(page_map.live_groups(), key=lambda group: group.pack):
        pages = wanted.pages
        chosen = [group for group in groups if pages.intersection(group.pages)]
        if not chosen:
            continue
        try:
            pack = fetcher.pages(page_map.packs[number], context)
        except Failure as error:
            if error.code not in _ABOUT_ONE:
                raise
            continue
        for group in chosen:
            context.checkpoint()
            try:
                wanted.take_frame(pack, group, point.page_size_bytes, other.store.naming_key)
            except ValueError:
                continue  # damaged here, too; the next frame may not be


def nearest(points: Sequence[Manifest], moments: Sequence[str]) -> Iterator[Manifest]:
    """The points made last before and first after each of the moments, each once, and no more than a few."""
    found: dict[str, Manifest] = {}
    ordered = sorted(points, key=lambda point: point.made_at)
    for moment in moments:
        at = bisect(ordered, moment, key=lambda point: point.made_at)
        for near in ordered[max(0, at - 1) : at + 1]:
            found.setdefault(near.id, near)
    yield from list(found.values())[:_POINTS]


def _forget(hashes: Path, wanted: Wanted) -> None:
    """Blank the hashes of the wanted pages, so that a scan takes these pages for changed."""
    with translated(hashes), hashes.open("r+b") as file:
        most = file.seek(0, 2) // HASH_BYTES
        for page in wanted.pages:
            if page <= most:
                file.seek((page - 1) * HASH_BYTES)
                file.write(bytes(HASH_BYTES))
