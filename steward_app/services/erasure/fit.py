"""How rows of a table, as it is in an old state, are read in the words of the ledger.

The schema may have changed between the state and the erasure. A column that was renamed is found by its place, a value
whose column was declared otherwise is read as it would have been stored there; a table that was renamed is found by its
columns, and its rows only by their whole content.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from steward_app.catalog.erasure import Shape
from steward_app.db import fold, quote
from steward_app.services.schema.model import Column, Generated, Schema, Table, TableKind


@dataclass(frozen=True, slots=True)
class Fit:
    """A shape laid over a table.

    Attributes:
        columns: name in the table of each column of the shape, None where there is none.
        key_sql: what to select for the key; () where it is not there.
        row_sql: what to select for the whole row; () where a column is not there.
        by_content: a row is the erased one where its whole content is, whatever its key: the key is not there, is a
            rowid (which VACUUM may change), or the table had another name.
    """

    shape: Shape
    table: Table
    columns: tuple[str | None, ...]
    key_sql: tuple[str, ...]
    row_sql: tuple[str, ...]
    by_content: bool = False

    @property
    def usable(self) -> bool:
        """Whether an erased row can be told from others at all."""
        return bool(locator(self.table)) and bool(self.key_sql or (self.by_content and self.row_sql))

    def column(self, name: str) -> str | None:
        """The name in the table of a column of the shape."""
        return next((ours for ours, (theirs, _) in self._pairs() if fold(theirs) == fold(name)), None)

    def _pairs(self) -> Iterable[tuple[str | None, tuple[str, str]]]:
        return zip(self.columns, self.shape.columns, strict=True)


def shape_of(table: Table) -> Shape:
    """A table as it is, in the words of the ledger."""
    key = table.primary_key.columns if table.primary_key else ()
    return Shape(table.name, key, tuple((column.name, column.affinity) for column in stored(table)))


def stored(table: Table) -> tuple[Column, ...]:
    """The columns whose values stand in the file."""
    return tuple(each for each in table.columns if not each.hidden and each.generated is Generated.NO)


def locator(table: Table) -> tuple[str, ...]:
    """The columns by which SQL finds a row again: the rowid, or the key where there is none."""
    if table.rowid_name:
        return (table.rowid_name,)
    return table.primary_key.columns if table.primary_key else ()


def fits(shape: Shape, schema: Schema, taken: Collection[str]) -> tuple[Fit, ...]:
    """The tables of a state that may hold rows of a shape: the one of its name, else those that look like it.

    Args:
        taken: names of tables, folded, that the ledger speaks of by name.
    """
    table = schema.table(shape.table)
    if table is not None and table.kind in (TableKind.TABLE, TableKind.VIRTUAL):
        return (_fit(shape, table),)
    return tuple(
        found
        for each in schema.tables
        if each.kind is TableKind.TABLE and not each.ours and fold(each.name) not in taken
        if (found := _fit(shape, each, renamed=True)).row_sql
    )


def _fit(shape: Shape, table: Table, *, renamed: bool = False) -> Fit:
    pairs = _laid_over(shape, stored(table), by_place=not renamed)
    named = {fold(name): sql for (name, _), (_, sql) in zip(shape.columns, pairs, strict=True)}
    key = [named.get(fold(name), "") for name in shape.key_columns] or [
        quote(table.rowid_name) if table.rowid_name else ""
    ]
    row_sql = tuple(sql for _, sql in pairs)
    key_sql = () if renamed or not all(key) else tuple(key)
    return Fit(
        shape,
        table,
        tuple(name for name, _ in pairs),
        key_sql,
        row_sql if all(row_sql) else (),
        by_content=renamed or not key_sql or not shape.key_columns,
    )


def _laid_over(shape: Shape, columns: tuple[Column, ...], *, by_place: bool) -> list[tuple[str | None, str]]:
    """For each column of the shape: the name of the table's column and what to select, or None and ""."""
    by_name = {fold(column.name): column for column in columns}
    wanted = {fold(name) for name, _ in shape.columns}
    same_places = by_place and len(columns) == len(shape.columns)
    pairs: list[tuple[str | None, str]] = []
    for place, (name, affinity) in enumerate(shape.columns):
        found = by_name.get(fold(name))
        if found is None and same_places and fold(columns[place].name) not in wanted:
            found = columns[place]
        pairs.append((found.name, _read_as(found, affinity)) if found else (None, ""))
    return pairs


def _read_as(column: Column, affinity: str) -> str:
    """A column's value as it would be stored in a column of another affinity, as far as nothing is lost by it."""
    sql = quote(column.name)
    if affinity in (column.affinity, "BLOB"):
        return sql
    if affinity == "TEXT":
        return f"iif(typeof({sql}) IN ('integer', 'real'), CAST({sql} AS TEXT), {sql})"
    kind = "REAL" if affinity == "REAL" else "NUMERIC"
    is_text = f"typeof({sql}) = 'text' AND CAST(CAST({sql} AS NUMERIC) AS TEXT) = {sql}"
    return f"iif(typeof({sql}) = 'integer' OR ({is_text}), CAST({sql} AS {kind}), {sql})"
