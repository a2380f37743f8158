"""How many rows of a file a change is about, once what waits for the file has run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from steward_app.db import ReadSession, Session, qualified, quote
from steward_app.db.migration_files import Migration
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.progress import Context

if TYPE_CHECKING:
    from steward_app.services.migrate.lint.rows import Rows


class Held:
    """What a file holds by the time that a change begins.

    What a migration that waits makes is not in the file yet: its rows are followed there as far as SQL can say them.
    Where it cannot, the file is asked as it is, where a table may not be there, and a column may not.
    """

    def __init__(self, file: Session, rows: Rows | None = None) -> None:
        self._file = file
        self._rows = rows

    @classmethod
    def after(cls, file: ReadSession, waiting: Sequence[Migration], context: Context) -> Held:
        """What it holds once migrations have run that wait for it."""
        if not waiting:
            return cls(file)
        from steward_app.services.migrate.lint.lint import rows_after

        return cls(file, rows_after(file, waiting, context))

    def count(self, table: str, column: str = "") -> int:
        """How many rows a table has, or values in a column; 0 where it cannot be read."""
        found = (
            self._rows.count(table, f"{quote(column)} IS NOT NULL" if column else "1") if self._rows else None
        )
        return count(self._file, table, column) if found is None else found

    def count_empty(self, table: str, column: str) -> int:
        """How many rows have no value in a column; where there is no such column yet, all rows."""
        found = self._rows.count(table, f"{quote(column)} IS NULL") if self._rows else None
        if found is not None:
            return found
        try:
            return self._file.count(f"SELECT count(*) FROM {qualified(table)} WHERE {quote(column)} IS NULL")
        except Cancelled:
            raise
        except StewardError:
            return self.count(table)


def count(session: Session, table: str, column: str = "") -> int:
    """How many rows it has, or values in a column; 0 where it cannot be read."""
    what = f"count({quote(column)})" if column else "count(*)"
    try:
        return session.count(f"SELECT {what} FROM {qualified(table)}")
    except Cancelled:
        raise
    except StewardError:
        return 0
