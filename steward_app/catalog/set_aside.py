"""A catalog that cannot be read is put out of the way, whole, and a new one is made.

Nothing depends on what it held: restore points and stores are read again from themselves, and what was erased from the
copies of the ledger that lie in stores.
"""

from __future__ import annotations

from pathlib import Path

from steward_app.catalog import journal
from steward_app.catalog.store import FILE_NAME, LOCK, is_damaged, open_catalog, side_files
from steward_app.db.holders import holders
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.plan import Json
from steward_app.kernel.text import quoted
from steward_app.storage import home
from steward_app.storage.disk import disk, translated
from steward_app.storage.lock import exclusive

AFTERWARDS = (
    "Restore points on this computer are found again when their database is opened. Connect its stores again before you"
    " restore anything: the list of what was erased is read from them."
)
"""What a steward should know when it is done."""

_UNCHANGED = "Nothing was changed."


def set_aside(directory: Path | None = None) -> Path:
    """Move the catalog of a data directory into a folder beside it and make a new one; the folder.

    The new journal begins with a note of it. Broken off, the old one lies whole in either place, and doing it again
    finishes it.

    Raises:
        Refused: the catalog can be read. It stays where it is.
        Failure: it is newer than this program, locked or in use, or the disk is in the way.
    """
    path = (directory or home()) / FILE_NAME
    with exclusive(path.with_name(LOCK)):
        if not is_damaged(path):
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                f"The catalog can be read and stays where it is: {path}",
                hint=_UNCHANGED,
            )
        _check_unused(path)
        with translated(path):
            folder = _new_folder(path.parent)
            _move(path, folder)
    with open_catalog(path.parent) as catalog, catalog.unit() as unit:
        note = (
            "The catalog could not be read and was set aside. What was done before is in the journal there."
        )
        details: dict[str, Json] = {"note": note, "folder": str(folder)}
        journal.append(unit, journal.Phase.NOTE, "journal.set_aside", details=details)
        unit.commit()
    return folder


def _check_unused(path: Path) -> None:
    for process in holders(path):
        raise Failure(
            ErrorCode.LOCKED,
            f"{quoted(process.name)} (process {process.pid}) has the catalog open: {path}",
            hint=f"{_UNCHANGED} Close that program, then try again.",
        )


def _move(path: Path, folder: Path) -> None:
    """The file first: without it nothing can take what lies beside it for anything; the other way round, the file would
    open without its newest changes.
    """
    for files in ([path] if path.exists() else [], side_files(path)):
        for file in files:
            disk().rename(file, folder / file.name)
        disk().fsync_directory(folder)
        disk().fsync_directory(path.parent)


def _new_folder(parent: Path) -> Path:
    moment = clock.to_text(clock.now())[:19].replace(":", "-")
    number = 1
    while True:
        folder = parent / f"catalog-set-aside-{moment}{f'-{number}' if number > 1 else ''}"
        try:
            disk().make_directory(folder, private=True)
        except FileExistsError:
            number += 1
        else:
            disk().fsync_directory(parent)
            return folder
