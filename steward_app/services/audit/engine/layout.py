"""Where the log of one table keeps what: follows from the table's columns alone.

    _steward_audit_log_<tid>      seq, at, op, txn, rid, nrid, m0.., o0.., n0..
    _steward_audit_pen_<tid>      n, seq, rid, told, w0.., o0..

`o<i>` and `n<i>` hold the column at place i before and after; `m<i // 62>` has the bit i % 62 set where it changed. The
INTEGER PRIMARY KEY is `rid` itself. Where this would be more columns than a table of SQLite may have, the values
stand beside the log:

    _steward_audit_log_<tid>      seq, at, op, txn, rid, nrid, m0.., k0..
    _steward_audit_values_<tid>   k INTEGER PRIMARY KEY, v0..
    _steward_audit_pen_<tid>      n, seq, rid, told, w0.., k0..

A change has up to four rows of values: k = 4 * seq + 2 * side + part, side 0 before and 1 after, part p holding the
kept columns 1,000 * p and on. `k<j>` is the j-th column of the primary key. What stands in the pen has its values under
k = -(2 * n + part) - 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steward_app.db.names import fold
from steward_app.services.audit.engine.model import AuditedTable, Column, Mode

MASK_BITS = 62
"""Bits of one mask: an INTEGER of SQLite holds 63 and a sign."""
PART = 1_000
"""Values in one row of the values table."""
_MOST_COLUMNS = 1_950  # of one table: SQLite allows 2,000, and reading needs some more than the log has
_HEAD = 6  # seq, at, op, txn, rid, nrid


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of one table's log.

    Attributes:
        tid: of the version of the table.
        columns: every stored column; its place is its index.
        kept: places of the columns whose values are kept, the rowid's own left out.
        flagged: places of the columns that have a bit in the mask.
        key: places of the primary key, in its order; the alias of the rowid is not among them.
        masks: how many mask columns there are.
        wide: whether the values stand in a table beside the log.
    """

    tid: int
    columns: tuple[str, ...]
    kept: tuple[int, ...]
    flagged: tuple[int, ...]
    key: tuple[int, ...]
    masks: int
    wide: bool

    @property
    def parts(self) -> tuple[tuple[int, ...], ...]:
        """Of a wide log, the kept places by the row of values they stand in."""
        return tuple(self.kept[at : at + PART] for at in range(0, len(self.kept), PART))

    def bit(self, place: int) -> tuple[int, int]:
        """The mask column of a place and its bit there."""
        return place // MASK_BITS, 1 << (place % MASK_BITS)


def layout_of(tid: int, columns: Sequence[Column], alias: str, key: Sequence[str]) -> Layout:
    """The layout of a log.

    Args:
        alias: the INTEGER PRIMARY KEY column, or "".
        key: names of the columns of the primary key.
    """
    names = [fold(column.name) for column in columns]
    own = names.index(fold(alias)) if alias else -1
    kept = tuple(at for at, each in enumerate(columns) if each.mode is Mode.FULL and at != own)
    flagged = tuple(at for at, each in enumerate(columns) if each.mode is not Mode.NONE and at != own)
    keyed = tuple(names.index(fold(name)) for name in key if names.index(fold(name)) in kept)
    masks = -(-len(columns) // MASK_BITS)
    wide = _HEAD + masks + 2 * len(kept) > _MOST_COLUMNS
    return Layout(tid, tuple(column.name for column in columns), kept, flagged, keyed, masks, wide)


def layout(table: AuditedTable) -> Layout:
    """The layout of the log of a table under audit."""
    return layout_of(table.tid, table.columns, table.alias, table.primary_key)
