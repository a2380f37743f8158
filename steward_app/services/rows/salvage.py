"""Exporting a damaged table: the rows before the damage, read as they lie in the file and past every index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.text import plural
from steward_app.kernel.values import Row
from steward_app.services.rows.source import Source
from steward_app.services.schema.model import TableKind

UNORDERED = " NOT INDEXED"
"""Behind the name of a table: an index may be what is damaged."""


def require_possible(source: Source, parquet: bool, *, sorted_by: bool) -> None:
    """Raise `UsageError` where what is asked for needs more than the rows one after another."""
    if source.table is None or source.table.kind is not TableKind.TABLE:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Only a table can be salvaged.",
            hint="Nothing was written. A view or a query reads tables: salvage those.",
        )
    if parquet or sorted_by:
        what = "Parquet" if parquet else "An order"
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{what} needs the whole table, and not only the rows before the damage.",
            hint="Nothing was written. Write CSV or JSON, in the order of the file.",
        )


def up_to_the_damage(rows: Iterator[Row], told: list[str]) -> Iterator[Row]:
    """The rows before the first damaged page; `told` says whether there was one."""
    count = 0
    try:
        for row in rows:
            yield row
            count += 1
    except Failure as error:
        if error.code is not ErrorCode.DAMAGED:
            raise
        were = "was" if count == 1 else "were"
        told.append(
            f"The table is damaged: {plural(count, 'row')} before the first damaged page {were} written."
        )


@contextmanager
def advised(salvaging: bool) -> Iterator[None]:
    """Say at a damaged page how the rows before it can be had."""
    try:
        yield
    except Failure as error:
        if salvaging or error.code is not ErrorCode.DAMAGED:
            raise
        raise Failure(
            error.code,
            error.message,
            hint="Nothing was written. “steward rows export --salvage” writes the rows before the damage.",
        ) from error
