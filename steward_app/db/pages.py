"""The pages of a live database of one moment, read beside SQLite: for a child process that ends afterwards.

SQLite gives no page of a file in use but through a copy of all of them. So a read transaction is held, and the pages
are read from the file itself, and from the write-ahead log where it has newer ones, without the cost of a copy.

A plain `open()` and `close()` of a database drops the POSIX locks that a process holds on it
(https://www.sqlite.org/howtocorrupt.html, 2.2). So a descriptor opened here is never closed: it goes with the process.
`ends_with_this_work()` says that this process is such a one, and nothing here works before it was called; it refuses
where any other session is open.

    WAL         a read transaction; the file, with the newest frame of each page up to the snapshot's last laid over it
    all others  a read transaction, under which nobody writes; the file as it is

In WAL mode the snapshot's last frame stands in the header of the wal-index (`-shm`), read before the transaction
begins and again after it has read. SQLite takes its snapshot from that header in between, and every commit, reset and
recovery changes it (its checksum runs over all frames): when both are equal, that header is the snapshot. As long as
the transaction is held, no checkpoint copies frames of a later commit into the file and none starts the log anew,
except when all frames are in the file already and the log is not needed; `backfilled`, read between the transaction's
begin and the second reading of the header, tells that. https://www.sqlite.org/walformat.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import FileIO
from pathlib import Path

import apsw

from steward_app.db import connect, session, sidefiles
from steward_app.db.anatomy import LOCK_BYTE
from steward_app.db.errors import translated
from steward_app.db.place import FileId
from steward_app.db.session import ReadSession
from steward_app.db.state import OpenMode
from steward_app.db.write_ahead import Index, Log, NotAsExpected
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.text import quoted
from steward_app.storage import disk

CannotBeRead = NotAsExpected
"""The pages of this file cannot be read beside SQLite as it lies there; a copy is taken instead."""

_ATTEMPTS = 25

_descriptors: list[int] = []
_ends = False


def ends_with_this_work() -> None:
    """Say that this process does nothing but read one database, and ends then. Raises where that is not so."""
    global _ends
    if session._open_sessions:
        raise RuntimeError("raw pages are for a process of their own: this one has sessions open")
    _ends = True


class Pages:
    """The pages of one moment, as long as the block of `hold` lasts (those of a copy for ever).

    Attributes:
        pages: how many; 0 for an empty file.
        journal_mode: "wal", "delete", ...
    """

    def __init__(
        self,
        file: Path,
        main: int,
        page_size_bytes: int,
        pages: int,
        journal_mode: str,
        log: Log | None = None,
    ) -> None:
        self.page_size_bytes = page_size_bytes
        self.pages = pages
        self.journal_mode = journal_mode
        self._file = file
        self._main = FileIO(main, closefd=False)
        self._log = log
        self._lock_page = LOCK_BYTE // page_size_bytes + 1

    def read(self, first: int, buffer: memoryview) -> None:
        """Fill the buffer with whole pages, from number `first` on (from 1).

        The page that holds SQLite's lock bytes is never part of a database; it is given as zeros. Raises
        `CannotBeRead` where the file or the log is not what it should be, `Failure` when the disk cannot be read.
        """
        size = self.page_size_bytes
        after = first + len(buffer) // size
        with disk.translated(self._file):
            got = _read(self._main, buffer, (first - 1) * size)
            laid = self._log.lay_over(first, buffer) if self._log else []
        missing = set(range(first + got // size, after)) - {*laid, self._lock_page}
        if missing:
            raise CannotBeRead("the file ends before its last page")
        if first <= self._lock_page < after:
            at = (self._lock_page - first) * size
            buffer[at : at + size] = bytes(size)


def of_copy(file: Path, page_size_bytes: int, pages: int, journal_mode: str) -> Pages:
    """The pages of a copy that belongs to this process alone."""
    return Pages(file, _open(file), page_size_bytes, pages, journal_mode)


@contextmanager
def hold(reading: ReadSession) -> Iterator[Pages]:
    """Begin a read transaction on the session, and give the pages it sees. What the session reads is of that moment.

    Raises:
        CannotBeRead: take a copy instead. `Pages.read` raises it, too.
        Failure: locked; at the end of the block, when the file was replaced meanwhile, or written without locks.
    """
    if not _ends:
        raise RuntimeError("raw pages are for a process that ends afterwards")
    state = reading.state
    if os.name != "posix" or state.mode is not OpenMode.NORMAL or not state.live:
        raise CannotBeRead("it is not open as any reader has it")
    connection = reading._connection
    with translated(reading.path), ExitStack() as undo:
        undo.callback(_end, connection)
        main = _open(state.file)
        found = os.fstat(main)
        if FileId(found.st_dev, found.st_ino) != state.id:
            reading.check_identity()
            raise CannotBeRead("another file lay there for a moment")
        with disk.translated(reading.path):
            held = _begin(connection, state.file, main)
        before = _marks(main)
        yield held
        reading.check_identity()
        if held.journal_mode != "wal" and _marks(main) != before:
            raise Failure(
                ErrorCode.CHANGED_ON_DISK,
                f"{quoted(reading.path.name)} was written while it was read, without SQLite's locks.",
                hint="What was read of it was dropped. Let the program that writes it finish, then try again.",
            )


def _begin(connection: apsw.Connection, file: Path, main: int) -> Pages:
    """Begin a transaction whose snapshot is known: without a lock, else under the write lock for a moment."""
    index: Index | None = None
    for _ in range(_ATTEMPTS):
        index = index or _index(file)
        held = _try(connection, file, main, index)
        if held is not None:
            return held
    _end(connection)
    with _commits_kept_out(file):
        held = _try(connection, file, main, index or _index(file))
    if held is None:
        raise CannotBeRead("the wal-index does not stand still")
    return held


def _try(connection: apsw.Connection, file: Path, main: int, index: Index | None) -> Pages | None:
    _end(connection)
    snapshot = index.snapshot() if index else None
    connection.execute("BEGIN")
    connection.execute("PRAGMA main.schema_version").fetchone()  # reads, which takes the snapshot
    pages, size = int(connection.pragma("page_count")), int(connection.pragma("page_size"))
    mode = str(connection.pragma("journal_mode"))
    if mode != "wal":
        return Pages(file, main, size, pages, mode)
    if index is None or snapshot is None:
        return None
    backfilled = index.backfilled()  # before the header: who begins the log anew writes that first
    if index.snapshot() != snapshot:
        return None
    if backfilled >= snapshot.frames:
        return Pages(file, main, size, pages, mode)
    if snapshot.page_size_bytes != size:
        raise CannotBeRead("the wal-index is of another page size")
    log = Log(_open(sidefiles.beside(file, sidefiles.WAL)), snapshot, index.newest(snapshot.frames, pages))
    return Pages(file, main, size, pages, mode, log)


@contextmanager
def _commits_kept_out(file: Path) -> Iterator[None]:
    """Hold the write lock in the block, as a program that is about to write does."""
    if not os.access(file, os.W_OK):
        raise CannotBeRead("the wal-index does not stand still, and the file may not be written")
    connection = connect.writer(file)
    try:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except apsw.BusyError:
            raise CannotBeRead(
                "the wal-index does not stand still, and another program writes on and on"
            ) from None
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close(True)


def _end(connection: apsw.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _index(file: Path) -> Index | None:
    """The wal-index beside the file; None where there is none (yet)."""
    shm = sidefiles.beside(file, sidefiles.SHM)
    return Index(_open(shm)) if shm.exists() else None


def _open(file: Path) -> int:
    """A descriptor that is never closed."""
    with disk.translated(file):
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    _descriptors.append(descriptor)
    return descriptor


def _read(file: FileIO, buffer: memoryview, offset: int) -> int:
    """Fill the buffer from the file, as far as it goes; how many bytes that was."""
    file.seek(offset)
    got = 0
    while got < len(buffer):
        piece = file.readinto(buffer[got:])
        if not piece:
            break
        got += piece
    return got


def _marks(descriptor: int) -> tuple[int, int]:
    found = os.fstat(descriptor)
    return found.st_size, found.st_mtime_ns
