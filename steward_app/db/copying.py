"""A scratch copy of a database that cannot be looked at where it lies without changing it.

Only for a file that nobody else can be writing: while it is copied, SQLite's SHARED lock is held, under which no other
program can settle its journal or start a transaction of its own; and afterwards it is checked that nothing moved.
A live database is never copied like this: `db.copy` does that with SQLite's own means.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from steward_app.db import connect, sidefiles
from steward_app.db.errors import translated
from steward_app.db.header import MAGIC
from steward_app.db.place import Place
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.storage import disk, free_bytes, home

_CHUNK_BYTES = 1 << 20
_PAUSE_S = 0.02
_KINDS = {
    "": apsw.SQLITE_OPEN_MAIN_DB,
    sidefiles.WAL: apsw.SQLITE_OPEN_WAL,
    sidefiles.JOURNAL: apsw.SQLITE_OPEN_MAIN_JOURNAL,
}


class Moved(Exception):  # not an error: the opening starts anew
    """The file was changed by another program between two looks at it."""


def copy_to_look(
    place: Place, directory: Path, context: Context, *, side_file: str = "", mend_magic: bool = False
) -> Path:
    """Copy the database, with the side file named, into a scratch directory; the path of the copy.

    Args:
        side_file: "-journal" (rolled back in the copy), "-wal", or "" for none.
        mend_magic: write the first 16 bytes anew in the copy.

    Raises `Moved` when another program settled the journal or the -wal meanwhile; `Failure` when the file is locked or
    the disk has no room. Cancel leaves nothing.
    """
    target = directory / "copy.db"
    _need_room(place, side_file)
    with translated(place.path), _opened(place.file, "") as main:
        _share(main)
        try:
            before = _marks(place, side_file)
            if before is None or (side_file == sidefiles.JOURNAL and main.xCheckReservedLock()):
                raise Moved
            _copy(main, target, context, 0, place.size_bytes)
            if side_file:
                with _opened(sidefiles.beside(place.file, side_file), side_file) as side:
                    _copy(
                        side, sidefiles.beside(target, side_file), context, place.size_bytes, place.size_bytes
                    )
            if _marks(place, side_file) != before:
                raise Moved
        finally:
            main.xUnlock(apsw.SQLITE_LOCK_NONE)
    if mend_magic:
        _mend(target)
    if side_file == sidefiles.JOURNAL:
        _roll_back(target, place.path)
    return target


@contextmanager
def pinned(place: Place) -> Iterator[None]:
    """Keep the file open, without a lock: its inode is not given to another file as long as we compare with it."""
    with translated(place.path), _opened(place.file, ""):
        yield


@contextmanager
def _opened(file: Path, suffix: str) -> Iterator[apsw.VFSFile]:
    handle = apsw.VFSFile("", str(file), [_KINDS[suffix] | apsw.SQLITE_OPEN_READONLY, 0])
    try:
        yield handle
    finally:
        handle.xClose()


def _share(main: apsw.VFSFile) -> None:
    """Take the SHARED lock, as patiently as any reader."""
    deadline = time.monotonic() + connect.BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            main.xLock(apsw.SQLITE_LOCK_SHARED)
        except apsw.BusyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _marks(place: Place, side_file: str) -> tuple[object, ...] | None:
    """What must not change while the copy is made; None when the side file is gone."""
    marks: list[object] = []
    for suffix in ("", side_file) if side_file else ("",):
        try:
            found = sidefiles.beside(place.file, suffix).stat()
        except FileNotFoundError:
            return None
        marks += [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns]
    if side_file == sidefiles.WAL:  # a -shm appears as soon as another program opens the database
        marks.append(sidefiles.size(place.file, sidefiles.SHM))
    return tuple(marks)


def _copy(source: apsw.VFSFile, target: Path, context: Context, done: int, total: int) -> None:
    size = source.xFileSize()
    with disk.translated(target), target.open("xb") as file:
        for offset in range(0, size, _CHUNK_BYTES):
            context.checkpoint()
            file.write(source.xRead(min(_CHUNK_BYTES, size - offset), offset))
            context.report(
                done + offset, max(total, done + size), unit="bytes", note="making a copy to look at"
            )


def _mend(target: Path) -> None:
    with target.open("r+b") as file:
        file.write(MAGIC)


def _roll_back(target: Path, path: Path) -> None:
    """Let SQLite undo the unfinished transaction in the copy, by opening it for writing."""
    with translated(path):
        connection = connect.writer(target)
        try:
            connection.execute("PRAGMA main.schema_version").fetchone()
        finally:
            connection.close(True)


def _need_room(place: Place, side_file: str) -> None:
    needed = place.size_bytes + (sidefiles.size(place.file, side_file) or 0 if side_file else 0)
    free = free_bytes(home())
    if needed > free:
        raise Failure(
            ErrorCode.DISK_FULL,
            f"{quoted(place.path.name)} can only be looked at in a copy, and there is no room for one: it needs"
            f" {needed / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are free on the disk of the data directory.",
            hint="The file is unchanged. Free some space, or set STEWARD_HOME to a folder on a larger disk.",
        )
