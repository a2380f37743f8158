"""What a technique needs to know of a whole column, read before the first row is changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from steward_app.db import Session, qualified, quote
from steward_app.db.any_text import legible, rows_of_any_text
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.among import Among
from steward_app.services.privacy.dates import Clock, clock_of
from steward_app.services.privacy.discover.json_paths import at
from steward_app.services.privacy.json_values import any_json
from steward_app.services.privacy.rules import Rule
from steward_app.services.schema.affinity import affinity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals: TypeAlias = NDArray[np.float64]
    Places: TypeAlias = NDArray[np.int64]

SAMPLE = 2_000
_LONGEST_NUMBER = 19
_ROWS_A_BATCH = 20_000


def of_rule(session: Session, rule: Rule) -> tuple[SqlValue, ...]:
    """Some of the values that a rule is about."""
    place = rule.place
    values = sample(session, place.table, place.column, place.path, rule.among)
    return tuple(map(number_written, values)) if rule.among else values


def number_written(value: SqlValue) -> SqlValue:
    """The number that a text is: beside values of other sorts, numbers stand as texts."""
    if isinstance(value, str) and len(value) < _LONGEST_NUMBER and value.isascii():
        with suppress(ValueError):
            return number if str(number := int(value)) == value else value
    return value


def sample(
    session: Session, table: str, column: str, path: str = "", among: Among | None = None
) -> tuple[SqlValue, ...]:
    """Values of a column that are there: the first ones, and the smallest and largest numbers.

    Args:
        path: of the values in the first texts of JSON that are wanted.
        among: the rows that are meant.
    """
    name = quote(column)
    there = f"FROM {qualified(table)} WHERE {among.sql if among else '1'} AND"
    bound = among.bound if among else ()
    rows = rows_of_any_text(session, f"SELECT {name} {there} {name} IS NOT NULL LIMIT {SAMPLE}", bound)
    ends = _ends(session, table, column, there, bound)
    found = tuple(value for row in (*rows, *ends) for value in row if value is not None)
    if not path:
        return found
    texts = (legible(cell) if isinstance(cell, str) else cell for cell in found)
    return tuple(value for text in texts for value in at(any_json(text), path))


def _ends(session: Session, table: str, column: str, there_sql: str, bound: Sequence[SqlValue]) -> list[Row]:
    """The smallest and the largest number. A column of TEXT has none: SQLite keeps the digits of those it is given."""
    if affinity(session.column_metadata(table, column).declared_type or "") == "TEXT":
        return []
    name = quote(column)
    return session.all(
        f"SELECT min({name}), max({name}) {there_sql} typeof({name}) IN ('integer', 'real')", bound
    )


def clock(values: Sequence[SqlValue]) -> Clock | None:
    """How the numbers among the values tell moments; None where they do not."""
    return clock_of(value for value in values if isinstance(value, int | float))


def canonical_key(value: SqlValue) -> SqlValue:
    """A value of a key so that SQLite's comparison over a foreign key and ours agree: '7' is 7, 'A' is 'a'."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        text = value.rstrip(" ").lower()
        return int(text) if text.isascii() and text.removeprefix("-").isdigit() and len(text) < 19 else text
    return value


def numbers(
    session: Session, table: str, columns: Sequence[str], context: Context, limit: int | None
) -> tuple[Reals, Places]:
    """Columns of all rows, or of the first ones, as different rows of numbers, and how often each is there.

    NaN where a value is none. Raises `TooMany` where more are different than fit into memory.
    """
    from steward_app.services.privacy.transform.grouped import Counted
    from steward_app.services.privacy.transform.grouped import numbers as as_numbers

    found = Counted(len(columns))
    most = f" LIMIT {limit}" if limit is not None else ""
    rows = read_rows(session, tuple(map(quote, columns)), f"FROM {qualified(table)}{most}")
    while batch := list(islice(rows, _ROWS_A_BATCH)):
        context.checkpoint()
        found.add(as_numbers(list(zip(*batch, strict=True))))
    return found.told()


def read_rows(session: Session, terms_sql: Sequence[str], rest_sql: str) -> Iterator[Row]:
    """Rows of a SELECT in an order that stays, also where a text of them is none."""
    yield from rows_of_any_text(session, f"SELECT {', '.join(terms_sql)} {rest_sql}")
