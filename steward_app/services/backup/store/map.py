"""The map codec: which page of a point lies where, and what its hash is.

A map is one line of JSON, then records as `staging` describes them, compressed as one. A keyframe names every page;
a delta those that changed. `resolve` lays the maps of a point over one another, holding four bytes a page in memory;
records and hashes go through scratch files.
"""

from __future__ import annotations

import json
import os
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from steward_app.kernel.progress import Context
from steward_app.services.backup.store import sealing
from steward_app.services.backup.store.staging import GROUP_HEADER, GROUP_PAGES, HASH_BYTES
from steward_app.storage import free_bytes, read_chunks
from steward_app.storage.disk import translated

FORMAT: Final = "data-steward-map/1"
DELTAS_AT_MOST: Final = 30
"""A keyframe is written when as many deltas stand on the last one."""
PAGE_SIZES: Final = frozenset(1 << bits for bits in range(9, 17))
_HEADER_BYTES = 64 << 20
_ENTRY_BYTES = 4 + 1 + HASH_BYTES
_PACKED_AT_MOST = (
    100  # times smaller than what is in it: page numbers alone keep a map from being packed so closely
)
_SMALL_BYTES = 16 << 20
_NONE = 0xFFFFFFFF


class MapKind(StrEnum):
    KEYFRAME = "keyframe"
    DELTA = "delta"


@dataclass(frozen=True, slots=True)
class MapHeader:
    """The first line of a map. `packs` are names of objects; records speak of them by position."""

    kind: MapKind
    page_size_bytes: int
    pages: int
    packs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A record: some pages in one frame.

    Attributes:
        pack: position in the header's packs.
        offset, length: where the frame lies in the pack.
        pages: numbers from 1, ascending.
        slots: where each lies in the frame, in pages.
        hashes: of each, 32 bytes one after another.
    """

    pack: int
    offset: int
    length: int
    pages: array[int]
    slots: bytes
    hashes: bytes

    def to_bytes(self) -> bytes:
        pages = self.pages
        if sys.byteorder == "big":
            pages = array("I", pages)
            pages.byteswap()
        head = GROUP_HEADER.pack(self.pack, self.offset, self.length, len(self.pages))
        return head + pages.tobytes() + self.slots + self.hashes

    def only(self, positions: Sequence[int]) -> Group:
        """The same frame with some of its pages."""
        if len(positions) == len(self.pages):
            return self
        return Group(
            self.pack,
            self.offset,
            self.length,
            array("I", [self.pages[i] for i in positions]),
            bytes([self.slots[i] for i in positions]),
            b"".join([self.hashes[i * HASH_BYTES : (i + 1) * HASH_BYTES] for i in positions]),
        )


def write_map(target: Path, header: MapHeader, records: Iterable[bytes]) -> None:
    """Write a map file: the header and records as bytes, compressed."""
    first = {
        "format": FORMAT,
        "kind": header.kind,
        "page_size_bytes": header.page_size_bytes,
        "pages": header.pages,
        "packs": header.packs,
    }
    line = json.dumps(first, separators=(",", ":")).encode("ascii") + b"\n"
    with translated(target), target.open("wb") as file:
        sealing.compressed_file(chain([line], records), file)


def write_staged(target: Path, header: MapHeader, groups: Path) -> None:
    """Write a map of what a scan staged: its records are those of `groups.bin`."""
    write_map(target, header, read_chunks(groups))


def most_unpacked(path: Path) -> int:
    """How much there can be in a map file; never so much that less than a tenth of the disk stays free beside it."""
    room = free_bytes(path) * 9 // 10
    return max(_SMALL_BYTES, min(path.stat().st_size * _PACKED_AT_MOST, room))


def read_header(source: BinaryIO) -> MapHeader:
    """The first line of an opened map. Raises ValueError when it is none, or of an unknown version."""
    line = source.readline(_HEADER_BYTES)
    match json.loads(line):
        case {
            "format": str(version),
            "kind": str(kind),
            "page_size_bytes": int(page_size),
            "pages": int(pages),
            "packs": list(packs),
        } if version == FORMAT and page_size in PAGE_SIZES and 0 <= pages < _NONE:
            if line.endswith(b"\n") and all(isinstance(pack, str) for pack in packs):
                return MapHeader(MapKind(kind), page_size, pages, tuple(packs))
    raise ValueError("not the header of a map")


def read_groups(source: BinaryIO, packs: int) -> Iterator[Group]:
    """The records of an opened map or of `groups.bin`. Raises ValueError where one makes no sense.

    Args:
        packs: how many packs they may speak of.
    """
    while head := source.read(GROUP_HEADER.size):
        if len(head) < GROUP_HEADER.size:
            raise ValueError("a record is cut off")
        group = _read_group(head, source)
        if group.pack >= packs:
            raise ValueError("a record speaks of a pack that the map does not name")
        yield group


def _read_group(head: bytes, source: BinaryIO) -> Group:
    pack, offset, length, count = GROUP_HEADER.unpack(head)
    body = source.read(count * _ENTRY_BYTES)
    if not 1 <= count <= GROUP_PAGES or len(body) < count * _ENTRY_BYTES:
        raise ValueError("a record is cut off, or has no pages")
    pages = array("I", body[: 4 * count])
    if sys.byteorder == "big":
        pages.byteswap()
    return Group(pack, offset, length, pages, body[4 * count : 5 * count], body[5 * count :])


class PageMap:
    """The maps of a point, laid over one another.

    Attributes:
        page_size_bytes, pages: of the database.
        packs: names that `Group.pack` is a position in.
        hashes: a file with the hash of each page, in order.
    """

    def __init__(self, folder: Path) -> None:
        self.page_size_bytes = 0
        self.pages = 0
        self.packs: list[str] = []
        self.hashes = folder / "hashes.bin"
        self._records = folder / "records.bin"
        self._owner = array("I")  # for each page, the record that has it last
        self._at = array("Q")  # for each record, where it begins in the scratch file
        self._pack = array("I")

    def root(self, key: bytes | None) -> str:
        """BLAKE3 over the hashes of all pages."""
        return sealing.file_digest(self.hashes, key).hex()

    def needed_packs(self) -> list[int]:
        """Positions of the packs that pages are needed from, in the order `live_groups` takes them."""
        return sorted({self._pack[number] for number in set(self._owner)})

    def live_groups(self) -> Iterator[Group]:
        """The frames that are needed, pack by pack, each with only the pages that are needed from it."""
        order = sorted(range(len(self._at)), key=self._pack.__getitem__)
        with translated(self._records), self._records.open("rb") as file:
            for number in order:
                file.seek(self._at[number])
                group = _read_group(file.read(GROUP_HEADER.size), file)
                live = [i for i, page in enumerate(group.pages) if self._has(number, page)]
                if live:
                    yield group.only(live)

    def write_keyframe(self, target: Path) -> tuple[str, ...]:
        """Write a map that says by itself what all of them say together; the packs it needs."""
        needed = self.needed_packs()
        place = {pack: position for position, pack in enumerate(needed)}
        packs = tuple(self.packs[pack] for pack in needed)
        header = MapHeader(MapKind.KEYFRAME, self.page_size_bytes, self.pages, packs)
        live = ((group, place[group.pack]) for group in self.live_groups())
        records = (replace(group, pack=pack).to_bytes() for group, pack in live)
        write_map(target, header, records)
        return packs

    def _has(self, number: int, page: int) -> bool:
        return page <= self.pages and self._owner[page - 1] == number

    def add(self, path: Path, context: Context) -> None:
        """Lay one more map over the others. Raises ValueError when it is not one that fits."""
        most = most_unpacked(path)
        with sealing.decompressed(path, most) as source:
            header = read_header(source)
            if header.pages > self.pages + most // _ENTRY_BYTES:
                raise ValueError("it is too small for so many pages")
            self._begin(header)
            packs = self._known(header.packs)
            with translated(self._records), self._records.open("ab") as out, self._hash_file() as hashes:
                at = out.seek(0, os.SEEK_END)
                for group in read_groups(source, len(packs)):
                    context.checkpoint()
                    data = replace(group, pack=packs[group.pack]).to_bytes()
                    out.write(data)
                    self._take(group, hashes)
                    self._at.append(at)
                    self._pack.append(packs[group.pack])
                    at += len(data)
        if header.pages and max(self._owner) == _NONE:
            raise ValueError("the maps do not say where every page is")

    def _begin(self, header: MapHeader) -> None:
        first = self.page_size_bytes == 0
        if first != (header.kind is MapKind.KEYFRAME):
            raise ValueError("a point has one keyframe, and it is the first of its maps")
        if not first and header.page_size_bytes != self.page_size_bytes:
            raise ValueError("the maps are of different page sizes")
        self.page_size_bytes, self.pages = header.page_size_bytes, header.pages
        del self._owner[header.pages :]
        self._owner.extend(array("I", [_NONE]) * (header.pages - len(self._owner)))
        with translated(self.hashes), self.hashes.open("ab") as file:
            file.truncate(header.pages * HASH_BYTES)

    def _known(self, names: tuple[str, ...]) -> list[int]:
        """Where the packs of a map stand among those of all maps."""
        known = {name: position for position, name in enumerate(self.packs)}
        for name in names:
            if name not in known:
                known[name] = len(self.packs)
                self.packs.append(name)
        return [known[name] for name in names]

    def _hash_file(self) -> BinaryIO:
        return self.hashes.open("r+b", buffering=0)

    def _take(self, group: Group, hashes: BinaryIO) -> None:
        number = len(self._at)
        for start, end in runs(group.pages):
            first = group.pages[start] - 1
            count = min(end - start, self.pages - first)
            if count > 0:  # pages beyond the end of the database are dropped
                self._owner[first : first + count] = array("I", [number]) * count
                hashes.seek(first * HASH_BYTES)
                hashes.write(group.hashes[start * HASH_BYTES : (start + count) * HASH_BYTES])


def runs(pages: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The stretches of pages that follow one another, as positions. Raises ValueError where they do not ascend."""
    start, before = 0, 0
    for position, page in enumerate(pages):
        if page <= before:
            raise ValueError("the pages of a record do not ascend")
        if page != before + 1 and position:
            yield start, position
            start = position
        before = page
    yield start, len(pages)


def resolve(maps: Iterable[Path], folder: Path, context: Context) -> PageMap:
    """Lay the maps of a point over one another, in order, with scratch files in an empty folder.

    Raises ValueError where they are not the maps of a point.
    """
    page_map = PageMap(folder)
    for path in maps:
        page_map.add(path, context)
    if not page_map.page_size_bytes:
        raise ValueError("no maps")
    return page_map
