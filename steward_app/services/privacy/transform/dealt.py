"""Shuffling: the values of a column, dealt anew among the rows of a group. Nobody keeps their own, nor one like it.

Which row gets whose value is drawn with the key and stands in a table of `temp`, as pairs of row keys, for the time of
the copy; the values themselves are read where they are. SQLite sorts the rows, in files where they are many: memory
does not grow with the table.

First each row gets the value of the next one in a drawn circle of its group. Where values are there more than once,
some rows get one that is like their own. Those are dealt once more:

    none of their values has more than half of them    in order of the values, each gets what the one m places on had
                                                       got, where m rows have the most frequent value
    one has                                            its rows exchange with the others, and then with rows that
                                                       neither have it nor got it

That leaves a value in its place only where it is there in more than half of the group, and then as seldom as can be: in
2 m - n of the n rows, where m have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from itertools import islice

from steward_app.db import ReadSession, Session, qualified, quote
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
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
    """Draw who gets whose value, and keep it in `temp` under a name with that number."""
    keys = row_keys(table)
    name = f"_steward_dealt_{number}"
    drawn, circle, again = (f"_steward_{each}_{number}" for each in ("drawn", "circle", "again"))
    taken, given = _numbered("k", keys), _numbered("s", keys)
    key_sql, given_sql = ", ".join(taken), ", ".join(given)
    try:
        # The columns have no types: keys stay what they are.
        _in_temp(session, f"CREATE TEMP TABLE {quote(drawn)} ({key_sql}, g, v, n)")
        _draw(session, drawn, table, column, keys, group, prf, context)
        _in_temp(
            session,
            f"CREATE TEMP TABLE {quote(circle)} (r INTEGER PRIMARY KEY, {key_sql}, {given_sql}, g, v, w, n)",
            _circles_sql(circle, drawn, taken),
            f"CREATE TEMP TABLE {quote(name)} ({key_sql}, {given_sql}, PRIMARY KEY ({key_sql})) WITHOUT ROWID",
            f"INSERT INTO temp.{quote(name)} SELECT {key_sql}, {given_sql} FROM temp.{quote(circle)}"
            f" ORDER BY {key_sql}",
            f"CREATE TEMP TABLE {quote(again)} (g, p, r, shift, size, PRIMARY KEY (g, p)) WITHOUT ROWID",
            _around_sql(again, circle),
            _exchanged_sql(again, circle),
            _dealt_again_sql(name, circle, again, taken, given),
        )
    finally:
        for each in (drawn, circle, again):
            drop(session, each)
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
    """A row for each row that has a value: its key, numbers drawn for its group, its value and its key.

    Numbers stand for groups and values, so that no value of the table is written to a temporary file.
    """
    wide = len(keys)
    read = ", ".join((*map(quote, keys), *map(_read_sql, (*group, column))))
    sql = f"INSERT INTO temp.{quote(name)} VALUES ({', '.join('?' * (wide + 3))})"
    rows = session.execute(f"SELECT {read} FROM {qualified(table.name)} WHERE {quote(column)} IS NOT NULL")

    def numbers(of: Iterable[Sequence[SqlValue]]) -> list[int]:
        found: list[int] = prf.words([packed(each) for each in of])[0].view("i8").tolist()
        return found

    with closing(rows):
        while batch := list(islice(rows, _ROWS_A_BATCH)):
            context.checkpoint()
            of = [
                numbers(tuple(map(_alike, row[wide:-2])) for row in batch),
                numbers(tuple(map(_alike, row[-2:])) for row in batch),
                numbers(row[:wide] for row in batch),
            ]
            given = ((*row[:wide], *each) for row, *each in zip(batch, *of, strict=True))
            with _writing(session):
                session.run_many(sql, given)


def _read_sql(column: str) -> str:
    """A value as two: whether it is text, and what it is, text as its bytes, since it need not be valid."""
    name = quote(column)
    return f"typeof({name}) = 'text', iif(typeof({name}) = 'text', CAST({name} AS BLOB), {name})"


def _alike(value: SqlValue) -> SqlValue:
    """1 and 1.0 are one value, as in SQLite."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _circles_sql(circle: str, drawn: str, keys: Sequence[str]) -> str:
    """Each row with the one behind it in the circle of its group: whose value it gets, and which one that is."""
    following = ", ".join(
        f"ifnull(lead({each}) OVER circle, first_value({each}) OVER circle)" for each in (*keys, "v")
    )
    own = ", ".join(keys)
    given = ", ".join(_numbered("s", keys))
    return (
        f"INSERT INTO temp.{quote(circle)} ({own}, {given}, w, g, v, n)"
        f" SELECT {own}, {following}, g, v, n FROM temp.{quote(drawn)}"
        f" WINDOW circle AS (PARTITION BY g ORDER BY n, {own})"
    )


def _most_sql(circle: str) -> str:
    """Of each group the rows that got a value like their own: how many, and the most frequent value with its count."""
    return (
        "(SELECT g, v, max(times) AS times, sum(times) AS rows FROM"
        f" (SELECT g, v, count(*) AS times FROM temp.{quote(circle)} WHERE v = w GROUP BY g, v) GROUP BY g)"
    )


def _around_sql(again: str, circle: str) -> str:
    """Those of a group where none of their values has more than half of them, in order of the values."""
    return (
        f"INSERT INTO temp.{quote(again)} SELECT c.g,"
        " row_number() OVER (PARTITION BY c.g ORDER BY c.v, c.n, c.r) - 1, c.r, most.times, most.rows"
        f" FROM temp.{quote(circle)} AS c JOIN {_most_sql(circle)} AS most ON most.g = c.g"
        " WHERE c.v = c.w AND 2 * most.times <= most.rows"
    )


def _exchanged_sql(again: str, circle: str) -> str:
    """Those of a group where one value has more: in turns a row of it and one that neither has it nor got it.

    The others that got their own come first, so that none of them is left.
    """
    return (
        f"INSERT INTO temp.{quote(again)} WITH turns AS (SELECT c.g, c.r, c.v = most.v AS first,"
        " row_number() OVER (PARTITION BY c.g, c.v = most.v ORDER BY c.v <> c.w, c.n, c.r) AS turn"
        f" FROM temp.{quote(circle)} AS c JOIN {_most_sql(circle)} AS most ON most.g = c.g"
        " WHERE 2 * most.times > most.rows"
        " AND ((c.v = c.w AND c.v = most.v) OR (c.v <> most.v AND c.w <> most.v))),"
        " pairs AS (SELECT g, turn FROM turns GROUP BY g, turn HAVING count(*) = 2)"
        " SELECT g, 2 * turn - 1 - first, r, 1, 2 * count(*) FILTER (WHERE first) OVER (PARTITION BY g)"
        " FROM turns JOIN pairs USING (g, turn)"
    )


def _dealt_again_sql(name: str, circle: str, again: str, taken: Sequence[str], given: Sequence[str]) -> str:
    own, got = ", ".join(f"mine.{key}" for key in taken), ", ".join(f"other.{key}" for key in given)
    return (
        f"REPLACE INTO temp.{quote(name)} SELECT {own}, {got} FROM temp.{quote(again)} AS a"
        f" JOIN temp.{quote(again)} AS b ON b.g = a.g AND b.p = (a.p + a.shift) % a.size"
        f" JOIN temp.{quote(circle)} AS mine ON mine.r = a.r JOIN temp.{quote(circle)} AS other ON other.r = b.r"
    )


def _in_temp(session: Session, *statements: str) -> None:
    with _writing(session):
        for sql in statements:
            session.all(sql)


def _writing(session: Session) -> AbstractContextManager[None]:
    return session.temporary() if isinstance(session, ReadSession) else nullcontext()
