"""Who holds a file: the programs that have it open or locked, as far as the system tells.

Linux tells in /proc. Windows and macOS tell no program without more rights, so the answer there is empty.
The lock bytes are SQLite's: https://www.sqlite.org/lockingv3.html and, for WAL, https://www.sqlite.org/walformat.html
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from steward_app.db.place import FileId

_PROC = Path("/proc")
_PENDING, _RESERVED, _SHARED_FIRST = 0x40000000, 0x40000001, 0x40000002
_WAL_WRITE, _WAL_LAST = 120, 127  # lock bytes in the -shm file: write, checkpoint, recover, then readers


class Doing(IntEnum):
    """What a program does with a file. In order: the later, the more it stands in the way."""

    OPEN = 0
    READING = 1
    WRITING = 2


@dataclass(frozen=True, slots=True)
class Process:
    """A running program. `name` is as the system tells it, or "" where it does not."""

    pid: int
    name: str
    doing: Doing


def holders(path: Path, *, own: bool = False) -> tuple[Process, ...]:
    """Programs that have the database open or locked, those that write first. Best effort, never an error.

    Programs of other users are told only by their locks, and only to a user who may see them.

    Args:
        own: tell of this program, too.
    """
    ids = _ids(path)
    if not ids or not (_PROC / "locks").exists():
        return ()
    doing: dict[int, Doing] = dict.fromkeys(_with_open(set(ids)), Doing.OPEN)
    for pid, what in _locks(ids):
        doing[pid] = max(what, doing.get(pid, Doing.OPEN))
    if not own:
        doing.pop(os.getpid(), None)
    found = [Process(pid, _name(pid), what) for pid, what in doing.items()]
    return tuple(sorted(found, key=lambda process: (-process.doing, process.pid)))


def _ids(path: Path) -> dict[FileId, bool]:
    """The files to look for: the database (False) and its -shm file (True)."""
    ids = {}
    for each, is_shm in ((path, False), (Path(f"{os.path.realpath(path)}-shm"), True)):
        with suppress(OSError):
            found = each.stat()
            ids[FileId(found.st_dev, found.st_ino)] = is_shm
    return ids


def _locks(ids: dict[FileId, bool]) -> Iterator[tuple[int, Doing]]:
    """(process, what it does) for each lock on the files: `1: POSIX  ADVISORY  WRITE 4121 fe:00:131 120 120`."""
    try:
        lines = (_PROC / "locks").read_text("ascii", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        words = line.split()
        if len(words) != 8 or words[1] == "->":  # waits for a lock, holds none
            continue
        major, minor, inode = words[5].split(":")
        is_shm = ids.get(FileId(os.makedev(int(major, 16), int(minor, 16)), int(inode)))
        if is_shm is not None and int(words[4]) > 0:
            last = int(words[7]) if words[7] != "EOF" else 2**63
            yield (
                int(words[4]),
                _meaning(is_shm, words[3] == "WRITE", int(words[6]), last, wal=True in ids.values()),
            )


def _meaning(is_shm: bool, exclusive: bool, first: int, last: int, *, wal: bool) -> Doing:
    if is_shm:
        if exclusive and first <= _WAL_WRITE <= last:
            return Doing.WRITING
        return Doing.READING if first <= _WAL_LAST and last > _WAL_WRITE else Doing.OPEN
    if exclusive and last >= _PENDING:
        return Doing.WRITING
    # In WAL mode the SHARED lock of the file is held as long as it is open; readers are seen in the -shm.
    return Doing.READING if last >= _SHARED_FIRST and not wal else Doing.OPEN


def _with_open(ids: set[FileId]) -> Iterator[int]:
    """Processes that have one of the files open."""
    for folder in _PROC.glob("[0-9]*/fd"):
        with suppress(OSError):  # gone meanwhile, or another user's
            if any(_id_of(link) in ids for link in folder.iterdir()):
                yield int(folder.parent.name)


def _id_of(link: Path) -> FileId | None:
    try:
        found = link.stat()
    except OSError:
        return None
    return FileId(found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _name(pid: int) -> str:
    try:
        return (_PROC / str(pid) / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return ""
