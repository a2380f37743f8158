"""Changed pages on their way into packs: grouped, spooled where a lock is held, compressed, written."""

from __future__ import annotations

import struct
import tempfile
import threading
from array import array
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard

from steward_app.services.backup.store.staging import (
    GROUP_HEADER,
    GROUP_PAGES,
    GROUPS,
    HASH_BYTES,
    PACK_BYTES,
    hasher,
    pack_name,
)

_LEVEL = 3
_THREADS = 2
_AHEAD_BYTES = 32 << 20  # of pages that are compressed or wait for it
_SPOOL_IN_MEMORY = 32 << 20
_SPOOLED = struct.Struct("=II")  # count of pages, bytes of a page


@dataclass(slots=True)
class Group:
    """Changed pages that go into one frame, in order."""

    numbers: array[int] = field(default_factory=lambda: array("I"))
    hashes: bytearray = field(default_factory=bytearray)
    pages: bytearray = field(default_factory=bytearray)

    def add(self, first: int, hashes: bytes, pages: memoryview) -> None:
        """Pages that follow each other, at most as many as there is room for."""
        self.numbers.extend(range(first, first + len(hashes) // HASH_BYTES))
        self.hashes += hashes
        self.pages += pages

    @property
    def room(self) -> int:
        """How many pages more it takes."""
        return GROUP_PAGES - len(self.numbers)


class Sink(Protocol):
    """Where groups go."""

    def add(self, group: Group) -> None: ...


class Spool:
    """Groups kept as they are, in memory as long as they are few, else in a file without a name."""

    def __init__(self, staging: Path) -> None:
        self._file = tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY, "w+b", dir=str(staging))  # noqa: SIM115

    def add(self, group: Group) -> None:
        count = len(group.numbers)
        self._file.write(_SPOOLED.pack(count, len(group.pages) // count))
        for part in (group.numbers.tobytes(), group.hashes, group.pages):
            self._file.write(part)

    def drain(self) -> Iterator[Group]:
        """Every group, in order; the spool is gone then."""
        with self._file as file:
            file.seek(0)
            while head := file.read(_SPOOLED.size):
                count, size = _SPOOLED.unpack(head)
                numbers = array("I", file.read(4 * count))
                hashes, pages = file.read(HASH_BYTES * count), file.read(size * count)
                yield Group(numbers, bytearray(hashes), bytearray(pages))


class Packs:
    """Compresses groups on threads of its own and writes packs and records, in order."""

    def __init__(self, staging: Path, key: bytes | None) -> None:
        self._staging = staging
        self._key = key
        self._threads = ThreadPoolExecutor(_THREADS)
        self._waiting: deque[tuple[array[int], bytearray, Future[bytes]]] = deque()
        self._groups = (staging / GROUPS).open("wb")
        self._pack: BinaryIO | None = None
        self._digest = hasher(key)
        self._size = 0
        self._made: list[tuple[int, str]] = []

    def add(self, group: Group) -> None:
        """Take a group; waits for the oldest where too many are under way."""
        ahead = max(_THREADS, _AHEAD_BYTES // len(group.pages))
        while len(self._waiting) > ahead:
            self._write_oldest()
        self._waiting.append((group.numbers, group.hashes, self._threads.submit(_compress, group.pages)))

    def finish(self) -> list[tuple[int, str]]:
        """Write what is under way; the size and the content hash of each pack."""
        while self._waiting:
            self._write_oldest()
        self._close_pack()
        self._groups.close()
        self._threads.shutdown()
        return self._made

    def _write_oldest(self) -> None:
        numbers, hashes, compressed = self._waiting.popleft()
        frame = compressed.result()
        if self._pack is not None and self._size + len(frame) > PACK_BYTES:
            self._close_pack()
        if self._pack is None:
            self._pack = (self._staging / pack_name(len(self._made))).open("wb", buffering=0)
        count = len(numbers)
        self._groups.write(GROUP_HEADER.pack(len(self._made), self._size, len(frame), count))
        self._groups.write(struct.pack(f"<{count}I", *numbers) + bytes(range(count)) + hashes)
        self._pack.write(frame)
        self._digest.update(frame)
        self._size += len(frame)

    def _close_pack(self) -> None:
        if self._pack is not None:
            self._pack.close()
            self._made.append((self._size, self._digest.hexdigest()))
        self._pack, self._digest, self._size = None, hasher(self._key), 0


_of_thread = threading.local()


def _compress(pages: bytearray) -> bytes:
    """One frame, with its size and a checksum in it. A compressor belongs to one thread."""
    compressor = getattr(_of_thread, "compressor", None)
    if compressor is None:
        compressor = _of_thread.compressor = zstandard.ZstdCompressor(_LEVEL, write_checksum=True)
    frame: bytes = compressor.compress(pages)
    return frame
