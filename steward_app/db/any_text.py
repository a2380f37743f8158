"""Rows of a query where a text may be no valid text, which SQLite keeps all the same."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from itertools import islice

from steward_app.db.raw_rows import RawRows
from steward_app.db.session import Session
from steward_app.kernel.values import Row, SqlValue


def rows_of_any_text(session: Session, sql: str, bindings: Sequence[SqlValue] = ()) -> Generator[Row]:
    """Run a SELECT and give its rows one by one; what of a text is no letter as halves of surrogate pairs.

    It is run a second time from the first text that is none, so it must give the same rows in the same order: in one
    `snapshot()` where others may write.
    """
    given = 0
    with closing(session.execute(sql, bindings)) as rows:
        try:
            for row in rows:
                given += 1
                yield row
            return
        except UnicodeDecodeError:  # not chained: the error holds the text
            pass
    raw = RawRows(session, kept=())
    names = [f"c{at}" for at in range(len(session.column_names(sql)))]
    by_bytes = f"WITH q ({', '.join(names)}) AS ({sql}) SELECT {raw.terms(names)} FROM q"
    with closing(session.execute(by_bytes, bindings)) as rows:
        yield from map(raw.read, islice(rows, given, None))
