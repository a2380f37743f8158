"""Foreign keys that lose what they point to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from steward_app.db.names import fold
from steward_app.services.schema.model import ForeignKey, Mismatch, Schema, Table

_Place = tuple[str, tuple[str, ...]]
_Named = tuple[Table, ForeignKey]


def keys_lost(before: Schema, after: Schema) -> Iterator[_Named]:
    """Those that SQLite can use no more, and could before; each with its table.

    A key that is new may wait for its table, so one is known again by its table and columns; where these are called
    otherwise by now, by a table that others pointed to and that is gone.

    Args:
        before: under the names that are known to have come instead.
    """
    had, have = list(_keys(before)), list(_keys(after))
    lost = Counter(_place(*each) for each in had if _works(each)) - Counter(
        _place(*each) for each in have if _works(each)
    )
    parents = {fold(key.parent) for _, key in filter(_works, had)}
    never = {(_place(*each), fold(each[1].parent)) for each in had if not _works(each)}
    for table, key in have:
        place, parent = _place(table, key), fold(key.parent)
        gone = key.mismatch is Mismatch.NO_TABLE and parent in parents
        if key.mismatch and (place in lost or gone) and (place, parent) not in never:
            yield table, key


def _keys(schema: Schema) -> Iterator[_Named]:
    return ((table, key) for table in schema.tables for key in table.foreign_keys)


def _works(each: _Named) -> bool:
    return not each[1].mismatch


def _place(table: Table, key: ForeignKey) -> _Place:
    return fold(table.name), tuple(map(fold, key.columns))
