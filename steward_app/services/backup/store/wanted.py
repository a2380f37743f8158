"""The pages of damaged packs, looked for wherever they may still be found, and packs made of them again.

A page is known by its number and its hash, so it does not matter where it comes from: what has the hash is the page
that was captured.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from steward_app.kernel.progress import Context
from steward_app.services.backup.store import sealing
from steward_app.services.backup.store.map import Group, most_unpacked, read_groups, read_header
from steward_app.services.backup.store.pack import decode_frame
from steward_app.services.backup.store.staging import HASH_BYTES
from steward_app.storage.disk import translated


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a damaged pack: where it lies, and which page with which hash is in each slot."""

    offset: int
    length: int
    slots: dict[int, tuple[int, bytes]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the pages of a frame lie now. `slots` says for each old slot which it is."""

    pack: str
    offset: int
    length: int
    slots: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Remade:
    """A pack that was made again.

    Attributes:
        path: its contents, in scratch space; None where no page was found.
        frames: old offset to offset, length and slots in the new one.
        missing: pages that were found nowhere.
        pages: all that were looked for.
    """

    path: Path | None
    frames: Mapping[int, tuple[int, int, Mapping[int, int]]]
    missing: int
    pages: int


class Wanted:
    """The pages of some packs that are still looked for; what is found is kept in a scratch file.

    Args:
        key: of the store the packs belong to.
        page_size_bytes: of its points.
        folder: a scratch folder of its own.
    """

    def __init__(self, key: bytes | None, page_size_bytes: int, folder: Path) -> None:
        self.key, self.page_size_bytes = key, page_size_bytes
        self._file = folder / "found.bin"
        self._file.touch()
        self._folder = folder
        self._frames: dict[str, dict[int, Frame]] = {}
        self._open: dict[int, set[bytes]] = {}
        self._found: dict[bytes, int] = {}

    @property
    def pages(self) -> frozenset[int]:
        """Numbers of the pages that are looked for."""
        return frozenset(page for page, hashes in self._open.items() if not hashes <= self._found.keys())

    def want(self, pack: str, groups: Iterable[Group]) -> None:
        """Look for the pages of these records, which lie in a pack."""
        frames = self._frames.setdefault(pack, {})
        for group in groups:
            frame = frames.setdefault(group.offset, Frame(group.offset, group.length))
            for at, (page, slot) in enumerate(zip(group.pages, group.slots, strict=True)):
                hashed = group.hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES]
                frame.slots[slot] = (page, hashed)
                if hashed not in self._found:
                    self._open.setdefault(page, set()).add(hashed)

    def take(self, page: int, data: bytes | memoryview) -> None:
        """Keep a page when it is one that is looked for."""
        wanted = self._open.get(page)
        if wanted is None or len(data) != self.page_size_bytes:
            return
        hashed = sealing.digest(data, self.key)
        if hashed not in wanted:
            return
        if hashed not in self._found:
            with translated(self._file), self._file.open("ab") as file:
                self._found[hashed] = file.tell()
                file.write(data)
        wanted.discard(hashed)
        if not wanted:
            del self._open[page]

    def take_run(self, first: int, data: memoryview) -> None:
        """The same for pages that follow one another."""
        for at in range(0, len(data), self.page_size_bytes):
            self.take(first + at // self.page_size_bytes, data[at : at + self.page_size_bytes])

    def take_from(self, pack: bytes, name: str) -> None:
        """Take what is still whole in the damaged pack itself: a flipped bit costs one frame."""
        for frame in self._frames[name].values():
            with suppress(ValueError):
                self.take_frame(pack, _as_group(frame), self.page_size_bytes, self.key)

    def take_frame(self, pack: bytes, group: Group, page_size_bytes: int, key: bytes | None) -> None:
        """Take the pages of a frame. Raises ValueError where they are not what the record says."""
        for first, data in decode_frame(pack, group, page_size_bytes, key):
            self.take_run(first, data)

    def remake(self, pack: str, context: Context) -> Remade:
        """Make a pack again of the pages that were found, frame by frame, as a scan makes them."""
        frames: dict[int, tuple[int, int, Mapping[int, int]]] = {}
        missing = pages = at = 0
        target = self._folder / pack.replace("/", "-")
        with translated(target), target.open("wb") as out, self._file.open("rb") as file:
            for offset, frame in sorted(self._frames[pack].items()):
                context.checkpoint()
                there = [slot for slot, (_, hashed) in sorted(frame.slots.items()) if hashed in self._found]
                pages += len(frame.slots)
                missing += len(frame.slots) - len(there)
                if not there:
                    continue
                raw = bytearray()
                for slot in there:
                    file.seek(self._found[frame.slots[slot][1]])
                    raw += file.read(self.page_size_bytes)
                packed = sealing.compress(bytes(raw))
                out.write(packed)
                frames[offset] = (at, len(packed), {slot: new for new, slot in enumerate(there)})
                at += len(packed)
        return Remade(target if frames else None, frames, missing, pages)


def groups_in(path: Path) -> tuple[tuple[str, ...], list[Group]]:
    """The packs that a map, opened, names, and its records. Raises ValueError when it is none."""
    with sealing.decompressed(path, most_unpacked(path)) as source:
        header = read_header(source)
        return header.packs, list(read_groups(source, len(header.packs)))


def _as_group(frame: Frame) -> Group:
    ordered = sorted((page, slot, hashed) for slot, (page, hashed) in frame.slots.items())
    return Group(
        0,
        frame.offset,
        frame.length,
        array("I", [page for page, _, _ in ordered]),
        bytes(slot for _, slot, _ in ordered),
        b"".join(hashed for _, _, hashed in ordered),
    )
