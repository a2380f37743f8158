"""Every constraint a schema declares, as one list, before anybody looks at a row."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.services.schema.check.model import Constraint, ConstraintKind
from steward_app.services.schema.model import Column, ForeignKey, Generated, Schema, Table, TableKind

_ALWAYS = "SQLite enforces it"
_NUMERIC = ("INTEGER", "REAL", "NUMERIC")


def constraints(schema: Schema) -> tuple[Constraint, ...]:
    """The constraints of all ordinary tables but our own, in the order of the schema."""
    return tuple(
        constraint
        for table in schema.tables
        if table.kind is TableKind.TABLE and not table.ours
        for constraint in _of_table(table)
    )


def link_rule(key: ForeignKey) -> str:
    """A foreign key in one line: "visit_id -> visit.id"."""
    children, parents = ", ".join(key.columns), ", ".join(key.parent_columns) or "its primary key"
    if len(key.columns) == 1:
        return f"{children} → {key.parent}.{parents}"
    return f"({children}) → {key.parent} ({parents})"


def expected_type(table: Table, column: Column) -> str:
    """What kind of value a column's declaration promises: "integer", "real", or "" where it promises none.

    Only declarations that give a numeric affinity promise anything that SQLite's own rules could see. Of a link the
    parent's column is looked at; what a generated column gives follows from others.
    https://www.sqlite.org/datatype3.html
    """
    if table.strict or column.rowid_alias or column.hidden or column.generated is not Generated.NO:
        return ""
    if any(column.name in key.columns for key in table.foreign_keys):
        return ""
    if column.affinity == "INTEGER":
        return "integer"
    if column.affinity == "REAL":
        return "real"
    declared = column.declared_type.upper()
    if column.affinity == "NUMERIC" and any(
        word in declared for word in ("DECIMAL", "NUMERIC", "BOOL", "NUMBER")
    ):
        return "number"
    if column.affinity == "NUMERIC" and any(word in declared for word in ("DATE", "TIME")):
        return "date or number"
    return ""


def _of_table(table: Table) -> Iterator[Constraint]:
    name = table.name
    if key := table.primary_key:
        how = "SQLite lets it be empty: it is not STRICT and not WITHOUT ROWID" if key.nullable else _ALWAYS
        yield Constraint(
            _id(ConstraintKind.PRIMARY_KEY, name, *key.columns),
            ConstraintKind.PRIMARY_KEY,
            name,
            ", ".join(key.columns),
            key.columns,
            key.name,
            enforcement=how,
        )
    for foreign_key in table.foreign_keys:
        yield Constraint(
            _id(ConstraintKind.LINK, name, str(foreign_key.id)),
            ConstraintKind.LINK,
            name,
            link_rule(foreign_key),
            foreign_key.columns,
            foreign_key.name,
            number=foreign_key.id,
            enforcement="Only if the program turns it on"
            if not foreign_key.mismatch
            else "Not at all: SQLite cannot use it",
        )
    for index in table.indexes:
        if index.unique and index.origin != "primary key":
            columns = tuple(term.name or term.expression for term in index.columns)
            where = f" where {' '.join(index.where.split())}" if index.where else ""
            declared = next((unique for unique in table.uniques if unique.index == index.name), None)
            yield Constraint(
                _id(ConstraintKind.UNIQUE, name, index.name),
                ConstraintKind.UNIQUE,
                name,
                ", ".join(columns) + where,
                columns,
                declared.name if declared else index.name,
                enforcement=_ALWAYS,
            )
    for number, check in enumerate(table.checks):
        yield Constraint(
            _id(ConstraintKind.CHECK, name, str(number), check.expression),
            ConstraintKind.CHECK,
            name,
            " ".join(check.expression.split()),
            (check.column,) if check.column else (),
            check.name,
            number=number,
            enforcement="SQLite enforces it, unless a program turns checks off",
        )
    yield from _of_columns(table)


def _of_columns(table: Table) -> Iterator[Constraint]:
    for column in table.columns:
        if column.not_null and not column.key_position:
            yield Constraint(
                _id(ConstraintKind.NOT_EMPTY, table.name, column.name),
                ConstraintKind.NOT_EMPTY,
                table.name,
                column.name,
                (column.name,),
                enforcement=_ALWAYS,
            )
        if expected_type(table, column):
            yield Constraint(
                _id(ConstraintKind.TYPE, table.name, column.name),
                ConstraintKind.TYPE,
                table.name,
                f"{column.name} {column.declared_type.lower()}",
                (column.name,),
                enforcement="Not at all: the table is not STRICT",
            )


def _id(*parts: str) -> str:
    return "\x1f".join(parts)
