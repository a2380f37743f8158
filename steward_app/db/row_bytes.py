"""The bytes of values and of rows, as the content hash takes them (docs/content-hash.md)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

from steward_app.kernel.values import Row, SqlValue

_INTEGER = struct.Struct("<cq").pack
_REAL = struct.Struct("<cd").pack
_SIZED = struct.Struct("<cI").pack

_packing = lru_cache(maxsize=1_024)(struct.Struct)


def encoded(value: SqlValue) -> bytes:
    """The bytes of one value, with its storage class."""
    if value is None:
        return b"n"
    if isinstance(value, int):
        return _INTEGER(b"i", value)
    if isinstance(value, float):
        return _REAL(b"r", value)
    return sized(b"t", value.encode()) if isinstance(value, str) else sized(b"b", value)


def sized(kind: bytes, content: bytes) -> bytes:
    """The bytes of a TEXT ("t") in UTF-8, or of a BLOB ("b")."""
    return _SIZED(kind, len(content)) + content


def encoded_rows(rows: Sequence[Row]) -> bytes:
    """The bytes of the values of several rows, one after the other.

    Column by column, and what follows one another in a fixed number of bytes at once: in half the time that `encoded`
    takes for each value.
    """
    return b"".join(chain.from_iterable(zip(*_pieces(rows), strict=True)))


def _pieces(rows: Sequence[Row]) -> Iterator[Iterable[bytes]]:
    """Parts of the rows, from left to right, each as its bytes in row after row."""
    form, values = "<", list[Iterable[Any]]()
    for column in zip(*rows, strict=True):
        kinds = set(map(type, column))
        kind = kinds.pop() if len(kinds) == 1 else None
        if kind is int:
            form, values = f"{form}cq", [*values, repeat(b"i"), column]
        elif kind is float:
            form, values = f"{form}cd", [*values, repeat(b"r"), column]
        else:
            content: Iterable[bytes]
            if kind is str or kind is bytes:
                content = [value.encode() for value in column] if kind is str else column
                form, values = (
                    f"{form}cI",
                    [*values, repeat(b"t" if kind is str else b"b"), map(len, content)],
                )
            else:
                content = map(encoded, column)
            if values:
                yield map(_packing(form).pack, *values)
            form, values = "<", []
            yield content
    if values:
        yield map(_packing(form).pack, *values)
