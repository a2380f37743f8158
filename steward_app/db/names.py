"""Names in SQL: quoted by one function, everywhere. Values are bound, never written into SQL by us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import apsw

from steward_app.kernel.values import SqlValue

KEYWORDS: Final = frozenset(apsw.keywords)
"""The words of SQLite's grammar, in capitals."""

_SMALL_LETTERS = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def quote(name: str) -> str:
    """An identifier as SQL, whatever characters are in it: `a"b` becomes `"a""b"`.

    A NUL character cannot stand in SQL text; SQLite cannot hold such a name either.
    """
    if "\x00" in name:
        raise ValueError("a name in SQLite cannot hold a NUL character")
    return '"' + name.replace('"', '""') + '"'


def qualified(name: str, schema: str = "main") -> str:
    """An object of an attached database as SQL: `"main"."t"`."""
    return f"{quote(schema)}.{quote(name)}"


def fold(name: str) -> str:
    """A name as SQLite compares it: ASCII letters without case, all other characters as they are."""
    return name.lower() if name.isascii() else name.translate(_SMALL_LETTERS)


def any_of(conditions: Sequence[str]) -> str:
    """Conditions of which one is to hold, as SQL; false where there are none.

    They are put together in halves: SQLite takes no expression that is more than 1,000 steps deep, and a table may have
    more columns.
    """
    return _joined(conditions, "OR") or "0"


def all_of(conditions: Sequence[str]) -> str:
    """Conditions that are all to hold, as SQL; true where there are none. In halves, as `any_of`."""
    return _joined(conditions, "AND") or "1"


def _joined(conditions: Sequence[str], word: str) -> str:
    half = len(conditions) // 2
    if not half:
        return f"({conditions[0]})" if conditions else ""
    return f"({_joined(conditions[:half], word)} {word} {_joined(conditions[half:], word)})"


def literal(value: SqlValue) -> str:
    """A value as SQL text, for queries that a person will read and run. Our own SQL binds its values."""
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(int(value))
        case float():
            if value != value:
                return "NULL"
            if value in (float("inf"), float("-inf")):
                return "9e999" if value > 0 else "-9e999"
            return repr(value)
        case bytes():
            return f"x'{value.hex()}'"
        case str():
            if "\x00" in value:
                return f"CAST(x'{value.encode('utf-8', 'surrogatepass').hex()}' AS TEXT)"
            return "'" + value.replace("'", "''") + "'"
