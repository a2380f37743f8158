"""SQLite's errors, translated once into ours.

What the world did (locked, full, damaged) becomes a `Failure` that names the file. What only a wrong statement
of ours can cause stays an apsw error: it is a bug, and must look like one. Extended result codes:
https://www.sqlite.org/rescode.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from steward_app.db.holders import Doing, holders
from steward_app.db.size_limit import reached_size_limit
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, StewardError, UsageError
from steward_app.kernel.text import size, visible

_UNTOUCHED = "The file is unchanged."
_OF_THE_WHOLE_FILE = frozenset(
    {
        ErrorCode.LOCKED,
        ErrorCode.DISK_FULL,
        ErrorCode.IO_ERROR,
        ErrorCode.MALFORMED_SCHEMA,
        ErrorCode.NOT_A_DATABASE,
    }
)


def translate(error: apsw.Error, path: Path) -> StewardError | None:
    """What a steward is told about an error of SQLite, or None when it is a bug of ours."""
    name = visible(path.name or str(path))
    match error:
        case apsw.InterruptError():
            return Cancelled()
        case apsw.BusyError() | apsw.LockedError():
            return Failure(
                ErrorCode.LOCKED,
                f"{_whoever_locks(path)} is using “{name}” and holds it locked.",
                hint=f"{_UNTOUCHED} Close the other program or wait until it has finished, then try again.",
            )
        case apsw.FullError() | apsw.IOError() if _is_full(error):
            return Failure(
                ErrorCode.DISK_FULL,
                f"The disk that holds “{name}” is full.",
                hint=f"{_UNTOUCHED} Free some space, then try again.",
            )
        case apsw.CorruptError():
            if "malformed database schema" in str(error):
                return Failure(
                    ErrorCode.MALFORMED_SCHEMA,
                    f"The schema stored in “{name}” is damaged: {_reason(error)}.",
                    hint="The file is opened in safe mode, which shows what can still be read. "
                    "Restore it from a backup made before the damage.",
                )
            return Failure(
                ErrorCode.DAMAGED,
                f"“{name}” is damaged: SQLite found a page that does not hold together.",
                hint=f"{_UNTOUCHED} Run the check to see what can still be read, and restore it from a backup.",
            )
        case apsw.NotADBError():
            return Failure(
                ErrorCode.NOT_A_DATABASE,
                f"“{name}” is not a SQLite database, or it is encrypted.",
                hint=f"{_UNTOUCHED} Choose another file, or decrypt it with the program that made it.",
            )
        case apsw.ReadOnlyError() if extended(error) == apsw.SQLITE_READONLY_DBMOVED:
            return Failure(
                ErrorCode.FILE_REPLACED,
                f"“{name}” was moved, deleted or replaced while it was open.",
                hint="Nothing was written. Open it again to work with it.",
            )
        case apsw.ReadOnlyError():
            return Failure(
                ErrorCode.READ_ONLY,
                f"“{name}” cannot be written: the file or its folder is read-only.",
                hint=f"{_UNTOUCHED} Ask for permission to write, or copy it to a folder of your own.",
            )
        case apsw.AuthError():
            return Failure(
                ErrorCode.NO_PERMISSION,
                f"This statement may not run on “{name}”: it would reach what is kept from it.",
                hint="It changed nothing. Take it out.",
            )
        case apsw.CantOpenError() | apsw.PermissionsError():
            return Failure(
                ErrorCode.NO_PERMISSION,
                f"“{name}” cannot be opened: {_reason(error)}.",
                hint="Nothing was changed. Check that the file exists and that you may read it and its folder.",
            )
        case apsw.IOError() if limit := _size_limit(error, path):
            return Failure(
                ErrorCode.DISK_FULL,
                f"“{name}” cannot become larger: no file here may have more than {size(limit)}.",
                hint="What was committed is kept. Allow larger files (“ulimit -f” shows the limit), or use a disk"
                " that takes them, then try again.",
            )
        case apsw.IOError():
            return Failure(
                ErrorCode.IO_ERROR,
                f"The disk reported an error while “{name}” was in use: {_reason(error)}.",
                hint="Check the disk or the network drive before you go on. What was committed is kept.",
            )
        case apsw.TooBigError():
            return Failure(
                ErrorCode.TOO_LARGE,
                f"A value in “{name}” is larger than this program reads at once.",
                hint=_UNTOUCHED,
            )
        case apsw.ConstraintError():
            return Failure(
                ErrorCode.CONSTRAINT,
                f"A rule of “{name}” refused the change: {_reason(error)}.",
                hint="Everything was rolled back; the file is as it was before.",
            )
    return None


class SqliteSays(Exception):
    """What SQLite has against one object of a file, in its own words: "no such column: x"."""


@contextmanager
def in_sqlites_words() -> Iterator[None]:
    """Turn an objection of SQLite to the object in hand into `SqliteSays`.

    What concerns the whole file (a lock, a full disk, a cancel) passes through as it is.
    """
    try:
        yield
    except apsw.Error as error:
        raise SqliteSays(_reason(error)) from error
    except Failure as failure:
        if failure.code is ErrorCode.NAME_NOT_UTF8:
            raise SqliteSays("a name that is not valid UTF-8") from None
        cause = failure.__cause__
        if not isinstance(cause, apsw.Error) or failure.code in _OF_THE_WHOLE_FILE:
            raise
        raise SqliteSays(_reason(cause)) from cause


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the errors SQLite raises in the block into ours; our bugs pass through as they are.

    Any bytes may be a name in a file; apsw sends SQLite only what is valid UTF-8.
    """
    try:
        yield
    except apsw.Error as error:
        known = translate(error, path)
        if known is None:
            raise
        raise known from error
    except UnicodeEncodeError:
        raise _name_not_utf8(path) from None  # the error holds the text
    except OverflowError:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "A number is larger than any that a database holds.",
            hint=f"Whole numbers go from {-(1 << 63):,} to {(1 << 63) - 1:,}.",
        ) from None


@contextmanager
def preparing(path: Path) -> Iterator[None]:
    """`translated`, where no row is read: what is not valid UTF-8 there is a name that SQLite tells.

    WORKAROUND: where SQLite tells an authorizer several such names, apsw calls it again with the error of the first
    still set, and Python makes a SystemError of that.
    """
    try:
        with translated(path):
            yield
    except UnicodeDecodeError:
        raise _name_not_utf8(path) from None
    except SystemError as error:
        if not isinstance(error.__cause__, UnicodeDecodeError):
            raise
        raise _name_not_utf8(path) from None


def extended(error: apsw.Error) -> int:
    """SQLite's extended result code of an error, or 0."""
    return int(getattr(error, "extendedresult", 0))


def _is_full(error: apsw.Error) -> bool:
    """SQLite calls it an I/O error where there is no room for the -shm file, which even a reader needs beside a WAL."""
    return isinstance(error, apsw.FullError) or extended(error) == apsw.SQLITE_IOERR_SHMSIZE


def _size_limit(error: apsw.Error, path: Path) -> int:
    """The size that no file may pass, where that is why it could not be written; else 0."""
    written = extended(error) in (apsw.SQLITE_IOERR_WRITE, apsw.SQLITE_IOERR_TRUNCATE)
    return reached_size_limit(path) if written else 0


def _whoever_locks(path: Path) -> str:
    """Who stands in the way, by name where the system tells it."""
    found = [process for process in holders(path, own=True) if process.doing is not Doing.OPEN]
    others = [process for process in found if process.pid != os.getpid() and process.name]
    if others:
        return f"“{visible(others[0].name)}” (process {others[0].pid})"
    if any(process.doing is Doing.WRITING for process in found):
        return "Another part of this program"
    return "Another program"


def _name_not_utf8(path: Path) -> Failure:
    return Failure(
        ErrorCode.NAME_NOT_UTF8,
        f"A table or column of “{visible(path.name)}” cannot be read: its name is not valid UTF-8.",
        hint=f"{_UNTOUCHED} What has other names can be read; rename this one with the program that made it.",
    )


def _reason(error: apsw.Error) -> str:
    return str(error).strip().rstrip(".")
