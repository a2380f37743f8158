"""The files SQLite keeps beside a database, and their going when our looking made them.

A read-only connection to a database in WAL mode makes `-wal` and `-shm` and leaves them there when it is closed, since
it cannot take the lock that shows nobody needs them. So what was there before the first session of this process is
remembered, and when the last one is closed, what is new is removed: under SQLite's own EXCLUSIVE lock, which nobody
gets while any other program has the database open in WAL mode. A `-wal` with content is never removed.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import apsw

from steward_app.db import connect
from steward_app.db.header import read_start
from steward_app.db.place import FileId, Place
from steward_app.kernel.errors import Failure

WAL, SHM, JOURNAL = "-wal", "-shm", "-journal"
JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")

_log = logging.getLogger(__name__)


def beside(file: Path, suffix: str) -> Path:
    """The side file of a database: `clinic.db-wal`."""
    return file.with_name(file.name + suffix)


def size(file: Path, suffix: str) -> int | None:
    """The size of a side file in bytes, or None when there is none."""
    try:
        return beside(file, suffix).stat().st_size
    except OSError:
        return None


def pages_before_journal(file: Path) -> int:
    """How many pages the database had when the journal beside it was begun; 0 where there is none, or it is spent.

    1 for a journal that may not be read, which has to be taken for one that counts.
    https://www.sqlite.org/fileformat2.html#the_rollback_journal
    """
    journal = beside(file, JOURNAL)
    if not journal.exists():
        return 0
    if not os.access(journal, os.R_OK):
        return 1
    try:
        start = read_start(journal, 20)
    except Failure:
        if journal.exists():
            raise
        return 0  # its program finished while we looked
    return int.from_bytes(start[16:20], "big") if start.startswith(JOURNAL_MAGIC) else 0


@dataclass(slots=True)
class _Use:
    """Sessions of this process on one file.

    Attributes:
        stays: side files that were there first and whose going nobody waits for.
        wal_bytes: size of the -wal when the first session began.
        wrote: one of the sessions may write.
    """

    stays: frozenset[str]
    wal_bytes: int
    sessions: int = 0
    wrote: bool = False


_uses: dict[FileId, _Use] = {}
_lock = threading.Lock()


def using(place: Place, *, writing: bool = False) -> Callable[[], None]:
    """Say that a session begins, before it opens the file; call what comes back after its connection is closed."""
    with _lock:
        use = _uses.get(place.id) or _uses.setdefault(place.id, _found(place))
        use.sessions += 1
        use.wrote = use.wrote or writing

    def ended() -> None:
        with _lock:
            use.sessions -= 1
            if use.sessions == 0:
                del _uses[place.id]
                _tidy(place, use)

    return ended


def _present(file: Path) -> frozenset[str]:
    return frozenset(suffix for suffix in (WAL, SHM) if size(file, suffix) is not None)


def _found(place: Place) -> _Use:
    """What lies there. Side files without content that another program has in use stay only as long as it does: it
    would have removed them at its end, and cannot while we look.
    """
    there = _present(place.file)
    wal_bytes = size(place.file, WAL)
    passing = False
    if wal_bytes == 0 and place.may_write:
        with suppress(apsw.Error):  # no locks on this drive: then nothing is known
            passing = not _nobody_else(place, lambda: None)
    return _Use(frozenset() if passing else there, wal_bytes or 0)


def _tidy(place: Place, use: _Use) -> None:
    there = _present(place.file)
    if not there or (there <= use.stays and not _was_emptied(place, use) and not use.wrote):
        return
    try:
        if not _is_same(place):
            return  # a -wal beside another file of that name would be taken for that file's
        if use.wrote:
            _settle(place.file)
        else:
            _nobody_else(place, lambda: _remove(place, use))
    except (apsw.Error, OSError) as error:
        # The file is gone or cannot be locked: what lies there is not ours to remove.
        _log.debug("side files left in place: %s", type(error).__name__)


def _was_emptied(place: Place, use: _Use) -> bool:
    """Did somebody bring the content of the -wal that was there into the file?"""
    return use.wal_bytes > 0 and size(place.file, WAL) == 0


def _remove(place: Place, use: _Use) -> None:
    going = _present(place.file) - (frozenset() if _was_emptied(place, use) else use.stays)
    content_of_others = WAL in going and size(place.file, WAL)
    if _is_same(place) and not content_of_others:
        for suffix in going:
            beside(place.file, suffix).unlink()


def _is_same(place: Place) -> bool:
    found = place.file.stat()
    return FileId(found.st_dev, found.st_ino) == place.id


def _settle(file: Path) -> None:
    """Bring what we committed from the -wal into the file, as the last one to close does."""
    connection = connect.writer(file)
    try:
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
    finally:
        connection.close(True)


def _nobody_else(place: Place, then: Callable[[], None]) -> bool:
    """Run something while nobody has the database open, if that is so; whether it was."""
    flags = [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READWRITE, 0]
    handle = apsw.VFSFile("", str(place.file), flags)
    try:
        handle.xLock(apsw.SQLITE_LOCK_SHARED)
        handle.xLock(apsw.SQLITE_LOCK_EXCLUSIVE)
        then()
    except apsw.BusyError:
        return False
    finally:
        handle.xUnlock(apsw.SQLITE_LOCK_NONE)
        handle.xClose()
    return True
