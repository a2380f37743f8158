"""Rows of values as bytes, for hashing: what Python's `marshal` writes in its version 2.

It tells 1, 1.0, '1' and x'31' apart, is fixed for good, and Python writes it at the speed of C. docs/audit-format.md
has it byte by byte. Python's own reader trusts what it reads; ours is for keys of rows, which come from the file.
"""

from __future__ import annotations

import marshal
import struct
from collections.abc import Sequence
from typing import Final

from steward_app.kernel.values import Row, SqlValue

VERSION: Final = 2
_MINUS_ZERO = marshal.dumps(-0.0, VERSION)


def encoded(values: Sequence[SqlValue]) -> bytes:
    """A row of values as bytes; text as `values.Values` gives it."""
    return marshal.dumps(tuple(values), VERSION)


def encoded_row(values: Sequence[SqlValue]) -> bytes:
    """As `encoded`, with -0.0 as 0.0: SQLite keeps the sign of zero in some columns and not in others."""
    data = marshal.dumps(tuple(values), VERSION)
    if _MINUS_ZERO not in data:
        return data
    return marshal.dumps(tuple(value or _positive(value) for value in values), VERSION)


def decoded(data: bytes) -> Row:
    """The values that `encoded` wrote. Raises ValueError for anything else."""
    try:
        values, end = _read(data, 0)
    except (IndexError, struct.error, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("not a row of values") from error
    if end != len(data) or not isinstance(values, tuple):
        raise ValueError("not a row of values")
    return values


def _positive(value: SqlValue) -> SqlValue:
    return 0.0 if isinstance(value, float) else value


def _read(data: bytes, at: int) -> tuple[SqlValue | Row, int]:
    kind, at = data[at : at + 1], at + 1
    if kind == b"N":
        return None, at
    if kind == b"g":
        return struct.unpack_from("<d", data, at)[0], at + 8
    count = struct.unpack_from("<i", data, at)[0]
    at += 4
    if kind == b"i":
        return count, at
    if kind == b"l":  # digits of 15 bits, the lowest first; the sign is that of their number
        digits = struct.unpack_from(f"<{abs(count)}H", data, at)
        number = sum(digit << 15 * place for place, digit in enumerate(digits))
        return (number if count > 0 else -number), at + 2 * len(digits)
    if kind in (b"s", b"u"):
        stored = data[at : at + count]
        if len(stored) != count:
            raise IndexError
        return (stored if kind == b"s" else stored.decode("utf-8", "surrogatepass")), at + count
    if kind != b"(":
        raise IndexError
    values: list[SqlValue] = []
    for _ in range(count):
        value, at = _read(data, at)
        if isinstance(value, tuple):
            raise IndexError
        values.append(value)
    return tuple(values), at
