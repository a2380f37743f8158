"""A draft that says what a table of a file says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db.names import fold
from steward_app.db.tokens import significant, tokenize, unquote
from steward_app.services.migrate.desired.course import is_ours
from steward_app.services.migrate.draft.model import (
    Draft,
    DraftColumn,
    DraftObject,
    ObjectKind,
    Rule,
    RuleKind,
)
from steward_app.services.migrate.edit.reshape import bare
from steward_app.services.migrate.edit.spans import Clause, ClauseKind, ColumnSpan
from steward_app.services.migrate.edit.text import spans, written
from steward_app.services.schema.ddl import Cursor, reading
from steward_app.services.schema.model import Column, Generated, Schema, Table, TableKind

_KINDS = {
    ClauseKind.CHECK: RuleKind.CHECK,
    ClauseKind.UNIQUE: RuleKind.UNIQUE,
    ClauseKind.FOREIGN_KEY: RuleKind.LINK,
}


def draft_of(schema: Schema, table: Table) -> Draft:
    """A table as it is. Raises `Refused` where its text cannot be taken apart."""
    found = spans(table.sql)
    by_name = {fold(span.name): span for span in found.columns}
    return Draft(
        name=table.name,
        was=table.name,
        columns=tuple(
            _column(table.sql, column, by_name[fold(column.name)])
            for column in table.columns
            if not column.hidden
        ),
        rules=tuple(rules_of(table)),
        objects=tuple(_objects(schema, table)),
        strict=table.strict,
        without_rowid=table.without_rowid,
        autoincrement=any(column.autoincrement for column in table.columns),
    )


def rule_clauses(sql: str) -> list[tuple[Clause, str]]:
    """The CHECK, UNIQUE and REFERENCES of a CREATE TABLE as written, each with the column it stands at, or ""."""
    table = spans(sql)
    standing = [(clause, column.name) for column in table.columns for clause in column.clauses]
    standing += [(clause, "") for clause in table.clauses]
    return [(clause, column) for clause, column in standing if clause.kind in _KINDS]


def rules_of(table: Table) -> Iterator[Rule]:
    """The rules of a table, in the order of its text."""
    links = iter(sorted(table.foreign_keys, key=lambda link: link.id))
    for number, (clause, _) in enumerate(rule_clauses(table.sql)):
        columns = ", ".join(map(written, clause.columns))
        match clause.kind:
            case ClauseKind.CHECK:
                body = table.sql[clause.inside.start : clause.inside.end]
                yield Rule(RuleKind.CHECK, body, clause.name, number)
            case ClauseKind.UNIQUE:
                body, conflict = _unique(bare(table.sql, clause))
                yield Rule(RuleKind.UNIQUE, body or columns, clause.name, number, conflict=conflict)
            case _:
                link = next(links)
                yield Rule(
                    RuleKind.LINK,
                    columns,
                    clause.name,
                    number,
                    link.parent,
                    "" if link.implicit else ", ".join(map(written, link.parent_columns)),
                    link.on_delete,
                    link.on_update,
                    link.deferrable,
                )


def _unique(said: str) -> tuple[str, str]:
    """What stands between the brackets of a UNIQUE, "" where it has none, and its ON CONFLICT."""

    def read(cursor: Cursor) -> tuple[str, str]:
        cursor.expect("UNIQUE")
        body = ""
        if cursor.word == "(":
            start, end = cursor.group()
            body = said[cursor.offsets[start] : cursor.end_of(end - 1)]
        return body, cursor.take() if cursor.accept("ON", "CONFLICT") else ""

    return reading(read, said) or ("", "")


def _column(sql: str, column: Column, span: ColumnSpan) -> DraftColumn:
    default, collation = span.clause(ClauseKind.DEFAULT), span.clause(ClauseKind.COLLATE)
    return DraftColumn(
        name=column.name,
        was=column.name,
        declared_type=column.declared_type,
        not_null=span.clause(ClauseKind.NOT_NULL) is not None,
        default=sql[default.inside.start : default.inside.end] if default else "",
        collation=column.collation if collation else "",
        generated=column.generated_expression,
        stored=column.generated is Generated.STORED,
        key=column.key_position,
    )


def _objects(schema: Schema, table: Table) -> Iterator[DraftObject]:
    for index in table.indexes:
        if index.sql:
            yield DraftObject("index", index.sql, index.name)
    views = views_of(schema, table.name)
    for trigger in (trigger for owner in (table, *views) for trigger in owner.triggers):
        if not trigger.temporary and not is_ours(trigger.name):
            yield DraftObject("trigger", trigger.sql, trigger.name)
    for view in views:
        yield DraftObject("view", view.sql, view.name)


def views_of(schema: Schema, table: str) -> Sequence[Table]:
    """The views that read a table, and those that name it and do not compile."""
    return [view for view in schema.tables if view.kind is TableKind.VIEW and _reads(view, table)]


def _reads(view: Table, table: str) -> bool:
    if view.problem:
        return any(fold(unquote(token.text)) == fold(table) for token in significant(tokenize(view.sql)))
    return any(fold(read) == fold(table) for read, _ in view.reads)


def name_in(sql: str) -> str:
    """The name that a CREATE statement gives, or "" where it cannot be read."""
    return kind_and_name_in(sql)[1]


def kind_and_name_in(sql: str) -> tuple[str, str]:
    """What a CREATE statement makes and how it is called; the name is "" where it cannot be read."""

    def read(cursor: Cursor) -> tuple[str, str]:
        cursor.expect("CREATE")
        cursor.accept_any("TEMP", "TEMPORARY", "UNIQUE", "VIRTUAL")
        kind = cursor.take().lower()
        cursor.accept("IF", "NOT", "EXISTS")
        name = cursor.qualified_name()
        cursor.at = cursor.end
        return kind, name

    return reading(read, sql) or ("object", "")


def first_text(kind: ObjectKind, draft: Draft) -> str:
    """A statement to begin an index, trigger or view of a table with, that SQLite accepts."""
    taken = {fold(name_in(each.sql)) for each in draft.objects}
    stem = {"index": "by", "trigger": "on", "view": "seen"}[kind]
    number = 1
    while fold(name := f"{draft.name}_{stem}_{number}") in taken:
        number += 1
    table_sql, name_sql = written(draft.name), written(name)
    columns_sql = [written(column.name) for column in draft.columns]
    if kind == "index":
        return f"CREATE INDEX {name_sql} ON {table_sql} ({columns_sql[0] if columns_sql else ''})"
    if kind == "trigger":
        return f"CREATE TRIGGER {name_sql} AFTER UPDATE ON {table_sql}\nBEGIN\n    SELECT 1;\nEND"
    return f"CREATE VIEW {name_sql} AS\nSELECT {', '.join(columns_sql)}\nFROM {table_sql}"
