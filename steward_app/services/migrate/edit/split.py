"""One table made two: columns move into a new table, with the rules and indexes that are about them alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db.names import fold, qualified, quote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit import text
from steward_app.services.migrate.edit.belonging import (
    NOTHING,
    Step,
    expressions,
    going_indexes,
    going_rules,
    key_of,
    looked_up,
    on_other_table,
    refuse_captured,
    refused,
    table_named,
    without,
)
from steward_app.services.migrate.edit.model import (
    CreateObject,
    DropColumn,
    DropObject,
    RewriteTable,
    SplitTable,
)
from steward_app.services.migrate.edit.spans import Clause, ColumnSpan, TableSpans
from steward_app.services.schema.model import Column, Generated, Schema, Table


def split(schema: Schema, edit: SplitTable) -> Iterator[Step]:
    """What splits a table, in order.

    Raises `UsageError` where a table or column is not there, `Refused` where something is about columns of both.
    """
    table = table_named(schema, edit.table)
    key, spans = key_of(table), text.spans(table.sql)
    moved = _moved(spans, edit.columns)
    moving = {fold(each.name) for each in moved}
    if fold(key.name) in moving:
        raise refused(f"{quoted(key.name)} is the key of {quoted(table.name)} and stays there.")
    _refuse_links(schema, table, moving)
    rules, indexes = going_rules(spans, moving), going_indexes(table, moving)
    new_sql = _new_table(table, key, edit, spans, moved, rules)
    refuse_captured(
        [*expressions(text.spans(new_sql)), *(index.sql for index in indexes)],
        [column.name for column in table.columns],
        [edit.key],
    )
    yield from (DropObject("index", index.name) for index in indexes)
    yield CreateObject(new_sql)
    yield _filled(table, key, edit, moved)
    if len(moved) == 1 and not rules:
        yield DropColumn(table.name, moved[0].name)
    else:
        yield RewriteTable(table.name, without(table.sql, spans, moving, rules))
    yield from (CreateObject(on_other_table(index, edit.into)) for index in indexes)


def unsplit(before: Schema, edit: SplitTable) -> list[Step]:
    """What leads back from a split, with the values as they stand in the new table then.

    Args:
        before: the schema before the split.
    """
    table = table_named(before, edit.table)
    key, spans = key_of(table), text.spans(table.sql)
    moved = _moved(spans, edit.columns)
    values = tuple(
        (column.name, _brought_back(table, key, edit, column))
        for each in moved
        if (column := _stored(table, each)) is not None
    )
    indexes = going_indexes(table, {fold(each.name) for each in moved})
    return [
        RewriteTable(table.name, table.sql, values),
        DropObject("table", edit.into),
        *(CreateObject(index.sql) for index in indexes),
    ]


def _moved(spans: TableSpans, names: Sequence[str]) -> list[ColumnSpan]:
    if not names:
        raise UsageError(ErrorCode.BAD_REQUEST, "No column is named that is to move.", hint=NOTHING)
    found = {text.column(spans, name).start for name in names}
    return [each for each in spans.columns if each.start in found]


def _refuse_links(schema: Schema, table: Table, moving: set[str]) -> None:
    for other, link in schema.referring(table.name):
        pointed = [name for name in link.parent_columns if fold(name) in moving]
        if pointed:
            raise refused(
                f"{quoted(other.name)} points to {quoted(pointed[0])}, which stays for that.",
                "Let it point to the primary key first.",
            )


def _new_table(
    table: Table,
    key: Column,
    edit: SplitTable,
    spans: TableSpans,
    moved: Sequence[ColumnSpan],
    rules: Sequence[Clause],
) -> str:
    """The text of the new table: the key, and what moves as it stands, with the remarks beside it."""
    sql = f"CREATE TABLE {text.written(edit.into)} (\n    {_key(table, key, edit)}\n)"
    for option in spans.options:
        sql = text.set_option(sql, option[0], on=True)
    for item in (*moved, *rules):
        said, remark = table.sql[item.start : item.end], text.remark_beside(table.sql, item)
        sql = text.add_item(sql, said, text.spans(sql).items[-1], remark)
    return sql


def _key(table: Table, key: Column, edit: SplitTable) -> str:
    """The column that points back. Only the key of a rowid is called INTEGER: no other may be taken for one."""
    counts = key.rowid_alias or table.without_rowid
    declared = key.declared_type if counts or key.declared_type.upper() != "INTEGER" else "INT"
    parts = (
        text.written(edit.key),
        declared,
        "" if key.rowid_alias else "NOT NULL",
        "PRIMARY KEY",
        f"COLLATE {text.written(key.collation)}" if fold(key.collation) != "binary" else "",
        f"REFERENCES {text.written(table.name)} ({text.written(key.name)})",
        "ON DELETE CASCADE ON UPDATE CASCADE",
    )
    return " ".join(filter(None, parts))


def _filled(table: Table, key: Column, edit: SplitTable, moved: Sequence[ColumnSpan]) -> str:
    names = [each.name for each in moved if _stored(table, each) is not None]
    into = ", ".join(quote(name) for name in (edit.key, *names))
    values = ", ".join(quote(name) for name in (key.name, *names))
    # OR ABORT: an ON CONFLICT IGNORE or REPLACE that moves along would drop or change rows without a word
    return (
        f"INSERT OR ABORT INTO {qualified(edit.into)} ({into}) SELECT {values} FROM {qualified(table.name)}"
    )


def _stored(table: Table, span: ColumnSpan) -> Column | None:
    """The column, unless it is computed."""
    found = table.column(span.name)
    return found if found is not None and found.generated is Generated.NO else None


def _brought_back(table: Table, key: Column, edit: SplitTable, column: Column) -> str:
    """A value; of a row that came since and has none there, the default where it must have one."""
    value = looked_up(edit.into, edit.key, column.name, table, key.name)
    return f"coalesce({value}, {column.default})" if column.not_null and column.default else value
