"""Frames: up to 256 pages, compressed together. Packs are frames one after another."""

from __future__ import annotations

import threading

import zstandard
from blake3 import blake3

from steward_app.services.backup.store.map import Group, runs
from steward_app.services.backup.store.staging import GROUP_PAGES

Piece = tuple[int, memoryview]
"""Pages that follow one another in the database: the number of the first, and their bytes."""

_own = threading.local()


def decode_frame(pack: bytes, group: Group, page_size_bytes: int, key: bytes | None) -> list[Piece]:
    """The pages of a group, each compared with its hash. Releases the interpreter for most of the work.

    Raises ValueError, with the reason in words, when they are not what the map says.
    """
    data = _frame(pack, group, page_size_bytes)
    if (max(group.slots) + 1) * page_size_bytes > len(data):
        raise ValueError("a group of pages is shorter than the map says")
    view = memoryview(data)
    starts = [slot * page_size_bytes for slot in group.slots]
    if key:
        hashes = [blake3(view[at : at + page_size_bytes], key=key).digest() for at in starts]
    else:
        hashes = [blake3(view[at : at + page_size_bytes]).digest() for at in starts]
    if b"".join(hashes) != group.hashes:
        raise ValueError(f"page {_first_wrong(hashes, group)} is not the one that was captured")
    return _pieces(view, group, page_size_bytes)


def _frame(pack: bytes, group: Group, page_size_bytes: int) -> bytes:
    frame = memoryview(pack)[group.offset : group.offset + group.length]
    try:
        size = zstandard.frame_content_size(frame)
        if len(frame) < group.length or not 0 < size <= GROUP_PAGES * page_size_bytes:
            raise ValueError("a group of pages does not lie where the map says")
        unpacker = getattr(_own, "unpacker", None)
        if unpacker is None:
            unpacker = _own.unpacker = zstandard.ZstdDecompressor()
        return bytes(unpacker.decompress(frame))
    except zstandard.ZstdError as error:
        raise ValueError("a group of pages cannot be decompressed") from error


def _first_wrong(hashes: list[bytes], group: Group) -> int:
    return next(
        page
        for at, (page, hashed) in enumerate(zip(group.pages, hashes, strict=True))
        if group.hashes[at * 32 : at * 32 + 32] != hashed
    )


def _pieces(view: memoryview, group: Group, page_size_bytes: int) -> list[Piece]:
    """The pages, those that follow one another in the frame and in the database together."""
    pieces: list[Piece] = []
    for start, end in runs(group.pages):
        slots = group.slots[start:end]
        if slots[-1] - slots[0] == end - start - 1 and slots == bytes(range(slots[0], slots[-1] + 1)):
            at = slots[0] * page_size_bytes
            pieces.append((group.pages[start], view[at : at + len(slots) * page_size_bytes]))
        else:
            each = zip(group.pages[start:end], slots, strict=True)
            pieces += [
                (page, view[slot * page_size_bytes : (slot + 1) * page_size_bytes]) for page, slot in each
            ]
    return pieces
