"""The write-ahead log and its index, as bytes: which frames a snapshot is made of, and where they lie.

Formats: https://www.sqlite.org/walformat.html (the wal-index, in the byte order of the machine) and
https://www.sqlite.org/fileformat2.html#walformat (the log). Everything is read by descriptors that the caller opened
and keeps; `pages` says when what is read here holds still.
"""

from __future__ import annotations

import os
import struct
import sys
from array import array
from dataclasses import dataclass

_INDEX_VERSION = 3_007_000
_HEADER = struct.Struct("=I8xBxH2I8x8s8x")
_CHECKPOINT = _HEADER.size * 2  # behind both copies of the header stands what checkpoints have done
_BLOCK = 32_768
_FRAMES_A_BLOCK = 4_096
_FIRST = 136  # bytes in the first block before the page numbers: the header, and what checkpoints and readers write

LOG_HEADER, FRAME_HEADER = 32, 24
_FRAME = struct.Struct(">I4x8s")


def frame_at(frame: int, page_size_bytes: int) -> int:
    """Where a frame (from 1) begins in the log, with its header."""
    return LOG_HEADER + (frame - 1) * (FRAME_HEADER + page_size_bytes)


class NotAsExpected(Exception):  # not an error: a copy is taken instead
    """What stands in the files does not fit together."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A header of the wal-index: one state of the database.

    Attributes:
        header: its bytes. They hold a checksum over all frames of the log, and a count of commits.
        frames: how many frames of the log belong to it.
        salt: stands in each of these frames.
    """

    header: bytes
    page_size_bytes: int
    frames: int
    salt: bytes


class Index:
    """The wal-index, read as a file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def snapshot(self) -> Snapshot | None:
        """The newest state, or None while it is being written, or was never."""
        both = os.pread(self._descriptor, _CHECKPOINT, 0)
        header = both[: _HEADER.size]
        if len(both) < _CHECKPOINT or header != both[_HEADER.size :]:
            return None
        version, ready, size, frames, _, salt = _HEADER.unpack(header)
        if not ready:
            return None
        if version != _INDEX_VERSION:
            raise NotAsExpected("the wal-index is of another version")
        return Snapshot(header, (size & 0xFE00) | (size & 1) << 16, frames, salt)

    def backfilled(self) -> int:
        """How many frames are in the file already."""
        return int.from_bytes(os.pread(self._descriptor, 4, _CHECKPOINT), sys.byteorder)

    def newest(self, frames: int, pages: int) -> array[int]:
        """The newest frame of each page among the first `frames`, by page number; 0 where there is none."""
        newest = array("I", bytes(4 * (pages + 1)))
        frame, block = 0, 0
        while frame < frames:
            start = 0 if block else _FIRST
            count = min(_FRAMES_A_BLOCK - start // 4, frames - frame)
            numbers = array("I", os.pread(self._descriptor, 4 * count, block * _BLOCK + start))
            if len(numbers) < count:
                raise NotAsExpected("the wal-index is shorter than the log")
            for place, page in enumerate(numbers, frame + 1):
                if page <= pages:
                    newest[page] = place
            frame, block = frame + count, block + 1
        return newest


class Log:
    """The frames of one snapshot, to be laid over pages of the file."""

    def __init__(self, descriptor: int, snapshot: Snapshot, newest: array[int]) -> None:
        self._descriptor = descriptor
        self._snapshot = snapshot
        self._newest = newest

    def lay_over(self, first: int, buffer: memoryview) -> list[int]:
        """Put the newest frames of pages in the place of what the buffer holds; the numbers of these pages."""
        size = self._snapshot.page_size_bytes
        newest = self._newest[first : first + len(buffer) // size]
        if not any(newest):
            return []
        laid = []
        header = bytearray(FRAME_HEADER)
        for place, frame in enumerate(newest):
            if frame:
                page = memoryview(buffer)[place * size : (place + 1) * size]
                at = frame_at(frame, size)
                got = os.preadv(self._descriptor, [header, page], at)
                if got < FRAME_HEADER + size or _FRAME.unpack_from(header) != (
                    first + place,
                    self._snapshot.salt,
                ):
                    raise NotAsExpected("a frame of the log is not the one the wal-index tells")
                laid.append(first + place)
        return laid
