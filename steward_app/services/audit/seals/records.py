"""The log as it is stored, row by row, for hashing: quicker than `log.changes`, and without asking what it means.

A record is a tuple: seq, at, op, txn, the masks; then the row's number before and after and, of a wide log, its primary
key; then the kept columns before the change, then after it. The first part is the header; the rest is what commitments
hide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steward_app.db import quote
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.ddl import numbered
from steward_app.services.audit.engine.layout import Layout, layout
from steward_app.services.audit.engine.model import AuditedTable, Op
from steward_app.services.audit.engine.values import Values
from steward_app.services.audit.seals import commitment, encoding
from steward_app.services.audit.seals.blocks import BlockId
from steward_app.services.audit.seals.commitment import Sealed

_AT_ONCE = 8_192  # records held to be read backward


@dataclass(frozen=True, slots=True)
class Form:
    """How a record of one audited table is made up.

    Attributes:
        by_rowid: a row is named by its number, else by its primary key.
        head: how many values are the header.
        old, new: where the values of the kept columns before and after begin.
    """

    layout: Layout
    by_rowid: bool
    head: int
    old: int
    new: int

    @classmethod
    def of(cls, table: AuditedTable) -> Form:
        made = layout(table)
        head = 4 + made.masks
        old = head + 2 + (len(made.key) if made.wide else 0)
        return cls(made, table.by_rowid, head, old, old + len(made.kept))

    @property
    def tid(self) -> int:
        return self.layout.tid

    def header(self, record: Row) -> bytes:
        """The header as it is hashed."""
        return commitment.header(self.tid, record[: self.head])

    def key_of(self, record: Row) -> Row:
        """The key of the row before the change (after it, where the change made the row)."""
        if self.by_rowid:
            return (record[self.head],)
        if self.layout.wide:
            return record[self.head + 2 : self.old]
        first = self.new if record[2] == Op.INSERT else self.old
        return tuple(record[first + self.layout.kept.index(place)] for place in self.layout.key)

    def new_key_of(self, record: Row) -> Row | None:
        """The key of the row after an update, where it is another one."""
        if self.by_rowid:
            number = record[self.head + 1]
            return None if number is None else (number,)
        old = self.key_of(record)
        new = tuple(
            record[self.new + self.layout.kept.index(place)] if self.is_changed(record, place) else value
            for place, value in zip(self.layout.key, old, strict=True)
        )
        return None if encoding.encoded(old) == encoding.encoded(new) else new

    def is_changed(self, record: Row, place: int) -> bool:
        """Whether the mask of an update says that this column is another one."""
        number, bit = self.layout.bit(place)
        mask = record[4 + number]
        return isinstance(mask, int) and bool(mask & bit)

    def cells(self, record: Row) -> tuple[Sealed, ...]:
        """What has a commitment of its own: the key, and each column that holds a value before or after."""
        found = [Sealed(commitment.KEY_CELL, record[self.head : self.old])]
        for at, place in enumerate(self.layout.kept):
            old, new = record[self.old + at], record[self.new + at]
            if old is not None or new is not None:
                found.append(Sealed(place + 1, (old, new)))
        return tuple(found)

    def entries(self, record: Row) -> list[tuple[SqlValue, SqlValue]]:
        """What the list of a row's changes has of this one: of the row by its key before, and by another one after."""
        keys = [self.key_of(record), self.new_key_of(record)]
        return [(self.listed(key), record[0]) for key in keys if key is not None]

    def listed(self, key: Row) -> SqlValue:
        """A key as the list of a row's changes has it."""
        return key[0] if self.by_rowid else encoding.encoded(key)

    def place_of(self, key: Row) -> tuple[BlockId, int]:
        """Where something is kept for a row: its block, and its last eight bits there."""
        if not self.by_rowid:
            return encoding.encoded(key), 0
        number = key[0]
        if not isinstance(number, int):  # somebody wrote into the log by hand
            return 0, -1
        return number >> 8, number & 255


class Records:
    """Reads the records of one log."""

    def __init__(self, values: Values, form: Form) -> None:
        self._values = values
        self.form = form
        made = form.layout
        terms = ["seq", "at", "op", "txn", *numbered("m", made.masks), "rid", "nrid"]
        terms += (
            numbered("k", len(made.key))
            if made.wide
            else (f"{side}{place}" for side in "on" for place in made.kept)
        )
        self._terms = terms
        self._rest = f"FROM {quote(names.log_table(form.tid))} WHERE seq >= ? AND seq <= ? ORDER BY seq"

    def between(self, first: int, last: int) -> Iterator[Row]:
        """Every record from one seq to another, ascending, nothing of it lost."""
        records = self._values.rows(self._terms, self._rest, first, last)
        return self._with_values(records, first, last) if self.form.layout.wide else records

    def backward(self, first: int, last: int) -> Iterator[Row]:
        """The same, descending."""
        newest = (
            f"SELECT max(seq) FROM main.{quote(names.log_table(self.form.tid))} WHERE seq >= ? AND seq <= ?"
        )
        while isinstance(top := self._values.session.value(newest, (first, last)), int):
            start = max(first, top - _AT_ONCE + 1)
            yield from reversed(list(self.between(start, top)))
            last = start - 1

    def _with_values(self, records: Iterator[Row], first: int, last: int) -> Iterator[Row]:
        """The records of a wide log, each with its values from the table beside it."""
        parts = self.form.layout.parts
        widest = max((len(part) for part in parts), default=0)
        beside = self._values.rows(
            ["k", *numbered("v", widest)],
            f"FROM {quote(names.values_table(self.form.tid))} WHERE k >= ? AND k <= ? ORDER BY k",
            4 * first,
            4 * last + 3,
        )
        waiting = next(beside, None)
        for record in records:
            found: dict[object, Row] = {}
            seq = record[0]
            while waiting is not None and isinstance(seq, int) and isinstance(waiting[0], int):
                if waiting[0] >> 2 > seq:
                    break
                if waiting[0] >> 2 == seq:
                    found[waiting[0] & 3] = waiting[1:]
                waiting = next(beside, None)
            values: list[Row] = [record]
            for side in (0, 1):
                for at, part in enumerate(parts):
                    row = found.get(2 * side + at)
                    values.append(row[: len(part)] if row else (None,) * len(part))
            yield tuple(value for each in values for value in each)
