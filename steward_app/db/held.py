"""Whether a copy holds the rows of the database it was made of, while the moment it is of can still be seen.

Row by row, each value with its storage class, as SQLite compares them: in a quarter of the time that the content hash
takes. What cannot be compared like that, or seems to differ, is read for its content hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw

from steward_app.db.content import TableContent, rowid_name, stored_columns, table_contents
from steward_app.db.difference import BEFORE, Both, Match, differs, rows_after, rows_before
from steward_app.db.image import attach_image
from steward_app.db.names import any_of
from steward_app.db.session import Session
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context


@dataclass(frozen=True, slots=True)
class Held:
    """What a database holds, in the light of a copy of it.

    Attributes:
        same: names of the tables of which the copy has the same rows.
        others: what the other tables hold.
    """

    same: tuple[str, ...]
    others: tuple[TableContent, ...]

    def expected(self, found: Sequence[TableContent]) -> tuple[TableContent, ...]:
        """What must be found in the copy, by what was found there: of the same rows the same content hash."""
        read = {table.name: table for table in found if not table.problem}
        return (*(read.get(name, TableContent(name, 0, "")) for name in self.same), *self.others)


def held(session: Session, copy: Path, context: Context) -> Held:
    """Compare the tables that a session sees with those of a copy, which stays attached. Inside `snapshot()`."""
    same: list[str] = []

    def alike(table: str) -> bool:
        context.report(len(same), unit="tables", note=table)
        with session.under(context):
            if found := _alike(session, table):
                same.append(table)
        return found

    try:
        attach_image(session, copy, BEFORE)
    except Failure:  # its schema cannot be read, which whoever reads it tells
        return Held((), table_contents(session, context))
    others = table_contents(session, context, known=alike)
    return Held(tuple(same), others)


def _alike(session: Session, table: str) -> bool:
    """Whether both tables have the same rows; False where that cannot be told like this."""
    try:
        columns, key = stored_columns(session, table)
        rowid = rowid_name(session, table)
        names = [rowid] if rowid else key
        if not names:
            return False
        match = Match(table, table, tuple((name, name) for name in names), by_rowid=bool(rowid))
        differing = any_of([differs(Both(name, name)) for name in columns])
        pairs = session.count(f"SELECT count(*) FROM {match.sql} WHERE NOT {differing}")
        return pairs == rows_before(session, table) == rows_after(session, table)
    except (Failure, apsw.SQLError, UnicodeDecodeError):  # the content hash says why
        return False
