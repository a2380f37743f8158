"""The documents of `steward audit` that no service has. Apart from the commands, since their types must be loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from steward_app.cli.rows_documents import RowDocument, key_to_id
from steward_app.kernel import clock
from steward_app.services.audit.engine.model import NOT_KEPT, Key, NotKept, RawText, Txn, Value
from steward_app.services.audit.past.compare import Comparison, Differing
from steward_app.services.audit.past.history import Entry, Together
from steward_app.services.audit.past.history_export import OPERATIONS, exported
from steward_app.services.audit.past.missed import Missed
from steward_app.services.audit.past.moments import from_milliseconds
from steward_app.services.audit.past.recycle_bin import Deleted
from steward_app.services.rows import Cell, Preview, RowCount, Storage

_CHARACTERS, _BYTES, _WHOLE = 256, 64, 1_024


@dataclass(frozen=True, slots=True)
class WriterDocument:
    """A writer that said who it is, and its transaction."""

    actor: str
    application: str
    reason: str
    transaction: int
    operation_id: str
    undo_of: str


@dataclass(frozen=True, slots=True)
class CellChange:
    """A value that changed.

    Attributes:
        note: why its values are not here: "not kept" (the log does not hold them), "erased", "personal", or "".
    """

    column: str
    old: Cell
    new: Cell
    note: str


@dataclass(frozen=True, slots=True)
class ChangeDocument:
    """A change of one row. `id` is its number in the file.

    Attributes:
        time: when its statement began, by the clock of whoever wrote.
        row, new_row: the row before and after, as ids; null where it was not there, or its key looks personal.
        operation: "insert", "update", "delete", or "replaced" (another row took its place).
        writer: null for an unknown writer.
        together: how many rows changed in the same transaction, or, by an unknown writer, at the same moment.
    """

    id: str
    time: str
    table: str
    row: str | None
    new_row: str | None
    operation: str
    cells: tuple[CellChange, ...]
    writer: WriterDocument | None
    together: int


@dataclass(frozen=True, slots=True)
class MissedRowDocument:
    """A row that differed from the log.

    Attributes:
        row: its key, as other commands take it; null where it looks personal.
        how: "changed", "added" or "removed".
    """

    row: str | None
    how: str


@dataclass(frozen=True, slots=True)
class MissedDocument:
    """Something that the log missed. `id` is its number in the file.

    Attributes:
        time: when it was found; when it was done, and by whom, nobody knows.
        table: as it is called now; "" where it concerns no table.
        sentence: what it is.
        rows: those that differed, as far as they are named.
    """

    id: str
    time: str
    table: str
    sentence: str
    rows: tuple[MissedRowDocument, ...]


@dataclass(frozen=True, slots=True)
class HistoryDocument:
    """Changes that follow one another.

    Attributes:
        missed: what the log missed, found between these changes.
        hidden: columns whose values are left out since they look personal, as "table.column".
        next: the id to give to `--after` for those that follow; null where there are no more.
        notes: what is worth knowing of them: their times go back, since a clock was set back.
    """

    database: str
    table: str
    hidden: tuple[str, ...]
    next: str | None
    items: tuple[ChangeDocument, ...]
    missed: tuple[MissedDocument, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """What the log tells of an earlier time.

    Attributes:
        change: the number of the last change that had been made by then.
        changed_at: when that was; null where that change is not in the log.
        under_way: a transaction was under way at the time, of which nothing is taken.
        unknown: columns left out since the log does not hold their values of then.
        added: columns left out since they came later.
        gone: columns of then that are not there now.
        erased: rows left out since their values were erased.
        emptied: changes since of which some values were erased, which stand as NULL.
        unlogged: rows that are not as the log left them, since they were changed behind its back.
        gaps: times since at which it was noticed that changes had not been logged.
        before_log: nothing was logged at that time yet: it is as it was when its audit began.
    """

    time: str
    change: int
    changed_at: str | None
    under_way: bool
    unknown: tuple[str, ...]
    added: tuple[str, ...]
    gone: tuple[str, ...]
    erased: int
    emptied: int
    unlogged: int
    gaps: tuple[str, ...]
    before_log: bool


@dataclass(frozen=True, slots=True)
class AsOfDocument:
    """Rows of a table as it was, that follow one another."""

    database: str
    table: str
    then: KeptDocument
    columns: tuple[str, ...]
    key_columns: tuple[str, ...]
    hidden: tuple[str, ...]
    total: RowCount
    has_after: bool
    items: tuple[RowDocument, ...]


@dataclass(frozen=True, slots=True)
class ValueDocument:
    """A value of a row. `note` says why it is not here: "not kept", "personal", or ""."""

    column: str
    value: Cell
    note: str


@dataclass(frozen=True, slots=True)
class RowAsOfDocument:
    """A row as it was.

    Attributes:
        row: what named it then.
        there: whether there was such a row.
        erased: it was there, and its values were erased since.
    """

    database: str
    table: str
    time: str
    change: int
    row: str
    there: bool
    erased: bool
    values: tuple[ValueDocument, ...]


@dataclass(frozen=True, slots=True)
class DifferenceDocument:
    """A row that differs. `id` counts them, for `--after`.

    Attributes:
        kind: "added", "removed" or "changed".
        before, after: its cells in the order of the columns; empty where it was not there.
        differs: the columns that differ, where it was there at both times.
    """

    id: str
    kind: str
    row: str
    before: tuple[Cell, ...]
    after: tuple[Cell, ...]
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimesDocument:
    """What became of a table between two times."""

    database: str
    table: str
    earlier: KeptDocument
    later: KeptDocument
    added: int
    removed: int
    changed: int
    columns: tuple[str, ...]
    hidden: tuple[str, ...]
    next: str | None
    items: tuple[DifferenceDocument, ...]


@dataclass(frozen=True, slots=True)
class DeletedDocument:
    """A row that was deleted or replaced. `id` is the number of the change that removed it."""

    id: str
    time: str
    table: str
    row: str
    replaced: bool
    values: tuple[ValueDocument, ...]
    writer: WriterDocument | None


@dataclass(frozen=True, slots=True)
class BinDocument:
    """Deleted rows, the newest first.

    Attributes:
        unseen: how many rows were found to be removed behind the log's back; it holds no values of them.
    """

    database: str
    hidden: tuple[str, ...]
    next: str | None
    items: tuple[DeletedDocument, ...]
    unseen: int = 0


Hides = Callable[[str, str], bool]
"""Whether the values of a column of a table are not shown."""


def cell_of(value: Value | NotKept) -> Cell:
    """A value as the other commands show it: long ones, BLOBs and damaged texts by their beginning."""
    match value:
        case RawText():
            return Preview(
                Storage.TEXT, len(value.stored), value.stored.decode("utf-8", "replace")[:_CHARACTERS], True
            )
        case bytes():
            return Preview(Storage.BLOB, len(value), value[:_BYTES])
        case str() if len(value) > _WHOLE:
            return Preview(Storage.TEXT, len(value.encode("utf-8", "replace")), value[:_CHARACTERS])
        case NotKept():
            return None
        case _:
            return value


def row_id(key: Key) -> str:
    """A key as an id that commands accept."""
    return key_to_id(tuple(map(exported, key)))


def shown_time(at: int) -> str:
    """A time of the log as text."""
    return clock.to_text(from_milliseconds(at))


def writer_document(txn: Txn | None) -> WriterDocument | None:
    """Who made a change."""
    if txn is None:
        return None
    return WriterDocument(txn.actor, txn.application, txn.reason, txn.txn, txn.operation_id, txn.undo_of)


def change_document(
    entry: Entry,
    together: Together,
    named: tuple[Key, Key | None],
    key_columns: tuple[str, ...],
    hides: Hides,
) -> ChangeDocument:
    """A change, without what is not shown.

    Args:
        named: what named the row before and after it, as keys are written now.
    """
    change = entry.change
    before, after = named
    secret = any(hides(entry.table, name) for name in key_columns)
    cells = []
    for column, cell in change.cells.items():
        if hides(entry.table, column):
            cells.append(CellChange(column, None, None, "personal"))
            continue
        note = "not kept" if NOT_KEPT in (cell.old, cell.new) else "erased" if column in entry.erased else ""
        cells.append(CellChange(column, cell_of(cell.old), cell_of(cell.new), note))
    return ChangeDocument(
        str(change.seq),
        shown_time(change.at),
        entry.table,
        None if secret else row_id(before),
        None if secret or after is None else row_id(after),
        OPERATIONS[change.op],
        tuple(cells),
        writer_document(entry.writer),
        together.changes,
    )


def missed_document(one: Missed, hides: Hides) -> MissedDocument:
    """Something that the log missed, without keys that are not shown."""
    secret = [name for name in one.columns if hides(one.table, name)]
    rows = tuple(MissedRowDocument(None if secret else row_id(row.key), row.how) for row in one.rows)
    return MissedDocument(str(one.seq), shown_time(one.at_ms), one.table, one.sentence, rows)


def value_document(table: str, column: str, value: Value | NotKept, hides: Hides) -> ValueDocument:
    """A value, or why it is not shown."""
    if hides(table, column):
        return ValueDocument(column, None, "personal")
    return ValueDocument(column, cell_of(value), "not kept" if value is NOT_KEPT else "")


def deleted_document(row: Deleted, hides: Hides) -> DeletedDocument:
    """A deleted row, without what is not shown."""
    values = tuple(value_document(row.table, name, value, hides) for name, value in row.values.items())
    time = shown_time(row.change.at)
    return DeletedDocument(
        str(row.change.seq),
        time,
        row.table,
        row_id(row.key),
        row.replaced,
        values,
        writer_document(row.writer),
    )


def difference_document(row: Differing, found: Comparison, hidden: frozenset[str]) -> DifferenceDocument:
    """A row that differs, without the columns that are not shown."""
    kept = [place for place, name in enumerate(found.columns) if name not in hidden]
    key = tuple(str(cell.head) if isinstance(cell, Preview) else cell for cell in row.key)
    return DifferenceDocument(
        str(row.number),
        row.kind.value,
        key_to_id(key),
        tuple(row.before[place] for place in kept) if row.before else (),
        tuple(row.after[place] for place in kept) if row.after else (),
        row.columns,
    )
