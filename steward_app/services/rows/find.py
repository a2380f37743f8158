"""Find a value wherever it stands: every column of every table, one table after another.

What is found is named by table, column and key; the value itself is given only when it is asked for. BLOBs are not
looked into, views are not searched (what they show stands in tables), and nothing is left out in silence: a table in
which more was found than is listed says so, as does one that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from steward_app.db import ReadSession
from steward_app.db.query import readable
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.kernel.values import Key, SqlValue
from steward_app.services.rows.cells import cell_sql, decode_cell, stream_values, tolerant
from steward_app.services.rows.conditions import forms, pattern, read_number
from steward_app.services.rows.model import Cell
from steward_app.services.rows.order import Fragment, equals, every
from steward_app.services.rows.source import Source, source_of
from steward_app.services.schema.model import Column, Schema, Table, TableKind

ROWS_A_TABLE = 1_000
"""Rows listed for one table unless more are asked for."""

_COLUMNS_AT_ONCE = 300
_LONGEST_TEXT = 10_000


class Match(StrEnum):
    """How a value is compared with what is looked for; `rule` says it in words."""

    CONTAINS = "contains"
    EXACT = "exact"
    NUMBER = "number"

    @property
    def rule(self) -> str:
        return {
            Match.CONTAINS: "Cells that contain the text. Capitals do not matter, accents do.",
            Match.EXACT: "Cells that are exactly the text, capitals included.",
            Match.NUMBER: "Cells that are the number, stored as a number or as the same digits.",
        }[self]


@dataclass(frozen=True, slots=True)
class Hit:
    """A cell in which something was found.

    Attributes:
        key_columns, key: what names the row, for `Grid.page_from`; () in a table whose rows have no key.
        value: the value, or a preview of it; only when it was asked for, else None.
    """

    table: str
    column: str
    key_columns: tuple[str, ...]
    key: Key
    value: Cell = None


@dataclass(frozen=True, slots=True)
class Searched:
    """A table that was searched.

    Attributes:
        rows: rows with hits, as many as were listed.
        capped: True when there are more rows with hits than were listed.
        problem: why it could not be read (to its end), a sentence; else "".
    """

    table: str
    rows: int
    capped: bool = False
    problem: str = ""


def find(
    session: ReadSession,
    schema: Schema,
    what: str,
    context: Context,
    *,
    match: Match = Match.CONTAINS,
    tables: Sequence[str] = (),
    values: bool = False,
    rows_a_table: int = ROWS_A_TABLE,
) -> Iterator[Hit | Searched]:
    """Look for a value: hits as they are found, and a `Searched` at the end of each table. A job.

    Args:
        tables: names of the tables to search; all for none.
        values: give the values found, not only where they are.
        rows_a_table: rows listed for each table.

    Raises `UsageError` for an empty text, for something else than a number, for an unknown table; `Cancelled`.
    """
    matcher = Matcher(what, match)
    chosen = _tables(schema, tables)
    return _find(session, chosen, matcher, context, values, rows_a_table)


class Matcher:
    """A condition on a column, with the same numbered bindings for every column."""

    def __init__(self, what: str, match: Match) -> None:
        if not what or len(what) > _LONGEST_TEXT:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                "There is nothing to look for." if not what else "The text is too long to look for.",
                hint=f"Give between 1 and {_LONGEST_TEXT:,} characters.",
            )
        self._match = match
        self.bindings: tuple[SqlValue, ...] = (what,)
        if match is Match.CONTAINS:
            self.bindings = tuple(pattern(form) for form in forms(what))
        elif match is Match.NUMBER:
            number = read_number(what.strip())
            if number is None:
                raise UsageError(
                    ErrorCode.BAD_REQUEST,
                    f"{quoted(what, 60)} is not a number.",
                    hint="Write it without separators, for example 1200 or -3.5.",
                )
            self.bindings = (number, what.strip())

    def on(self, column_sql: str) -> str:
        """The condition on one column."""
        match self._match:
            case Match.CONTAINS:
                tried = " OR ".join(
                    f"{column_sql} LIKE ?{number} ESCAPE '\\'" for number in range(1, len(self.bindings) + 1)
                )
                return f"(typeof({column_sql}) <> 'blob' AND ({tried}))"
            case Match.EXACT:
                return f"({column_sql} = ?1 COLLATE BINARY)"
            case Match.NUMBER:
                return (
                    f"(typeof({column_sql}) IN ('integer', 'real') AND {column_sql} = ?1 "
                    f"OR typeof({column_sql}) = 'text' AND {column_sql} = ?2)"
                )


def _find(
    session: ReadSession,
    tables: Sequence[Table],
    matcher: Matcher,
    context: Context,
    values: bool,
    rows_a_table: int,
) -> Iterator[Hit | Searched]:
    for done, table in enumerate(tables):
        context.report(done, len(tables), unit="tables", note=visible(table.name, 60))
        counted = 0
        capped = False
        problem = ""
        try:
            with session.under(context), readable(table.name):
                source = source_of(table)
                for hits in _rows(session, source, matcher, values):
                    capped = counted == rows_a_table
                    if capped:
                        break
                    counted += 1
                    yield from hits
        except Failure as failure:
            problem = failure.message
        yield Searched(table.name, counted, capped, problem)
    context.report(len(tables), len(tables), unit="tables")


def _rows(session: ReadSession, source: Source, matcher: Matcher, values: bool) -> Iterator[list[Hit]]:
    """The hits of a table, a row at a time."""
    key = [term.sql for term in source.key.terms] if source.key else []
    for start in range(0, len(source.columns), _COLUMNS_AT_ONCE):
        columns = source.columns[start : start + _COLUMNS_AT_ONCE]
        conditions = [matcher.on(source.sql_of(column)) for column in columns]
        rest = Fragment(f"FROM {source.sql} WHERE {' OR '.join(conditions)}", matcher.bindings)
        for row in stream_values(session, [*key, *conditions], rest):
            name, flags = row[: len(key)], row[len(key) :]
            found = [column for column, flag in zip(columns, flags, strict=True) if flag]
            yield [_hit(session, source, column, name, values) for column in found]


def _hit(session: ReadSession, source: Source, column: Column, key: Key, values: bool) -> Hit:
    if not source.key:
        return Hit(source.name, column.name, (), ())
    value = _value(session, source, column, key) if values else None
    return Hit(source.name, column.name, source.key.columns, key, value)


def _value(session: ReadSession, source: Source, column: Column, key: Key) -> Cell:
    assert source.key is not None
    same = every(*(equals(term, part) for term, part in zip(source.key.terms, key, strict=True)))

    def read(raw: bool) -> Cell:
        cell = cell_sql(source.sql_of(column), raw=raw)
        return decode_cell(session.value(f"SELECT {cell} FROM {source.sql} WHERE {same.sql}", same.bindings))

    return tolerant(read)


def _tables(schema: Schema, names: Sequence[str]) -> list[Table]:
    """The tables to search. Shadow tables are searched through the virtual table they belong to."""
    if not names:
        kinds = (TableKind.TABLE, TableKind.VIRTUAL)
        return [t for t in schema.tables if t.kind in kinds and not t.name.lower().startswith("sqlite_")]
    found = []
    for name in names:
        table = schema.table(name)
        if table is None:
            raise UsageError(ErrorCode.UNKNOWN_OBJECT, f"There is no table {quoted(name)}.")
        found.append(table)
    return found
