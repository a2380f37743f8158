"""Rows without a value in a column, once what waits for the file and the changes before have run.

Of the file as it is, rows are read up to the first that has none. Behind what waits they are followed through it, as
far as SQL can say what it does to them: an INSERT there may bring rows that the file has not yet.
"""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.db import ReadSession
from steward_app.db.names import qualified, quote
from steward_app.kernel.progress import Context
from steward_app.services.migrate.ahead import Ahead
from steward_app.services.migrate.desired.counting import Held
from steward_app.services.migrate.draft.origins import Origins
from steward_app.services.migrate.edit.model import Edit
from steward_app.services.schema.introspect import read_schema


class Lacking:
    """What rows lack behind what waits.

    Args:
        session: the file; its rows are read.
        begin: what the changes begin with; looked at once, here.
    """

    def __init__(self, session: ReadSession, begin: Ahead, context: Context) -> None:
        self._session = session
        self._schema = read_schema(begin.schema, context)
        self._held = Held.after(session, begin.waiting, context) if begin.waiting else None

    def value(self, edits: Sequence[Edit], table: str, column: str) -> str:
        """That rows have no value in a column, in words without an end; or "".

        Args:
            edits: the changes before; of values that they make nobody can look yet, and nothing is said.
            table, column: by their names after these. With "" for the column, one that is new and empty in each row.
        """
        origins = Origins.of(self._schema, edits)
        found = origins.column(table, column) if column else None
        if column and found is None:
            return ""
        table, column = (found.table, found.column) if found else (origins.table(table), "")
        if not table:
            return ""
        if self._held is None:
            return "there are rows without a value" if self._is_there(table, column) else ""
        count = self._held.count_empty(table, column) if column else self._held.count(table)
        if count is None:
            return "there may be rows without a value once what waits has run"
        return "there are rows without a value once what waits has run" if count else ""

    def _is_there(self, table: str, column: str) -> bool:
        where = f" WHERE {quote(column)} IS NULL" if column else ""
        return self._session.value(f"SELECT EXISTS (SELECT 1 FROM {qualified(table)}{where})") == 1
