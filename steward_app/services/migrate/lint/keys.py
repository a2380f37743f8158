"""What must be unique in a table, and rows that have the same in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from steward_app.db import fold, quote
from steward_app.db.tokens import significant, tokenize, unquote
from steward_app.services.migrate.lint.expressions import names
from steward_app.services.schema.model import Index, IndexColumn, Table

FAILING: Final = frozenset({"", "ABORT", "FAIL", "ROLLBACK"})
"""What a statement or a rule may say of a row that breaks it, after which nothing is written."""

_SAME_UNDER: Final = {  # functions of one text, and collations under which the same texts have the same result
    "lower": ("binary", "nocase"),
    "upper": ("binary", "nocase"),
    "trim": ("binary",),
    "ltrim": ("binary",),
    "rtrim": ("binary", "rtrim"),
}


def unique_keys(table: Table, said: str, answers: frozenset[str] = FAILING) -> list[Index]:
    """What must be unique, where the answer to a row that is not is one of some.

    Args:
        said: what the statement answers (OR REPLACE), whatever the table says; "" leaves it to the table: ON CONFLICT.
    """
    found = []
    for index in table.indexes:
        clause = next((each.conflict for each in table.uniques if each.index == index.name), "")
        if index.origin == "primary key" and table.primary_key:
            clause = table.primary_key.conflict
        if index.unique and (said or clause.upper()) in answers:
            found.append(index)
    alias = next((column for column in table.columns if column.rowid_alias), None)
    if alias is not None and table.primary_key and (said or table.primary_key.conflict.upper()) in answers:
        key = IndexColumn(alias.name)
        found.append(Index(alias.name, table.name, (key,), unique=True, origin="primary key"))
    return found


def terms(key: Index) -> list[str]:
    """The expressions of a key, each as the key compares it."""
    values = [quote(term.name) if term.name else f"({term.expression}\n)" for term in key.columns]
    return [f"{said} COLLATE {quote(term.collation)}" for said, term in zip(values, key.columns, strict=True)]


def under(key: Index) -> str:
    """The condition that a row falls under a key: it has all of its values, and meets its WHERE."""
    conditions = [f"{term} IS NOT NULL" for term in terms(key)]
    return " AND ".join([*conditions, f"({key.where}\n)"] if key.where else conditions)


def meets(key: Index, from_sql: str) -> str:
    """The condition that a row has the same under a key as one of others."""
    listed = ", ".join(terms(key))
    return f"({under(key)} AND ({listed}) IN (SELECT {listed} FROM {from_sql} WHERE {under(key)}))"


def alike(key: Index, from_sql: str) -> str:
    """A query for how many rows are there beside one of each value of a key."""
    groups = f"SELECT count(*) AS n FROM {from_sql} WHERE {under(key)} GROUP BY {', '.join(terms(key))}"
    return f"SELECT CAST(total(n - 1) AS INTEGER) FROM ({groups})"


def keeps_apart(table: Table, index: Index, was: Callable[[str], str] = str) -> bool:
    """Whether a key of a table allows no more than an index did.

    Args:
        was: what a column of the table was called when the index was there.
    """
    wanted = _compared(index, str)
    texts = {fold(was(column.name)) for column in table.columns if column.affinity == "TEXT"}
    return any(
        all(
            _is_among(wanted, term) or _is_made_of_one(wanted, term[1], texts) for term in _compared(key, was)
        )
        and (not key.where or " ".join(key.where.split()) == _where(index))
        for key in unique_keys(table, said="ABORT")
    )


def _compared(index: Index, was: Callable[[str], str]) -> set[tuple[str, str, str]]:
    return {
        (fold(was(term.name)) if term.name else "", " ".join(term.expression.split()), fold(term.collation))
        for term in index.columns
    }


def _is_among(wanted: set[tuple[str, str, str]], term: tuple[str, str, str]) -> bool:
    """Whether what a key compares is compared, too; what is the same to the letter is so under every collation."""
    return term in wanted or (*term[:2], "binary") in wanted


def _is_made_of_one(wanted: set[tuple[str, str, str]], expression: str, texts: set[str]) -> bool:
    """Whether an expression is of a text that is compared, too, and the same for each two texts that are: lower(a).

    Not so of numbers: 1 and 1.0 are the same, and their texts are not.
    """
    said = [fold(unquote(token.text)) for token in significant(tokenize(expression))]
    if len(said) != 4 or said[1] != "(" or said[3] != ")" or said[2] not in texts:
        return False
    return any((said[2], "", under) in wanted for under in _SAME_UNDER.get(said[0], ()))


def _where(index: Index) -> str:
    return " ".join(index.where.split())


def asks_for(index: Index) -> set[str]:
    """The names, folded, of what an index is of and what its WHERE asks for."""
    texts = [quote(term.name) if term.name else term.expression for term in index.columns]
    return names(index.where).union(*map(names, texts))


def named(key: Index) -> str:
    """What a key is of, as text."""
    return ", ".join(term.name or term.expression for term in key.columns)


def rests_on(key: Index, columns: set[str]) -> bool:
    """Whether a key holds one of some columns, or asks for it in its WHERE."""
    asked = any(name in fold(key.where) for name in columns)
    return asked or any(not term.name or fold(term.name) in columns for term in key.columns)
