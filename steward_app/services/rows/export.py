"""Rows to a file: CSV, JSON, JSON lines or Parquet. Written whole or not at all, with constant memory.

Columns that are personal, as was decided or by their names, are left out unless they are asked for; the result says
which. Columns of a level that asks for no plain export are refused unless somebody confirms it for this one file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from steward_app.db import ReadSession
from steward_app.db.query import readable
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Row
from steward_app.services.rows import salvage
from steward_app.services.rows.cells import stream_values
from steward_app.services.rows.counting import estimate_rows
from steward_app.services.rows.export_parquet import ParquetWriter, column_types, refuse_mixed
from steward_app.services.rows.export_text import text_writer, write_text
from steward_app.services.rows.filter import EVERY_ROW, Filter, compile_filter
from steward_app.services.rows.model import CellValue, Sort
from steward_app.services.rows.order import Fragment, order_by, order_terms, where
from steward_app.services.rows.personal import guarded_in, look_personal, personal_in, until_asked_for
from steward_app.services.rows.source import Source
from steward_app.services.schema.model import Column, TableKind
from steward_app.storage.local import Staged, is_there, spare_databases, staged, write_whole

_ROWS_BETWEEN_REPORTS = 2_000
_SIDE_FILES = ("", "-journal", "-wal", "-shm")


class Format(StrEnum):
    CSV = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Export:
    """What to write, and how.

    Attributes:
        format: None for the one the file's ending says.
        columns: names, in order; all for None. A column named here is written, personal or not.
        filter, sort: which rows, in which order; by key when `sort` is empty.
        personal: write the columns that are personal, or look so, too.
        plain: write what is not to be written to plain files by its level, too: somebody said so for this file.
        formula_safe: in CSV, put an apostrophe before texts that a spreadsheet program would run.
        split_mixed: in Parquet, write a column of several types as text and type; otherwise refuse it.
        overwrite: replace a file that is there.
        salvage: of a damaged table, write the rows before the damage, as they lie in the file; not as Parquet.
    """

    format: Format | None = None
    columns: tuple[str, ...] | None = None
    filter: Filter = EVERY_ROW
    sort: tuple[Sort, ...] = ()
    personal: bool = False
    plain: bool = False
    formula_safe: bool = True
    split_mixed: bool = True
    overwrite: bool = False
    salvage: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        columns: those in the file, in order.
        left_out: those left out since they look personal.
        notes: what whoever reads the file should know, a sentence each; never a value.
    """

    path: Path
    format: Format
    rows: int
    size_bytes: int
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


def export_rows(
    session: ReadSession, source: Source, target: Path, context: Context, wish: Export | None = None
) -> Exported:
    """Write the rows of a source to a file: a job. All rows are of one moment.

    Raises:
        Refused: a column is not to be written to plain files by its level; the file is there already and may not be
            replaced, is a database, or (Parquet) holds a column of several types that may not be split.
        UsageError: an unknown column or ending; no column left.
        Failure: the disk is full, the folder is not there, the table is damaged, ...; nothing is left behind.
        Cancelled: nothing is left behind.
    """
    wish = wish or Export()
    kind = wish.format or format_of(target)
    refuse_target(session, target, overwrite=wish.overwrite)
    if wish.salvage:
        salvage.require_possible(source, kind is Format.PARQUET, sorted_by=bool(wish.sort))
    columns, left_out = _columns(session, source, wish)
    _refuse_guarded(session, source, columns, wish)
    limits = where(compile_filter(wish.filter, source))
    read = Fragment(
        f"FROM {source.sql}{salvage.UNORDERED if wish.salvage else ''}{limits.sql}", limits.bindings
    )
    told: list[str] = []
    shows_personal = not personal_in(source, session.path).isdisjoint(column.name for column in columns)
    with (
        session.under(context),
        session.snapshot(),
        readable(source.name or "query"),
        salvage.advised(wish.salvage),
        staged(target, private=shows_personal) as file,
    ):
        rows = _reported(_rows(session, source, columns, read, wish), context, _total(session, source, wish))
        if wish.salvage:
            rows = salvage.up_to_the_damage(rows, told)
        if kind is Format.PARQUET:
            count, notes = _write_parquet(session, file, columns, read, rows, wish, source)
        else:
            writer = text_writer(kind, [column.name for column in columns], formula_safe=wish.formula_safe)
            count, notes = write_text(file, writer, rows), writer.notes()
        context.checkpoint()
        file.finish(overwrite=wish.overwrite)
    return Exported(
        target, kind, count, target.stat().st_size, tuple(c.name for c in columns), left_out, (*told, *notes)
    )


def save_value(session: ReadSession, value: CellValue, target: Path, table: str = "") -> int:
    """Write one value that was read whole to a file, as it is stored; gives its size in bytes.

    Texts are written as UTF-8, numbers as their digits. A file that is there is replaced: ask before.

    Raises `Refused` for the open database and the files SQLite keeps beside it; `Failure` when it cannot be written.
    """
    refuse_target(session, target, overwrite=True)
    whole = value.value
    data = (
        whole if isinstance(whole, bytes) else str("" if whole is None else whole).encode("utf-8", "replace")
    )
    write_whole(target, data, private=bool(look_personal((value.column,), table, session.path)))
    return len(data)


def format_of(target: Path) -> Format:
    """The format a file's ending says. Raises `UsageError` for another ending."""
    ending = target.suffix.lower().removeprefix(".").replace("ndjson", "jsonl")
    if ending not in set(Format):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The ending of {quoted(target.name)} does not say what to write.",
            hint="End the name in .csv, .json, .jsonl or .parquet, or name the format.",
        )
    return Format(ending)


def refuse_target(session: ReadSession, target: Path, *, overwrite: bool) -> None:
    """Raise `Refused` for a file that belongs to the open database, or is there and may not be replaced."""
    for suffix in _SIDE_FILES:
        own = session.path.with_name(session.path.name + suffix)
        if os.path.realpath(own) == os.path.realpath(target) or (
            is_there(own) and is_there(target) and own.samefile(target)
        ):
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                f"{quoted(target.name)} belongs to the open database.",
                hint="Nothing was written. Choose another name.",
            )
    spare_databases(target)
    if is_there(target) and not overwrite:
        raise Refused(
            ErrorCode.NEEDS_CONFIRMATION,
            f"{quoted(target.name)} is there already.",
            hint="Nothing was written. Choose another name, or say that it may be replaced.",
        )


def _columns(
    session: ReadSession, source: Source, wish: Export
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The columns to write, and the names of those left out. However many there are, they fit one result."""
    if wish.columns is not None:
        return tuple(map(source.column, wish.columns)) or source.choose(()), ()
    return (source.columns, ()) if wish.personal else until_asked_for(source, session.path)


def _refuse_guarded(session: ReadSession, source: Source, columns: Sequence[Column], wish: Export) -> None:
    """Raise `Refused` where a column may not be written to a plain file, and nobody said that this one may."""
    if wish.plain:
        return
    guarded = guarded_in(source, session.path)
    named = [quoted(column.name) for column in columns if column.name in guarded]
    if named:
        told = ", ".join(named[:8]) + (", …" if len(named) > 8 else "")
        table = source.table
        computed = table is None or table.kind is TableKind.VIEW or bool(table.made_of)
        why = (
            " What is computed has the strictest level of all columns it may be made of." if computed else ""
        )
        raise Refused(
            ErrorCode.NEEDS_CONFIRMATION,
            f"By its level this is not written to plain files: {told}.",
            hint=f"Nothing was written. Leave it out, or confirm that this file may hold it.{why}",
        )


def _rows(
    session: ReadSession, source: Source, columns: Sequence[Column], read: Fragment, wish: Export
) -> Iterator[Row]:
    terms = () if wish.salvage else order_terms(source, wish.sort)
    order = f" ORDER BY {order_by(terms)}" if terms else ""
    names = [source.sql_of(column) for column in columns]
    return stream_values(session, names, Fragment(read.sql + order, read.bindings))


def _total(session: ReadSession, source: Source, wish: Export) -> int | None:
    """How many rows there will be, where that is known for certain at once."""
    known = estimate_rows(session, source, wish.filter) if wish.filter.is_cheap and not wish.salvage else None
    return known.value if known is not None and known.exact else None


def _reported(rows: Iterator[Row], context: Context, total: int | None) -> Iterator[Row]:
    done = 0
    for row in rows:
        yield row
        done += 1
        if done % _ROWS_BETWEEN_REPORTS == 0:
            context.checkpoint()
            context.report(done, total, unit="rows")
    context.report(done, total, unit="rows")


def _write_parquet(
    session: ReadSession,
    file: Staged,
    columns: Sequence[Column],
    read: Fragment,
    rows: Iterator[Row],
    wish: Export,
    source: Source,
) -> tuple[int, tuple[str, ...]]:
    types = column_types(session, source, columns, read)
    if not wish.split_mixed:
        refuse_mixed(types)
    writer = ParquetWriter(file.write, types, source.name)
    count = 0
    try:
        for count, row in enumerate(rows, 1):  # noqa: B007
            writer.row(row)
        writer.end()
    except BaseException:
        writer.abandon()
        raise
    return count, writer.notes()
