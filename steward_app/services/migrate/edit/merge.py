"""Two tables made one: the columns of a table that belongs to another, at most a row each, move into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from steward_app.db.names import fold, qualified, quote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit import text
from steward_app.services.migrate.edit.belonging import (
    NOTHING,
    Step,
    about,
    expressions,
    going_indexes,
    key_of,
    looked_up,
    on_other_table,
    refuse_captured,
    refused,
    table_named,
)
from steward_app.services.migrate.edit.model import (
    CreateObject,
    DropObject,
    MergeTable,
    RenameColumn,
    RewriteTable,
)
from steward_app.services.migrate.edit.spans import Clause, ClauseKind, ColumnSpan, TableSpans
from steward_app.services.schema.model import Column, Generated, Index, Schema, Table

_LEFT = (ClauseKind.PRIMARY_KEY, ClauseKind.UNIQUE, ClauseKind.FOREIGN_KEY)
"""Rules about the column that points which the key of the other table makes good, or which end with the merge."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The two tables of a merge.

    Attributes:
        key: the column that names a row of `table`; `points` the one of `merged` that points to it.
        moved: what comes along.
    """

    table: Table
    merged: Table
    key: Column
    points: Column
    spans: TableSpans
    moved: tuple[ColumnSpan, ...]

    @property
    def alone_sql(self) -> str:
        """The rows of the merged table that belong to no row, as a query for their keys."""
        return (
            f"SELECT m.{quote(self.points.name)} FROM {qualified(self.merged.name)} AS m WHERE NOT EXISTS"
            f" (SELECT 1 FROM {qualified(self.table.name)} AS t WHERE {self._together})"
        )

    @property
    def without_sql(self) -> str:
        """The rows to which none of the merged table belongs, likewise."""
        return (
            f"SELECT t.{quote(self.key.name)} FROM {qualified(self.table.name)} AS t WHERE NOT EXISTS"
            f" (SELECT 1 FROM {qualified(self.merged.name)} AS m WHERE {self._together})"
        )

    @property
    def _together(self) -> str:
        return f"m.{quote(self.points.name)} = t.{quote(self.key.name)}"


def merge(read: Callable[[], Schema], edit: MergeTable, spared: Callable[[str], bool]) -> Iterator[Step]:
    """What merges a table into another, in order.

    Args:
        read: gives the schema as the steps so far leave it.
        spared: whether a trigger, by its name, goes without a word, since somebody else sees to it.

    Raises `UsageError` where a table or column is not there, `Refused` where something would be lost.
    """
    for before, name in edit.names:
        yield RenameColumn(edit.merged, before, name)
    schema = read()
    pair = pair_of(schema, edit)
    _refuse_what_hangs_on(schema, pair, spared)
    table, merged = pair.table, pair.merged
    rules, indexes = _rules(pair), _indexes(pair)
    yield from _proven(schema, pair, pair.alone_sql, merged, table)
    if edit.complete:
        yield from _proven(schema, pair, pair.without_sql, table, merged)
    yield RewriteTable(table.name, _new_sql(pair, rules, edit), _values(pair))
    yield DropObject("table", merged.name)
    yield from (CreateObject(on_other_table(index, table.name)) for index in indexes)


def unmerge(before: Schema, after: Schema, edit: MergeTable) -> list[Step] | None:
    """What leads back from a merge, or None where it cannot say which rows there were."""
    names = {fold(was): name for was, name in edit.names}
    table, merged = table_named(before, edit.table), table_named(before, edit.merged)
    own_rowid = not merged.without_rowid and not any(column.rowid_alias for column in merged.columns)
    if not edit.complete or own_rowid or any(column.autoincrement for column in merged.columns):
        return None
    key, points = key_of(table), merged.column(edit.key)
    stored = [column.name for column in merged.columns if column.generated is Generated.NO]
    assert points is not None
    sources = [key.name if name == points.name else names.get(fold(name), name) for name in stored]
    into, values = (", ".join(map(quote, each)) for each in (stored, sources))
    reached = after.table(table.name)
    came = {index.name for index in reached.indexes if index.sql} if reached else set()
    return [
        *(DropObject("index", name) for name in sorted(came - {index.name for index in table.indexes})),
        CreateObject(merged.sql),
        f"INSERT OR ABORT INTO {qualified(merged.name)} ({into}) SELECT {values} FROM {qualified(table.name)}",
        RewriteTable(table.name, table.sql),
        *(CreateObject(index.sql) for index in merged.indexes if index.sql),
    ]


def pair_of(schema: Schema, edit: MergeTable) -> Pair:
    """The two tables, once it is sure that at most one row of the one belongs to one of the other."""
    table, merged = table_named(schema, edit.table), table_named(schema, edit.merged)
    if table.name == merged.name:
        raise UsageError(ErrorCode.BAD_REQUEST, "A table cannot be merged into itself.", hint=NOTHING)
    key, spans = key_of(table), text.spans(merged.sql)
    span = text.column(spans, edit.key)
    points = merged.column(span.name)
    assert points is not None
    at_home = [fold(points.name)], table.name, [fold(key.name)]
    for link in merged.foreign_keys:
        there = list(map(fold, link.columns)), link.parent_table, list(map(fold, link.parent_columns))
        if fold(points.name) in there[0] and there != at_home:
            raise refused(
                f"{quoted(points.name)} of {quoted(merged.name)} points elsewhere than to {quoted(key.name)} of "
                f"{quoted(table.name)}.",
                "Drop that link first.",
            )
    if not _unique(merged, points):
        raise refused(
            f"Several rows of {quoted(merged.name)} may belong to one of {quoted(table.name)}: "
            f"{quoted(points.name)} is not unique.",
            "Make the column UNIQUE first; then no row can be lost.",
        )
    if (points.affinity, fold(points.collation)) != (key.affinity, fold(key.collation)):
        raise refused(
            f"{quoted(points.name)} of {quoted(merged.name)} and {quoted(key.name)} of {quoted(table.name)} "
            "are of different types or compare texts otherwise.",
            "Declare both alike first.",
        )
    if table.strict != merged.strict:
        raise refused(
            f"One of {quoted(table.name)} and {quoted(merged.name)} is STRICT and the other is not.",
            "Make both alike first.",
        )
    return Pair(table, merged, key, points, spans, tuple(each for each in spans.columns if each is not span))


def _unique(table: Table, column: Column) -> bool:
    """Whether no two rows have the same in a column, as the column compares."""
    alone = table.primary_key is not None and table.primary_key.columns == (column.name,)
    return (alone and (column.rowid_alias or table.without_rowid)) or any(
        index.unique
        and not index.where
        and [(fold(each.name), fold(each.collation)) for each in index.columns]
        == [(fold(column.name), fold(column.collation))]
        for index in table.indexes
    )


def _refuse_what_hangs_on(schema: Schema, pair: Pair, spared: Callable[[str], bool]) -> None:
    merged = pair.merged
    for other, _ in schema.referring(merged.name):
        raise refused(f"{quoted(other.name)} points to {quoted(merged.name)}.", "Drop that link first.")
    for trigger in merged.triggers:
        if not trigger.temporary and not spared(trigger.name):
            raise refused(
                f"The trigger {quoted(trigger.name)} of {quoted(merged.name)} would go with it.",
                "Drop it first.",
            )
    there = {fold(column.name) for column in pair.table.columns}
    for each in pair.moved:
        if fold(each.name) in there:
            raise refused(
                f"Both tables have a column {quoted(each.name)}.", "Say what it is to be called then."
            )


def _rules(pair: Pair) -> list[Clause]:
    """The table's rules that come along. One that has the column which points is said by the key already."""
    sql, points = pair.merged.sql, fold(pair.points.name)
    columns = {fold(column.name) for column in pair.merged.columns}
    found = []
    for column in pair.spans.columns:
        for clause in column.clauses:
            named = about(sql, clause, columns)
            if points in named and named != {points}:
                raise _names_the_key(sql, clause, pair)
            if named == {points} and clause.kind is ClauseKind.CHECK:
                raise _names_the_key(sql, clause, pair)
    for clause in pair.spans.clauses:
        named = about(sql, clause, columns)
        if points not in named:
            found.append(clause)
        elif clause.kind not in _LEFT:
            raise _names_the_key(sql, clause, pair)
    return found


def _names_the_key(sql: str, clause: Clause, pair: Pair) -> Exception:
    return refused(
        f"The rule {quoted(sql[clause.start : clause.end])} is about {quoted(pair.points.name)}, which goes.",
        "Drop or change it first.",
    )


def _indexes(pair: Pair) -> list[Index]:
    """The indexes that come along; one of the column which points is not needed any more."""
    moving = {fold(each.name) for each in pair.moved}
    own = [index for index in pair.merged.indexes if _is_of(index, pair.points)]
    others = tuple(index for index in pair.merged.indexes if index not in own)
    kept = Table(pair.merged.name, pair.merged.kind, pair.merged.sql, pair.merged.columns, indexes=others)
    return going_indexes(kept, moving)


def _is_of(index: Index, column: Column) -> bool:
    return not index.where and [fold(each.name) for each in index.columns] == [fold(column.name)]


def _new_sql(pair: Pair, rules: Sequence[Clause], edit: MergeTable) -> str:
    """The text of the table with what comes along, as it stands, with the remarks beside it."""
    sql, theirs = pair.table.sql, pair.merged.sql
    refuse_captured(
        expressions_of(pair, rules),
        [column.name for column in pair.merged.columns],
        [column.name for column in pair.table.columns],
    )
    for each in pair.moved:
        remark = text.remark_beside(theirs, each)
        sql = text.add_item(sql, _column(theirs, each.name, edit), text.spans(sql).columns[-1], remark)
    for clause in rules:
        said, remark = theirs[clause.start : clause.end], text.remark_beside(theirs, clause)
        if clause.kind is ClauseKind.PRIMARY_KEY:
            said = f"UNIQUE ({', '.join(map(text.written, clause.columns))})"
        sql = text.add_item(sql, said, text.spans(sql).items[-1], remark)
    return sql


def expressions_of(pair: Pair, rules: Sequence[Clause]) -> list[str]:
    """What is computed or compared in what comes along."""
    return [*expressions(pair.spans), *(index.sql for index in pair.merged.indexes if index.sql)]


def _column(sql: str, name: str, edit: MergeTable) -> str:
    """A column's definition as it stands in a table that has its key; without NOT NULL where rows may have none."""
    if text.column(text.spans(sql), name).clause(ClauseKind.PRIMARY_KEY):
        sql = text.set_clause(sql, name, ClauseKind.PRIMARY_KEY, "UNIQUE")
    if not edit.complete:
        sql = text.set_clause(sql, name, ClauseKind.NOT_NULL, "")
    found = text.column(text.spans(sql), name)
    return sql[found.start : found.end]


def _values(pair: Pair) -> tuple[tuple[str, str], ...]:
    found = []
    for each in pair.moved:
        column = pair.merged.column(each.name)
        if column is not None and column.generated is Generated.NO:
            value = looked_up(pair.merged.name, pair.points.name, column.name, pair.table, pair.key.name)
            found.append((column.name, value))
    return tuple(found)


def _proven(schema: Schema, pair: Pair, query_sql: str, of: Table, other: Table) -> Iterator[Step]:
    """Statements that fail where a row would be lost: they fill a table that takes no row."""
    taken = {fold(table.name) for table in schema.tables} | {
        fold(index.name) for table in schema.tables for index in table.indexes
    }
    stem = f"{of.name}_alone"
    name = next(each for n in range(len(taken) + 1) if fold(each := stem + "_" * n) not in taken)
    rule = quote(f"each row of {of.name} belongs to one of {other.name}")
    yield CreateObject(f"CREATE TABLE {text.written(name)} (row_key ANY CONSTRAINT {rule} CHECK (0)) STRICT")
    yield f"INSERT INTO {qualified(name)} {query_sql}"
    yield DropObject("table", name)
