"""Which tables a migration can touch, told from its words: more than it does touch, never fewer.

A table is in reach when its name stands anywhere in the SQL, or in a trigger or view of something in reach.
"""

from __future__ import annotations

from collections.abc import Iterable

from steward_app.db import Session, fold
from steward_app.db.safe_mode import schema_rows
from steward_app.db.tokens import Category, tokenize, unquote


def reach(session: Session, scripts: Iterable[str]) -> frozenset[str]:
    """Folded names of what these texts can touch in the file as it is now."""
    objects = [
        (fold(row.type), fold(row.name), fold(row.table), row.sql)
        for row in schema_rows(session)  # which reads names that are no UTF-8, too
        if fold(row.type) in ("table", "view", "trigger")
    ]
    known = {name for kind, name, _, _ in objects if kind != "trigger"}
    found: set[str] = set()
    new = {word for text in scripts for word in _words(text)} & known
    while new:
        found |= new
        through = (sql for kind, name, table, sql in objects if _leads(kind, name, table, new))
        new = ({word for sql in through for word in _words(sql)} & known) - found
    return frozenset(found)


def _leads(kind: str, name: str, table: str, names: set[str]) -> bool:
    return (kind == "trigger" and table in names) or (kind == "view" and name in names)


def _words(text: str) -> set[str]:
    return {
        fold(unquote(token.text))
        for token in tokenize(text)
        if token.category in (Category.IDENTIFIER, Category.KEYWORD, Category.STRING)
    }
