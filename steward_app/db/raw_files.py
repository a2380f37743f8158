"""The bytes of a database and of the files SQLite keeps beside it, a window at a time.

Reading goes through SQLite's own file layer: a plain `open()` and `close()` of a database would drop the locks that
this process holds on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from steward_app.db import sidefiles
from steward_app.db.errors import translated
from steward_app.db.header import read_start

_WAL_HEADER, _FRAME_HEADER = 32, 24


class RawFile:
    """A file to be read at any place. Made by `raw_file`."""

    def __init__(self, path: Path, handle: apsw.VFSFile) -> None:
        self.path = path
        self._handle = handle
        self.size = handle.xFileSize()

    def read(self, offset: int, count: int) -> bytes:
        """At most `count` bytes; fewer at the end of the file."""
        count = min(count, self.size - offset)
        if count <= 0:
            return b""
        with translated(self.path):
            return self._handle.xRead(count, offset).ljust(count, b"\0")  # apsw cuts zeros off a short answer


@contextmanager
def raw_file(path: Path) -> Iterator[RawFile]:
    """A file of a database, open for reading. Takes no lock: hold a read transaction beside it."""
    with translated(path):
        flags = [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0]
        handle = apsw.VFSFile("", str(path.absolute()), flags)
    try:
        yield RawFile(path, handle)
    finally:
        handle.xClose()


def beside(file: Path) -> tuple[tuple[str, Path], ...]:
    """The side files that are there and hold anything, by suffix."""
    suffixes = (sidefiles.WAL, sidefiles.JOURNAL, sidefiles.SHM)
    return tuple((s, sidefiles.beside(file, s)) for s in suffixes if sidefiles.size(file, s))


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a write-ahead log.

    Attributes:
        pages: the page each frame holds, in order; also of frames that count no more.
        newest: the last frame (from 1) of each page that the log holds in its current state.
        page_size_bytes: 0 where the log has no header.
    """

    page_size_bytes: int
    pages: tuple[int, ...]
    newest: dict[int, int]

    def offset(self, frame: int) -> int:
        """Where the page of a frame (from 1) lies in the log."""
        return _WAL_HEADER + (frame - 1) * (_FRAME_HEADER + self.page_size_bytes) + _FRAME_HEADER

    def at(self, offset: int) -> tuple[int, int]:
        """Which frame (from 1) a byte of the log belongs to, and where in its page; a frame of 0 is the header."""
        frame, within = divmod(offset - _WAL_HEADER, _FRAME_HEADER + self.page_size_bytes)
        return (frame + 1, within - _FRAME_HEADER) if frame >= 0 else (0, offset)


def frames(log: RawFile) -> Frames:
    """Read the headers of a log's frames. Frames of the current state have its salts, up to the last commit.

    https://www.sqlite.org/fileformat2.html#walformat
    """
    head = log.read(0, _WAL_HEADER)
    size = int.from_bytes(head[8:12], "big")
    if len(head) < _WAL_HEADER or size & (size - 1) or not 512 <= size <= 65_536:
        return Frames(0, (), {})
    pages: list[int] = []
    newest: dict[int, int] = {}
    waiting: dict[int, int] = {}
    current = True
    for offset in range(_WAL_HEADER, log.size - _FRAME_HEADER - size + 1, _FRAME_HEADER + size):
        frame = log.read(offset, _FRAME_HEADER)
        page = int.from_bytes(frame[:4], "big")
        pages.append(page)
        current = current and frame[8:16] == head[16:24]
        if current:
            waiting[page] = len(pages)
            if frame[4:8] != b"\0\0\0\0":
                newest |= waiting
                waiting.clear()
    return Frames(size, tuple(pages), newest)


def reserved_bytes(file: Path) -> int:
    """Bytes at the end of each page that SQLite leaves to an extension."""
    start = read_start(file)
    return start[20] if len(start) > 20 else 0
