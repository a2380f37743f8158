"""The plain query of a copy, read from its tokens: what it takes, and of which table.

Only SELECT ... FROM ... WHERE ... ORDER BY is read: each row that it gives is a row of its first table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from steward_app.db import fold
from steward_app.db.tokens import unquote
from steward_app.services.schema.ddl import Cursor, UnreadableError, reading

_AFTER_TABLE: Final = frozenset({"", "WHERE", "ORDER", ",", "JOIN", "LEFT", "INNER", "CROSS", "NATURAL"})
_OTHER_ROWS: Final = frozenset({"GROUP", "HAVING", "WINDOW", "LIMIT", "UNION", "INTERSECT", "EXCEPT", ";"})
"""Behind which a row that is given is no longer one of the table."""
_ENDING: Final = frozenset({"NULL", "NOTNULL", "ISNULL", "END"})
"""Words that end an expression and name nothing."""
_GOES_ON: Final = frozenset(
    {"AND", "GLOB", "IN", "IS", "LIKE", "MATCH", "NOT", "OR", "REGEXP", "COLLATE", "OVER"}
)
"""Words behind which an expression is not over."""
_OF_VALUES: Final = "'0123456789xX"
"""What a text, a number or a BLOB begins with."""


@dataclass(frozen=True, slots=True)
class Item:
    """One of what a query takes: its text, and the column where it is nothing else; "*" for all of them."""

    sql: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Select:
    """A plain query.

    Attributes:
        known_as: what it calls its first table.
        items_sql: all that it takes, as it stands.
        rest_sql: from FROM on, without ORDER BY.
        alone: whether it reads no second table.
    """

    table: str
    known_as: str
    items: tuple[Item, ...]
    items_sql: str
    rest_sql: str
    alone: bool


def read_select(sql: str) -> Select | None:
    """The parts of a query, or None for one that is not plain."""
    return reading(_select, sql)


def _select(cursor: Cursor) -> Select:
    cursor.expect("SELECT")
    cursor.accept("ALL")
    start = cursor.at
    if cursor.word == "DISTINCT":
        raise UnreadableError(cursor.offset)
    _to(cursor, frozenset({"FROM"}))
    end = cursor.at
    if not cursor.accept("FROM") or not cursor.is_name[cursor.at]:
        raise UnreadableError(cursor.offset)
    table = cursor.qualified_name()
    known_as = table
    if cursor.accept("AS") or (cursor.is_name[cursor.at] and cursor.word not in _AFTER_TABLE - {""}):
        known_as = cursor.name()
    if cursor.word not in _AFTER_TABLE and not cursor.done():
        raise UnreadableError(cursor.offset)
    alone = cursor.done() or cursor.word in ("WHERE", "ORDER")
    if _to(cursor, _OTHER_ROWS | {"ORDER"}) in _OTHER_ROWS:
        raise UnreadableError(cursor.offset)
    rest = cursor.text(end, cursor.at)
    if _to(cursor, _OTHER_ROWS) in _OTHER_ROWS:
        raise UnreadableError(cursor.offset)
    items = tuple(_item(cursor, *part, known_as) for part in cursor.split(start, end))
    return Select(table, known_as, items, cursor.text(start, end), rest, alone)


def _item(cursor: Cursor, start: int, end: int, known_as: str) -> Item:
    words = cursor.words
    said = end - 2 if end - start > 2 and words[end - 2] == "AS" else end - _is_named(cursor, start, end)
    at = start + 2 if words[start + 1] == "." and _is(cursor, start, known_as) else start
    if words[at] == "*" and said - at == 1:
        return Item("*", "*")
    plain = said - at == 1 and cursor.is_name[at] and not cursor.texts[at].startswith("'")
    return Item(cursor.text(start, said), unquote(cursor.texts[at]) if plain else "")


def _is_named(cursor: Cursor, start: int, end: int) -> bool:
    """Whether the last word of an item is the name it gets, without AS: it stands where an expression is over."""
    last, before = end - 1, end - 2
    if before < start or not cursor.is_name[last] or cursor.words[last] in _ENDING:
        return False
    if cursor.is_name[before]:
        return cursor.words[before] not in _GOES_ON
    return cursor.texts[before] == ")" or cursor.texts[before][0] in _OF_VALUES


def _is(cursor: Cursor, at: int, name: str) -> bool:
    return cursor.is_name[at] and fold(unquote(cursor.texts[at])) == fold(name)


def _to(cursor: Cursor, words: frozenset[str]) -> str:
    """Go to the first of some words outside of brackets, and give it; to the end where none comes."""
    while not cursor.done():
        if cursor.word in words:
            return cursor.word
        if cursor.word == "(":
            cursor.group()
        else:
            cursor.take()
    return ""
