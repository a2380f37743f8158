"""Parts of a statement that writes rows: the text up to a word, and what stands behind SET."""

from __future__ import annotations

from typing import Final

from steward_app.db import quote
from steward_app.services.schema.ddl import Cursor, UnreadableError

_QUERIES: Final = frozenset({"SELECT", "VALUES", "WITH"})
_CLAUSES: Final = frozenset(
    {"SELECT", "DISTINCT", "FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "UNION", "AS", "*"}
)
"""Without any of which a query is a list of expressions."""
_AT_ONCE: Final = quote("at once")


def until(cursor: Cursor, *words: str, inside_of: str = "") -> tuple[str, str]:
    """The text up to one of the words outside of brackets, and that word; to the end where none comes.

    With `inside_of`, a word ON counts only before that one.
    """
    start = cursor.at
    while not cursor.done():
        word = cursor.word
        if word in words and not (inside_of and word == "ON" and not cursor.looking_at("ON", inside_of)):
            return cursor.text(start, cursor.at), word
        if word == "(":
            cursor.group()
        else:
            cursor.take()
    text = cursor.text(start, cursor.at)
    if not text and not words:
        raise UnreadableError(cursor.offset)
    return text, ""


def set_to(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    """What stands behind SET: each column with its expression; of those set at once from a query, its part of it."""
    sets: list[tuple[str, str]] = []
    while True:
        names = cursor.names() if cursor.word == "(" else (cursor.name(),)
        cursor.expect("=")
        start = cursor.at
        expression, _ = until(cursor, ",", "WHERE", "FROM", "ON", "RETURNING", "ORDER", "LIMIT")
        listed = [expression]
        if len(names) > 1:
            end, cursor.at = cursor.at, start
            inner = cursor.group()
            first, last = inner
            if cursor.words[first] == "SELECT" and not _CLAUSES & set(cursor.words[first + 1 : last]):
                inner = first + 1, last
            if cursor.words[inner[0]] in _QUERIES:
                listed = _parts(names, cursor.text(*inner))
            else:
                listed = [cursor.text(*each) for each in cursor.split(*inner)]
            cursor.at = end
        if len(listed) != len(names):
            raise UnreadableError(cursor.offset)
        sets += zip(names, listed, strict=True)
        if not cursor.accept(","):
            return tuple(sets)


def _parts(names: tuple[str, ...], query_sql: str) -> list[str]:
    """What a query gives each of the columns that are set from it at once."""
    places = [quote(f"{place}") for place in range(len(names))]
    head = f"WITH {_AT_ONCE}({', '.join(places)}) AS ({query_sql}\n)"
    return [f"({head} SELECT {place} FROM {_AT_ONCE})" for place in places]
