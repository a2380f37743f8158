"""Which columns of tables the columns of a query are read or computed from, whatever is made of them on the way.

SQLite names the column that a column of the result is, through views and other names. It names none for what is
computed, and of UNION and VALUES only one part. For these its authorizer tells every column that the query reads:
more than a value may come of, and never less. https://www.sqlite.org/c3ref/column_database_name.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from typing import Final

import apsw.ext

from steward_app.db.errors import preparing
from steward_app.db.names import fold
from steward_app.db.session import Session
from steward_app.db.tokens import Category, Token

Place = tuple[str, str]
"""Table and column."""

_COMPOUND: Final = re.compile(r"\b(?:UNION|INTERSECT|EXCEPT|VALUES)\b", re.IGNORECASE)
_AFTER_COLUMNS: Final = frozenset({"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT"})


def columns_read(
    session: Session, sql: str, words: Sequence[Token], tables: Collection[str], views: Mapping[str, str]
) -> tuple[frozenset[Place], ...]:
    """For each column of the result the columns that it is read or computed from; those of views, too.

    Args:
        sql: a query that only reads. It is prepared, not run.
        words: the text that lists its columns, the query itself or that of a view, in tokens without spaces and
            remarks.
        tables, views: those of the file, by their folded names, and the text of each view.
    """
    with preparing(session.path):
        told = apsw.ext.query_info(session._connection, sql, actions=True)
    named = [(each[3] or "", each[4] or "") for each in told.description_full or ()]
    read = frozenset(
        (each.table_name or "", each.column_name)
        for each in told.actions or ()
        if each.action_name == "SQLITE_READ" and each.column_name
    )
    through = [views[fold(table)] for table, _ in read if fold(table) in views]
    compound = any(_COMPOUND.search(text) for text in (sql, *through))
    free = frozenset[int]() if compound else _free(words, len(named))
    return tuple(
        frozenset()
        if place in free
        else frozenset({column})
        if not compound and fold(column[0]) in tables  # not what a function such as json_each() gives
        else read
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
