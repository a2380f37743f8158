"""A page map made again: from the pages of the same moment held elsewhere, and the packs of the point.

Elsewhere tells which page has which hash; the packs tell which hash lies where. Nothing of either is believed: the
point has a root, over the hashes of all its pages in order.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from steward_app.db.image import read_image
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.services.backup.connect import Opened
from steward_app.services.backup.repair_sources import nearest
from steward_app.services.backup.store import reader, sealing
from steward_app.services.backup.store.fetch import Fetcher
from steward_app.services.backup.store.map import Group, MapHeader, MapKind, write_map
from steward_app.services.backup.store.model import Manifest, OpenStore, PointKind
from steward_app.services.backup.store.scan import scan
from steward_app.services.backup.store.staging import GROUP_PAGES, HASH_BYTES, HASHES
from steward_app.storage import read_chunks
from steward_app.storage.age import Identity
from steward_app.storage.disk import translated

_ABOUT_ONE = (
    ErrorCode.NOT_FOUND,
    ErrorCode.DAMAGED,
    ErrorCode.WRONG_KEY,
    ErrorCode.NEEDS_KEY,
    ErrorCode.IO_ERROR,
    ErrorCode.NO_PERMISSION,
    ErrorCode.DISK_FULL,
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page lies: position of the pack in the index, offset and length of the frame, slot."""

    pack: int
    offset: int
    length: int
    slot: int


@dataclass
class MapMaker:
    """Makes the maps of points again.

    Args:
        store: the one they belong to; `identity` opens its packs.
        path: of the live database.
        folder: gives a new scratch folder.
    """

    store: OpenStore
    identity: Identity | None
    others: Sequence[Opened]
    path: Path
    scratch: Path
    folder: Callable[[], Path]
    _packs: list[str] = field(default_factory=list)
    _places: dict[bytes, _Place] = field(default_factory=dict)

    def make(self, point: Manifest, context: Context) -> Path | None:
        """A keyframe that says where each page of a point lies; None where its pages are held nowhere else, or lie in
        none of its packs.

        Raises `Failure` when a store stops to answer.
        """
        if point.kind is not PointKind.PAGES or (self.store.encrypted and self.identity is None):
            return None
        hashes = self._hashes(point, context)
        if hashes is None:
            return None
        self._index(point, context)
        frames: dict[_Place, list[tuple[int, int, bytes]]] = {}
        for page, hashed in enumerate(_each(hashes), 1):
            place = self._places.get(hashed)
            if place is None:
                return None
            frame = _Place(place.pack, place.offset, place.length, 0)
            frames.setdefault(frame, []).append((page, place.slot, hashed))
        target = self.folder() / "map"
        header = MapHeader(MapKind.KEYFRAME, point.page_size_bytes, point.pages, tuple(self._packs))
        write_map(target, header, (each.to_bytes() for each in _records(frames)))
        return target

    def _hashes(self, point: Manifest, context: Context) -> Path | None:
        """The hashes of the pages of a point, from wherever the same pages are: those that give its root."""
        for found in self._candidates(point, context):
            if sealing.file_digest(found, self.store.naming_key).hex() == point.root:
                return found
        return None

    def _candidates(self, point: Manifest, context: Context) -> Iterator[Path]:
        for other in self.others:
            made = [each.manifest for each in reader.points(other.store, context).points if other.readable]
            same = [
                each for each in made if each.kind is PointKind.PAGES and each.size_bytes == point.size_bytes
            ]
            for each in nearest(same, [point.made_at]):
                image = self.folder() / "image"
                try:
                    reader.read_point(other.store, each, other.identity, image, context, scratch=self.scratch)
                except Failure as error:
                    if error.code not in _ABOUT_ONE:
                        raise
                    continue
                yield self._hashed(image, point.page_size_bytes, context)
                image.unlink()
        staging = self.folder() / "staging"
        try:
            scan(self.path, staging, None, self.store.naming_key, context)
        except (Failure, Refused):  # it is gone, locked or damaged: then it says nothing
            return
        yield staging / HASHES

    def _hashed(self, image: Path, page_size_bytes: int, context: Context) -> Path:
        target = self.folder() / HASHES
        with translated(target), target.open("wb") as out:
            for chunk in read_image(image, context):
                view = memoryview(chunk)
                for at in range(0, len(view), page_size_bytes):
                    out.write(sealing.digest(view[at : at + page_size_bytes], self.store.naming_key))
        return target

    def _index(self, point: Manifest, context: Context) -> None:
        """Look into the packs of a point that were not looked into yet. One that is damaged is passed over."""
        fetcher = Fetcher(self.store, point, self.identity)
        for name in point.packs:
            if name in self._packs:
                continue
            self._packs.append(name)
            try:
                pack = fetcher.pages(name, context)
                self._index_pack(len(self._packs) - 1, pack, point.page_size_bytes, context)
            except Failure as error:
                if error.code not in _ABOUT_ONE:
                    raise
            except zstandard.ZstdError:
                continue

    def _index_pack(self, number: int, pack: bytes, page_size_bytes: int, context: Context) -> None:
        at = 0
        while at < len(pack):
            context.checkpoint()
            opener = zstandard.ZstdDecompressor().decompressobj()
            pages = memoryview(opener.decompress(pack[at:]))
            length = len(pack) - at - len(opener.unused_data)
            if not opener.eof or length <= 0:
                return
            for slot in range(min(len(pages) // page_size_bytes, GROUP_PAGES)):
                page = pages[slot * page_size_bytes : (slot + 1) * page_size_bytes]
                hashed = sealing.digest(page, self.store.naming_key)
                self._places.setdefault(hashed, _Place(number, at, length, slot))
            at += length


def _each(hashes: Path) -> Iterator[bytes]:
    for chunk in read_chunks(hashes):
        for at in range(0, len(chunk), HASH_BYTES):
            yield chunk[at : at + HASH_BYTES]


def _records(frames: dict[_Place, list[tuple[int, int, bytes]]]) -> Iterator[Group]:
    """Records of at most as many pages as a frame holds; equal pages share a slot."""
    for frame, pages in frames.items():
        for at in range(0, len(pages), GROUP_PAGES):
            part = pages[at : at + GROUP_PAGES]
            yield Group(
                frame.pack,
                frame.offset,
                frame.length,
                array("I", [page for page, _, _ in part]),
                bytes(slot for _, slot, _ in part),
                b"".join(hashed for _, _, hashed in part),
            )
