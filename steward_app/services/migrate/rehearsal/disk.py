"""What applying takes of the disk, measured on the two copies."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

from steward_app.db import open_read
from steward_app.db.image import read_image
from steward_app.kernel.progress import Context
from steward_app.services.migrate.rehearsal.model import Disk
from steward_app.storage import free_bytes


def disk(before: Path, after: Path, database: Path, point_bytes: int | None, context: Context) -> Disk:
    """How much longer the file gets, and how much of it has to stand in the journal until the commit.

    A rollback journal holds every page that is changed as it was; a write-ahead log every page that is changed or new.
    The larger of the two is told. Both files are closed, and nothing writes to them.

    Args:
        database: the file they are copies of; on its disk all of it happens.
        point_bytes: what the restore point takes, or None for as much as the file.
    """
    with open_read(before) as session:
        page = session.count("PRAGMA main.page_size")
        wal = session.value("PRAGMA main.journal_mode") == "wal"
        size = page * session.count("PRAGMA main.page_count")
    changed, new = _pages(before, after, page, context)
    return Disk(
        growth=new,
        journal=changed + (new if wal else 0),
        point=size if point_bytes is None else point_bytes,
        free=free_bytes(database.absolute().parent),
    )


def _pages(before: Path, after: Path, page: int, context: Context) -> tuple[int, int]:
    """Bytes of pages that are in both files and differ, and by how many the later file is longer."""
    changed = new = 0
    for one, other in zip_longest(read_image(before, context), read_image(after, context), fillvalue=b""):
        new += max(len(other) - len(one), 0)
        if one != other:
            changed += sum(
                page
                for start in range(0, min(len(one), len(other)), page)
                if one[start : start + page] != other[start : start + page]
            )
    return changed, new
