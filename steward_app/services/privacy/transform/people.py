"""Whose row it is: from a row over foreign keys to the key of a person."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from steward_app.db import qualified, quote
from steward_app.db.names import fold
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.transform.model import ROW
from steward_app.services.privacy.transform.options import BadOption
from steward_app.services.schema.model import ForeignKey, Schema, Table

Hops = Sequence[Sequence[str]]


def hops_to_person(schema: Schema, table: Table, hops: Hops) -> tuple[Place, ...]:
    """The columns that name the person at the end of foreign keys; without any, those that name the row itself."""
    if not hops:
        return tuple(Place(table.name, name) for name in table.key_columns or _all(table))
    last = _followed(schema, table, hops)[-1]
    return tuple(Place(last.name, _column(last, name)) for name in hops[-1])


def person_read(schema: Schema, table: Table, hops: Hops) -> tuple[str, ...]:
    """SQL over a row called `ROW` that gives the values of those columns."""
    if not hops:
        return tuple(f"{ROW}.{quote(name)}" for name in table.key_columns or _all(table))
    if len(hops) == 1:
        return tuple(f"{ROW}.{quote(_column(table, name))}" for name in hops[0])
    tables = _followed(schema, table, hops)
    joins = []
    for place, (child, parent) in enumerate(pairwise(tables), 1):
        key = _key(child, hops[place - 1])
        before = ROW if place == 1 else f"p{place - 1}"
        pairs = zip(key.columns, key.parent_columns, strict=True)
        same = " AND ".join(f"p{place}.{quote(theirs)} = {before}.{quote(ours)}" for ours, theirs in pairs)
        joins.append((f"{qualified(parent.name)} AS p{place}", same))
    source_sql = " JOIN ".join(
        name if place == 0 else f"{name} ON {same}" for place, (name, same) in enumerate(joins)
    )
    first_sql = joins[0][1]
    last = f"p{len(joins)}"
    return tuple(
        f"(SELECT {last}.{quote(_column(tables[-1], name))} FROM {source_sql} WHERE {first_sql})"
        for name in hops[-1]
    )


def _followed(schema: Schema, table: Table, hops: Hops) -> list[Table]:
    tables = [table]
    for hop in hops[:-1]:
        parent = schema.table(_key(tables[-1], hop).parent_table)
        if parent is None:
            raise BadOption(f"the foreign key {', '.join(hop)} of {tables[-1].name} leads to no table")
        tables.append(parent)
    for name in hops[-1]:
        _column(tables[-1], name)
    return tables


def _key(table: Table, columns: Sequence[str]) -> ForeignKey:
    wanted = sorted(map(fold, columns))
    found = next((key for key in table.foreign_keys if sorted(map(fold, key.columns)) == wanted), None)
    if found is None or len(found.columns) != len(found.parent_columns):
        raise BadOption(f"{table.name} has no foreign key of {', '.join(columns)}")
    return found


def _column(table: Table, name: str) -> str:
    column = table.column(name)
    if column is None:
        raise BadOption(f"there is no column {name} in {table.name}")
    return column.name


def _all(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if not column.hidden)
