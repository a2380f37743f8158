"""Restoring a point of when the file was smaller, with the state before and what stands behind the file's last page."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from builders.releases import write_to
from faults import points
from faults.breaker import _die
from faults.points import home
from faults.vfs import _BreakingFile
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services import backup

LATER = b"later@orig.example"


def build(folder: Path) -> None:
    """A small database with a restore point, which has grown since."""
    path = (
        a_database(folder, points.DATABASE)
        .with_pragma("page_size = 1024")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=[(number, "x") for number in range(20)])
        .build()
    )
    with home(folder) as catalog:
        backup.create(catalog, backup.plan_create(catalog, path, Context(), prove=False), Context())
    note = f"{LATER.decode()} {'y' * 300}"
    write_to(path, *(f"INSERT INTO visit VALUES ({number}, '{note}')" for number in range(20, 90)))


restore_in_place = points.restore_in_place


def behind(path: Path) -> bytes:
    """What stands in a file behind its last page, which SQLite never reads."""
    with open_read(path) as session:
        size_bytes = session.count("PRAGMA page_count") * session.count("PRAGMA page_size")
    return path.read_bytes()[size_bytes:]


def restore_in_place_killed_at_the_cut(folder: Path, context: Context) -> None:
    """As `restore_in_place`, and the process is gone when SQLite comes to cut the file, which follows the commit."""
    cut = _BreakingFile.xTruncate

    def killed(file: _BreakingFile, size: int) -> None:
        if file._path == folder / points.DATABASE:
            _die()
        cut(file, size)

    _BreakingFile.xTruncate = killed  # type: ignore[method-assign]
    restore_in_place(folder, context)
