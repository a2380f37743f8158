"""Triggers that keep a full-text index in step, without columns that it lost: the rest of each stays byte for byte."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from steward_app.db.names import fold
from steward_app.services.schema.ddl import Cursor, reading

_Part = tuple[int, int]
"""The first and the last place (exclusive) of what stands between two commas."""
_ENDS = frozenset({";", "FROM", "WHERE", "ORDER", "LIMIT", "GROUP", "UNION", "RETURNING", "ON", ""})


def fed_without(sql: str, table: str, columns: Sequence[str], gone: Collection[str]) -> str:
    """The text of a trigger that writes columns to a table, without some of them.

    Args:
        table: what it writes to.
        columns: of the table, in order, for an INSERT that names none.
        gone: those that go, folded.

    Where nothing of it writes to one, or nothing would be left, the text is as it was.
    """
    return reading(lambda cursor: _rewritten(cursor, fold(table), columns, gone), sql) or sql


def _rewritten(cursor: Cursor, table: str, columns: Sequence[str], gone: Collection[str]) -> str:
    cuts: list[tuple[int, int]] = []
    fired: list[tuple[int, int]] = []
    while not cursor.done():
        if cursor.accept("UPDATE", "OF"):
            listed = _parts(cursor, "ON")
            fired += _cuts(cursor, listed, _named(cursor, listed, gone))
        elif cursor.accept("INTO"):
            cuts += _inserted(cursor, table, columns, gone)
        elif cursor.accept("UPDATE"):
            if cursor.accept("OR"):
                cursor.take()
            if fold(cursor.name()) == table and cursor.accept("SET"):
                sets = _parts(cursor, *_ENDS)
                cuts += _cuts(cursor, sets, _named(cursor, sets, gone))
        else:
            cursor.take()
    sql = cursor.sql
    for start, end in sorted([*cuts, *fired] if cuts else [], reverse=True):
        sql = sql[:start] + sql[end:]
    return sql


def _inserted(
    cursor: Cursor, table: str, columns: Sequence[str], gone: Collection[str]
) -> Iterator[tuple[int, int]]:
    """What to cut of an INSERT behind its INTO."""
    if fold(cursor.name()) != table:
        return
    names: list[_Part] = []
    if cursor.word == "(":
        start, end = cursor.group()
        names = cursor.split(start, end)
        going = _named(cursor, names, gone)
    else:
        going = [number for number, name in enumerate(columns) if fold(name) in gone]
    yield from _cuts(cursor, names, going)
    if cursor.accept("VALUES"):
        while cursor.word == "(":
            yield from _cuts(cursor, cursor.split(*cursor.group()), going)
            cursor.accept(",")
    elif cursor.accept("SELECT"):
        yield from _cuts(cursor, _parts(cursor, *_ENDS), going)


def _parts(cursor: Cursor, *ends: str) -> list[_Part]:
    """What commas separate, up to one of the words outside of brackets."""
    start = cursor.at
    while cursor.word not in ends:
        if cursor.word == "(":
            cursor.group()
        else:
            cursor.take()
    return cursor.split(start, cursor.at)


def _named(cursor: Cursor, parts: Sequence[_Part], gone: Collection[str]) -> list[int]:
    """The numbers of the parts that begin with the name of a column that goes."""
    back = cursor.at
    found = []
    for number, (start, _) in enumerate(parts):
        cursor.at = start
        if cursor.is_name[start] and fold(cursor.name()) in gone:
            found.append(number)
    cursor.at = back
    return found


def _cuts(cursor: Cursor, parts: Sequence[_Part], going: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where the parts stand in the text, each with a comma. Nothing where none would be left."""
    if len(going) >= len(parts):
        return
    for number in going:
        start, end = parts[number]
        if all(each in going for each in range(number)):  # at the beginning: with the comma behind
            yield cursor.offsets[start], cursor.offsets[parts[number + 1][0]]
        else:
            yield cursor.end_of(parts[number - 1][1] - 1), cursor.end_of(end - 1)
