"""Every page of a snapshot hashed, and those that differ from the base handed on.

To hash page by page is slow where pages are small. So blocks of 16 kB are hashed first, and the pages of a block only
where it differs from the base's. The hashes of blocks are in a file of their own beside those of the pages
(`blocks.bin`): a head that names the hashes it belongs to (their root, the page size), then 32 bytes a block. Without
it, or where it belongs to other hashes, every page is hashed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Self

from blake3 import blake3

from steward_app.db.pages import Pages
from steward_app.services.backup.store.scan_packs import Group, Sink
from steward_app.services.backup.store.staging import BLOCKS, HASH_BYTES, HASHES, hasher

_BLOCK_BYTES = 16 << 10
_CHUNK_BYTES = 1 << 20
_HEAD = struct.Struct("<32sI")  # root of the hashes it belongs to, page size


class Base:
    """The hashes of the base point, read along with the pages."""

    def __init__(self, hashes: BinaryIO | None = None, blocks: BinaryIO | None = None) -> None:
        self._hashes = hashes
        self._blocks = blocks

    @classmethod
    @contextmanager
    def of(cls, previous: Path | None, page_size_bytes: int, key: bytes | None) -> Iterator[Self]:
        """Those in a `hashes.bin`, with the hashes of blocks beside it where they belong to it."""
        if previous is None:
            yield cls()
            return
        blocks = previous.with_name(BLOCKS)
        with previous.open("rb") as of_pages, ExitStack() as stack:
            of_blocks = stack.enter_context(blocks.open("rb")) if blocks.exists() else None
            if of_blocks and of_blocks.read(_HEAD.size) != _HEAD.pack(_root(previous, key), page_size_bytes):
                of_blocks = None
            yield cls(of_pages, of_blocks)

    def hashes(self, count: int) -> bytes:
        """Those of the next pages; shorter where the base had fewer."""
        return self._hashes.read(count * HASH_BYTES) if self._hashes else b""

    def blocks(self, count: int) -> bytes:
        """Those of the next blocks; shorter where they are not known."""
        return self._blocks.read(count * HASH_BYTES) if self._blocks else b""


class Scan:
    """One walk over all pages.

    Attributes:
        root: BLAKE3 over the hashes of the pages walked over.
        changed: how many of them differ from the base.
    """

    def __init__(self, pages: Pages, base: Base, key: bytes | None, staging: Path, sink: Sink) -> None:
        self.changed = 0
        self._pages = pages
        self._base = base
        self._key = key
        self._staging = staging
        self._sink = sink
        self._group = Group()
        self._size = pages.page_size_bytes
        self._pages_a_block = max(1, _BLOCK_BYTES // self._size)

    def run(self, report: Callable[[int, int], None]) -> bytes:
        """Hash every page, hand on the changed ones and write `hashes.bin` and `blocks.bin`; the root."""
        total, step = self._pages.pages, max(self._pages_a_block, _CHUNK_BYTES // self._size)
        buffer = memoryview(bytearray(step * self._size))
        root = hasher(self._key)
        with (self._staging / HASHES).open("wb") as hashes, (self._staging / BLOCKS).open("wb") as blocks:
            blocks.write(bytes(_HEAD.size))
            for first in range(1, total + 1, step):
                report(first - 1, total)
                chunk = buffer[: min(step, total + 1 - first) * self._size]
                self._pages.read(first, chunk)
                of_pages, of_blocks = self._hash(first, chunk)
                root.update(of_pages)
                hashes.write(of_pages)
                blocks.write(of_blocks)
            blocks.seek(0)
            blocks.write(_HEAD.pack(root.digest(), self._size))
        if self._group.numbers:
            self._sink.add(self._group)
        report(total, total)
        return root.digest()

    def _hash(self, first: int, chunk: memoryview) -> tuple[bytes, bytes]:
        """The hashes of the pages and the blocks in a chunk."""
        per = self._pages_a_block
        blocks = _hashes(chunk, per * self._size, self._key)
        count = len(chunk) // self._size
        known, known_blocks = self._base.hashes(count), self._base.blocks(len(blocks) // HASH_BYTES)
        if blocks == known_blocks:
            return known, blocks
        if not known:
            of_pages = _hashes(chunk, self._size, self._key)
            self._add(first, chunk, of_pages)
            return of_pages, blocks
        found = bytearray()
        for block in range(len(blocks) // HASH_BYTES):
            pages = slice(block * per * HASH_BYTES, (block + 1) * per * HASH_BYTES)
            if _nth(blocks, block) == _nth(known_blocks, block):
                found += known[pages]
                continue
            part = chunk[block * per * self._size : (block + 1) * per * self._size]
            of_pages = _hashes(part, self._size, self._key)
            if of_pages != known[pages]:
                self._compare(first + block * per, part, of_pages, known[pages])
            found += of_pages
        return bytes(found), blocks

    def _compare(self, first: int, part: memoryview, hashes: bytes, known: bytes) -> None:
        for place in range(len(hashes) // HASH_BYTES):
            digest = _nth(hashes, place)
            if digest != _nth(known, place):
                self._add(first + place, part[place * self._size : (place + 1) * self._size], digest)

    def _add(self, first: int, part: memoryview, hashes: bytes) -> None:
        """Put changed pages that follow each other into groups."""
        added, count = 0, len(part) // self._size
        while added < count:
            fits = min(count - added, self._group.room)
            until = added + fits
            self._group.add(
                first + added,
                hashes[added * HASH_BYTES : until * HASH_BYTES],
                part[added * self._size : until * self._size],
            )
            added = until
            if not self._group.room:
                self._sink.add(self._group)
                self._group = Group()
        self.changed += count


def _hashes(data: memoryview, size: int, key: bytes | None) -> bytes:
    digest = partial(blake3, key=key) if key else blake3
    return b"".join([digest(data[at : at + size]).digest() for at in range(0, len(data), size)])


def _nth(hashes: bytes, place: int) -> bytes:
    return hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES]


def _root(hashes: Path, key: bytes | None) -> bytes:
    digest = hasher(key)
    with hashes.open("rb") as file:
        while part := file.read(_CHUNK_BYTES):
            digest.update(part)
    return digest.digest()
