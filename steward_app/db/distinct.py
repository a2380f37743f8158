"""The different rows of a query over a table of any size, in little memory and one reading where they are few.

SQLite's DISTINCT looks every row up in a tree in a file, of which it keeps some hundred kilobytes: on twenty million
rows of two hundred thousand persons that takes minutes. What was seen is kept here instead, up to a limit; behind it,
SQLite sorts.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from itertools import chain, islice
from sys import getsizeof

import apsw

from steward_app.db.session import Session
from steward_app.kernel.values import Row, SqlValue

_ROWS_A_BATCH, _BYTES_A_BATCH = 10_000, 16 << 20
_SEEN_BYTES = 128 << 20
_SHORTENED = "steward_shortened"


def distinct(
    session: Session, terms_sql: Sequence[str], rest_sql: str, bindings: Sequence[SqlValue] = ()
) -> Generator[Row, None, None]:
    """Each different row once, in no particular order.

    Args:
        terms_sql: what is selected; texts are cast to BLOBs, so that what is different does not depend on a collation.
        rest_sql: FROM and WHERE; nothing behind them.
        bindings: of what it asks for.

    Whoever does not read to the end closes the iterator. Long values are read some at a time.
    """
    terms = ", ".join(terms_sql)
    seen: set[Row] = set()
    size, many = 0, 100
    rows = session.execute(f"SELECT {terms} {rest_sql}", bindings)
    with closing(rows):
        while batch := list(islice(rows, min(many, _ROWS_A_BATCH))):
            new = [row for row in dict.fromkeys(batch) if row not in seen]
            seen.update(new)
            yield from new
            more = sum(map(getsizeof, chain(new, *new)))
            many = min(
                2 * many, _BYTES_A_BATCH * len(new) // more + 1 if new else _ROWS_A_BATCH, _ROWS_A_BATCH
            )
            size += more
            if size > _SEEN_BYTES:
                break
        else:
            return
    places = ", ".join(str(place + 1) for place in range(len(terms_sql)))
    with closing(session.execute(f"SELECT {terms} {rest_sql} GROUP BY {places}", bindings)) as rows:
        yield from (row for row in rows if row not in seen)


def shortened(session: Session, column_sql: str, shorten: Callable[[bytes], bytes]) -> str:
    """SQL that gives a value, and of a BLOB what a function makes of it: so large ones need not be kept or sorted."""

    def short(*values: SqlValue) -> SqlValue:
        return shorten(values[0]) if isinstance(values[0], bytes) else values[0]

    session._connection.create_scalar_function(
        _SHORTENED, short, 1, deterministic=True, flags=apsw.SQLITE_DIRECTONLY
    )
    return f"iif(typeof({column_sql}) = 'blob', {_SHORTENED}({column_sql}), {column_sql})"
