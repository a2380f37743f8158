"""Values of a column beside what the same row, or the person it leads to, has in other columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from steward_app.db import Session, fold, qualified, quote
from steward_app.db.any_text import legible_rows
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.values import Row
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.reach import Reached, scalar_sql, ways_up
from steward_app.services.schema.model import Schema, Table, TableKind

MOST_ROWS: Final = 5_000
_MOST_WAYS: Final = 4  # to persons


def rows_beside(
    session: Session,
    schema: Schema,
    place: Place,
    others: Collection[Place],
    rows: int = MOST_ROWS,
    joined: Collection[Place] = (),
) -> Iterator[list[Row]]:
    """The texts of a column, each with what its row has in other columns or leads to, nearest ones first.

    Nothing of what is part of a foreign key: it changes with what it leads to.

    Args:
        rows: how many are read, at most.
        joined: columns that are read with them, as one text which ends each row.
    """
    table = schema.table(place.table)
    if table is None or table.kind is not TableKind.TABLE or place.path or _refers(table, place.column):
        return
    for terms in islice(_terms(schema, table, place, others, joined), _MOST_WAYS):
        yield _rows(session, table, place, terms, rows)


def _terms(
    schema: Schema, table: Table, place: Place, others: Collection[Place], joined: Collection[Place]
) -> Iterator[tuple[str, ...]]:
    """What a row has or leads to, as SQL."""
    for keys, tables in ways_up(schema, table):
        way = Reached("", keys, tables[-1].name, "")
        if terms := _terms_at(table, way, place, others):
            ended_by = ", ".join(["' '", *_terms_at(table, way, place, joined), "''"])
            yield (*terms, f"concat_ws({ended_by})") if joined else tuple(terms)


def _terms_at(table: Table, way: Reached, place: Place, others: Collection[Place]) -> list[str]:
    there = [each.column for each in others if each.table == way.table and each != place and not each.path]
    return [scalar_sql(table, replace(way, column=name), "t") for name in there]


def _refers(table: Table, column: str) -> bool:
    return any(fold(column) in map(fold, key.columns) for key in table.foreign_keys)


def _rows(session: Session, table: Table, place: Place, terms: Sequence[str], most: int) -> list[Row]:
    column = f"t.{quote(place.column)}"
    sql = (
        f"SELECT {column}, {', '.join(terms)} FROM {qualified(table.name)} AS t"
        f" WHERE typeof({column}) = 'text' AND {column} <> '' LIMIT {most:d}"
    )
    try:
        with in_sqlites_words():
            return list(legible_rows(session, sql))
    except SqliteSays:
        return []
