"""What the policy must follow: personal columns that were renamed, moved or went, and new ones not decided about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.catalog.classified import Classified
from steward_app.db import Session, fold, qualified, quote
from steward_app.db.difference import BEFORE
from steward_app.db.query import readable
from steward_app.kernel.errors import Failure
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.migrate.rehearsal.model import Moved, PersonalDifference
from steward_app.services.migrate.rehearsal.pairs import Pair
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.migrate.rehearsal.rows import NOT_READ
from steward_app.services.rows.personal import look_personal
from steward_app.services.schema.model import Column, Table, TableKind

_PROBED = 100
"""Values of a new column that are looked for in the personal ones."""
_SHORTEST = 4
"""Characters of a value worth looking for: shorter ones stand everywhere."""
_SHORTEST_NUMBER = 7
"""The same of numbers: every count and key goes through the shorter ones."""
_LONGEST = 1_000
_LEAST = 5
"""Different values that must be found again before a column is taken for a copy."""


def personal(
    session: Session, tables: Sequence[Pair], said: Classified, names: Names
) -> tuple[PersonalDifference, ...]:
    """What differs, table by table. The session sees the file before `beside` it; values are compared, never told.

    Args:
        said: what the policy says of columns, by the names they had before.
    """
    stored = [pair for pair in tables if (pair.new or pair.old).kind is TableKind.TABLE]  # type: ignore[union-attr]
    found = [each for pair in stored for each in _followed(pair, said, names)]
    moved = {
        (fold(now[0]), fold(now[1]))
        for pair in stored
        if pair.old
        for column in pair.old.columns
        if (now := names.moved(pair.old.name, column.name))
    }
    come = [
        (pair.new, column)
        for pair in stored
        if pair.new
        for column in _come(pair, said)
        if (fold(pair.new.name), fold(column.name)) not in moved
    ]
    beside = [(table, column, names.beside(table.name, column.name)) for table, column in come]
    for table, column, other in beside:
        if other and said.is_personal(other.table, other.before):
            found.append(PersonalDifference(Moved.BESIDE, table.name, column.name, other.table, other.before))
    come = [
        (table, column)
        for table, column, other in beside
        if other is None or said.is_personal(other.table, other.before) is None
    ]
    if come:
        known = [(pair.old, column) for pair in stored if pair.old for column in _personal(pair.old, said)]
        found += (_new(session, table, column, known) for table, column in come)
    return tuple(found)


def _followed(pair: Pair, said: Classified, names: Names) -> Iterator[PersonalDifference]:
    if pair.old is None:
        return
    renamed = pair.new is not None and pair.new.name != pair.old.name
    columns = pair.columns or tuple((column, None) for column in pair.old.columns)
    now = {one.name: other for one, other in columns if one}
    for column in pair.old.columns:
        if not said.is_personal(pair.old.name, column.name):
            continue
        other = now.get(column.name)
        there = names.moved(pair.old.name, column.name)
        if there is not None:
            yield PersonalDifference(Moved.MOVED, *there, pair.old.name, column.name)
        elif pair.new and (twin := names.beside(pair.new.name, column.name)) and twin.twin.goes:
            continue  # the one that has its name now is told
        elif pair.new is None or other is None:
            yield PersonalDifference(Moved.GONE, pair.old.name, column.name)
        elif renamed or other.name != column.name:
            yield PersonalDifference(Moved.RENAMED, pair.new.name, other.name, pair.old.name, column.name)


def _come(pair: Pair, said: Classified) -> Iterator[Column]:
    if pair.new is None:
        return
    columns = pair.columns or tuple((None, column) for column in pair.new.columns)
    for was, column in columns:
        if was is None and column is not None and said.is_personal(pair.new.name, column.name) is None:
            yield column


def _personal(table: Table, said: Classified) -> Iterator[Column]:
    """The columns that were decided to be personal, and where nothing was decided those that look so."""
    looks = {each.column for each in look_personal((column.name for column in table.columns), table.name)}
    for column in table.columns:
        decided = said.is_personal(table.name, column.name)
        if decided or (decided is None and column.name in looks):
            yield column


def _new(
    session: Session, table: Table, column: Column, known: Sequence[tuple[Table, Column]]
) -> PersonalDifference:
    looks = bool(look_personal((column.name,), table.name))
    values = _values(session, table, column)
    if len(values) >= _LEAST:
        for of_table, other in known:
            if _holds(session, of_table, other, values):
                return PersonalDifference(
                    Moved.COPIED, table.name, column.name, of_table.name, other.name, looks
                )
    return PersonalDifference(Moved.UNDECIDED, table.name, column.name, looks_personal=looks)


def _values(session: Session, table: Table, column: Column) -> list[SqlValue]:
    """Some different values of a column that are long enough to say something."""
    value = quote(column.name)
    rows = _read(
        session,
        table,
        f"SELECT DISTINCT CAST({value} AS BLOB) FROM (SELECT {value} FROM {qualified(table.name)}"
        f" WHERE length(CAST({value} AS BLOB)) BETWEEN iif(typeof({value}) IN ('integer', 'real'), {_SHORTEST_NUMBER},"
        f" {_SHORTEST}) AND {_LONGEST} LIMIT {_PROBED})",
    )
    return [each for (each,) in rows]


def _holds(session: Session, table: Table, column: Column, values: Sequence[SqlValue]) -> bool:
    """Whether most of the values stood in a column of the file before."""
    marks = ", ".join("?" * len(values))
    value = f"CAST({quote(column.name)} AS BLOB)"
    there = _read(
        session,
        table,
        f"SELECT DISTINCT {value} FROM {qualified(table.name, BEFORE)} WHERE {value} IN ({marks})",
        values,
    )
    return len(there) * 2 > len(values)


def _read(session: Session, table: Table, sql: str, values: Sequence[SqlValue] = ()) -> list[Row]:
    """The rows; none of a table that cannot be read here, which is told where its rows are compared."""
    try:
        with readable(table.name):
            return session.all(sql, values)
    except Failure as error:
        if error.code not in NOT_READ:
            raise
        return []
