"""Whose row it is: from a row over foreign keys to the key of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steward_app.db import quote
from steward_app.db.names import fold
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.reach import Reached, person_sql
from steward_app.services.privacy.transform.domains import unique_keys
from steward_app.services.privacy.transform.model import ROW
from steward_app.services.privacy.transform.options import BadOption
from steward_app.services.schema.model import ForeignKey, Mismatch, Schema, Table

Hops = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Whose:
    """What tells whose a row is.

    Attributes:
        person: the columns that name the person, in the table that the way ends in.
        reads: SQL over a row called `ROW` that gives their values; NULL in one where a row leads to nobody.
        always: every row leads to somebody.
    """

    person: tuple[Place, ...]
    reads: tuple[str, ...]
    always: bool


def whose(schema: Schema, table: Table, hops: Hops) -> Whose:
    """How to tell whose a row is. Where the foreign keys of `hops` are empty, other ways to the person are tried.

    All ways to a person end in one key of theirs, so that they are one person however a row names them. Without
    `hops`, each row is a person. Raises `BadOption` where there are no such keys.
    """
    named, person = _named(schema, table, hops)
    always = all(not each.keys and _never_empty(table, each.column) for each in named)
    if always:
        return Whose(person, tuple(f"{ROW}.{quote(each.column)}" for each in named), always)
    return Whose(person, person_sql(schema, table, named, ROW), always)


def _named(schema: Schema, table: Table, hops: Hops) -> tuple[tuple[Reached, ...], tuple[Place, ...]]:
    """Where the key of the person is read, and the columns that it is in the person's own table."""
    keys, last = _followed(schema, table, hops)
    columns = tuple(_column(last, name) for name in hops[-1]) if hops else _own_key(schema, table)
    leading = _leading(last, columns)
    parent = schema.table(leading.parent_table) if leading else None
    if leading is None or parent is None:
        if any(set(names) == set(columns) for _, names in unique_keys(last)):
            columns = _own_key(schema, last)  # a row is one person, whichever of its keys says so
        return tuple(Reached("", keys, last.name, name) for name in columns), _places(last, columns)
    wanted = _own_key(schema, parent)
    here = dict(zip(leading.parent_columns, leading.columns, strict=True))
    if here.keys() == set(wanted):
        return tuple(Reached("", keys, last.name, here[name]) for name in wanted), _places(parent, wanted)
    there = (*keys, leading)
    return tuple(Reached("", there, parent.name, name) for name in wanted), _places(parent, wanted)


def _followed(schema: Schema, table: Table, hops: Hops) -> tuple[tuple[ForeignKey, ...], Table]:
    """The foreign keys before the last, and the table that they lead to."""
    keys: list[ForeignKey] = []
    at = table
    for hop in hops[:-1]:
        key = _key(at, hop)
        parent = schema.table(key.parent_table)
        if parent is None:
            raise BadOption(f"the foreign key {', '.join(hop)} of {at.name} leads to no table")
        keys.append(key)
        at = parent
    return tuple(keys), at


def _key(table: Table, columns: Sequence[str]) -> ForeignKey:
    found = _of_columns(table, columns)
    if found is None or len(found.columns) != len(found.parent_columns):
        raise BadOption(f"{table.name} has no foreign key of {', '.join(columns)}")
    return found


def _leading(table: Table, columns: Sequence[str]) -> ForeignKey | None:
    """The foreign key of these columns, where it leads to one row."""
    found = _of_columns(table, columns)
    return found if found is not None and found.mismatch is Mismatch.NONE else None


def _of_columns(table: Table, columns: Sequence[str]) -> ForeignKey | None:
    wanted = sorted(map(fold, columns))
    return next((key for key in table.foreign_keys if sorted(map(fold, key.columns)) == wanted), None)


def _own_key(schema: Schema, table: Table) -> tuple[str, ...]:
    """The columns by which a row is one person: the primary key, else what foreign keys refer to it by."""
    if table.primary_key:
        return table.primary_key.columns
    referring = (
        key.parent_columns
        for other in schema.tables
        for key in other.foreign_keys
        if key.mismatch is Mismatch.NONE and schema.table(key.parent_table) is table
    )
    return next(referring, table.key_columns or _all(table))


def _never_empty(table: Table, name: str) -> bool:
    column, key = table.column(name), table.primary_key
    if column is None:
        return True  # a name of the rowid
    return column.not_null or column.rowid_alias or bool(key and not key.nullable and name in key.columns)


def _places(table: Table, names: Sequence[str]) -> tuple[Place, ...]:
    return tuple(Place(table.name, name) for name in names)


def _column(table: Table, name: str) -> str:
    column = table.column(name)
    if column is None:
        raise BadOption(f"there is no column {name} in {table.name}")
    return column.name


def _all(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if not column.hidden)
