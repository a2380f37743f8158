"""Values of a column that moved into another table: whether each of them stands there, beside the key of its row."""

from __future__ import annotations

from dataclasses import replace

from steward_app.db import Session, qualified, quote
from steward_app.db.difference import BEFORE
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.rehearsal.pairs import Pair
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.migrate.rehearsal.row_model import ColumnDifference, Fate, TableDifference
from steward_app.services.schema.model import Schema, Table


def with_moved(
    session: Session, difference: TableDifference, pair: Pair, names: Names, after: Schema
) -> TableDifference:
    """The same, where columns that went and moved hold all their values in the other table: those are not lost.

    The session sees the file before `beside` it. What cannot be compared is told as gone.
    """
    if pair.old is None:
        return difference
    columns = tuple(_followed(session, pair.old, each, names, after) for each in difference.columns)
    return replace(difference, columns=columns) if columns != difference.columns else difference


def _followed(
    session: Session, table: Table, column: ColumnDifference, names: Names, after: Schema
) -> ColumnDifference:
    move = names.move(table.name, column.was) if column.fate is Fate.GONE and column.rows else None
    there = after.table(move.into) if move else None
    if move is None or there is None or there.column(move.comes_by) is None or len(table.key_columns) != 1:
        return column
    if _missing(session, table, move, there):
        return column
    return replace(column, moved_to=f"{there.name}.{move.after}")


def _missing(session: Session, table: Table, move: Renamed, there: Table) -> bool:
    """Whether some row of the table had a value that is not beside its key in the other one."""
    value, now = f"b.{quote(move.before)}", f"n.{quote(move.after)}"
    return (
        session.value(
            f"SELECT 1 FROM {qualified(table.name, BEFORE)} AS b WHERE {value} IS NOT NULL AND NOT EXISTS"
            f" (SELECT 1 FROM {qualified(there.name)} AS n"
            f" WHERE n.{quote(move.comes_by)} = b.{quote(table.key_columns[0])}"
            f" AND {now} IS {value} COLLATE BINARY AND typeof({now}) = typeof({value})) LIMIT 1"
        )
        is not None
    )
