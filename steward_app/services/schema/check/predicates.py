"""For each constraint, the SQL condition that is true of the rows that break it.

Every condition is written for a FROM clause that names the table without an alias, so that the text of a CHECK,
which may name its own table, means here what it means there.
"""

from __future__ import annotations

from steward_app.db import fold, qualified, quote
from steward_app.services.schema.check.constraints import expected_type
from steward_app.services.schema.check.model import Constraint, ConstraintKind
from steward_app.services.schema.model import ForeignKey, Schema, Table

_FITTING = {
    "integer": "'integer'",
    "real": "'real', 'integer'",
    "number": "'integer', 'real'",
}


def broken_sql(schema: Schema, table: Table, constraint: Constraint) -> str:
    """The condition as SQL, or "" where rows cannot break the constraint or SQL cannot tell.

    UNIQUE is not a condition on one row: see `duplicates_sql`.
    """
    match constraint.kind:
        case ConstraintKind.PRIMARY_KEY:
            nullable = table.primary_key is not None and table.primary_key.nullable
            return " OR ".join(_is_null(column) for column in constraint.columns) if nullable else ""
        case ConstraintKind.NOT_EMPTY:
            return _is_null(constraint.columns[0])
        case ConstraintKind.CHECK:
            return f"NOT {_bracketed(table.checks[constraint.number].expression)}"
        case ConstraintKind.TYPE:
            return _misfit(table, constraint.columns[0])
        case ConstraintKind.LINK:
            key = next(key for key in table.foreign_keys if key.id == constraint.number)
            return orphan_sql(schema, table, key)
        case ConstraintKind.UNIQUE:
            return ""


def orphan_sql(schema: Schema, table: Table, key: ForeignKey) -> str:
    """The condition that a row points to a parent that is not there.

    SQLite compares with the parent column's collation and affinity (https://www.sqlite.org/foreignkeys.html,
    section 3): the parent column stands at the left, and a unary plus takes the child's own affinity away.
    """
    filled = " AND ".join(f"{_column(table, column)} IS NOT NULL" for column in key.columns)
    parent = schema.table(key.parent_table) if key.parent_table else None
    if parent is None:
        return filled
    if len(key.parent_columns) != len(key.columns) or any(
        parent.column(c) is None for c in key.parent_columns
    ):
        return ""
    alias = quote("parent" if fold(table.name) != "parent" else "parent row")
    same = " AND ".join(
        f"{alias}.{quote(theirs)} = +{_column(table, ours)}"
        for ours, theirs in zip(key.columns, key.parent_columns, strict=True)
    )
    source = f"{qualified(parent.name)} AS {alias}"
    return f"{filled} AND NOT EXISTS (SELECT 1 FROM {source} WHERE {same})"


def duplicates_sql(table: Table, constraint: Constraint, *, trust_index: bool = True) -> str:
    """A query that gives one row for each value that stands more than once, with how often it stands.

    Where the index that should forbid it is trusted, and can answer, it is read through that, which costs no sorting;
    whether an index agrees with its table is for the integrity check to say. "" where it is not there any more.
    """
    index = next((index for index in table.indexes if index.name == _index_of(table, constraint)), None)
    if index is None:
        return ""
    values = [quote(term.name) if term.name else _bracketed(term.expression) for term in index.columns]
    terms = [f"{v} COLLATE {quote(term.collation)}" for v, term in zip(values, index.columns, strict=True)]
    conditions = [f"{value} IS NOT NULL" for value in values] + (
        [_bracketed(index.where)] if index.where else []
    )
    plain = not index.where and all(term.name for term in index.columns)
    through = (
        f" INDEXED BY {quote(index.name)}" if plain and trust_index else "" if trust_index else " NOT INDEXED"
    )
    return (
        f"SELECT {', '.join(terms)}, count(*) FROM {qualified(table.name)}{through} "
        f"WHERE {' AND '.join(conditions)} GROUP BY {', '.join(terms)} HAVING count(*) > 1"
    )


def rows_sql(table: Table, condition: str) -> str:
    """A query a person can run that lists the rows a condition is true of."""
    return f"SELECT * FROM {qualified(table.name)} WHERE {condition}"


def _index_of(table: Table, constraint: Constraint) -> str:
    declared = next((u.index for u in table.uniques if u.name and u.name == constraint.name), "")
    if declared:
        return declared
    if any(index.name == constraint.name for index in table.indexes):
        return constraint.name
    return next((u.index for u in table.uniques if u.columns == constraint.columns), "")


def _misfit(table: Table, name: str) -> str:
    column = table.column(name)
    expected = expected_type(table, column) if column else ""
    kind = f"typeof({_column(table, name)})"
    if expected == "date or number":
        # SQLite has no dates: text that its own date functions read, or a number, is what such a column can hold
        readable = f"datetime({_column(table, name)}) IS NOT NULL"
        return f"{kind} = 'blob' OR ({kind} = 'text' AND NOT {readable})"
    return f"{kind} NOT IN ({_FITTING[expected]}, 'null')" if expected else ""


def _bracketed(expression_sql: str) -> str:
    """In brackets, whatever comment it ends with."""
    return f"({expression_sql}\n)" if "--" in expression_sql else f"({expression_sql})"


def _is_null(column: str) -> str:
    # "c IS NULL" on a NOT NULL column is taken for false without looking at a row
    return f"typeof({quote(column)}) = 'null'"


def _column(table: Table, name: str) -> str:
    return f"{quote(table.name)}.{quote(name)}"
