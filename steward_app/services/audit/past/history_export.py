"""History to a file: CSV, JSON lines, JSON or HTML, a line for every cell that changed, and one for every row that the
log missed. Written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge
from pathlib import Path

from steward_app.db import ReadSession, fold
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plain import plain
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.audit.engine.model import NOT_KEPT, Key, NotKept, Op, RawText, Value
from steward_app.services.audit.past.history import Asked, Entry, History
from steward_app.services.audit.past.missed import Missed, missed
from steward_app.services.audit.past.moments import from_milliseconds
from steward_app.services.rows.export import refuse_target
from steward_app.services.rows.export_text import text_writer, write_text
from steward_app.services.rows.personal import look_personal
from steward_app.storage.local import Staged, staged

COLUMNS = (
    "change", "time", "table", "row", "operation", "column", "old", "new", "note",
    "actor", "application", "reason", "transaction",
)  # fmt: skip
OPERATIONS = {Op.INSERT: "insert", Op.UPDATE: "update", Op.DELETE: "delete", Op.DISPLACED: "replaced"}
MISSED = "missed"
_BETWEEN_REPORTS = 2_000
_NOT_SHOWN = "personal, not shown"


class Format(StrEnum):
    CSV = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class HistoryExport:
    """How to write it.

    Attributes:
        format: None for the one the file's ending says.
        personal: with the values of columns that look personal by their names.
        formula_safe: in CSV, put an apostrophe before texts that a spreadsheet program would run.
    """

    format: Format | None = None
    personal: bool = False
    formula_safe: bool = True
    newest_first: bool = False
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class HistoryExported:
    """What was written.

    Attributes:
        lines: cells, one for every value that changed, and rows that the log missed.
        left_out: columns whose values were left out since they look personal, as "table.column".
        notes: what whoever reads the file should know, a sentence each; never a value.
    """

    path: Path
    format: Format
    changes: int
    lines: int
    size_bytes: int
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


def export_history(
    session: ReadSession, asked: Asked, target: Path, context: Context, wish: HistoryExport | None = None
) -> HistoryExported:
    """Write the history that is asked for to a file: a job, of one moment.

    Raises:
        Refused: the file is there already and may not be replaced, or is a database.
        UsageError: an unknown table, column or ending.
        Failure: the disk is full, the folder is not there; nothing is left behind. Cancelled: the same.
    """
    wish = wish or HistoryExport()
    kind = wish.format or _format_of(target)
    refuse_target(session, target, overwrite=wish.overwrite)
    lines = _Lines(session, asked, wish)
    with session.under(context), session.snapshot(), staged(target, private=True) as file:
        if kind is Format.HTML:
            notes: tuple[str, ...] = ()
            _write_html(file, asked, lines.every(context))
        else:
            writer = text_writer(kind, COLUMNS, formula_safe=wish.formula_safe)
            write_text(file, writer, lines.every(context))
            notes = writer.notes()
        context.checkpoint()
        file.finish(overwrite=wish.overwrite)
    left_out = tuple(sorted(lines.left_out))
    return HistoryExported(target, kind, lines.changes, lines.lines, target.stat().st_size, left_out, notes)


def row_label(key: Key) -> str:
    """What names a row, in words: a number, or a list as JSON."""
    if len(key) == 1 and isinstance(key[0], int):
        return str(key[0])
    return json.dumps(plain(tuple(map(exported, key))), ensure_ascii=False)


def exported(value: Value | NotKept) -> SqlValue:
    """A value as `services.rows` writes it: bytes of a text that is not valid stand as surrogates in it."""
    if isinstance(value, RawText):
        return value.stored.decode("utf-8", "surrogateescape")
    return None if isinstance(value, NotKept) else value


class _Lines:
    """The lines of an export, and what was met on the way."""

    def __init__(self, session: ReadSession, asked: Asked, wish: HistoryExport) -> None:
        self._session = session
        self._history = History(session)
        self._asked = asked
        self._wish = wish
        self._personal: dict[tuple[str, str], bool] = {}
        self._keys: dict[int, tuple[str, ...]] = {}
        self.changes = self.lines = 0
        self.left_out: set[str] = set()

    def every(self, context: Context) -> Iterator[Row]:
        for each in self._in_order(context):
            if isinstance(each, Entry):
                self.changes += 1
                if self.changes % _BETWEEN_REPORTS == 0:
                    context.report(self.changes, unit="changes")
            for line in self._of(each) if isinstance(each, Entry) else self._of_missed(each):
                self.lines += 1
                yield line

    def _in_order(self, context: Context) -> Iterator[Entry | Missed]:
        """Changes, and between them what the log missed."""
        newest_first = self._wish.newest_first
        gaps = missed(self._session, self._history, self._asked, newest_first=newest_first)
        found = self._history.entries(self._asked, newest_first=newest_first, context=context)
        return merge(found, gaps, key=_number, reverse=newest_first)

    def _of_missed(self, one: Missed) -> Iterator[Row]:
        """A line for each row that the log missed, and one for what names none."""
        at = clock.to_text(from_milliseconds(one.at_ms))
        secret = any(self._is_personal(one.table, name) for name in one.columns)
        lines: list[tuple[str | None, str]] = [
            (_NOT_SHOWN if secret else row_label(row.key), f"{row.how} behind the log's back")
            for row in one.rows
        ]
        for row, note in lines or [(None, one.sentence)]:
            yield (one.seq, at, one.table, row, MISSED, None, None, None, note, *(None,) * 4)

    def _of(self, entry: Entry) -> Iterator[Row]:
        change, writer = entry.change, entry.writer
        at = clock.to_text(from_milliseconds(change.at))
        row = _NOT_SHOWN if self._names_somebody(entry) else row_label(change.key)
        head: Row = (change.seq, at, entry.table, row, OPERATIONS[change.op])
        tail: Row = (None, None, None, None)
        if writer is not None:
            tail = (writer.actor, writer.application, writer.reason, writer.txn)
        wanted = fold(self._asked.column)
        for column, cell in change.cells.items():
            if wanted and change.op is not Op.UPDATE and fold(column) != wanted:
                continue
            old, new, note = exported(cell.old), exported(cell.new), ""
            if self._is_personal(entry.table, column):
                old, new, note = None, None, _NOT_SHOWN
                self.left_out.add(f"{entry.table}.{column}")
            elif NOT_KEPT in (cell.old, cell.new):
                note = "not kept"
            elif column in entry.erased:
                note = "erased"
            yield (*head, column, old, new, note, *tail)

    def _names_somebody(self, entry: Entry) -> bool:
        """Whether the key of a row looks personal itself."""
        tid = entry.change.tid
        if tid not in self._keys:
            self._keys[tid] = self._history.key_columns(tid)
        return any(self._is_personal(entry.table, name) for name in self._keys[tid])

    def _is_personal(self, table: str, column: str) -> bool:
        if self._wish.personal:
            return False
        if (table, column) not in self._personal:
            self._personal[table, column] = bool(look_personal((column,), table, self._session.path))
        return self._personal[table, column]


def _number(each: Entry | Missed) -> int:
    return each.change.seq if isinstance(each, Entry) else each.seq


def _format_of(target: Path) -> Format:
    ending = target.suffix.lower().removeprefix(".")
    ending = {"ndjson": "jsonl", "htm": "html"}.get(ending, ending)
    if ending not in set(Format):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The ending of {quoted(target.name)} does not say what to write.",
            hint="End the name in .csv, .json, .jsonl or .html, or name the format.",
        )
    return Format(ending)


def _write_html(file: Staged, asked: Asked, lines: Iterator[Row]) -> None:
    from steward_app.services.report import pieces

    shown = (
        {name: _shown(value) for name, value in zip(COLUMNS, _told(line), strict=True)} for line in lines
    )
    for piece in pieces("history.html", table=asked.table, columns=COLUMNS, lines=shown):
        file.write(piece.encode("utf-8", "replace"))


def _told(line: Row) -> Row:
    """A line in which NULL can be told from no value."""
    operation, old, new, note = line[4], line[6], line[7], line[8]
    if not note:
        old = "NULL" if old is None and operation != OPERATIONS[Op.INSERT] else old
        new = "NULL" if new is None and operation in (OPERATIONS[Op.INSERT], OPERATIONS[Op.UPDATE]) else new
    return (*line[:6], old, new, *line[8:])


def _shown(value: SqlValue) -> str:
    match value:
        case None:
            return ""
        case bytes():
            return f"BLOB of {plural(len(value), 'byte')}"
        case str():
            return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        case _:
            return str(value)
