"""A database that another program cut to nothing makes no point: it would be the newest, and thin out the others."""

from __future__ import annotations

from pathlib import Path

from steward_app.catalog import Catalog, points
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.text import quoted, size


def refuse_emptied(catalog: Catalog, path: Path, database_id: str) -> None:
    """Raise `Failure` where a file of 0 bytes stands in the place of a database that has points.

    SQLite leaves a page at least of what it empties, so it was no work of SQLite.
    """
    with catalog.reading() as session:
        last = next((point for point in points.of_database(session, database_id) if point.size_bytes), None)
    if last is not None:
        raise Failure(
            ErrorCode.DAMAGED,
            f"{quoted(path.name)} has 0 bytes, and held {size(last.size_bytes)} when its restore point {last.id} was "
            "made: another program emptied the file.",
            hint="No restore point was made, and all that were made are untouched. Restore the database from one.",
        )
