"""Rows whose text may be no valid text, which SQLite keeps all the same: read and written byte for byte.

What of a text is no letter comes as halves of surrogate pairs, so that different texts stay different; where such a
text was changed, it is written as U+FFFD: of a name in another encoding, the odd bytes are letters too. Only of an
`OddText` they are written, as the bytes they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from steward_app.db.session import Session
from steward_app.kernel.values import Row, SqlValue

_CODECS = {"UTF-8": "utf-8", "UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}
_ODD = {"utf-8": "surrogateescape", "utf-16-le": "surrogatepass", "utf-16-be": "surrogatepass"}
HALVES = re.compile("[\ud800-\udfff]")


class StoredText(bytes):
    """Text as its bytes lie in the file."""


class OddText(str):
    """Text whose halves of surrogate pairs are written as bytes: they are not those of the text it was made of."""

    __slots__ = ()


class RawRows:
    """Reads the values of some columns as they are stored, and of the others as text, also where it is none.

    Args:
        kept: places of the columns whose values are written again as they are.
    """

    def __init__(self, session: Session, *, kept: Collection[int]) -> None:
        self._codec = _CODECS[str(session.value("PRAGMA encoding"))]
        self._kept = frozenset(kept)

    def terms(self, values_sql: Sequence[str]) -> str:
        """What to SELECT for these columns or expressions."""
        return ", ".join(
            f"iif(typeof({sql}) = 'text', CAST({sql} AS BLOB), {sql}), typeof({sql}) = 'text'"
            for sql in values_sql
        )

    def read(self, row: Row) -> Row:
        """A row that was selected with `terms`."""
        pairs = zip(row[::2], row[1::2], strict=True)
        return tuple(self._value(at, value, bool(text)) for at, (value, text) in enumerate(pairs))

    def bindings(self, columns: int) -> str:
        """The values of an INSERT of so many columns, bound with `given`."""
        return ", ".join(
            f"iif(?{2 * at + 2}, CAST(?{2 * at + 1} AS TEXT), ?{2 * at + 1})" for at in range(columns)
        )

    def given(self, row: Row) -> tuple[SqlValue, ...]:
        """A row as it is bound: each value, and whether it is text as its bytes lie in the file."""
        return tuple(part for value in row for part in self._bound(value))

    def _bound(self, value: SqlValue) -> tuple[SqlValue, int]:
        if isinstance(value, StoredText):
            return bytes(value), 1
        if not isinstance(value, str) or value.isascii():
            return value, 0
        if isinstance(value, OddText):
            return value.encode(self._codec, _ODD[self._codec]), 1
        try:
            value.encode()
        except UnicodeEncodeError:
            return HALVES.sub("\ufffd", value), 0
        return value, 0

    def text(self, value: bytes) -> str:
        """What some bytes of text say."""
        try:
            return value.decode(self._codec, _ODD[self._codec])
        except UnicodeDecodeError:  # half a letter of UTF-16 at the end
            return value.decode(self._codec, "replace")

    def _value(self, at: int, value: SqlValue, text: bool) -> SqlValue:
        if not text or not isinstance(value, bytes):
            return value
        if at not in self._kept:
            return self.text(value)
        try:
            return value.decode(self._codec)
        except UnicodeDecodeError:
            return StoredText(value)
