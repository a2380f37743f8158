"""What a change of Liquibase is in SQLite: the SQL that Liquibase itself makes of it there, as far as it makes any.

Types, names of keys and defaults are as its generators give them for SQLite, so that the schema can be compared.
https://github.com/liquibase/liquibase (liquibase.sqlgenerator.core, liquibase.datatype.core)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from steward_app.db.names import literal
from steward_app.db.script import split
from steward_app.kernel.text import quoted
from steward_app.services.migrate.adopt.change_types import declared, value_of
from steward_app.services.migrate.adopt.changelog import Said
from steward_app.services.migrate.edit.model import (
    AddConstraint,
    DropConstraint,
    Edit,
    SetDefault,
    SetNotNull,
    SetPrimaryKey,
)
from steward_app.services.migrate.edit.text import written

Made: TypeAlias = str | Edit
"""A statement, or an edit that becomes statements once the table is known."""

_NOTHING: Final = frozenset(
    {"comment", "tagDatabase", "validCheckSum", "output", "empty", "setTableRemarks", "setColumnRemarks"}
)
OF_ROWS: Final = frozenset({"loadData", "loadUpdateData"})
"""Changes that are not read here, and that do nothing to the schema."""
_AROUND: Final = frozenset({"preConditions", "rollback", "modifySql"})
_VALUES: Final = ("value", "valueNumeric", "valueBoolean", "valueDate", "valueComputed")


class NotRead(Exception):
    """A change that is not read here, with why, and its line."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


def changes_of(changeset: Said) -> tuple[Said, ...]:
    """The changes of a changeset, without those that do nothing in SQLite. Raises `NotRead`."""
    for each in changeset.all("modifySql"):
        if not for_sqlite(each.get("dbms")):
            continue
        raise NotRead(each.line, "modifySql rewrites what the changes make")
    return tuple(each for each in changeset.inside if each.tag not in _NOTHING | _AROUND)


def made_of(change: Said) -> list[Made]:
    """What makes a change. Raises `NotRead`."""
    make = _MAKE.get(change.tag)
    if make is None:
        raise NotRead(change.line, f"{change.tag} is not read here")
    return list(make(change))


def inverse_of(change: Said) -> list[Made] | None:
    """What takes a change back by itself, as Liquibase knows it; None where it does not."""
    table, name = change.get("tableName"), written
    match change.tag:
        case "createTable":
            return [f"DROP TABLE {name(table)}"]
        case "addColumn":
            return [
                f"ALTER TABLE {name(table)} DROP COLUMN {name(each.get('name'))}"
                for each in reversed(list(change.all("column")))
            ]
        case "renameColumn":
            new, old = change.get("newColumnName"), change.get("oldColumnName")
            return [f"ALTER TABLE {name(table)} RENAME COLUMN {name(new)} TO {name(old)}"]
        case "renameTable":
            new, old = change.get("newTableName"), change.get("oldTableName")
            return [f"ALTER TABLE {name(new)} RENAME TO {name(old)}"]
        case "createIndex":
            return [f"DROP INDEX {name(change.get('indexName'))}"]
        case "createView":
            return [f"DROP VIEW {name(change.get('viewName'))}"]
    return None


def for_sqlite(dbms: str) -> bool:
    """Whether something that names the databases it is for is for this one."""
    named = {each.strip().lower() for each in dbms.split(",") if each.strip()}
    wanted = {each for each in named if not each.startswith("!")}
    return "!sqlite" not in named and (not wanted or bool(wanted & {"sqlite", "all"}))


def condition_of(context: str, labels: str, *, under_precondition: bool) -> str:
    """When alone Liquibase runs a changeset, for a sentence; "" where nothing is said."""
    said = [f"in the context {quoted(context)}"] if context.strip() else []
    said += [f"with the label {quoted(labels)}"] if labels.strip() else []
    said += ["where its preconditions hold"] if under_precondition else []
    return " and ".join(said)


def statements_of(sql: str, delimiter: str = "") -> str:
    """SQL whose statements end with another delimiter, with semicolons."""
    delimiter = delimiter.replace("\\r", "").replace("\\n", "\n")  # written as in a text of Java
    if delimiter in ("", ";"):
        return sql
    end = "\n;" if delimiter.startswith("\n") else ";"  # a remark may end the line before
    return re.sub(rf"{re.escape(delimiter)}[ \t]*$", end, sql, flags=re.MULTILINE)


def _need(change: Said, *names: str) -> tuple[str, ...]:
    found = tuple(change.get(each) for each in names)
    for name, value in zip(names, found, strict=True):
        if not value:
            raise NotRead(change.line, f"{change.tag} does not say its {name}")
    return found


def _create_table(change: Said) -> Iterator[Made]:
    (table,) = _need(change, "tableName")
    columns = list(change.all("column"))
    keys = [each for each in columns if _constraint(each).is_true("primaryKey")]
    counts = len(keys) == 1 and _counts(keys[0])
    parts = [
        _column(each, table, keyed=counts and each is keys[0], not_null=each in keys) for each in columns
    ]
    if keys and not counts:
        names = ", ".join(written(each.get("name")) for each in keys)
        parts.append(f"CONSTRAINT {_key_name(keys[0], table)} PRIMARY KEY ({names})")
    for each in columns:
        parts += _links(each)
    parts += _uniques(columns)
    if not columns:
        raise NotRead(change.line, "createTable has no columns")
    if_not = "IF NOT EXISTS " if change.is_true("ifNotExists") else ""
    body = ",\n    ".join(parts)
    yield f"CREATE TABLE {if_not}{written(table)} (\n    {body}\n)"


def _constraint(column: Said) -> Said:
    return next(column.all("constraints"), Said("constraints", column.line))


def _counts(column: Said) -> bool:
    return column.is_true("autoIncrement") or "serial" in column.get("type").lower()


def _key_name(column: Said, table: str) -> str:
    return written(_constraint(column).get("primaryKeyName") or f"PK_{table}".upper())


def _column(column: Said, table: str, *, keyed: bool = False, not_null: bool = False) -> str:
    name, said = _need(column, "name", "type")
    rules, kind = _constraint(column), declared(said)
    if column.is_true("computed"):
        raise NotRead(column.line, f"column {name} is computed")
    parts = [written(name), kind]
    if keyed:
        parts.append(f"CONSTRAINT {_key_name(column, table)} PRIMARY KEY")
    default = value_of(column, "defaultValue", kind)
    if default is not None:
        parts.append(f"DEFAULT {default}")
    if keyed:
        parts.append("AUTOINCREMENT")
    if not_null or rules.get("nullable").lower() == "false":
        parts.append("NOT NULL")  # Liquibase leaves its name out here
    return " ".join(parts)


def _links(column: Said) -> list[str]:
    rules = _constraint(column)
    to, table = rules.get("references"), rules.get("referencedTableName")
    if not to and not table:
        return []
    to = to or f"{written(table)}({_names(rules.get('referencedColumnNames'))})"
    (called,) = _need(rules, "foreignKeyName")
    said = f"CONSTRAINT {written(called)} FOREIGN KEY ({written(column.get('name'))}) REFERENCES {to}"
    said += " ON DELETE CASCADE" if rules.is_true("deleteCascade") else ""
    if rules.is_true("initiallyDeferred") or rules.is_true("deferrable"):
        raise NotRead(rules.line, "a foreign key that is deferred is not read here")
    return [said]


def _uniques(columns: Sequence[Said]) -> list[str]:
    """Those of one name are one rule over several columns; those without a name come first."""
    named: dict[str, list[str]] = {}
    alone: list[str] = []
    for column in columns:
        rules, name = _constraint(column), written(column.get("name"))
        if rules.is_true("unique"):
            called = rules.get("uniqueConstraintName")
            if called:
                named.setdefault(called, []).append(name)
            else:
                alone.append(f"UNIQUE ({name})")
    return [
        *alone,
        *(f"CONSTRAINT {written(called)} UNIQUE ({', '.join(names)})" for called, names in named.items()),
    ]


def _names(said: str) -> str:
    return ", ".join(written(each.strip()) for each in said.split(","))


def _add_column(change: Said) -> Iterator[Made]:
    (table,) = _need(change, "tableName")
    for column in change.all("column"):
        rules = _constraint(column)
        if rules.is_true("primaryKey") or _counts(column):
            raise NotRead(column.line, "SQLite adds no column that is a key")
        yield f"ALTER TABLE {written(table)} ADD COLUMN {_column(column, table)}"
        for text in (*_uniques([column]), *_links(column)):
            yield AddConstraint(table, text)


def _drop_column(change: Said) -> Iterator[Made]:
    (table,) = _need(change, "tableName")
    names = [each.get("name") for each in change.all("column")] or [*_need(change, "columnName")]
    for name in names:
        yield f"ALTER TABLE {written(table)} DROP COLUMN {written(name)}"


def _rename_column(change: Said) -> Iterator[Made]:
    table, old, new = _need(change, "tableName", "oldColumnName", "newColumnName")
    yield f"ALTER TABLE {written(table)} RENAME COLUMN {written(old)} TO {written(new)}"


def _rename_table(change: Said) -> Iterator[Made]:
    old, new = _need(change, "oldTableName", "newTableName")
    yield f"ALTER TABLE {written(old)} RENAME TO {written(new)}"


def _create_index(change: Said) -> Iterator[Made]:
    name, table = _need(change, "indexName", "tableName")
    terms = [
        each.get("name") if each.is_true("computed") else written(each.get("name"))
        for each in change.all("column")
    ]
    turned = [" DESC" if each.is_true("descending") else "" for each in change.all("column")]
    unique = "UNIQUE " if change.is_true("unique") else ""
    columns = ", ".join(term + turn for term, turn in zip(terms, turned, strict=True))
    yield f"CREATE {unique}INDEX {written(name)} ON {written(table)} ({columns})"


def _create_view(change: Said) -> Iterator[Made]:
    (name,) = _need(change, "viewName")
    query = (change.get("selectQuery") or change.text).strip().rstrip(";")
    if not query:
        raise NotRead(change.line, "createView has no query that stands there")
    if change.is_true("replaceIfExists"):
        yield f"DROP VIEW IF EXISTS {written(name)}"
    yield query if change.is_true("fullDefinition") else f"CREATE VIEW {written(name)} AS {query}"


def _drop(kind: str, named: str) -> Callable[[Said], Iterator[Made]]:
    def drop(change: Said) -> Iterator[Made]:
        (name,) = _need(change, named)
        yield f"DROP {kind} {written(name)}"

    return drop


def _sql(change: Said) -> Iterator[Made]:
    if for_sqlite(change.get("dbms")):
        text = statements_of(change.get("sql") or change.text, change.get("endDelimiter"))
        yield from (each.sql.removesuffix(";").rstrip() for each in split(text, "sql"))


def _insert(change: Said) -> Iterator[Made]:
    (table,) = _need(change, "tableName")
    columns = list(change.all("column"))
    names = ", ".join(written(each.get("name")) for each in columns)
    values = ", ".join(_given(each) for each in columns)
    yield f"INSERT INTO {written(table)} ({names}) VALUES ({values})"


def _update(change: Said) -> Iterator[Made]:
    (table,) = _need(change, "tableName")
    sets = ", ".join(f"{written(each.get('name'))} = {_given(each)}" for each in change.all("column"))
    yield f"UPDATE {written(table)} SET {sets}{_where(change)}"


def _delete(change: Said) -> Iterator[Made]:
    (table,) = _need(change, "tableName")
    yield f"DELETE FROM {written(table)}{_where(change)}"


def _where(change: Said) -> str:
    params = [each for said in change.all("whereParams") for each in said.all("param")]

    def put_in(found: re.Match[str]) -> str:
        """ ":name" is a column, ":value" and "?" what it is compared with, one parameter after the other."""
        if not params:
            return found[0]
        return written(params[0].get("name")) if found[0] == ":name" else _given(params.pop(0))

    where = re.sub(r":name\b|:value\b|\?", put_in, change.get("where"))
    return f" WHERE {where}" if where.strip() else ""


def _given(column: Said) -> str:
    for name in column.said:
        if name.startswith("value") and name not in _VALUES:
            raise NotRead(column.line, f"{name} is not read here")
    value = value_of(column, "value", "")
    return "NULL" if value is None else value


def _add_foreign_key(change: Said) -> Iterator[Made]:
    called, table, columns, to, names = _need(
        change,
        "constraintName",
        "baseTableName",
        "baseColumnNames",
        "referencedTableName",
        "referencedColumnNames",
    )
    said = f"CONSTRAINT {written(called)} FOREIGN KEY ({_names(columns)}) REFERENCES {written(to)} ({_names(names)})"
    for event in ("Update", "Delete"):
        action = change.get(f"on{event}").upper()
        said += f" ON {event.upper()} {action}" if action else ""
    if change.is_true("deferrable") or change.is_true("initiallyDeferred"):
        deferred = "DEFERRED" if change.is_true("initiallyDeferred") else "IMMEDIATE"
        said += f" DEFERRABLE INITIALLY {deferred}"
    yield AddConstraint(table, said)


def _add_unique(change: Said) -> Iterator[Made]:
    table, columns = _need(change, "tableName", "columnNames")
    called = change.get("constraintName")
    yield AddConstraint(
        table, f"{f'CONSTRAINT {written(called)} ' if called else ''}UNIQUE ({_names(columns)})"
    )


def _drop_constraint(table: str) -> Callable[[Said], Iterator[Made]]:
    def drop(change: Said) -> Iterator[Made]:
        where, name = _need(change, table, "constraintName")
        yield DropConstraint(where, name)

    return drop


def _add_key(change: Said) -> Iterator[Made]:
    table, columns = _need(change, "tableName", "columnNames")
    yield SetPrimaryKey(table, tuple(each.strip() for each in columns.split(",")))


def _not_null(*, on: bool) -> Callable[[Said], Iterator[Made]]:
    def make(change: Said) -> Iterator[Made]:
        table, column = _need(change, "tableName", "columnName")
        fill = change.get("defaultNullValue")
        yield SetNotNull(table, column, on=on, fill=literal(fill) if fill and on else "")

    return make


def _default(change: Said) -> Iterator[Made]:
    table, column = _need(change, "tableName", "columnName")
    value = value_of(change, "defaultValue", declared(change.get("columnDataType")))
    yield SetDefault(table, column, value or "")


_MAKE: Final[dict[str, Callable[[Said], Iterator[Made]]]] = {
    "createTable": _create_table,
    "addColumn": _add_column,
    "dropColumn": _drop_column,
    "renameColumn": _rename_column,
    "renameTable": _rename_table,
    "dropTable": _drop("TABLE", "tableName"),
    "createIndex": _create_index,
    "dropIndex": _drop("INDEX", "indexName"),
    "createView": _create_view,
    "dropView": _drop("VIEW", "viewName"),
    "sql": _sql,
    "insert": _insert,
    "update": _update,
    "delete": _delete,
    "addForeignKeyConstraint": _add_foreign_key,
    "dropForeignKeyConstraint": _drop_constraint("baseTableName"),
    "addUniqueConstraint": _add_unique,
    "dropUniqueConstraint": _drop_constraint("tableName"),
    "addPrimaryKey": _add_key,
    "addNotNullConstraint": _not_null(on=True),
    "dropNotNullConstraint": _not_null(on=False),
    "addDefaultValue": _default,
    "dropDefaultValue": _default,
}
