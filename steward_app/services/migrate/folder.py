"""Where the migrations of a database stand: where the steward says, where the policy says, or beside the file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from steward_app.catalog.policy import read_policy
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.text import quoted

USUAL: Final = "migrations"
_PLACE: Final = ("migrations", "folder")


def folder_of(database: Path, told: Path | None = None, *, must_be_there: bool = True) -> Path:
    """The folder that was told, else the one that the policy names, else `migrations` beside the file.

    Raises `Failure` (NOT_FOUND) where a folder was told or named and is not there, unless it need not be, and as
    `read_policy`.
    """
    beside = database.absolute().parent
    named = None if told is not None else _named(database)
    folder = told if told is not None else beside / (named or USUAL)
    if must_be_there and (told is not None or named) and not folder.is_dir():
        raise Failure(
            ErrorCode.NOT_FOUND,
            f"There is no folder {quoted(str(folder), 200)}.",
            hint="Nothing was changed.",
        )
    return folder


def keep_folder(database: Path, folder: Path, *, anew: bool = False) -> bool:
    """Have the policy name a folder that was told once, so that it need not be told again; whether it was written.

    A folder that is the usual one, and a policy that names one already, are left as they are; with `anew` the policy
    names this one from now on.
    """
    beside = database.absolute().parent
    if not anew and (folder.absolute() == beside / USUAL or _named(database)):
        return False
    policy = read_policy(database)
    policy.put(_PLACE, Path(os.path.relpath(folder.absolute(), beside)).as_posix())
    policy.save()
    return True


def _named(database: Path) -> str:
    section = read_policy(database).policy.migrations
    return section.folder if section else ""
