"""Which columns of the file the values of a query's result come of, and what those are made of themselves."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.db.any_text import rows_of_any_text
from steward_app.db.columns_read import Place
from steward_app.db.derived import DerivedColumns
from steward_app.db.session import Session
from steward_app.db.tokens import Token


def origins_of(session: Session, sql: str, words: Sequence[Token]) -> tuple[frozenset[Place], ...]:
    """For each column of the result, the columns that its values come of. The query passed as one that only reads.

    Args:
        sql, words: the query, and the same in tokens without spaces and remarks.
    """
    asked = "SELECT type, name, tbl_name, coalesce(sql, '') FROM main.sqlite_schema"
    stored = [
        (str(kind), str(name), str(of), str(text))
        for kind, name, of, text in rows_of_any_text(session, asked)
    ]
    derived = DerivedColumns(session, stored)
    return tuple(map(derived.with_sources, derived.read_by(sql, words)))
