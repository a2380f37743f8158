"""How many rows of a file a change is about, once what waits for the file has run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from steward_app.db import ReadSession, Session, qualified, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.migration_files import Migration
from steward_app.kernel.progress import Context

if TYPE_CHECKING:
    from steward_app.services.migrate.lint.rows import Rows


class Held:
    """What a file holds by the time that a change begins.

    What a migration that waits makes is not in the file yet: its rows are followed there as far as SQL can say them.
    Where it cannot, the file is asked as it is; that it holds nothing yet says nothing of later then.
    """

    def __init__(self, file: Session, rows: Rows | None = None, *, waits: bool = False) -> None:
        self._file = file
        self._rows = rows
        self._waits = waits

    @classmethod
    def after(cls, file: ReadSession, waiting: Sequence[Migration], context: Context) -> Held:
        """What it holds once migrations have run that wait for it."""
        if not waiting:
            return cls(file)
        from steward_app.services.migrate.lint.lint import rows_after

        return cls(file, rows_after(file, waiting, context), waits=True)

    def count(self, table: str, column: str = "") -> int | None:
        """How many rows a table has at the least, or values in a column; None where that is not known."""
        return self._count(table, column, "IS NOT NULL")

    def count_empty(self, table: str, column: str) -> int | None:
        """How many rows have no value in a column; None where that is not known."""
        return self._count(table, column, "IS NULL")

    def _count(self, table: str, column: str, which: str) -> int | None:
        source = self._rows.source(table) if self._rows else None
        found = self._rows.count(table, f"{quote(column)} {which}" if column else "1") if self._rows else None
        if found is None and source is not None and source.uncounted:
            return None  # a trigger adds rows that are not known before it runs
        if found is not None:
            return found
        place = f"{quote(table)}.{quote(column)}"  # with its table, so that it is never taken for a text
        condition = f"{place} {which}" if column else "1"
        try:
            with in_sqlites_words():
                found = self._file.count(
                    f"SELECT count(*) FROM {qualified(table)} AS {quote(table)} WHERE {condition}"
                )
        except SqliteSays:
            return None
        return found or (None if self._waits else 0)
