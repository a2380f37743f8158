"""The steps that can fail when a file is written, each a method of one object.

Everything this floor does to a disk goes through `disk()`, so that a fault harness can put its own object there
(`using`), count the steps and break the N-th. Errors come out as `Failure`s that name the file.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from steward_app.kernel.errors import ErrorCode, Failure, Refused, StewardError

_PRIVATE = 0o600
_SHARED = 0o666  # less the user's umask


class Disk:
    """The real disk. A harness overrides methods; it calls `super()` for the steps it lets through."""

    def open_new(self, path: Path, *, private: bool) -> int:
        """Create a file that must not exist yet and open it for writing; the file descriptor."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        return os.open(path, flags, _PRIVATE if private else _SHARED)

    def open_existing(self, path: Path) -> int:
        """Open a file for writing without touching what is in it, to sync it."""
        return os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Write some of the bytes; how many were taken."""
        return os.write(descriptor, data)

    def write_at(self, descriptor: int, data: bytes | memoryview, offset: int) -> int:
        """Write some of the bytes at a place in the file; how many were taken."""
        if os.name != "nt":
            return os.pwrite(descriptor, data, offset)
        os.lseek(descriptor, offset, os.SEEK_SET)
        return self.write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        """Bring a file's bytes to the disk itself.

        On macOS fsync only hands them to the drive, which may keep them in its cache; F_FULLFSYNC does not.
        """
        if sys.platform == "darwin":
            import fcntl

            try:
                fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            except OSError:  # network drives do not know it
                os.fsync(descriptor)
        else:
            os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Put a file in the place of another, or of nothing, in one step."""
        source.replace(target)

    def rename_new(self, source: Path, target: Path) -> None:
        """Put a file where nothing is; FileExistsError when something is.

        Windows refuses by itself. Elsewhere a second name is made, which fails when the name is taken, and the
        first removed; a disk without second names (FAT) is looked at first, and the moment between looking and
        renaming is not guarded.
        """
        if os.name == "nt":
            source.rename(target)
            return
        try:
            target.hardlink_to(source)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
                raise
            if os.path.lexists(target):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
            source.rename(target)
            return
        with suppress(OSError):  # the file stands; its temporary name is swept another time
            source.unlink()

    def delete(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def make_directory(self, path: Path, *, private: bool) -> None:
        """Make one folder in a folder that is there; FileExistsError when something has the name."""
        path.mkdir(mode=0o700 if private else 0o777)

    def fsync_directory(self, path: Path) -> None:
        """Bring a folder's list of names to the disk, so that a rename survives a power cut.

        Windows cannot open a folder for this and needs no such step: NTFS keeps the rename in its own log. It
        may be lost with the last seconds before a power cut, never half done.
        """
        if os.name == "nt":
            return
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (
                errno.EINVAL,
                errno.ENOTSUP,
            ):  # some network file systems have no such step
                raise
        finally:
            os.close(descriptor)


_current = Disk()


def disk() -> Disk:
    """The disk all writing goes through."""
    return _current


@contextmanager
def using(replacement: Disk) -> Iterator[None]:
    """Write through another `Disk` while the block runs, in every thread. For fault tests."""
    global _current
    before, _current = _current, replacement
    try:
        yield
    finally:
        _current = before


def translate(error: OSError, path: Path) -> StewardError:
    """What a steward is told about an error of the operating system."""
    name = path.name or str(path)
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            code, said = ErrorCode.DISK_FULL, f"“{name}” was not written: the disk is full."
            hint = f"Free some space on the disk that holds {path.parent}, then try again."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            code, said = ErrorCode.NO_PERMISSION, f"“{name}” cannot be used: you have no permission."
            hint = f"Ask for permission on {path.parent}, or choose another folder."
        case errno.ENOENT | errno.ENOTDIR if not _reachable(path.parent):
            code, said = ErrorCode.NOT_FOUND, f"There is no folder “{path.parent}”."
            hint = f"“{name}” was not read or written. Check the name of the folder, or make it."
        case errno.ENOENT | errno.ENOTDIR:
            code, said = ErrorCode.NOT_FOUND, f"“{name}” is not there: {path}"
            hint = "Check the name and the folder."
        case errno.EISDIR:
            code, said = ErrorCode.NOT_A_FILE, f"“{name}” is a folder, not a file."
            hint = "Choose a file."
        case errno.EEXIST:
            return Refused(
                ErrorCode.BAD_PATH,
                f"“{name}” exists already.",
                hint="It was left as it is. Choose another name.",
            )
        case errno.ENAMETOOLONG | errno.EINVAL:
            code, said = ErrorCode.BAD_PATH, f"“{name}” cannot be the name of a file on this disk."
            hint = "Choose a shorter or simpler name."
        case _:
            reason = os.strerror(error.errno) if error.errno else type(error).__name__
            code, said = (
                ErrorCode.IO_ERROR,
                f"The disk reported an error while “{name}” was in use: {reason}.",
            )
            hint = "Check the disk or the network drive, then try again."
    return Failure(code, said, hint=hint)


def _reachable(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:  # a folder on the way may not be entered
        return True


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the operating system's errors in the block into ours."""
    try:
        yield
    except OSError as error:
        raise translate(error, path) from error
