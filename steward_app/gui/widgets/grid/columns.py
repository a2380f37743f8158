"""The columns of a data table, as their heads show them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from steward_app.services.rows import Source
from steward_app.services.schema.model import Column, ForeignKey

_SHORT_TYPES = {
    "integer": "int",
    "bigint": "int",
    "smallint": "int",
    "timestamp": "time",
    "datetime": "time",
    "boolean": "bool",
    "varchar": "text",
    "nvarchar": "text",
    "character": "text",
    "double": "real",
    "float": "real",
}


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column as the table shows it.

    Attributes:
        column: of the source.
        type_text: the declared type, short: "int".
        is_key: part of the primary key.
        link: the foreign key it is part of, or None.
        hidden: values are not read and show as dashed blocks.
        place: where its cell stands in a row of a page, or -1 when hidden.
    """

    column: Column
    type_text: str
    is_key: bool = False
    link: ForeignKey | None = None
    hidden: bool = False
    place: int = -1

    @property
    def numeric(self) -> bool:
        """True where values are expected at the right: the declared type says numbers."""
        return self.column.affinity in ("INTEGER", "REAL") and bool(self.type_text) and not self.hidden

    @property
    def name(self) -> str:
        return self.column.name


def grid_columns(source: Source, hidden: Collection[str] = ()) -> tuple[GridColumn, ...]:
    """The columns of a source, as many as SQLite reads at once, those named in `hidden` not to be read.

    One is always read.
    """
    table = source.table
    keys = set(table.primary_key.columns) if table is not None and table.primary_key else set()
    links = {name: key for key in reversed(table.foreign_keys) for name in key.columns} if table else {}
    made: list[GridColumn] = []
    place = 0
    concealed = set(hidden)
    for column in source.choose(None):
        is_hidden = column.name in concealed
        made.append(
            GridColumn(
                column,
                short_type(column.declared_type),
                column.name in keys,
                links.get(column.name),
                is_hidden,
                -1 if is_hidden else place,
            )
        )
        place += not is_hidden
    return tuple(made)


def read_names(columns: Collection[GridColumn]) -> list[str]:
    """Names of the columns to read, in the order of their places. Where all are hidden, a key or the first one."""
    names = [column.name for column in columns if not column.hidden]
    if names:
        return names
    return [next((column.name for column in columns if column.is_key), next(iter(columns)).name)]


def short_type(declared: str) -> str:
    """A declared type as the head shows it: "VARCHAR(20)" is "text"."""
    word = declared.strip().lower().partition("(")[0].strip()
    return _SHORT_TYPES.get(word.partition(" ")[0], word)
