"""One table made two, and two made one: the edits and statements that do it without losing a row."""

from __future__ import annotations

from steward_app.db.names import all_of, fold, qualified, quote
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit import text
from steward_app.services.migrate.edit.model import (
    AddColumn,
    CreateObject,
    DropColumn,
    DropObject,
    Edit,
    MergeTable,
    SplitTable,
)
from steward_app.services.migrate.edit.spans import ClauseKind
from steward_app.services.schema.model import Schema, Table, TableKind

_NOTHING = "Nothing was changed."


def steps(schema: Schema, edit: SplitTable | MergeTable) -> list[Edit | str]:
    """Edits, and statements that move values, in order.

    Raises `UsageError` where a table or column is not there, `Refused` where rows could be lost.
    """
    return _split(schema, edit) if isinstance(edit, SplitTable) else _merge(schema, edit)


def _split(schema: Schema, edit: SplitTable) -> list[Edit | str]:
    table = _table(schema, edit.table)
    key = _key(table)
    spans = text.spans(table.sql)
    moved = [text.column(spans, name) for name in edit.columns]
    if any(fold(each.name) == fold(key) for each in moved):
        raise Refused(
            ErrorCode.BLOCKED,
            f"{quoted(key)} is the key of {quoted(table.name)} and stays there.",
            hint=_NOTHING,
        )
    declared = next(column.declared_type for column in table.columns if column.name == key)
    points = (
        f"{text.written(edit.key)} {declared} PRIMARY KEY"
        f" REFERENCES {text.written(table.name)} ({text.written(key)}) ON DELETE CASCADE"
    )
    definitions = [points, *(table.sql[each.start : each.end] for each in moved)]
    body = ",\n    ".join(definitions)
    into = ", ".join(quote(name) for name in (edit.key, *(each.name for each in moved)))
    values = ", ".join(quote(name) for name in (key, *(each.name for each in moved)))
    return [
        CreateObject(f"CREATE TABLE {text.written(edit.into)} (\n    {body}\n)"),
        f"INSERT INTO {qualified(edit.into)} ({into}) SELECT {values} FROM {qualified(table.name)}",
        *(DropColumn(table.name, each.name) for each in moved),
    ]


def _merge(schema: Schema, edit: MergeTable) -> list[Edit | str]:
    table, merged = _table(schema, edit.table), _table(schema, edit.merged)
    key = _key(table)
    spans = text.spans(merged.sql)
    points = text.column(spans, edit.key)
    if not _unique(merged, points.name):
        raise Refused(
            ErrorCode.BLOCKED,
            f"Several rows of {quoted(merged.name)} may belong to one of {quoted(table.name)}: "
            f"{quoted(points.name)} is not unique.",
            hint=f"{_NOTHING} Make the column UNIQUE first; then no row can be lost.",
        )
    moved = [each for each in spans.columns if each is not points]
    names = ", ".join(quote(each.name) for each in moved)
    same = all_of([f"m.{quote(points.name)} = {qualified(table.name)}.{quote(key)}"])
    source = f"FROM {qualified(merged.name)} AS m WHERE {same}"
    values = ", ".join(f"m.{quote(each.name)}" for each in moved)
    added: list[Edit | str] = [
        AddColumn(table.name, _without_demands(merged.sql, each.name)) for each in moved
    ]
    return [
        *added,
        f"UPDATE {qualified(table.name)} SET ({names}) = (SELECT {values} {source})"
        f" WHERE EXISTS (SELECT 1 {source})",
        DropObject("table", merged.name),
    ]


def _without_demands(sql: str, name: str) -> str:
    """A column's definition as it can stand beside rows that have no value for it."""
    for kind in (ClauseKind.PRIMARY_KEY, ClauseKind.NOT_NULL, ClauseKind.UNIQUE):
        sql = text.set_clause(sql, name, kind, "")
    found = text.column(text.spans(sql), name)
    return sql[found.start : found.end]


def _table(schema: Schema, name: str) -> Table:
    found = schema.table(name)
    if found is None or found.kind is not TableKind.TABLE:
        raise UsageError(ErrorCode.UNKNOWN_OBJECT, f"There is no table {quoted(name)}.", hint=_NOTHING)
    return found


def _key(table: Table) -> str:
    """The one column that names a row."""
    key = table.primary_key
    if key is None or len(key.columns) != 1 or key.nullable:
        raise Refused(
            ErrorCode.BLOCKED,
            f"{quoted(table.name)} has no primary key of one column that always has a value.",
            hint=f"{_NOTHING} Give it one first.",
        )
    return key.columns[0]


def _unique(table: Table, column: str) -> bool:
    keys = [unique.columns for unique in table.uniques]
    keys += [table.primary_key.columns] if table.primary_key else []
    keys += [
        tuple(each.name for each in index.columns)
        for index in table.indexes
        if index.unique and not index.where
    ]
    return any(len(key) == 1 and fold(key[0]) == fold(column) for key in keys)
