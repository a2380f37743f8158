"""The rows of a table in the middle of a script: a query over the file as it is now."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from steward_app.db import fold, quote
from steward_app.services.migrate.lint.asking import LONGEST
from steward_app.services.migrate.lint.expressions import reads_own
from steward_app.services.schema.model import Column, Table

ROWIDS: Final = ("rowid", "_rowid_", "oid")
AND_MORE: Final = " UNION ALL "
COMING: Final = quote("+")
"""A name that no table of a script has."""


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of a table.

    Attributes:
        sql: a query that gives them, with the columns under the names they have there.
        bare: names of tables, folded, that text of the script in it reads.
        real: the table's name in the file, where it is as it is there.
        empty: whether there are none.
        more: whether there may be others, too, or some whose key is not known.
        uncounted: whether there may be others, too: a trigger writes them, or a statement that is not followed.
        lacks: names of columns, folded, that the query leaves out since nobody knows what they hold.
    """

    sql: str
    bare: frozenset[str] = frozenset()
    real: str = ""
    empty: bool = False
    more: bool = False
    uncounted: bool = False
    lacks: frozenset[str] = frozenset()

    def columns(self, table: Table) -> list[Column]:
        """The columns of the table that it gives."""
        return [
            column for column in table.columns if not column.hidden and fold(column.name) not in self.lacks
        ]

    def lacks_any(self, known_as: str, texts: Iterable[str]) -> bool:
        """Whether expressions over a row of it read a column that nobody knows any more."""
        return any(reads_own(text, known_as, each) for text in texts for each in self.lacks)


def all_of(table: Table, from_sql: str, *, rowids: bool = False) -> str:
    """A query for all rows of a table, with its rowids where they are asked for."""
    names = [each for each in ROWIDS if rowids and table.column(each) is None]
    columns = ", ".join([*names, *(quote(column.name) for column in table.columns if not column.hidden)])
    return f"SELECT {columns or '*'} FROM {from_sql}"


def as_kept(column: Column, value_sql: str) -> str:
    """A value as a column of its affinity keeps it: https://www.sqlite.org/datatype3.html#type_affinity"""
    number = f"CAST({value_sql} AS NUMERIC)"
    read = f"WHEN 'text' THEN iif({value_sql} = {number}, {number}, {value_sql})"
    match column.affinity:
        case "TEXT":
            return f"iif(typeof({value_sql}) IN ('integer', 'real'), CAST({value_sql} AS TEXT), {value_sql})"
        case "INTEGER" | "NUMERIC":
            integer = f"CAST({value_sql} AS INTEGER)"
            even = f"WHEN 'real' THEN iif({value_sql} = {integer}, {integer}, {value_sql})"
            return f"CASE typeof({value_sql}) {read} {even} ELSE {value_sql} END"
        case "REAL":
            real = f"CAST({value_sql} AS REAL)"
            read = f"WHEN 'text' THEN iif({value_sql} = {number}, {real}, {value_sql})"
            return f"CASE typeof({value_sql}) {read} WHEN 'integer' THEN {real} ELSE {value_sql} END"
    return value_sql


def as_written(columns: Sequence[Column], written: Container[str]) -> str:
    """The columns of a query, those that were written, folded, as their affinity keeps them."""
    kept = [
        f"{as_kept(column, quote(column.name))} AS {quote(column.name)}"
        if fold(column.name) in written
        else quote(column.name)
        for column in columns
    ]
    return ", ".join(kept) or "NULL"


def after_writing(source: Source, columns: Sequence[Column], written: Container[str], sql: str) -> str:
    """The rows that a statement leaves, with what it wrote, folded, as the columns' affinity keeps it.

    Where the rows it found are a query, too, its own is reckoned by itself: SQLite would put each expression in the
    place of all that read it, and after many UPDATEs of a column that is more than there is memory for.

    Args:
        sql: the rows with what it writes as it stands there.
    """
    kept = as_written(columns, written)
    if source.real:
        return f"SELECT {kept} FROM ({sql})"
    return f"WITH {COMING} AS MATERIALIZED ({sql}) SELECT {kept} FROM {COMING}"


def none_of(table: Table) -> Source:
    """No rows, with the columns of a table."""
    nothing = ", ".join(f"NULL AS {quote(column.name)}" for column in table.columns if not column.hidden)
    return Source(f"SELECT {nothing} WHERE 0", empty=True)


def with_others(source: Source) -> Source:
    """The rows, with others that nobody can count."""
    return replace(source, real="", empty=False, more=True, uncounted=True)


def whole(source: Source) -> Source | None:
    """The rows, or None where a script changes them too often to follow."""
    return source if len(source.sql) <= LONGEST else None


def both(table: Table, source: Source, coming: Source) -> Source | None:
    """The rows that are there, and those that come."""
    names = ", ".join(quote(column.name) for column in source.columns(table)) or "NULL"
    sql = f"SELECT {names} FROM ({source.sql}){AND_MORE}SELECT {names} FROM ({coming.sql})"
    bare, more = source.bare | coming.bare, source.more or coming.more
    uncounted = source.uncounted or coming.uncounted
    return whole(replace(source, sql=sql, real="", bare=bare, more=more, uncounted=uncounted))
