"""Where the migrations of a database stand."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.text import quoted

USUAL: Final = "migrations"


def folder_of(database: Path, told: Path | None = None) -> Path:
    """The folder that was told, or else `migrations` beside the file.

    Raises `Failure` (NOT_FOUND) where a folder was told and is not there.
    """
    if told is not None and not told.is_dir():
        raise Failure(
            ErrorCode.NOT_FOUND, f"There is no folder {quoted(str(told), 200)}.", hint="Nothing was changed."
        )
    return told or database.absolute().parent / USUAL
