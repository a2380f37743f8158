"""Which columns of tables the values of a query's result come of, whatever is made of them on the way.

SQLite names the column that a column of the result is, through views and other names. It names none for what is
computed, and of UNION and VALUES only one part. For these its authorizer tells every column that the query reads:
more than a value may come of, and never less. What a column is made of itself stands beside it (`derived`).
https://www.sqlite.org/c3ref/column_database_name.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from steward_app.db.any_text import rows_of_any_text
from steward_app.db.derived import DerivedColumns, Place
from steward_app.db.names import fold
from steward_app.db.session import Session
from steward_app.db.tokens import Category, Token

_COMPOUND: Final = re.compile(r"\b(?:UNION|INTERSECT|EXCEPT|VALUES)\b", re.IGNORECASE)
_AFTER_COLUMNS: Final = frozenset({"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT"})


def origins_of(
    session: Session, sql: str, words: Sequence[Token], named: Sequence[Place]
) -> tuple[frozenset[Place], ...]:
    """For each column of the result, the columns that its values come of. The query passed as one that only reads.

    Args:
        sql, words: the query, and the same in tokens without spaces and remarks.
        named: what SQLite names for each column; ("", "") for nothing.
    """
    asked = "SELECT type, name, tbl_name, coalesce(sql, '') FROM main.sqlite_schema"
    stored = [
        (str(kind), str(name), str(of), str(text))
        for kind, name, of, text in rows_of_any_text(session, asked)
    ]
    tables = {fold(name) for kind, name, _, _ in stored if kind == "table"}
    views = {fold(name): text for kind, name, _, text in stored if kind == "view"}
    derived = DerivedColumns(session, stored)
    read = {(a.table, a.column) for a in session.accesses(sql) if a.action == "SQLITE_READ" and a.column}
    through = [views[fold(table)] for table, _ in read if fold(table) in views]
    compound = any(_COMPOUND.search(text) for text in (sql, *through))
    free = frozenset[int]() if compound else _free(words, len(named))
    whole = frozenset(read.union(*map(derived.sources_of, read)))
    return tuple(
        frozenset()
        if place in free
        else frozenset({column}) | derived.sources_of(column)
        if not compound and fold(column[0]) in tables  # not what a function such as json_each() gives
        else whole
        for place, column in enumerate(named)
    )


def _free(words: Sequence[Token], columns: int) -> frozenset[int]:
    """The places of the columns that give no value of the file back."""
    listed = _listed(words)
    if len(listed) != columns or any(item and item[-1].text == "*" for item in listed):
        return frozenset()
    return frozenset(place for place, item in enumerate(listed) if _gives_nothing(item))


def _listed(words: Sequence[Token]) -> list[list[Token]]:
    """The columns that a SELECT lists; nothing for a query that begins otherwise."""
    if not words or words[0].word != "SELECT":
        return []
    depth, listed = 0, list[list[Token]]([[]])
    for token in words[2 if len(words) > 1 and words[1].word in {"DISTINCT", "ALL"} else 1 :]:
        depth += _deeper(token)
        if not depth and token.word in _AFTER_COLUMNS:
            break
        if not depth and token.text == ",":
            listed.append([])
        else:
            listed[-1].append(token)
    return listed


def _gives_nothing(item: Sequence[Token]) -> bool:
    """Whether it is `count(...)` or a value that the query itself says, and no more, with a name or without."""
    if len(item) > 2 and item[-2].word == "AS":
        item = item[:-2]
    if len(item) == 1:
        return item[0].category in (Category.STRING, Category.NUMBER) or item[0].word == "NULL"
    if not item or item[0].word != "COUNT" or item[1].text != "(":
        return False
    depths = list(accumulate(map(_deeper, item[1:])))
    return 0 in depths and depths.index(0) == len(depths) - 1


def _deeper(token: Token) -> int:
    return {"(": 1, ")": -1}.get(token.text, 0)
