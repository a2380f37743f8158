"""The log as it is stored, row by row, for hashing: quicker than `log.changes`, and without asking what it means.

A record is a tuple: seq, at, op, txn, the masks; then the row's number before and after; then the old values of the
logged columns, then their new ones. The first part is the header; the rest is what commitments hide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steward_app.db import quote
from steward_app.kernel.values import Row
from steward_app.services.audit import commitment
from steward_app.services.audit.blocks import BlockId
from steward_app.services.audit.commitment import Cell
from steward_app.services.audit.values import Values

INSERT, UPDATE = 0, 1


@dataclass(frozen=True, slots=True)
class Layout:
    """How the log table of one audited table is made.

    Attributes:
        tid: of the audited table.
        log: name of its log table, and `values` that of the table beside it, or "".
        columns: places of the columns whose values are kept, ascending: n of `on` and `nn`.
        masks: how many mask columns there are.
        key: for a table WITHOUT ROWID the places of its key's columns, in the order of the key; else empty.
    """

    tid: int
    log: str
    values: str
    columns: tuple[int, ...]
    masks: int
    key: tuple[int, ...] = ()

    @property
    def head(self) -> int:
        """How many values of a record are its header."""
        return 4 + self.masks

    @property
    def without_rowid(self) -> bool:
        return bool(self.key)

    def header(self, record: Row) -> bytes:
        """The header as it is hashed."""
        return commitment.header(self.tid, record[: self.head])

    def key_of(self, record: Row) -> Row:
        """The key of the row before the change (after it, where the change made the row)."""
        if not self.key:
            return (record[self.head],)
        first = self.head + 2 + (len(self.columns) if record[2] == INSERT else 0)
        return tuple(record[first + self.columns.index(place)] for place in self.key)

    def new_key_of(self, record: Row) -> Row | None:
        """The key of the row after the change, where it is another one."""
        head, count = self.head, len(self.columns)
        if record[2] != UPDATE:
            return None
        if not self.key:
            return None if record[head + 1] is None else (record[head + 1],)
        old = self.key_of(record)
        new = tuple(
            record[head + 2 + (count if self.is_changed(record, place) else 0) + self.columns.index(place)]
            for place in self.key
        )
        return None if commitment.encoded(old) == commitment.encoded(new) else new

    def is_changed(self, record: Row, place: int) -> bool:
        """Whether the mask of an update says that this column is another one."""
        mask = record[4 + place // 62]
        return isinstance(mask, int) and bool(mask >> place % 62 & 1)

    def cells(self, record: Row) -> tuple[Cell, ...]:
        """The cells that have a commitment: the key, and each column that holds a value before or after."""
        head, count = self.head, len(self.columns)
        found = [Cell(commitment.KEY_CELL, record[head], record[head + 1])]
        for at, place in enumerate(self.columns, head + 2):
            old, new = record[at], record[at + count]
            if old is not None or new is not None:
                found.append(Cell(place + 1, old, new))
        return tuple(found)


def place_of(layout: Layout, key: Row) -> tuple[BlockId, int]:
    """Where something is kept for a row: its block, and its last eight bits. Raises TypeError for no row number."""
    if layout.without_rowid:
        return commitment.encoded(key), 0
    number = key[0]
    if not isinstance(number, int):
        raise TypeError("a row number is an integer")
    return number >> 8, number & 255


class Records:
    """Reads the records of one log table."""

    def __init__(self, values: Values, layout: Layout) -> None:
        self._values = values
        self.layout = layout
        masks = [f"m{number}" for number in range(layout.masks)]
        sides = [f"{side}{place}" for side in "on" for place in layout.columns]
        beside = "v" if layout.values else "l"
        self._terms = [f"l.{name}" for name in ("seq", "at", "op", "txn", *masks, "rid", "nrid")]
        self._terms += [f"{beside}.{name}" for name in sides]
        source = f"{quote(layout.log)} AS l"
        if layout.values:
            source += f" LEFT JOIN {quote(layout.values)} AS v ON v.seq = l.seq"
        self._rest = f"FROM {source} WHERE l.seq >= ? AND l.seq <= ? ORDER BY l.seq"

    def between(self, first: int, last: int) -> Iterator[Row]:
        """Every record from one seq to another, ascending, nothing of it lost."""
        return self._values.rows(self._terms, self._rest, first, last)
