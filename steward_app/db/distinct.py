"""The different rows of a query over a table of any size, in little memory and one reading where they are few.

SQLite's DISTINCT looks every row up in a tree in a file, of which it keeps some hundred kilobytes: on twenty million
rows of two hundred thousand persons that takes minutes. What was seen is kept here instead, up to a limit; behind it,
SQLite sorts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from sys import getsizeof

from steward_app.db.session import Session
from steward_app.kernel.values import Row

_ROWS_A_BATCH = 10_000
_SEEN_BYTES = 128 << 20


def distinct(session: Session, terms_sql: Sequence[str], rest_sql: str) -> Iterator[Row]:
    """Each different row once, in no particular order.

    Args:
        terms_sql: what is selected; texts are cast to BLOBs, so that what is different does not depend on a collation.
        rest_sql: FROM and WHERE; nothing behind them.

    Whoever does not read to the end closes the iterator.
    """
    terms = ", ".join(terms_sql)
    seen: set[Row] = set()
    size = 0
    rows = session.execute(f"SELECT {terms} {rest_sql}")
    with closing(rows):  # type: ignore[type-var]  # a generator: closing it closes the cursor
        while batch := list(islice(rows, _ROWS_A_BATCH)):
            new = [row for row in dict.fromkeys(batch) if row not in seen]
            seen.update(new)
            yield from new
            size += sum(map(getsizeof, chain(new, *new)))
            if size > _SEEN_BYTES:
                break
        else:
            return
    places = ", ".join(str(place + 1) for place in range(len(terms_sql)))
    with closing(session.execute(f"SELECT {terms} {rest_sql} GROUP BY {places}")) as rows:  # type: ignore[type-var]
        yield from (row for row in rows if row not in seen)
