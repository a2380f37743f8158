"""The first rows of which a report tells, with their values: for somebody who looks while the two copies are there.

Values are read when they are shown and kept nowhere; `services.rows.personal` says which are hidden until asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steward_app.db import Session, open_read, qualified, quote
from steward_app.db.names import all_of
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.migrate.rehearsal.row_model import ColumnDifference, TableDifference
from steward_app.services.rows.cells import cell_sql, decode_cell
from steward_app.services.rows.model import Cell


@dataclass(frozen=True, slots=True)
class Example:
    """A value before and after.

    Attributes:
        key: of its row, as it is afterwards.
        column: its name afterwards.
    """

    key: Key
    column: str
    before: Cell
    after: Cell


def examples(before: Path, after: Path, table: TableDifference, context: Context) -> tuple[Example, ...]:
    """Values that changed in the rows whose keys a report names, column by column. Long ones come as previews.

    Args:
        before, after: the copies the report was made of.

    A row that has another key than before is left out.
    """
    was = {column.name: column.was for column in table.columns if column.name and column.was}
    with open_read(before) as old, open_read(after) as new, old.under(context), new.under(context):
        return tuple(
            Example(key, column.name, one, other)
            for column in table.columns
            for key in _keys(column)
            for one in _cell(old, table.was, [was.get(name, name) for name in table.key], key, column.was)
            for other in _cell(new, table.name, table.key, key, column.name)
        )


def _keys(column: ColumnDifference) -> Iterator[Key]:
    for conversion in column.conversions:
        yield from conversion.sample_keys


def _cell(
    session: Session, of_table: str, key_columns: list[str] | tuple[str, ...], key: Key, column: str
) -> Iterator[Cell]:
    """The cell, or none where there is no such row."""
    named = all_of([f"{quote(name)} = ?" for name in key_columns])
    value_sql = cell_sql(quote(column), raw=True)
    for (cell,) in session.all(f"SELECT {value_sql} FROM {qualified(of_table)} WHERE {named} LIMIT 1", key):
        yield decode_cell(cell)
