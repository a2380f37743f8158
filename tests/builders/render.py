"""A model of a table written out again as SQL: proof that the model leaves nothing out. For tests only."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db.names import quote
from steward_app.services.schema.model import Column, ForeignKey, Generated, Index, IndexColumn, Table


def create_table(table: Table) -> str:
    """CREATE TABLE for an ordinary table, from the model alone."""
    options = ", ".join(
        word for word, holds in (("WITHOUT ROWID", table.without_rowid), ("STRICT", table.strict)) if holds
    )
    return f"CREATE TABLE {quote(table.name)} ({', '.join(_items(table))}) {options}"


def create_index(index: Index) -> str:
    """CREATE INDEX, from the model alone."""
    unique = "UNIQUE " if index.unique else ""
    where = f" WHERE {index.where}" if index.where else ""
    terms = ", ".join(_term(column) for column in index.columns)
    return f"CREATE {unique}INDEX {quote(index.name)} ON {quote(index.table)} ({terms}){where}"


def _items(table: Table) -> Iterator[str]:
    for column in table.columns:
        yield _column(table, column)
    key = table.primary_key
    if key and not any(_is_inline_key(table, column) for column in table.columns):
        by_key = next((index for index in table.indexes if index.origin == "primary key"), None)
        terms = by_key.columns if by_key else tuple(IndexColumn(name) for name in key.columns)
        yield f"{_named(key.name)}PRIMARY KEY ({', '.join(map(_term, terms))}){_conflict(key.conflict)}"
    for unique in table.uniques:
        by_unique = next(index for index in table.indexes if index.name == unique.index)
        terms = ", ".join(map(_term, by_unique.columns))
        yield f"{_named(unique.name)}UNIQUE ({terms}){_conflict(unique.conflict)}"
    for check in table.checks:
        if not check.column:
            yield f"{_named(check.name)}CHECK ({check.expression})"
    for foreign in table.foreign_keys:
        yield _foreign_key(foreign)


def _column(table: Table, column: Column) -> str:
    parts = [quote(column.name)]
    if column.declared_type:
        parts.append(column.declared_type if column.declared_type.isascii() else quote(column.declared_type))
    if table.primary_key and _is_inline_key(table, column):
        order = "" if column.rowid_alias else " DESC"
        more = " AUTOINCREMENT" if column.autoincrement else ""
        parts.append(f"PRIMARY KEY{order}{_conflict(table.primary_key.conflict)}{more}")
    if column.not_null:
        parts.append(f"NOT NULL{_conflict(column.not_null_conflict)}")
    if column.collation != "BINARY":
        parts.append(f"COLLATE {column.collation}")
    if column.default is not None:
        bare = column.default.replace("_", "").isalnum() or column.default[0] in "\"'[`"
        parts.append(f"DEFAULT {column.default if bare else f'({column.default})'}")
    own = [check for check in table.checks if check.column == column.name]
    parts += [f"{_named(check.name)}CHECK ({check.expression})" for check in own]
    if column.generated is not Generated.NO:
        parts.append(f"AS ({column.generated_expression}) {column.generated.value.upper()}")
    return " ".join(parts)


def _is_inline_key(table: Table, column: Column) -> bool:
    """AUTOINCREMENT, and INTEGER PRIMARY KEY DESC (no rowid alias), are told from others by standing there."""
    alone = (
        bool(table.primary_key and table.primary_key.columns == (column.name,)) and not table.without_rowid
    )
    no_alias = alone and column.declared_type.upper() == "INTEGER" and not column.rowid_alias
    return column.autoincrement or no_alias


def _foreign_key(key: ForeignKey) -> str:
    parent_columns = "" if key.implicit else f" ({', '.join(map(quote, key.parent_columns))})"
    match = f" MATCH {key.match}" if key.match else ""
    return (
        f"{_named(key.name)}FOREIGN KEY ({', '.join(map(quote, key.columns))})"
        f" REFERENCES {quote(key.parent)}{parent_columns}"
        f" ON DELETE {key.on_delete} ON UPDATE {key.on_update}{match} {key.deferrable}"
    )


def _term(column: IndexColumn) -> str:
    text = column.expression or quote(column.name)
    return f"{text} COLLATE {column.collation}{' DESC' if column.descending else ''}"


def _named(name: str) -> str:
    return f"CONSTRAINT {quote(name)} " if name else ""


def _conflict(conflict: str) -> str:
    return f" ON CONFLICT {conflict}" if conflict else ""
