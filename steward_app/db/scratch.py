"""Scratch space of our own for databases: copies to look at, and tables to stage an import in.

The only place that imports sqlite_utils. It brings Python's own sqlite3 with it, a second SQLite in the process, so it
is only ever let at a file in scratch space, which no session has open at that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.kernel.values import SqlValue
from steward_app.storage import home, scratch_directory

_ROWS_A_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """A table that was filled. `columns`: names and the types found, in order."""

    table: str
    columns: tuple[tuple[str, str], ...]
    rows: int


def directory() -> AbstractContextManager[Path]:
    """A private folder in the data directory for the time of a block, removed with all that is in it.

    What killed processes left there is removed first: a scratch copy holds what the database holds.
    """
    return scratch_directory(root())


def root() -> Path:
    """Where all scratch folders lie."""
    return home() / "scratch"


def load_table(
    path: Path, table: str, rows: Iterable[Mapping[str, SqlValue]], *, find_types: bool = False
) -> LoadedTable:
    """Fill a new table of a scratch database, made when it is missing, with rows as they come.

    Columns are those of all rows together, in order of appearance; a row that lacks one has NULL there.

    Args:
        path: a file below `root()` that no session has open.
        find_types: for rows of text alone (a CSV file): columns that hold nothing but numbers become numbers.

    Raises `UsageError` when the table is there already, or when there are no rows.
    """
    if not path.resolve().is_relative_to(root().resolve()):
        raise ValueError("sqlite-utils is for scratch files only")
    from sqlite_utils import Database
    from sqlite_utils.utils import TypeTracker

    database = Database(path)
    try:
        new = database.table(table)
        if new.exists():
            raise UsageError(ErrorCode.BAD_REQUEST, f"The table {quoted(table)} was loaded already.")
        tracker = TypeTracker()
        source = (dict(row) for row in rows)
        new.insert_all(tracker.wrap(source) if find_types else source, alter=True, batch_size=_ROWS_A_BATCH)
        if not new.exists():
            raise UsageError(ErrorCode.BAD_REQUEST, f"There are no rows for the table {quoted(table)}.")
        if find_types:
            new.transform(types=tracker.types)
        return LoadedTable(table, tuple((column.name, column.type) for column in new.columns), new.count)
    finally:
        database.close()
