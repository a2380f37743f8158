"""One scratch image that goes from point to point of a store: only what changed between two of them is read.

For looking into many points, one after another, best in their order. Every page that is written is compared with its
hash, and every map with the root of its point, as in a restore; pages that stay were compared when they came.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from steward_app.kernel.progress import Context
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.fetch import Fetcher
from steward_app.services.backup.store.map import Group, PageMap
from steward_app.services.backup.store.model import Manifest, OpenStore, PointKind
from steward_app.services.backup.store.pack import decode_frame
from steward_app.services.backup.store.staging import HASH_BYTES
from steward_app.storage import scratch_directory, staged
from steward_app.storage.age import Identity
from steward_app.storage.disk import translated


class RollingImage:
    """The image. Nobody may have it open while it moves on."""

    def __init__(self, store: OpenStore, identity: Identity | None, folder: Path) -> None:
        """`folder` is a private scratch folder of its own."""
        self._store = store
        self._identity = identity
        self._folder = folder
        self._image = folder / "image.sqlite"
        self._hashes = b""  # of the pages in the image; b"" where it can only be made anew
        self._page_size_bytes = 0
        self._maps: dict[str, Path] = {}

    def go_to(self, point: Manifest, context: Context) -> Path:
        """The image of a point, until the next call. Raises `Failure` where an object is gone or damaged."""
        fetcher = Fetcher(self._store, point, self._identity)
        same_size = point.page_size_bytes == self._page_size_bytes
        if point.kind is PointKind.PLAIN or not (self._hashes and same_size):
            self._make(point, context)
            if point.kind is PointKind.PAGES:
                with scratch_directory(self._folder) as scratch:
                    self._hashes = self._map(fetcher, scratch, context).hashes.read_bytes()
            return self._image
        with scratch_directory(self._folder) as scratch:
            page_map = self._map(fetcher, scratch, context)
            now = page_map.hashes.read_bytes()
            changed = [
                group for each in page_map.live_groups() if (group := _changed(each, self._hashes, now))
            ]
            self._hashes = b""  # what breaks off here leaves neither the one point nor the other
            self._write(fetcher, page_map, changed, context)
            self._hashes = now
        return self._image

    def _make(self, point: Manifest, context: Context) -> None:
        self._hashes, self._page_size_bytes = b"", point.page_size_bytes
        with translated(self._image):
            self._image.unlink(missing_ok=True)
        with staged(self._image, private=True) as new:
            reader.fill(self._store, point, self._identity, new, context, scratch=self._folder)
            new.finish()

    def _map(self, fetcher: Fetcher, scratch: Path, context: Context) -> PageMap:
        """The maps of a point; each is fetched once, since they never change."""
        names = fetcher.manifest.maps
        for name in [name for name in self._maps if name not in names]:
            self._maps.pop(name).unlink()
        for name in names:
            if name not in self._maps:
                self._maps[name] = fetcher.file(name, self._folder, context)
        files = (self._maps[name] for name in names)
        return reader.check_map(self._store, fetcher.manifest, files, scratch, context)

    def _write(self, fetcher: Fetcher, page_map: PageMap, changed: list[Group], context: Context) -> None:
        size, key = page_map.page_size_bytes, self._store.naming_key
        with translated(self._image), self._image.open("r+b") as image:
            for pack, groups in groupby(changed, key=lambda group: group.pack):
                name = page_map.packs[pack]
                contents = fetcher.pages(name, context)
                for group in groups:
                    context.checkpoint()
                    try:
                        pieces = decode_frame(contents, group, size, key)
                    except ValueError as error:
                        raise fetcher.damaged(name, str(error)) from error
                    for first, pages in pieces:
                        image.seek((first - 1) * size)
                        image.write(pages)
            image.truncate(page_map.pages * size)


def _changed(group: Group, before: bytes, now: bytes) -> Group | None:
    """Those pages of a frame that are not in the image already."""
    positions = []
    for position, page in enumerate(group.pages):
        at = (page - 1) * HASH_BYTES
        if before[at : at + HASH_BYTES] != now[at : at + HASH_BYTES]:
            positions.append(position)
    return group.only(positions) if positions else None
