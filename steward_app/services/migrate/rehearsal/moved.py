"""Values of columns that moved into another table: whether each of them stands there, beside the key of its row."""

from __future__ import annotations

from dataclasses import replace

from steward_app.db import Session, fold, qualified, quote
from steward_app.db.difference import BEFORE
from steward_app.db.names import all_of
from steward_app.db.query import readable
from steward_app.kernel.errors import Failure
from steward_app.kernel.values import Key
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.rehearsal.pairs import Pair
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.migrate.rehearsal.row_model import ColumnDifference, Fate, TableDifference
from steward_app.services.migrate.rehearsal.rows import KEYS_TOLD, NOT_READ
from steward_app.services.schema.model import Schema, Table


def with_moved(
    session: Session, difference: TableDifference, pair: Pair, names: Names, after: Schema
) -> TableDifference:
    """The same, where columns that went and moved hold all their values in the other table: those are not lost.

    Nor are the rows of a table that was merged into another one. The session sees the file before `beside` it. What
    cannot be compared is told as gone.
    """
    if pair.old is None:
        return difference
    if pair.new is None:
        return _merged(session, difference, pair.old, names, after)
    columns = tuple(
        _followed(session, pair.old, each, names, after)
        for each in difference.columns
        if not _took_its_place(session, pair.old, pair.new, each, names)
    )
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


def _took_its_place(session: Session, old: Table, new: Table, column: ColumnDifference, names: Names) -> bool:
    """Whether another column has the name of one that is gone, and in every row the value of that, as the file says."""
    twin = names.beside(new.name, column.was) if column.fate is Fate.GONE else None
    if twin is None or not twin.twin.goes or old.key_columns != new.key_columns or not new.key_columns:
        return False
    on = all_of([f"n.{quote(each)} = b.{quote(each)}" for each in new.key_columns])
    differs_sql = (
        f"SELECT 1 FROM {qualified(old.name, BEFORE)} AS b WHERE NOT EXISTS"
        f" (SELECT 1 FROM {qualified(new.name)} AS n WHERE {on} AND {_same(column.was, twin.after)}) LIMIT 1"
    )
    return session.value(differs_sql) is None


def _merged(
    session: Session, difference: TableDifference, table: Table, names: Names, after: Schema
) -> TableDifference:
    """What became of the rows of a table that is gone, where they stand in the one that its columns moved into."""
    moves = {each.name: move for each in table.columns if (move := names.move(table.name, each.name))}
    first = next(iter(moves.values()), None)
    there = after.table(first.into) if first else None
    if first is None or there is None or table.column(first.goes_by) is None or len(there.key_columns) != 1:
        return difference
    moves = {name: move for name, move in moves.items() if there.column(move.after)}
    on = f"n.{quote(there.key_columns[0])} = b.{quote(first.goes_by)}"
    before, partners = f"{qualified(table.name, BEFORE)} AS b", f"{qualified(there.name)} AS n WHERE {on}"
    same = all_of([_same(name, move.after) for name, move in moves.items()])
    lost = f"FROM {before} WHERE NOT EXISTS (SELECT 1 FROM {partners} AND {same})"
    stay = [each for each in table.columns if not each.hidden and fold(each.name) != fold(first.goes_by)]
    told = [
        f"count(b.{quote(each.name)})"
        + (
            f", coalesce(sum(b.{quote(each.name)} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {partners}"
            f" AND {_same(each.name, moves[each.name].after)})), 0)"
            if each.name in moves
            else f", count(b.{quote(each.name)})"
        )
        for each in stay
    ]
    try:
        with readable(there.name):
            count = session.count(f"SELECT count(*) {lost}")
            found = iter(session.one(f"SELECT {', '.join(told)} FROM {before}") or () if told else ())
            keys = _keys(session, table, lost) if count else ()
    except Failure as error:
        if error.code not in NOT_READ:
            raise
        return difference
    columns = []
    for each in stay:
        had, missing = int(str(next(found))), int(str(next(found)))
        moved_to = f"{there.name}.{moves[each.name].after}" if each.name in moves and not missing else ""
        columns.append(ColumnDifference("", each.name, had if moved_to else missing, moved_to=moved_to))
    return replace(
        difference,
        lost=count,
        columns=tuple(columns),
        moved_to=there.name,
        key=table.key_columns,
        sample_lost=keys,
    )


def _keys(session: Session, table: Table, lost_sql: str) -> tuple[Key, ...]:
    """The keys of the first rows that are lost."""
    names = ", ".join(f"b.{quote(each)}" for each in table.key_columns)
    try:
        return tuple(session.all(f"SELECT {names} {lost_sql} LIMIT {KEYS_TOLD}")) if names else ()
    except UnicodeDecodeError:  # a key that is text and not valid: it cannot be told
        return ()


def _same(before: str, after: str) -> str:
    """Whether a value of `b` is that of `n`, letter by letter."""
    value, now = f"b.{quote(before)}", f"n.{quote(after)}"
    return f"({now} IS {value} COLLATE BINARY AND typeof({now}) = typeof({value}))"


def _missing(session: Session, table: Table, move: Renamed, there: Table) -> bool:
    """Whether some row of the table had a value that is not beside its key in the other one."""
    return (
        session.value(
            f"SELECT 1 FROM {qualified(table.name, BEFORE)} AS b WHERE b.{quote(move.before)} IS NOT NULL"
            f" AND NOT EXISTS (SELECT 1 FROM {qualified(there.name)} AS n"
            f" WHERE n.{quote(move.comes_by)} = b.{quote(table.key_columns[0])}"
            f" AND {_same(move.before, move.after)}) LIMIT 1"
        )
        is not None
    )
