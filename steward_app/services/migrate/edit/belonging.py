"""Which columns a rule or an index is about, and whether it goes where columns go."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeAlias

from steward_app.db.names import fold, quote
from steward_app.db.tokens import significant, tokenize, unquote
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit import text
from steward_app.services.migrate.edit.model import Edit
from steward_app.services.migrate.edit.spans import Clause, ClauseKind, ColumnSpan, TableSpans
from steward_app.services.schema.ddl import Cursor, reading
from steward_app.services.schema.model import Column, Index, Schema, Table, TableKind

Step: TypeAlias = Edit | str
"""An edit, or a statement that moves values."""

NOTHING = "Nothing was changed."
_EXPRESSIONS = (ClauseKind.CHECK, ClauseKind.GENERATED)


def refused(why: str, hint: str = "") -> Refused:
    """What is in the way of a table being split or merged."""
    return Refused(ErrorCode.BLOCKED, why, hint=f"{NOTHING} {hint}".rstrip())


def table_named(schema: Schema, name: str) -> Table:
    """A table that holds rows itself. Raises `UsageError` where there is none."""
    found = schema.table(name)
    if found is None or found.kind is not TableKind.TABLE:
        raise UsageError(ErrorCode.UNKNOWN_OBJECT, f"There is no table {quoted(name)}.", hint=NOTHING)
    return found


def key_of(table: Table) -> Column:
    """The one column that names a row. Raises `Refused` where there is none."""
    key = table.primary_key
    found = table.column(key.columns[0]) if key and len(key.columns) == 1 and not key.nullable else None
    if found is None:
        raise refused(
            f"{quoted(table.name)} has no primary key of one column that always has a value.",
            "Give it one first.",
        )
    return found


def names_in(sql: str, columns: Collection[str]) -> set[str]:
    """Which columns, by their folded names, an expression can mean."""
    tokens = significant(tokenize(sql))
    following = [*(token.text for token in tokens[1:]), ""]
    return {
        name
        for token, after in zip(tokens, following, strict=True)
        if after != "(" and not token.text.startswith("'") and (name := fold(unquote(token.text))) in columns
    }


def about(sql: str, clause: Clause, columns: Collection[str]) -> set[str]:
    """Which columns a rule is about."""
    named = {fold(name) for name in clause.columns}
    if clause.kind in _EXPRESSIONS:
        named |= names_in(sql[clause.inside.start : clause.inside.end], columns)
    return named


def goes(what: str, named: set[str], moving: Collection[str]) -> bool:
    """Whether something goes with columns. Raises `Refused` where it is about others, too."""
    if not named & set(moving):
        return False
    if not named <= set(moving):
        raise refused(
            f"{what} is about columns that go and about columns that stay.", "Drop or change it first."
        )
    return True


def going_rules(spans: TableSpans, moving: Collection[str]) -> list[Clause]:
    """The rules of the table that go with columns. Raises `Refused` where one is about others, too."""
    columns = {fold(column.name) for column in spans.columns}
    for column in spans.columns:
        for clause in column.clauses:
            goes(_said(spans.sql, clause), about(spans.sql, clause, columns), moving)
    return [
        clause
        for clause in spans.clauses
        if goes(_said(spans.sql, clause), about(spans.sql, clause, columns), moving)
    ]


def going_indexes(table: Table, moving: Collection[str]) -> list[Index]:
    """The indexes that go with columns, but for those that rules make. Raises `Refused` likewise."""
    columns = {fold(column.name) for column in table.columns}
    return [
        index
        for index in table.indexes
        if index.sql
        and goes(f"The index {quoted(index.name)}", names_in(_behind_table(index.sql), columns), moving)
    ]


def on_other_table(index: Index, table: str) -> str:
    """The text of an index, on another table."""
    start, end = _table_in(index.sql)
    return index.sql[:start] + text.written(table) + index.sql[end:]


def refuse_captured(said: Collection[str], before: Collection[str], after: Collection[str]) -> None:
    """Raise `Refused` where a text in double quotes would be a column in the other table."""
    strangers = {fold(name) for name in after} - {fold(name) for name in before}
    for sql in said:
        for token in significant(tokenize(sql)):
            if token.text.startswith('"') and fold(unquote(token.text)) in strangers:
                raise refused(
                    f"{token.text} is a text here and would be a column there.",
                    "Write it in single quotes first.",
                )


def expressions(spans: TableSpans) -> Iterator[str]:
    """The conditions and computed values that a table's text holds."""
    at_columns = (clause for column in spans.columns for clause in column.clauses)
    for clause in (*at_columns, *spans.clauses):
        if clause.kind in _EXPRESSIONS:
            yield spans.sql[clause.inside.start : clause.inside.end]


def without(sql: str, spans: TableSpans, moving: Collection[str], rules: Collection[Clause]) -> str:
    """The text of a table without columns and rules. The last item goes first: what stands before it stays there."""
    items: list[Clause | ColumnSpan] = [each for each in spans.columns if fold(each.name) in moving]
    for item in sorted([*items, *rules], key=lambda each: -each.start):
        sql = text.drop_item(sql, item)
    return sql


def looked_up(there: str, key: str, column: str, home: Table, home_key: str) -> str:
    """A column's value of the row of another table that belongs to a row, as SQL over the row's own columns."""
    taken = {fold(each.name) for each in home.columns}
    number = next(n for n in range(len(taken) + 1) if not {f"k{n}", f"v{n}"} & taken)
    other = f"SELECT {quote(key)} AS k{number}, {quote(column)} AS v{number} FROM {quote(there)}"
    return f"(SELECT v{number} FROM ({other}) WHERE k{number} = {quote(home_key)})"


def _said(sql: str, clause: Clause) -> str:
    return f"The rule {quoted(sql[clause.start : clause.end])}"


def _behind_table(sql: str) -> str:
    return sql[_table_in(sql)[1] :]


def _table_in(sql: str) -> tuple[int, int]:
    """Where the name of the table stands in a CREATE INDEX."""

    def read(cursor: Cursor) -> tuple[int, int]:
        cursor.expect("CREATE")
        cursor.accept("UNIQUE")
        cursor.expect("INDEX")
        cursor.accept("IF", "NOT", "EXISTS")
        cursor.qualified_name()
        cursor.expect("ON")
        at = cursor.at
        cursor.name()
        found = cursor.offsets[at], cursor.end_of(at)
        cursor.at = cursor.end
        return found

    found = reading(read, sql)
    if found is None:
        raise refused("The text of an index cannot be read.", "Drop or change it first.")
    return found
