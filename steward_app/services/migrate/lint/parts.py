"""Parts of a statement that writes rows: the text up to a word, and what stands behind SET and ON CONFLICT."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from steward_app.db import quote
from steward_app.db.tokens import unquote
from steward_app.services.schema.ddl import Cursor, UnreadableError

_QUERIES: Final = frozenset({"SELECT", "VALUES", "WITH"})
_CLAUSES: Final = frozenset(
    {"SELECT", "DISTINCT", "FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "UNION", "AS", "*"}
)
"""Without any of which a query is a list of expressions."""
_AT_ONCE: Final = quote("at once")


@dataclass(frozen=True, slots=True)
class Upsert:
    """ON CONFLICT (columns) DO UPDATE: the columns of the key, or () for any, and the condition of the row there.

    Attributes:
        before, behind: keys with DO NOTHING said before and behind it, each as `target`.
    """

    target: tuple[str, ...]
    where_sql: str = ""
    before: tuple[tuple[str, ...], ...] = ()
    behind: tuple[tuple[str, ...], ...] = ()


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


def read_upsert(cursor: Cursor) -> tuple[tuple[tuple[str, str], ...], Upsert | None]:
    """What DO UPDATE sets, and the rest of it where the keys are of plain columns and it is said once."""
    sets: list[tuple[str, str]] = []
    updates: list[Upsert] = []
    nothing: list[tuple[str, ...]] = []
    told = True
    while cursor.accept("ON", "CONFLICT"):
        target = _conflict_target(cursor)
        told = told and target is not None
        until(cursor, "DO")
        cursor.expect("DO")
        if cursor.accept("NOTHING"):
            nothing.append(target or ())
            continue
        cursor.expect("UPDATE", "SET")
        sets += set_to(cursor)
        where = until(cursor, "ON", "RETURNING", inside_of="CONFLICT")[0] if cursor.accept("WHERE") else ""
        updates.append(Upsert(target or (), where, tuple(nothing)))
    if not told or len(updates) != 1:
        return tuple(sets), None
    return tuple(sets), replace(updates[0], behind=tuple(nothing[len(updates[0].before) :]))


def _conflict_target(cursor: Cursor) -> tuple[str, ...] | None:
    """The columns behind ON CONFLICT, () for none; None for expressions, and for an index with WHERE."""
    if cursor.word != "(":
        return ()
    listed = cursor.split(*cursor.group())
    plain = all(last - first == 1 for first, last in listed) and cursor.word == "DO"
    return tuple(unquote(cursor.texts[at]) for at, _ in listed) if plain else None
