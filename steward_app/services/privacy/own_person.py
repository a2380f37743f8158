"""Values of a column beside what the same row, or the person it leads to, has in other columns.

What stands at a path in JSON counts as a column of its own. Of a path that leads to several values of a row each is
beside all of those of another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Final, NamedTuple

from steward_app.db import Session, fold, qualified, quote
from steward_app.db.any_text import legible_rows
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.discover.json_paths import at
from steward_app.services.privacy.json_values import any_json, of_jsonb
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.reach import Reached, scalar_sql, ways_up
from steward_app.services.schema.model import ForeignKey, Schema, Table, TableKind

MOST_ROWS: Final = 5_000
_MOST_WAYS: Final = 4  # to persons
_LONGEST: Final = 100_000  # of a document


class Beside(NamedTuple):
    """A text, and what its row has or leads to.

    Attributes:
        others: the values of other columns.
        joined: those of the columns that are read with them, as one text.
    """

    text: str
    others: tuple[SqlValue, ...]
    joined: str


def rows_beside(
    session: Session,
    schema: Schema,
    place: Place,
    others: Collection[Place],
    rows: int = MOST_ROWS,
    joined: Collection[Place] = (),
) -> Iterator[list[Beside]]:
    """The texts of a column, each with what its row has in other columns or leads to, nearest ones first.

    Nothing of what is part of a foreign key: it changes with what it leads to.

    Args:
        rows: how many are read, at most.
        joined: columns that are read with them.
    """
    table = schema.table(place.table)
    if table is None or table.kind is not TableKind.TABLE or _refers(table, place.column):
        return
    ways = (
        (keys, [each for each in others if each.table == tables[-1].name and each != place], tables[-1].name)
        for keys, tables in ways_up(schema, table)
    )
    for keys, there, end in islice((way for way in ways if way[1]), _MOST_WAYS):
        more = [each for each in joined if each.table == end and each != place]
        yield _rows(session, table, place, keys, there, more, rows)


def standing_at(session: Session, cell: SqlValue, path: str) -> list[SqlValue]:
    """A cell, or what stands at a path in its JSON, if that is not very long."""
    if not path:
        return [cell]
    if not isinstance(cell, str | bytes) or len(cell) > _LONGEST:
        return []
    return at(any_json((of_jsonb(session, cell) or cell) if isinstance(cell, bytes) else cell), path)


def some_sql(column_sql: str, path: str) -> str:
    """A condition: the cells of a column that hold texts, or may hold them at a path in JSON."""
    return f"typeof({column_sql}) IN ('text', 'blob')" if path else f"typeof({column_sql}) = 'text'"


def _refers(table: Table, column: str) -> bool:
    return any(fold(column) in map(fold, key.columns) for key in table.foreign_keys)


def _rows(
    session: Session,
    table: Table,
    place: Place,
    keys: tuple[ForeignKey, ...],
    others: Sequence[Place],
    joined: Sequence[Place],
    most: int,
) -> list[Beside]:
    names = list(dict.fromkeys(each.column for each in (*others, *joined)))
    column = f"t.{quote(place.column)}"
    end = keys[-1].parent_table if keys else table.name
    terms = [column, *(scalar_sql(table, Reached("", keys, end, name), "t") for name in names)]
    sql = (
        f"SELECT {', '.join(terms)} FROM {qualified(table.name)} AS t"
        f" WHERE {some_sql(column, place.path)} AND {column} <> '' LIMIT {most:d}"
    )
    found: list[Beside] = []
    try:
        with in_sqlites_words(), closing(legible_rows(session, sql)) as rows:
            for cell, *cells in rows:
                texts = (each for each in standing_at(session, cell, place.path) if isinstance(each, str))
                by_name = dict(zip(names, cells, strict=True))
                values, with_them = (
                    tuple(
                        value
                        for each in some
                        for value in standing_at(session, by_name[each.column], each.path)
                    )
                    for some in (others, joined)
                )
                said = " ".join(str(value) for value in with_them if value is not None)
                found += [Beside(text, values, said) for text in texts if text]
                if len(found) >= most:
                    break
    except SqliteSays:
        return []
    return found[:most]
