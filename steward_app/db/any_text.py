"""Rows of a query where a text may be no valid text, which SQLite keeps all the same; and what such a text says."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import closing
from itertools import islice

from steward_app.db.raw_rows import RawRows
from steward_app.db.session import Session
from steward_app.kernel.values import Row, SqlValue

_ODD_BYTES = re.compile("[\udc80-\udcff]")
_IN_WINDOWS = {
    0xDC00 + byte: bytes([byte]).decode("cp1252", "replace").replace("\ufffd", " ")
    for byte in range(0x80, 0x100)
}


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


def legible_rows(session: Session, sql: str, bindings: Sequence[SqlValue] = ()) -> Generator[Row]:
    """The same with each text as `legible` says it: to be read, and never to be written again."""
    with closing(rows_of_any_text(session, sql, bindings)) as rows:
        for row in rows:
            yield tuple(legible(cell) if isinstance(cell, str) else cell for cell in row)


def in_utf_8(text: str) -> bytes:
    """A text as UTF-8. Bytes that were no text stand for themselves; other halves of surrogate pairs come from JSON."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def as_bound(text: str) -> tuple[str, str | bytes]:
    """A text as SQL, and what is bound there: of one that is none, its bytes."""
    plain = in_utf_8(text)
    try:
        plain.decode()
    except UnicodeDecodeError:
        return "CAST(? AS TEXT)", plain
    return "?", text


def legible(text: str) -> str:
    """What a text says whose bytes are no UTF-8, letter for letter: they are read as Windows-1252 has them.

    Most such texts come from a program that wrote them so, and hold the names of people with accents. For reading
    alone: two texts that are told apart by their bytes may become the same.
    """
    if text.isascii() or not _ODD_BYTES.search(text):
        return text
    return text.translate(_IN_WINDOWS)
