"""The bytes of a database and of the files SQLite keeps beside it, a window at a time.

Reading goes through SQLite's own file layer: a plain `open()` and `close()` of a database would drop the locks that
this process holds on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import apsw

from steward_app.db import sidefiles
from steward_app.db.errors import translated
from steward_app.db.header import read_start
from steward_app.db.write_ahead import FRAME_HEADER, LOG_HEADER, frame_at

_JOURNAL_HEADER = 28  # bytes that count; the rest of its sector is padding
_SECTORS = (512, 4_096, 1_024, 2_048, 8_192, 16_384, 32_768, 65_536)
_STRIDE = 200  # every so many bytes of a page, one counts for the checksum of its record
_WINDOW = 1 << 20
_LAST_PAGE = 0xFFFF_FFFE


class RawFile:
    """A file to be read at any place, in several threads. Made by `raw_file`."""

    def __init__(self, path: Path, handle: apsw.VFSFile) -> None:
        self.path = path
        self._handle = handle
        self._reading = threading.Lock()
        self.size = handle.xFileSize()

    def read(self, offset: int, count: int) -> bytes:
        """At most `count` bytes; fewer at the end of the file."""
        count = min(count, self.size - offset)
        if count <= 0:
            return b""
        with translated(self.path), self._reading:
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
        return frame_at(frame, self.page_size_bytes) + FRAME_HEADER

    def at(self, offset: int) -> tuple[int, int]:
        """Which frame (from 1) a byte of the log belongs to, and where in its page; a frame of 0 is the header."""
        frame, within = divmod(offset - LOG_HEADER, FRAME_HEADER + self.page_size_bytes)
        return (frame + 1, within - FRAME_HEADER) if frame >= 0 else (0, offset)


def frames(log: RawFile) -> Frames:
    """Read the headers of a log's frames. Frames of the current state have its salts, up to the last commit.

    https://www.sqlite.org/fileformat2.html#walformat
    """
    head = log.read(0, LOG_HEADER)
    size = int.from_bytes(head[8:12], "big")
    if len(head) < LOG_HEADER or size & (size - 1) or not 512 <= size <= 65_536:
        return Frames(0, (), {})
    pages: list[int] = []
    newest: dict[int, int] = {}
    waiting: dict[int, int] = {}
    current = True
    for offset in range(LOG_HEADER, log.size - FRAME_HEADER - size + 1, FRAME_HEADER + size):
        frame = log.read(offset, FRAME_HEADER)
        page = int.from_bytes(frame[:4], "big")
        pages.append(page)
        current = current and frame[8:16] == head[16:24]
        if current:
            waiting[page] = len(pages)
            if frame[4:8] != b"\0\0\0\0":
                newest |= waiting
                waiting.clear()
    return Frames(size, tuple(pages), newest)


class Records:
    """The pages in a rollback journal as they were before a change, also those that count no more.

    https://www.sqlite.org/fileformat2.html#the_rollback_journal
    A journal that is kept has lost its first header, and behind its records lie those of earlier, longer changes. So a
    record is known by its checksum: less what the page adds to it, it is the same in all records of one change.

    Attributes:
        found: of each record the number of its page, and where the page lies in the journal; in order.
    """

    def __init__(self, journal: RawFile, page_size_bytes: int) -> None:
        self._journal, self._size = journal, page_size_bytes
        self.found: list[tuple[int, int]] = []
        at = 0
        while 0 <= at < journal.size:
            end = max((self._read_records(at + sector) for sector in self._sectors(at)), default=at)
            at = self._next_header(max(end, at + _SECTORS[0]))

    def at(self, offset: int) -> int:
        """The number of the page to which a byte of the journal belongs; 0 for none."""
        place = bisect_right(self.found, offset, key=itemgetter(1)) - 1
        page, start = self.found[place] if place >= 0 else (0, 0)
        return page if page and offset < start + self._size else 0

    def _sectors(self, at: int) -> tuple[int, ...]:
        """How many bytes a header takes: as it says itself, or where the first record is found behind it."""
        head = self._journal.read(at, _JOURNAL_HEADER)
        said = int.from_bytes(head[20:24], "big")
        if head.startswith(sidefiles.JOURNAL_MAGIC) and said in _SECTORS:
            return (said,)
        return next(((sector,) for sector in _SECTORS if self._begins(at + sector)), ())

    def _begins(self, at: int) -> bool:
        """Does a record begin there? Then the next one is of the same change, or this is the last."""
        page, start = self._record(at)
        following, same = self._record(at + self._size + 8)
        return bool(page) and (not following or start == same)

    def _read_records(self, at: int) -> int:
        """Take the records from a place on; where they end."""
        page, current = self._record(at)
        while page:
            self.found.append((page, at + 4))
            at += self._size + 8
            page, start = self._record(at)
            if page and start != current:  # of another change, if of any
                if not self._begins(at):
                    break
                current = start
        return at

    def _record(self, at: int) -> tuple[int, int]:
        """The page of a record, 0 for none, and what its checksum started from."""
        raw = self._journal.read(at, self._size + 8)
        page = int.from_bytes(raw[:4], "big")
        if len(raw) < self._size + 8 or not 0 < page <= _LAST_PAGE:
            return 0, 0
        added = sum(raw[4 + self._size - _STRIDE : 4 : -_STRIDE])
        return page, (int.from_bytes(raw[-4:], "big") - added) & 0xFFFF_FFFF

    def _next_header(self, at: int) -> int:
        """Where the next header begins, at the edge of a sector; -1 for none."""
        for base in range(at, self._journal.size, _WINDOW):
            window = self._journal.read(base, _WINDOW + _JOURNAL_HEADER)
            place = window.find(sidefiles.JOURNAL_MAGIC)
            while 0 <= place < _WINDOW:
                if (base + place) % _SECTORS[0] == 0:
                    return base + place
                place = window.find(sidefiles.JOURNAL_MAGIC, place + 1)
        return -1


def reserved_bytes(file: Path) -> int:
    """Bytes at the end of each page that SQLite leaves to an extension."""
    start = read_start(file)
    return start[20] if len(start) > 20 else 0
