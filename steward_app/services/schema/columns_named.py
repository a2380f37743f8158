"""Which columns of a table an expression names: a CHECK, or what a column is computed from."""

from __future__ import annotations

from steward_app.db.names import fold
from steward_app.db.tokens import Category, significant, tokenize, unquote
from steward_app.services.schema.model import Column, Table


def columns_named(table: Table, expression: str) -> tuple[Column, ...]:
    """The columns that stand in an expression, in the order of the table."""
    words = {
        fold(unquote(token.text))
        for token in significant(tokenize(expression))
        if not (token.category is Category.STRING and token.text[0] == "'")
    }
    return tuple(column for column in table.columns if fold(column.name) in words)
