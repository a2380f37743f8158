"""The names and signs in an expression of a statement, read from its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from steward_app.db import fold
from steward_app.db.tokens import significant, tokenize, unquote

RECKONS: Final = frozenset({"+", "-", "*", "/", "%", "||", "<<", ">>"})
CHOOSES: Final = frozenset({"case", "iif", "if", "coalesce", "ifnull"})
"""What leaves each value as it is, but for those that it names."""


def names(sql: str) -> set[str]:
    """The names and signs of an expression, without those of the row that was to come.

    A name behind another one's point stands with it, too: "a" and "t.a". In a query that reads tables, a name may be of
    one of them, and only what says whose it is counts.
    """
    texts = [fold(unquote(token.text)) for token in significant(tokenize(sql))]
    reading = _in_queries(texts)
    found = set()
    for place, text in enumerate(texts):
        of = texts[place - 2] if place > 1 and texts[place - 1] == "." else ""
        if of != "excluded":
            found |= {f"{of}.{text}"} if place in reading and text not in RECKONS else {text, f"{of}.{text}"}
    return found


def words(sql: str) -> set[str]:
    """Every word and sign of a text, folded and without quotes, whatever it stands in."""
    return {fold(unquote(token.text)) for token in significant(tokenize(sql))}


def reads_own(sql: str, known_as: str, column: str) -> bool:
    """Whether an expression names a column of the row itself, and not one of the same name in what it looks up."""
    found, own = names(sql), fold(column)
    return f"{fold(known_as)}.{own}" in found or {own, f".{own}"} <= found


def looks_up(sql: str, table: str) -> bool:
    """Whether a text names a table by itself, as behind FROM, and not only before the name of a column."""
    texts = [fold(unquote(token.text)) for token in significant(tokenize(sql))]
    return any(
        text == fold(table) and after != "." for text, after in zip(texts, [*texts[1:], ""], strict=True)
    )


def _in_queries(texts: Sequence[str]) -> set[int]:
    """The places in brackets that hold a query over tables."""
    opened: list[int] = []
    found: set[int] = set()
    for place, text in enumerate(texts):
        if text == "(":
            opened.append(place)
        elif text == ")" and opened:
            start = opened.pop()
            if texts[start + 1] in ("select", "with") and "from" in texts[start:place]:
                found.update(range(start, place))
    return found
