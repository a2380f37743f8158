"""What the audit is made of, as frozen values. Names are as written in the file; values are those of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum, StrEnum
from typing import TypeAlias

from steward_app.kernel.finding import Finding
from steward_app.kernel.values import SqlValue


class Mode(StrEnum):
    """What is logged of a column."""

    FULL = "full"  # the values, old and new
    FLAG = "flag"  # that it changed, without values
    NONE = "none"  # nothing


class Op(IntEnum):
    """What happened to a row."""

    INSERT = 0
    UPDATE = 1
    DELETE = 2
    DISPLACED = 3  # removed by the REPLACE of another row, which fires no trigger of its own


@dataclass(frozen=True, slots=True)
class RawText:
    """A text that is not valid in the encoding of its file, as the bytes that are stored."""

    stored: bytes


class NotKept(Enum):
    """Stands for a value that the log does not hold: the mode of its column says so."""

    NOT_KEPT = "not kept"


NOT_KEPT = NotKept.NOT_KEPT

Value: TypeAlias = SqlValue | RawText
"""A value as it is stored: integer and real are different, text that is not valid is not mended."""

Key: TypeAlias = tuple[Value, ...]
"""What names a row in the log: (rowid,), or the values of its primary key in the order of that key."""


@dataclass(frozen=True, slots=True)
class Column:
    """A stored column of an audited table, and what is logged of it."""

    name: str
    mode: Mode = Mode.FULL


@dataclass(frozen=True, slots=True)
class KeyPart:
    """A column of a key, with the collation by which the key compares.

    Attributes:
        column: its name; "" where it is an expression.
        expression_sql: of an index over an expression, its text; else "".
    """

    column: str
    collation: str = "BINARY"
    expression_sql: str = ""


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """What may stand only once.

    Attributes:
        where_sql: of a partial index, which rows it covers; else "".
    """

    parts: tuple[KeyPart, ...]
    where_sql: str = ""


@dataclass(frozen=True, slots=True)
class ShapeColumn:
    """What a trigger must know of a stored column.

    Attributes:
        affinity: "INTEGER", "TEXT", "BLOB", "REAL", "NUMERIC".
        exact: every value has the one type of its column (STRICT), so that equal values are the same.
        filled_sql: the default that REPLACE puts in the place of a NULL here, or "".
    """

    name: str
    affinity: str
    collation: str = "BINARY"
    exact: bool = False
    filled_sql: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as the audit sees it.

    Attributes:
        table: its name.
        ddl: its stored text.
        columns: those that are stored, generated ones left out, in order.
        rowid: a name under which SQL reaches the rowid, which then names a row; "" where the key must.
        alias: the INTEGER PRIMARY KEY column, which is the rowid itself; or "".
        key: the columns of the primary key, in its order.
        readable: names of all columns, generated ones among them.
        uniques: what else may stand only once; the primary key of a table without rowid too.
        unique_columns: columns whose change may displace another row.
        nested: statements on this table may run inside one another (it refers to itself, or triggers write to it).
        findings: what cannot be logged faithfully, and why. One that `blocks` keeps the table from being audited.
    """

    table: str
    ddl: str
    columns: tuple[ShapeColumn, ...]
    rowid: str
    alias: str
    key: tuple[KeyPart, ...]
    readable: tuple[str, ...] = ()
    uniques: tuple[UniqueKey, ...] = ()
    unique_columns: tuple[str, ...] = ()
    without_rowid: bool = False
    nested: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the table cannot be audited."""
        return any(finding.blocks for finding in self.findings)


@dataclass(frozen=True, slots=True)
class AuditedTable:
    """One version of a table in the log.

    Attributes:
        tid: its number, never given twice.
        earlier: the number of the version before, or None.
        primary_key: its columns, in the order of the key.
        rowid: a name under which SQL reaches the rowid, which names a row in the log; "" where the primary key does.
        alias: the INTEGER PRIMARY KEY column, whose values are the rowids; or "".
        columns: every stored column in order; their places are those of the log.
        ddl: text of the table when this version began.
        shape_hash: of what the triggers were made from.
        from_seq: the last change before this version.
        to_seq: the last change of this version, or None while it is under audit.
    """

    tid: int
    name: str
    earlier: int | None
    primary_key: tuple[str, ...]
    rowid: str
    alias: str
    columns: tuple[Column, ...]
    ddl: str
    shape_hash: str
    from_seq: int
    to_seq: int | None = None

    @property
    def by_rowid(self) -> bool:
        """Whether the rowid names a row in the log, be it hidden or a column."""
        return bool(self.rowid)

    @property
    def row_key(self) -> tuple[str, ...]:
        """The columns whose values stand in the key of a change; () where that is the hidden rowid."""
        if self.by_rowid:
            return (self.alias,) if self.alias else ()
        return self.primary_key

    @property
    def modes(self) -> dict[str, Mode]:
        """What is logged of each column."""
        return {column.name: column.mode for column in self.columns}


@dataclass(frozen=True, slots=True)
class Cell:
    """The values of one cell before and after; `NOT_KEPT` where the log does not hold them.

    Of an inserted row `old` is None and of a removed one `new` is: the operation says that there was none.
    """

    old: Value | NotKept
    new: Value | NotKept


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one row.

    Attributes:
        seq: its place among all changes of the file.
        at: when its statement began, in milliseconds since 1970, UTC, by the clock of whoever wrote.
        txn: the transaction of a known writer, or None.
        tid: the version of the table.
        key: what named the row before (of an inserted row, what names it).
        new_key: what names it after; None where it is gone.
        cells: of an inserted or removed row every column but those of mode "none"; of an updated one what changed.
        primary_key: values of the primary key before (of an inserted row, those it has), as far as they are kept.
    """

    seq: int
    at: int
    op: Op
    txn: int | None
    tid: int
    key: Key
    new_key: Key | None
    cells: Mapping[str, Cell]
    primary_key: Key = ()


@dataclass(frozen=True, slots=True)
class Txn:
    """A transaction of a writer that said who it is. Its changes are those between `first_seq` and `last_seq`."""

    txn: int
    begun_us: int
    actor: str = ""
    application: str = ""
    host: str = ""
    pid: int | None = None
    reason: str = ""
    operation_id: str = ""
    undo_of: str = ""
    first_seq: int | None = None
    last_seq: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the audit itself. `detail` never holds values of rows."""

    seq: int
    at_us: int
    kind: str
    tid: int | None = None
    detail: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_gap(self) -> bool:
        """Whether it tells that the log missed something: rows that differ from it, or could not be compared, or
        columns that were filled before it knew them."""
        missed = not self.detail.get("compared", True) or bool(self.detail.get("unlogged"))
        return self.kind == "gap" or (self.kind == "rearmed" and missed)
