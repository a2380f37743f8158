"""Shuffling: the values of a column, dealt anew among the rows of a group. Nobody keeps their own.

Which row gets whose value is drawn with the key and stands in a table of `temp`, as pairs of row keys, for the time of
the copy; the values themselves are read where they are. SQLite sorts the rows, in files where they are many: memory
does not grow with the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from itertools import islice

from steward_app.db import ReadSession, Session, qualified, quote
from steward_app.kernel.progress import Context
from steward_app.services.privacy.transform.keyed import Prf, packed
from steward_app.services.privacy.transform.model import ROW, Batch, Column
from steward_app.services.schema.model import Table

_ROWS_A_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Dealt:
    """What was dealt.

    Attributes:
        name: of the table in `temp`.
        read: SQL that gives each row its new value.
    """

    name: str
    read: str


class Deal:
    """The step of the column; `place` is where in a batch stands what was dealt."""

    def __init__(self, place: int) -> None:
        self._place = place

    def __call__(self, values: Column, batch: Batch) -> Column:
        return batch.columns[self._place]


def row_keys(table: Table) -> tuple[str, ...]:
    """Columns that name a row, for looking it up; () where nothing does."""
    if table.without_rowid:
        return table.primary_key.columns if table.primary_key else ()
    return (table.rowid_name,) if table.rowid_name else ()


def deal(
    session: Session, table: Table, column: str, group: Sequence[str], prf: Prf, number: int, context: Context
) -> Dealt:
    """Draw who gets whose value, and keep it in `temp` under a name with that number.

    In each group the rows stand in a drawn circle, and each gets the value of the next one. A row whose group has no
    other keeps its own.
    """
    keys = row_keys(table)
    name, drawn = f"_steward_dealt_{number}", f"_steward_drawn_{number}"
    taken, given, groups = _numbered("k", keys), _numbered("s", keys), _numbered("g", group)
    key_sql = ", ".join(taken)
    _in_temp(session, f"CREATE TEMP TABLE {quote(drawn)} ({', '.join((*taken, *groups, 'n'))})")
    try:
        _draw(session, drawn, table, column, keys, group, prf, context)
        # The columns have no types: keys stay what they are.
        _in_temp(
            session,
            f"CREATE TEMP TABLE {quote(name)} ({key_sql}, {', '.join(given)}, PRIMARY KEY ({key_sql}))"
            " WITHOUT ROWID",
        )
        _in_temp(session, _circles_sql(name, drawn, taken, groups))
    finally:
        drop(session, drawn)
    # Without the sign, SQLite would look at the keys as the column's type has them, and could not use their index.
    mine = " AND ".join(f"d.{place} = +{ROW}.{quote(key)}" for key, place in zip(keys, taken, strict=True))
    same = " AND ".join(f"s.{quote(key)} = d.{place}" for key, place in zip(keys, given, strict=True))
    read_sql = (
        f"(SELECT s.{quote(column)} FROM temp.{quote(name)} AS d "
        f"CROSS JOIN {qualified(table.name)} AS s WHERE {mine} AND {same})"
    )
    return Dealt(name, read_sql)


def drop(session: Session, name: str) -> None:
    """Take the table away again."""
    _in_temp(session, f"DROP TABLE IF EXISTS temp.{quote(name)}")


def _numbered(letter: str, names: Sequence[str]) -> list[str]:
    return [f"{letter}{place}" for place in range(len(names))]


def _draw(
    session: Session,
    name: str,
    table: Table,
    column: str,
    keys: Sequence[str],
    group: Sequence[str],
    prf: Prf,
    context: Context,
) -> None:
    """A row for each row that has a value: its key, its group, and a number drawn for the key."""
    read = ", ".join(map(quote, (*keys, *group)))
    sql = f"INSERT INTO temp.{quote(name)} VALUES ({', '.join('?' * (len(keys) + len(group) + 1))})"
    selected = f"SELECT {read} FROM {qualified(table.name)} WHERE {quote(column)} IS NOT NULL"
    rows = session.execute(selected)
    with closing(rows):
        while batch := list(islice(rows, _ROWS_A_BATCH)):
            context.checkpoint()
            numbers = prf.words([packed(row[: len(keys)]) for row in batch])[0].view("i8").tolist()
            given = ((*row, drawn) for row, drawn in zip(batch, numbers, strict=True))
            with _writing(session):
                session.run_many(sql, given)


def _circles_sql(name: str, drawn: str, keys: Sequence[str], groups: Sequence[str]) -> str:
    """Each row with the one behind it in the circle of its group."""
    by_group = f"PARTITION BY {', '.join(groups)} " if groups else ""
    following = ", ".join(f"ifnull(lead({key}) OVER circle, first_value({key}) OVER circle)" for key in keys)
    return (
        f"INSERT INTO temp.{quote(name)} SELECT {', '.join(keys)}, {following} FROM temp.{quote(drawn)}"
        f" WINDOW circle AS ({by_group}ORDER BY n, {', '.join(keys)}) ORDER BY {', '.join(keys)}"
    )


def _in_temp(session: Session, sql: str) -> None:
    with _writing(session):
        session.all(sql)


def _writing(session: Session) -> AbstractContextManager[None]:
    return session.temporary() if isinstance(session, ReadSession) else nullcontext()
