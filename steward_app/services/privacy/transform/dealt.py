"""Shuffling: the values of a column, dealt anew among the rows of a group. Nobody keeps their own.

Which row gets whose value is drawn with the key and stands in a table of `temp`, as pairs of row keys, for the time of
the copy; the values themselves are read where they are.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from steward_app.db import ReadSession, Session, qualified, quote
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.privacy.transform.keyed import Prf, packed
from steward_app.services.privacy.transform.model import ROW, Batch, Column
from steward_app.services.schema.model import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Places = NDArray[np.int64]

_ROWS_A_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Dealt:
    """What was dealt.

    Attributes:
        name: of the table in `temp`.
        read: SQL that gives each row its new value.
        alone: rows whose group has no other: they keep their value.
    """

    name: str
    read: str
    alone: int


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
    """Draw who gets whose value, and keep it in `temp` under a name with that number."""
    keys = row_keys(table)
    read = ", ".join(map(quote, (*keys, *group)))
    rows = session.execute(f"SELECT {read} FROM {qualified(table.name)} WHERE {quote(column)} IS NOT NULL")
    names, groups, drawn = _read(rows, len(keys), prf, context)
    source, alone = _round(groups, drawn)
    name = f"_steward_dealt_{number}"
    taken, given = [f"k{place}" for place in range(len(keys))], [f"s{place}" for place in range(len(keys))]
    _keep(session, name, taken, given, ((*names[to], *names[of]) for to, of in enumerate(source.tolist())))
    same = " AND ".join(f"s.{quote(key)} = d.{place}" for key, place in zip(keys, given, strict=True))
    mine = " AND ".join(f"d.{place} = {ROW}.{quote(key)}" for key, place in zip(keys, taken, strict=True))
    given_sql = (
        f"(SELECT s.{quote(column)} FROM temp.{quote(name)} AS d "
        f"JOIN {qualified(table.name)} AS s ON {same} WHERE {mine})"
    )
    return Dealt(name, given_sql, alone)


def drop(session: Session, name: str) -> None:
    """Take the table away again."""
    _in_temp(session, f"DROP TABLE IF EXISTS temp.{quote(name)}")


def _read(
    rows: Iterator[Row], width: int, prf: Prf, context: Context
) -> tuple[list[Row], array[int], array[int]]:
    names: list[Row] = []
    groups, drawn, known = array("q"), array("Q"), dict[Row, int]()
    while batch := list(islice(rows, _ROWS_A_BATCH)):
        context.checkpoint()
        keys = [row[:width] for row in batch]
        names += keys
        groups.extend(known.setdefault(row[width:], len(known)) for row in batch)
        drawn.frombytes(prf.words([packed(key) for key in keys])[0].tobytes())
    return names, groups, drawn


def _round(groups: array[int], drawn: array[int]) -> tuple[Places, int]:
    """For each row the one whose value it gets: in each group the rows stand in a drawn circle."""
    import numpy as np

    group = np.frombuffer(groups, dtype=np.int64) if groups else np.zeros(0, dtype=np.int64)
    order = np.lexsort((np.frombuffer(drawn, dtype=np.uint64) if drawn else group, group))
    ordered = group[order]
    first = (
        np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        if len(order)
        else np.zeros(0, dtype=np.int64)
    )
    following = np.roll(order, -1)
    last = np.r_[first[1:], len(order)] - 1 if len(order) else first
    following[last] = order[first]
    source = np.empty(len(order), dtype=np.int64)
    source[order] = following
    return source, int((first == last).sum())


def _keep(
    session: Session, name: str, taken: Sequence[str], given: Sequence[str], rows: Iterator[Row]
) -> None:
    columns = ", ".join((*taken, *given))  # without a type: keys stay what they are
    _in_temp(
        session,
        f"CREATE TEMP TABLE {quote(name)} ({columns}, PRIMARY KEY ({', '.join(taken)})) WITHOUT ROWID",
    )
    marks = ", ".join("?" * (len(taken) + len(given)))
    sql = f"INSERT INTO temp.{quote(name)} VALUES ({marks})"
    if isinstance(session, ReadSession):
        with session.temporary():
            session.run_many(sql, rows)
    else:
        session.run_many(sql, rows)


def _in_temp(session: Session, sql: str) -> None:
    if isinstance(session, ReadSession):
        with session.temporary():
            session.all(sql)
    else:
        session.all(sql)
