"""Links between rows, followed in both directions: to the row a row points to, and to those that point to it.

Declared foreign keys and inferred relations are followed alike. Values are compared as SQLite compares them when it
enforces a foreign key: with the affinity and collation of the parent's column (https://www.sqlite.org/foreignkeys.html,
section 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from steward_app.db import ReadSession, quote
from steward_app.db.query import readable
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Key, Row, SqlValue
from steward_app.services.rows.cells import read_values
from steward_app.services.rows.conditions import Condition, Operator, read_number
from steward_app.services.rows.filter import Filter
from steward_app.services.rows.model import Precision, RowCount
from steward_app.services.rows.order import Fragment, equals, every, mark
from steward_app.services.rows.source import Source, source_of
from steward_app.services.schema.model import Column, ForeignKey, Schema, Table, TableKind
from steward_app.services.schema.relations import InferredRelation

COUNT_LIMIT = 10_000
"""Children are counted up to this many; beyond it there are "more than 10,000"."""
Rows: TypeAlias = Callable[[str], Source]
"""Gives the rows of a table by its name: those it held at another time."""


@dataclass(frozen=True, slots=True)
class Link:
    """A relation between two tables: rows of `child` point to rows of `parent`.

    Attributes:
        name: of the constraint, or "".
        inferred: True when it is not declared but told from names and values.
    """

    child: str
    child_columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    name: str = ""
    inferred: bool = False


class ParentState(StrEnum):
    FOUND = "found"
    EMPTY = "empty"  # a column of the link holds no value: the row points to nothing, and may
    GONE = "gone"  # the row it points to does not exist


@dataclass(frozen=True, slots=True)
class Parent:
    """Where a link of one row leads. `key` names the parent row when it was found, for `Grid.page_from`."""

    link: Link
    state: ParentState
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Children:
    """The rows that point to one row through one link.

    Attributes:
        rows: how many; "more than 10,000" beyond that.
        filter: the same rows, for a grid over the child table.
    """

    link: Link
    rows: RowCount
    filter: Filter


def links_from(schema: Schema, table: str, inferred: Iterable[InferredRelation] = ()) -> tuple[Link, ...]:
    """The links of a table to parents that can be followed: declared ones first."""
    found = schema.table(table)
    declared = [_declared(found, key) for key in found.foreign_keys] if found else []
    links = [*filter(None, declared), *(_guessed(each) for each in inferred if each.child == table)]
    return tuple(link for link in dict.fromkeys(links) if _can_be_followed(schema, link))


def links_to(schema: Schema, table: str, inferred: Iterable[InferredRelation] = ()) -> tuple[Link, ...]:
    """The links from other tables (and itself) to a table that can be followed: declared ones first."""
    declared = [_declared(child, key) for child, key in schema.referring(table)]
    links = [*filter(None, declared), *(_guessed(each) for each in inferred if each.parent == table)]
    return tuple(link for link in dict.fromkeys(links) if _can_be_followed(schema, link))


def parent_of(
    session: ReadSession, schema: Schema, link: Link, key: Key, *, rows: Rows | None = None
) -> Parent:
    """The row that a row of the child table points to.

    Args:
        key: of the child's row, as its grid gives it.
        rows: gives the rows of both tables; those of now when None.

    Raises `UsageError` when the child's row is gone.
    """
    child, parent = (rows(name) if rows else _source(schema, name) for name in (link.child, link.parent))
    return parent_with(session, link, _values(session, child, key, link.child_columns), parent)


def parent_with(session: ReadSession, link: Link, values: Row, parent: Source) -> Parent:
    """The row that the values of a link point to, among the rows of its parent."""
    if any(value is None for value in values):
        return Parent(link, ParentState.EMPTY)
    same = _same(parent, link.parent_columns, values)
    rest = Fragment(f"FROM {parent.sql} WHERE {same.sql} LIMIT 1", same.bindings)
    with readable(parent.name):
        found = read_values(session, _key_expressions(parent), rest)
    return Parent(link, ParentState.FOUND, found) if found else Parent(link, ParentState.GONE)


def children_of(
    session: ReadSession,
    schema: Schema,
    table: str,
    key: Key,
    context: Context,
    *,
    inferred: Iterable[InferredRelation] = (),
    limit: int = COUNT_LIMIT,
    rows: Rows | None = None,
) -> Iterator[Children]:
    """The rows that point to a row, a link at a time: a job where no index serves a link.

    `rows` is that of `parent_of`. Progress in links. Raises `Cancelled`, and `UsageError` when the row is gone.
    """
    given = rows or (lambda name: _source(schema, name))
    parent = given(table)
    links = links_to(schema, table, inferred)
    for done, link in enumerate(links):
        context.report(done, len(links), unit="links", note=link.child)
        with session.under(context):
            values = _values(session, parent, key, link.parent_columns)
            found = _children(session, schema, link, values, limit, given(link.child))
        yield found
    context.report(len(links), len(links), unit="links")


def _children(
    session: ReadSession, schema: Schema, link: Link, values: Row, limit: int, child: Source
) -> Children:
    chosen = Filter(
        tuple(
            Condition(column, Operator.EQUAL, _alike(child.column(column), value))
            for column, value in zip(link.child_columns, values, strict=True)
        )
    )
    if any(value is None for value in values):  # nothing points to a key without a value
        return Children(link, RowCount(0), chosen)
    parent = schema.table(link.parent)
    assert parent is not None
    same = every(
        *(
            _points_to(parent, theirs, child.sql_of(child.column(ours)), value)
            for theirs, ours, value in zip(link.parent_columns, link.child_columns, values, strict=True)
        )
    )
    with readable(child.name):
        rows = session.count(
            f"SELECT count(*) FROM (SELECT 1 FROM {child.sql} WHERE {same.sql} LIMIT ?)",
            (*same.bindings, limit + 1),
        )
    count = RowCount(rows) if rows <= limit else RowCount(limit, Precision.AT_LEAST)
    return Children(link, count, chosen)


def _points_to(parent: Table, theirs: str, ours_sql: str, value: SqlValue) -> Fragment:
    """A condition on the child's column as SQLite asks it before it deletes a parent.

    The value has the affinity and the collation of the parent's column.
    """
    column = parent.column(theirs)
    bound = mark(value)
    if column is None or parent.kind is TableKind.VIEW:
        return Fragment(f"{ours_sql} = {bound.sql}", bound.bindings)
    value_sql = f"{_with_affinity(bound.sql, column.affinity, value)} COLLATE {quote(column.collation)}"
    return Fragment(f"{value_sql} = {ours_sql}", bound.bindings)


def _with_affinity(value_sql: str, affinity: str, value: SqlValue) -> str:
    """A bound value with an affinity, where giving it one does not change it."""
    if affinity in ("INTEGER", "NUMERIC", "REAL") and isinstance(value, int | float):
        return f"CAST({value_sql} AS NUMERIC)"
    if affinity == "TEXT" and isinstance(value, str):
        return f"CAST({value_sql} AS TEXT)"
    return value_sql


def _alike(column: Column, value: SqlValue) -> tuple[SqlValue, ...]:
    """The value for a filter on the child; in a column without a type, the text or number it looks like too."""
    if column.affinity == "BLOB" and isinstance(value, int | float):
        return value, str(value)
    if column.affinity == "BLOB" and isinstance(value, str) and (number := read_number(value)) is not None:
        return value, number
    return (value,)


def _same(parent: Source, columns: tuple[str, ...], values: Row) -> Fragment:
    """The parent's columns equal bound values: SQLite gives these the affinity of the column."""
    marks = [
        (parent.sql_of(parent.column(column)), mark(value))
        for column, value in zip(columns, values, strict=True)
    ]
    return every(*(Fragment(f"{column_sql} = {bound.sql}", bound.bindings) for column_sql, bound in marks))


def _values(session: ReadSession, source: Source, key: Key, columns: tuple[str, ...]) -> Row:
    if source.key is None:
        raise UsageError(
            ErrorCode.BAD_REQUEST, f"The rows of {source.label} have no key to follow a link from."
        )
    same = every(*(equals(term, value) for term, value in zip(source.key.terms, key, strict=True)))
    with readable(source.name):
        found = read_values(
            session,
            [source.sql_of(source.column(column)) for column in columns],
            Fragment(f"FROM {source.sql} WHERE {same.sql} LIMIT 1", same.bindings),
        )
    if found is None:
        raise UsageError(ErrorCode.UNKNOWN_OBJECT, f"The row is gone from {source.label}.")
    return found


def _key_expressions(source: Source) -> list[str]:
    return [term.sql for term in source.key.terms] if source.key else ["1"]


def _source(schema: Schema, name: str) -> Source:
    table = schema.table(name)
    if table is None:
        raise UsageError(ErrorCode.UNKNOWN_OBJECT, f"There is no table {quoted(name)}.")
    return source_of(table)


def _declared(table: Table, key: ForeignKey) -> Link | None:
    if not key.parent_table:
        return None
    return Link(table.name, key.columns, key.parent_table, key.parent_columns, key.name)


def _guessed(relation: InferredRelation) -> Link:
    return Link(
        relation.child, relation.child_columns, relation.parent, relation.parent_columns, inferred=True
    )


def _can_be_followed(schema: Schema, link: Link) -> bool:
    """False where a column of the link does not exist, or their numbers differ: a mismatched foreign key."""
    child, parent = schema.table(link.child), schema.table(link.parent)
    if child is None or parent is None or child.problem or parent.problem:
        return False
    ours = [child.column(column) for column in link.child_columns]
    theirs = [parent.column(column) for column in link.parent_columns]
    return len(ours) == len(theirs) > 0 and None not in ours and None not in theirs
