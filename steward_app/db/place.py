"""A path, looked at before SQLite sees it: does it lead to an ordinary file that this program may read?

Only the file system is asked here, never the file: opening a pipe would wait for ever, and opening and closing a
database behind SQLite's back drops the locks another part of the program holds.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.text import quoted

LONGEST_PATH_BYTES = 504
"""SQLite on Unix refuses a path that leaves no room in 512 bytes for "-journal" behind it."""

_UNTOUCHED = "Nothing was opened or changed."


@dataclass(frozen=True, slots=True)
class FileId:
    """Names one file of this machine for as long as it exists, whatever its name is."""

    device: int
    inode: int


@dataclass(frozen=True, slots=True)
class Place:
    """A path that leads to an ordinary file.

    Attributes:
        path: as it was asked for.
        file: absolute, with every link followed; what SQLite is given, and beside which side files lie.
        id: which file it is.
        size_bytes, modified_ns: when it was looked at.
    """

    path: Path
    file: Path
    id: FileId
    size_bytes: int
    modified_ns: int

    @property
    def is_link(self) -> bool:
        """True when the path itself is a link to the file."""
        return self.path.is_symlink()

    @property
    def may_write(self) -> bool:
        """May this program write the file and make files beside it, as sharing a WAL needs?"""
        return os.access(self.file, os.W_OK) and os.access(self.file.parent, os.W_OK | os.X_OK)


def locate(path: Path) -> Place:
    """Where the path leads. Raises `Failure` when it leads to nothing, or to something that is no ordinary file."""
    _refuse_odd_text(path)
    try:
        file = Path(os.path.realpath(path, strict=True))
        found = file.stat()
    except OSError as error:
        raise _not_reached(error, path) from error
    _refuse_special(path, found.st_mode)
    _refuse_long(path, file)
    if not os.access(file, os.R_OK):
        raise Failure(
            ErrorCode.NO_PERMISSION,
            f"{quoted(path.name)} cannot be read: you have no permission.",
            hint=f"{_UNTOUCHED} Ask its owner for permission to read it.",
        )
    return Place(path, file, FileId(found.st_dev, found.st_ino), found.st_size, found.st_mtime_ns)


def check_same(path: Path, expected: FileId) -> None:
    """Raise `Failure` when the path now leads to another file than the one that was opened, or to none."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Failure(
            ErrorCode.NOT_FOUND,
            f"{quoted(path.name)} was deleted or moved while it was open.",
            hint="What was open until now can still be read; nothing more is written. Open it at its new place.",
        ) from error
    except OSError as error:
        raise _not_reached(error, path) from error
    if FileId(found.st_dev, found.st_ino) != expected:
        raise Failure(
            ErrorCode.FILE_REPLACED,
            f"{quoted(path.name)} was replaced by another file while it was open.",
            hint="Nothing was written to the new file. Open it again to work with it.",
        )


def must_be_new(path: Path) -> None:
    """Make an empty file at the path, for SQLite to fill. Raises `Failure` when something is there already."""
    _refuse_odd_text(path)
    parent = Path(os.path.realpath(path.parent))
    _refuse_long(path, parent / path.name)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError as error:
        raise Failure(
            ErrorCode.BAD_PATH,
            f"{quoted(path.name)} exists already.",
            hint="Choose another name; the file that is there was left as it is.",
        ) from error
    except OSError as error:
        raise _not_reached(error, path) from error


def _refuse_odd_text(path: Path) -> None:
    text = str(path)
    if "\x00" in text:
        reason = "it holds a NUL character"
    elif any("\ud800" <= c <= "\udfff" for c in text):
        reason = "it is not valid Unicode"
    else:
        return
    raise Failure(
        ErrorCode.BAD_PATH,
        f"{quoted(path.name)} cannot be opened under this name: {reason}.",
        hint=f"{_UNTOUCHED} Rename the file or its folder, then open it again.",
    )


def _refuse_special(path: Path, mode: int) -> None:
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    kind = kinds.get(stat.S_IFMT(mode))
    if kind:
        raise Failure(
            ErrorCode.NOT_A_FILE,
            f"{quoted(path.name or str(path))} is {kind}, not a database file.",
            hint=f"{_UNTOUCHED} Choose the database file itself.",
        )


def _refuse_long(path: Path, file: Path) -> None:
    length = len(os.fsencode(file))
    if os.name == "posix" and length > LONGEST_PATH_BYTES:
        raise Failure(
            ErrorCode.BAD_PATH,
            f"The path of {quoted(path.name)} is too long for SQLite: {length} of at most {LONGEST_PATH_BYTES} bytes.",
            hint=f"{_UNTOUCHED} Move the file to a folder with a shorter path, or shorten its name.",
        )


def _not_reached(error: OSError, path: Path) -> Failure:
    name = quoted(path.name or str(path))
    match error.errno:
        case errno.ENOENT if path.is_symlink():
            return Failure(
                ErrorCode.NOT_FOUND,
                f"{name} is a link to a file that is not there.",
                hint="Open the file at its new place, or set the link again.",
            )
        case errno.ENOENT | errno.ENOTDIR:
            return Failure(
                ErrorCode.NOT_FOUND,
                f"There is no file {name} in {quoted(str(path.parent), 200)}.",
                hint="Check the name and the folder.",
            )
        case errno.EACCES | errno.EPERM:
            return Failure(
                ErrorCode.NO_PERMISSION,
                f"{name} cannot be reached: you may not enter its folder.",
                hint=f"{_UNTOUCHED} Ask for permission on {quoted(str(path.parent), 200)}.",
            )
        case errno.ELOOP:
            said = f"{name} is a link that leads back to itself."
        case errno.ENAMETOOLONG:
            said = f"{quoted(path.name)} has a name or a folder name that is longer than the disk allows."
        case _:
            return Failure(
                ErrorCode.IO_ERROR,
                f"{name} cannot be reached: {error.strerror or type(error).__name__}.",
                hint=f"{_UNTOUCHED} Check the disk or the network drive, then try again.",
            )
    return Failure(ErrorCode.BAD_PATH, said, hint=f"{_UNTOUCHED} Choose the database file itself.")
