"""What the last scan for personal data found in a database, by its path: for the services that show rows.

The scan itself is `services.privacy.discover`, which lies above them.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from steward_app import db
from steward_app.catalog import identity, privacy_scans
from steward_app.catalog.store import FILE_NAME
from steward_app.db import sidefiles
from steward_app.storage import home


def found_personal(database: Path) -> frozenset[tuple[str, str, str]]:
    """The columns that the last scan took for personal: table, column and type; none where nothing was scanned.

    Reads the catalog again only where it was written meanwhile. Raises `Failure` where it cannot be read.
    """
    catalog = home() / FILE_NAME
    marks = tuple(_mark(file) for file in (catalog, sidefiles.beside(catalog, sidefiles.WAL)))
    return _found(catalog, database, marks) if marks[0] else frozenset()


def _mark(file: Path) -> tuple[int, int, int] | None:
    try:
        is_now = file.stat()
    except OSError:
        return None
    return is_now.st_ino, is_now.st_mtime_ns, is_now.st_size


@lru_cache(maxsize=8)
def _found(catalog: Path, database: Path, _as_it_is: object) -> frozenset[tuple[str, str, str]]:
    with db.open_read(catalog) as session, session.snapshot():
        return privacy_scans.found_personal(session, identity.at_path(session, database))
