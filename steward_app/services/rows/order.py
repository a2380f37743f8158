"""Orders, and the place of a row in one: paging by key instead of by counting off.

What follows a row in the order (a, b, key) are three ranges one after another: the rows equal in a and b with a
greater key, those equal in a with a greater b, those with a greater a. Each range is one plain condition that an index
serves, so a page costs the same wherever it stands and however many rows are equal. One condition joined by OR would
make SQLite sort or read over them. NULL comes before everything, as SQLite orders it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key
from typing import Any, TypeAlias

from steward_app.kernel.values import Row, SqlValue
from steward_app.services.rows.model import Sort
from steward_app.services.rows.source import Source, Term, column_term

Bindings: TypeAlias = tuple[SqlValue, ...]


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of SQL with the values bound in it."""

    sql: str = ""
    bindings: Bindings = ()

    def __bool__(self) -> bool:
        return bool(self.sql)


def every(*conditions: Fragment) -> Fragment:
    """All of the conditions, as one; empty ones do not matter."""
    present = [condition for condition in conditions if condition]
    return Fragment(
        " AND ".join(f"({condition.sql})" for condition in present),
        tuple(value for condition in present for value in condition.bindings),
    )


def where(*conditions: Fragment) -> Fragment:
    """A WHERE clause of all conditions, with a space before it; nothing when there are none."""
    joined = every(*conditions)
    return Fragment(f" WHERE {joined.sql}", joined.bindings) if joined else joined


def order_terms(source: Source, sorts: Sequence[Sort], *, flip_key: bool = False) -> tuple[Term, ...]:
    """The terms of an order: the columns asked for, then the key, so that no two rows are equal in it.

    The key runs in the direction of the last column, as it does in an index over that column; `flip_key` turns it,
    as it is in an index that was itself declared descending.
    """
    terms: list[Term] = []
    for sort in sorts:
        term = column_term(source.table, source.column(sort.column), descending=sort.descending)
        if all(term.sql != earlier.sql for earlier in terms):
            terms.append(term)
        if term.integer:
            return tuple(terms)
    turned = (bool(terms) and terms[-1].descending) != flip_key
    for term in source.key.terms if source.key else ():
        if all(term.sql != earlier.sql for earlier in terms):
            terms.append(replace(term, descending=term.descending != turned))
    return tuple(terms)


def order_by(terms: Sequence[Term], *, backward: bool = False) -> str:
    """The terms after ORDER BY."""
    return ", ".join(f"{t.sql} DESC" if t.descending != backward else t.sql for t in terms)


def ranges(
    terms: Sequence[Term], place: Row, *, backward: bool = False, inclusive: bool = False
) -> Iterator[Fragment]:
    """Conditions for the rows after a place (before it when `backward`), nearest first; none overlap.

    Args:
        terms: the order.
        place: the values of a row in all terms. The row itself need not exist.
        inclusive: with the row at the place.
    """
    last = len(terms) - 1
    for level in range(last, -1, -1):
        equal = every(*(_equal(term, value) for term, value in zip(terms[:level], place, strict=False)))
        up = terms[level].descending == backward
        for beyond in _beyond(terms[level], place[level], up=up, inclusive=inclusive and level == last):
            yield every(equal, beyond)


def mark(value: SqlValue) -> Fragment:
    """A value bound in SQL. Text that is not valid UTF-8 (its bytes in surrogates) is bound as those bytes."""
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return Fragment("+CAST(? AS TEXT)", (value.encode("utf-8", "surrogateescape"),))
    return Fragment("?", (value,))


def equals(term: Term, value: SqlValue) -> Fragment:
    """A condition for the rows equal to a value in a term, NULL to NULL."""
    return _equal(term, value)


def place_key(terms: Sequence[Term], codec: str = "utf-8") -> Any:
    """A sort key for places in Python that orders as SQLite does. For searching among places, not for paging.

    `codec` is that of the file's texts: BINARY compares their bytes as they are stored.
    """

    def compare(one: Row, other: Row) -> int:
        for term, a, b in zip(terms, one, other, strict=False):
            left, right = _rank(a, term.collation, codec), _rank(b, term.collation, codec)
            if left != right:
                return 1 if (left > right) != term.descending else -1
        return 0

    return cmp_to_key(compare)


def _equal(term: Term, value: SqlValue) -> Fragment:
    if value is None:
        return Fragment(f"{term.sql} IS NULL")
    bound = mark(value)
    return Fragment(f"{term.sql} = {bound.sql}", bound.bindings)


def _beyond(term: Term, value: SqlValue, *, up: bool, inclusive: bool) -> Iterator[Fragment]:
    if value is None:
        if inclusive:
            yield Fragment(f"{term.sql} IS NULL")
        if up:
            yield Fragment(f"{term.sql} IS NOT NULL")
        return
    bound = mark(value)
    sign = (">" if up else "<") + ("=" if inclusive else "")
    yield Fragment(f"{term.sql} {sign} {bound.sql}", bound.bindings)
    if not up and not term.integer:
        yield Fragment(f"{term.sql} IS NULL")


_FOLDED = {ord(c): ord(c) + 32 for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def _rank(value: SqlValue, collation: str, codec: str) -> tuple[int, Any]:
    """A value such that Python compares as SQLite: NULL, numbers, text, BLOB."""
    match value:
        case None:
            return 0, 0
        case int() | float():
            return 1, value
        case str():
            text = value.rstrip(" ") if collation == "RTRIM" else value
            text = text.translate(_FOLDED) if collation == "NOCASE" else text
            codec = codec if collation == "BINARY" else "utf-8"
            return 2, text.encode(codec, "surrogateescape" if codec == "utf-8" else "surrogatepass")
        case bytes():
            return 3, value
