"""SQL that changes something, looked at before it runs. What only reads is `query.check_query`'s.

SQLite takes a double-quoted name it cannot find for a piece of text: `WHERE "nmae" = 'x'` compares two texts and finds
nothing, without an error. The file's own views may rest on that, so it stays as it is for them; in SQL from outside a
double-quoted word must be a name. https://www.sqlite.org/quirks.html#dblquote
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import apsw
import apsw.ext

from steward_app.db.errors import translated
from steward_app.db.query import ASKING, BadQuery, understandable, with_names_only
from steward_app.db.session import Session
from steward_app.db.tokens import position, significant, tokenize


def check_sql(session: Session, sql: str) -> None:
    """Make sure that a text is one statement that compiles on the session as it stands, inside a transaction too.

    It is prepared, never run. Raises `BadQuery` (a `UsageError`), with the place where SQLite tells it, when SQLite
    does not accept it, when a double-quoted word in it is no name, when it is empty, more than one statement, or a
    pragma that sets something.
    """
    words = [token for token in significant(tokenize(sql)) if token.text != ";"]
    if not words:
        raise BadQuery("There is no statement here.")
    with understandable(sql), translated(session.path), _no_settings(session._connection):
        try:
            details = apsw.ext.query_info(session._connection, with_names_only(sql))
        except apsw.AuthError:
            raise BadQuery("A setting cannot be changed here.") from None
    rest = (details.query_remaining or "").lstrip()
    if significant(tokenize(rest)):
        place = position(sql, len(sql) - len(rest))
        raise BadQuery(f"One statement at a time: a second one begins in line {place.line}.", place=place)


@contextmanager
def _no_settings(connection: apsw.Connection) -> Iterator[None]:
    """Refuse pragmas that set something."""

    def allow(
        action: int, one: str | None, two: str | None, _schema: str | None, _through: str | None
    ) -> int:
        sets = action == apsw.SQLITE_PRAGMA and two is not None and (one or "").lower() not in ASKING
        return apsw.SQLITE_DENY if sets else apsw.SQLITE_OK

    before = connection.authorizer
    connection.authorizer = allow
    try:
        yield
    finally:
        connection.authorizer = before
