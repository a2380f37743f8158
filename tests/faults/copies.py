"""Copying a database and putting a copy back, with the state before and what must hold after."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from steward_app.db.copy import clean_copy, copy_database, replace_contents
from steward_app.kernel.progress import Context

LIVE, IMAGE, COPY = "live.db", "image.db", "copy.db"


def build(folder: Path, *, wal: bool) -> None:
    """A live file and an image of another state of it, with the same page size."""
    for name, rows in ((LIVE, range(30)), (IMAGE, range(100, 160))):
        builder = a_database(folder, name).with_pragma("page_size = 1024")
        builder.with_table("t", "id INTEGER PRIMARY KEY, a", rows=[(n, "x" * 300) for n in rows])
        (builder.in_wal_mode() if wal else builder).build()


def copy(folder: Path, context: Context) -> None:
    copy_database(folder / LIVE, folder / COPY, context)


def copy_clean(folder: Path, context: Context) -> None:
    clean_copy(folder / LIVE, folder / COPY, context)


def replace(folder: Path, context: Context) -> None:
    replace_contents(folder / LIVE, folder / IMAGE, context)
