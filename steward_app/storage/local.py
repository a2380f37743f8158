"""Files on a local disk that are not the user's database: written whole or not at all.

A file is first written under a temporary name in its own folder, brought to the disk, and only then put in its
place; whoever looks sees the old file or the new one, after a crash and after a power cut too. What a crash
leaves behind is a temporary file that `sweep` removes.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.storage import process
from steward_app.storage.disk import disk, translated

_CHUNK_BYTES = 1 << 20
_FOREIGN_SCRATCH_SECONDS = 3 * 86_400
_TEMPORARY = re.compile(r"\.steward-[0-9a-f]{12}-[0-9a-f]{8}\.part")
_SCRATCH = re.compile(r"scratch-[0-9a-f]{12}-[0-9]+-[0-9a-f]{12}-[0-9a-f]{8}")
_SIDE_FILES = (
    "-journal",
    "-wal",
    "-shm",
)  # what SQLite keeps beside a database, and leaves there when it is killed
_DATABASE = b"SQLite format 3\x00"


class Staged:
    """A file in the making. Gone when the block ends, unless `finish()` was called.

    Write to it with `write`, or let something else (SQLite, a renderer) fill the file that `reserve` makes.
    """

    def __init__(self, target: Path, *, private: bool = False) -> None:
        self.target = target
        self.temporary = target.parent / temporary_name(target.name)
        self.finished = False
        self._private = private
        self._descriptor: int | None = None

    def reserve(self) -> Path:
        """Make the file, empty, with the permissions it shall have; the path for something else to fill."""
        with translated(self.target):
            disk().close(disk().open_new(self.temporary, private=self._private))
        return self.temporary

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes."""
        with translated(self.target):
            if self._descriptor is None:
                self._descriptor = disk().open_new(self.temporary, private=self._private)
            rest = bytes(data)
            while rest:
                rest = rest[disk().write(self._descriptor, rest) :]

    def write_at(self, data: bytes | memoryview, offset: int) -> None:
        """Write bytes at a place in the file, which grows as it must; not to be mixed with `write`."""
        with translated(self.target):
            if self._descriptor is None:
                self._descriptor = disk().open_new(self.temporary, private=self._private)
            rest = memoryview(data)
            while rest:
                taken = disk().write_at(self._descriptor, rest, offset)
                rest, offset = rest[taken:], offset + taken

    def let_go(self) -> Path:
        """Close what was written so far, for something else (SQLite) to work on it; the path of the file."""
        with translated(self.target):
            self._close()
        return self.temporary

    def finish(self, *, overwrite: bool = True, lasting: bool = True) -> None:
        """Bring the file to the disk and put it in its place, over whatever was there, whose permissions it takes.

        Args:
            lasting: it must outlive a power cut; what only this process reads, and removes, need not.

        Raises `Refused` where a database stands, which is never replaced, and, with `overwrite` False, where anything
        does. What is there stays.
        """
        if overwrite:
            spare_databases(self.target)
        with translated(self.target):
            if self._descriptor is None:
                self._descriptor = disk().open_existing(self.temporary)
            if overwrite and not self._private and self.target.exists():
                shutil.copymode(self.target, self.temporary)
            if lasting:
                disk().fsync(self._descriptor)
            self._close()
            if overwrite:
                disk().rename(self.temporary, self.target)
            else:
                disk().rename_new(self.temporary, self.target)
            self.finished = True
            if lasting:
                disk().fsync_directory(self.target.parent)

    def discard(self) -> None:
        """Remove what was written so far. The target stays as it was."""
        self._close()
        with suppress(OSError):  # a disk that fails here leaves a temporary file, which `sweep` removes later
            for path in (self.temporary, *_beside(self.temporary)):
                disk().delete(path)

    def _close(self) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            disk().close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.finished:
            self.discard()


def staged(target: Path, *, private: bool = False) -> Staged:
    """A new file for `target`, to use in a `with` block: it appears whole at `finish()` or not at all.

    Args:
        target: where it shall stand; its folder must exist.
        private: readable by its owner alone (0600), whatever the umask says.
    """
    return Staged(target, private=private)


@contextmanager
def beside(making: Path, suffix: str) -> Iterator[Path]:
    """An empty file, readable by its owner alone, beside one in the making, and gone when the block ends.

    After a kill it is removed by what removes the file in the making: `sweep`, or with its folder.
    """
    path = making.with_name(making.name + suffix)
    with translated(path):
        disk().close(disk().open_new(path, private=True))
    try:
        yield path
    finally:
        with suppress(OSError):  # on a disk that fails here it stays until it is swept
            disk().delete(path)


def write_whole(target: Path, data: bytes, *, private: bool = False, overwrite: bool = True) -> None:
    """Write a file whole or not at all. Raises `Failure` (disk full, no permission, ...).

    Raises `Refused` as `Staged.finish` does.
    """
    with staged(target, private=private) as new:
        new.write(data)  # also when there are none: it makes the file
        new.finish(overwrite=overwrite)


def spare_databases(target: Path) -> None:
    """Raise `Refused` where the target is a SQLite database, or a file that SQLite keeps beside one.

    Whoever has the database open would go on with a file that no longer has a name, and a `-wal` left beside the new
    file would be played over whatever comes to stand there.
    """
    kept = next((suffix for suffix in _SIDE_FILES if target.name.endswith(suffix)), "")
    beside = bool(kept) and os.path.lexists(target.with_name(target.name.removesuffix(kept)))
    if beside or _is_database(target):
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"{quoted(target.name)} {'belongs to' if beside else 'is'} a database, and no other file takes its place.",
            hint="It is unchanged, and nothing was written. Choose another name.",
        )


def _is_database(path: Path) -> bool:
    with translated(path):
        if not path.is_file():
            return False
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        start = os.read(descriptor, len(_DATABASE))
    if start != _DATABASE:
        os.close(descriptor)
        return False
    # Closed, it would take the locks along that this process holds on the database. It is left open: it is rare.
    return True


def copy_whole(source: Path, target: Path, context: Context | None = None, *, private: bool = False) -> int:
    """Copy a file that is not a database, whole or not at all; how many bytes. Cancel leaves no copy.

    Never for a database that may be open: reading it behind SQLite's back drops SQLite's locks.
    """
    context = context or Context()
    done = 0
    with translated(source):
        total = source.stat().st_size
    with staged(target, private=private) as new:
        new.write(b"")
        for chunk in read_chunks(source):
            context.checkpoint()
            new.write(chunk)
            done += len(chunk)
            context.report(done, total, unit="bytes", note=target.name)
        context.checkpoint()
        new.finish()
    return done


def read_chunks(path: Path, chunk_bytes: int = _CHUNK_BYTES) -> Iterator[bytes]:
    """The bytes of a file that is not a database, a piece at a time."""
    with translated(path), path.open("rb") as file:
        while chunk := file.read(chunk_bytes):
            yield chunk


def read_whole(path: Path, *, limit_bytes: int) -> bytes:
    """The bytes of a small file. Raises `Failure` when it is larger than the limit."""
    with translated(path), path.open("rb") as file:
        data = file.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise Failure(
            ErrorCode.TOO_LARGE,
            f"“{path.name}” is larger than {limit_bytes:,} bytes and was not read.",
            hint="The file is unchanged. Check that it is the file you meant.",
        )
    return data


def delete(path: Path) -> None:
    """Remove a file of ours, if it is there, and bring its going to the disk."""
    with translated(path):
        disk().delete(path)
        disk().fsync_directory(path.parent)


def sync(path: Path) -> None:
    """Bring a file that something else wrote, and its name, to the disk."""
    with translated(path):
        descriptor = disk().open_existing(path)
        try:
            disk().fsync(descriptor)
        finally:
            disk().close(descriptor)
        disk().fsync_directory(path.parent)


def sweep(target: Path) -> int:
    """Remove the temporary files that a killed process left for `target`; how many.

    Only when nobody can be writing that target: the operation that makes it holds a lease.
    """
    with translated(target):
        left = [path for path in target.parent.glob(f"{_stem(target.name)}*.part*") if path.is_file()]
        for path in left:
            disk().delete(path)
        if left:
            disk().fsync_directory(target.parent)
    return len(left)


def sweep_folder(folder: Path, *, untouched_seconds: float = 0) -> int:
    """Remove the temporary files that killed processes left in a folder of ours; how many.

    Only when nobody can be writing there, as for `sweep`, or nobody has for so long.
    """
    latest = time.time() - untouched_seconds
    with translated(folder):
        left = [path for path in folder.iterdir() if is_temporary(path.name) and _is_as_old(path, latest)]
        for path in left:
            disk().delete(path)
    return len(left)


def _is_as_old(path: Path, latest: float) -> bool:
    try:
        return path.stat().st_mtime <= latest
    except FileNotFoundError:  # it has its name now
        return False


def temporary_name(name: str) -> str:
    """A new name for the file that shall get this name when it is whole."""
    return f"{_stem(name)}{secrets.token_hex(4)}.part"


def is_temporary(name: str) -> bool:
    """Whether a file's name is one that a file in the making has, or that a killed process left."""
    return _TEMPORARY.fullmatch(name) is not None


def private_directory(path: Path) -> Path:
    """Make a folder that its owner alone may enter (0700). One that is there keeps the rights it has."""
    with translated(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def is_there(path: Path) -> bool:
    """Whether a path leads to something; False too where the way to it is closed to this user."""
    try:
        return path.exists()
    except OSError:
        return False


def free_bytes(path: Path) -> int:
    """Free space on the disk that holds `path`, or would hold it."""
    existing = next((p for p in (path, *path.parents) if is_there(p)), Path.cwd())
    with translated(path):
        return shutil.disk_usage(existing).free


@contextmanager
def scratch_directory(within: Path) -> Iterator[Path]:
    """A private folder for the time of the block, removed with all that is in it.

    What killed processes left in `within` is removed first: a scratch copy holds what the database holds.
    """
    private_directory(within)
    sweep_scratch(within)
    path = private_directory(within / f"{_owner(os.getpid())}-{secrets.token_hex(4)}")
    try:
        yield path
    finally:
        with translated(path):
            shutil.rmtree(path)


def sweep_scratch(within: Path) -> int:
    """Remove the scratch folders whose process is gone; how many."""
    gone = [path for path in within.glob("scratch-*") if _SCRATCH.fullmatch(path.name) and _abandoned(path)]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)  # another process may be removing it as well
    return len(gone)


def _owner(pid: int) -> str:
    """The start of the names of one process's scratch folders."""
    return f"scratch-{_digest(process.machine())}-{pid}-{_digest(process.mark(pid))}"


def _abandoned(path: Path) -> bool:
    machine, pid = path.name.split("-")[1:3]
    if machine == _digest(process.machine()):
        return not path.name.startswith(_owner(int(pid)))
    try:  # made on another machine, or in a container that is gone: nobody works for days on one
        return time.time() - path.stat().st_mtime > _FOREIGN_SCRATCH_SECONDS
    except OSError:
        return False


def _digest(text: str) -> str:
    return hashlib.blake2s(text.encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()


def _stem(name: str) -> str:
    """The start of every temporary name for a file: short whatever its name, and its own."""
    return f".steward-{_digest(name)}-"


def _beside(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + suffix) for suffix in _SIDE_FILES)
