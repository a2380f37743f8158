"""Walking back from the rows as they are: what each row was before a range of changes.

Every new value in the log is compared with what the row holds at that moment of the walk. Where they differ, the row
was changed by other means; it is named, and the walk goes on with what the log says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from steward_app.kernel.values import Row, SqlValue
from steward_app.services.audit.engine.model import Op
from steward_app.services.audit.seals import encoding
from steward_app.services.audit.seals.records import Form


class How(StrEnum):
    """How a row differs from what the log says of it."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    RENUMBERED = "renumbered"  # not one row: all rows of the table have other numbers, as VACUUM gives them


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that was changed, added or removed behind the log's back; of RENUMBERED the key is ()."""

    tid: int
    table: str
    key: Row
    how: How


@dataclass
class Unwound:
    """The rows that a range of changes touched.

    Attributes:
        after, before: each row by its encoded key; None where there was none.
        keys: the keys themselves.
        differing: the rows whose values do not fit the log, with how.
        since: of those, the newest change that they do not fit.
    """

    after: dict[bytes, Row | None] = field(default_factory=dict)
    before: dict[bytes, Row | None] = field(default_factory=dict)
    keys: dict[bytes, Row] = field(default_factory=dict)
    differing: dict[bytes, How] = field(default_factory=dict)
    since: dict[bytes, int] = field(default_factory=dict)


def unwind(
    live: Rows, form: Form, records: Iterable[Row], *, erased: frozenset[int] = frozenset()
) -> Unwound:
    """Walk back from the rows as they are.

    Args:
        records: of the log, descending.
        erased: changes with values that were erased: they are put back and not compared.
    """
    walk = Walk(live, form, erased)
    for record in records:
        walk.step(record)
    return walk.found


class Rows(Protocol):
    """Where the rows come from that a walk begins at."""

    def row(self, key: Row) -> Row | None:
        """The row of exactly this key, or None."""


class Walk:
    """The walk itself, for who takes it in pieces.

    Attributes:
        live: asked for each row once, when the walk comes to it first; another may be put here between two steps.
        found: what it came by so far.
    """

    def __init__(self, live: Rows, form: Form, erased: frozenset[int] = frozenset()) -> None:
        self.live = live
        self._form = form
        self._erased = erased
        self.found = Unwound()

    def step(self, record: Row) -> None:
        """Take one change back."""
        old, new = record[self._form.old : self._form.new], record[self._form.new :]
        exact, key = record[0] not in self._erased, self._form.key_of(record)
        if not exact and all(value is None for value in key):
            return  # what named the row was erased, too
        code = self._name(key)
        if record[2] == Op.INSERT:
            self._expect(record, code, new if exact else None)
            self.found.before[code] = None
        elif record[2] == Op.UPDATE:
            self._update(record, code, old, new, exact)
        else:
            if self.found.before[code] is not None:
                self._differs(record, code, How.ADDED)
            self.found.before[code] = self._row(code, old)

    def _update(self, record: Row, code: bytes, old: Row, new: Row, exact: bool) -> None:
        moved = self._form.new_key_of(record)
        now = self._name(moved) if moved is not None else code
        row = self.found.before[now]
        if row is None:
            self._differs(record, now, How.REMOVED)
            row = self._row(now, new)
        values = list(row)
        for at, place in enumerate(self._form.layout.kept):
            if not self._form.is_changed(record, place):
                continue
            if exact and not _same(values[at + 1], new[at]):
                self._differs(record, now, How.CHANGED)
            values[at + 1] = old[at]
        if now != code:
            self.found.before[now] = None
            if self.found.before[code] is not None:
                self._differs(record, code, How.ADDED)
            values[0] = self._row(code, ())[0]
        self.found.before[code] = tuple(values)

    def _expect(self, record: Row, code: bytes, values: Row | None) -> None:
        row = self.found.before[code]
        if row is None:
            self._differs(record, code, How.REMOVED)
        elif values is not None and not all(map(_same, row[1:], values)):
            self._differs(record, code, How.CHANGED)

    def _differs(self, record: Row, code: bytes, how: How) -> None:
        seq = record[0]
        assert isinstance(seq, int)
        self.found.since.setdefault(code, seq)
        if how is not How.CHANGED or code not in self.found.differing:
            self.found.differing[code] = how

    def _name(self, key: Row) -> bytes:
        code = encoding.encoded(key)
        if code not in self.found.keys:
            self.found.keys[code] = key
            self.found.before[code] = self.live.row(key)
        if code not in self.found.after:
            self.found.after[code] = self.found.before[code]
        return code

    def piece(self) -> Unwound:
        """The rows that were touched since the last piece: as they were after it, and as they were before."""
        whole = self.found
        before = {code: whole.before[code] for code in whole.after}
        named = {code: whole.keys[code] for code in before}
        made = Unwound(whole.after, before, named, whole.differing, whole.since)
        self.found = Unwound({}, whole.before, whole.keys)
        return made

    def _row(self, code: bytes, values: Row) -> Row:
        number = self.found.keys[code][0] if self._form.by_rowid else None
        return (number, *values)


def _same(one: SqlValue, other: SqlValue) -> bool:
    """Equal, with the same storage class."""
    return one == other and type(one) is type(other)
