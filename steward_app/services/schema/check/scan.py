"""Counting the rows that break constraints: one pass over each table for all of its constraints together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.any_text import rows_of_any_text
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.schema.model import Table

SAMPLE = 5
"""Keys shown of the rows that break a constraint."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What one pass gave for one condition: rows it is true of, or why it could not be asked."""

    rows: int
    problem: str = ""


def count_rows(
    session: ReadSession, table: Table, conditions: Sequence[str], context: Context
) -> tuple[int | None, list[Counted]]:
    """How many rows the table has (None when it cannot be read), and how many each condition is true of.

    All conditions are asked in one pass. Where SQLite refuses that (a missing function, JSON that cannot be read),
    each is asked alone, so that one bad condition hides no other.
    """
    source = qualified(table.name)
    sums = [f"total(({condition}) IS TRUE)" for condition in conditions]
    try:
        with session.under(context), in_sqlites_words():
            row = session.one(f"SELECT {', '.join(['count(*)', *sums])} FROM {source}")
    except SqliteSays as objection:
        if not conditions:
            return None, []
        if len(conditions) == 1:
            rows, _ = count_rows(session, table, [], context)
            return rows, [Counted(0, str(objection))]
        alone = [count_rows(session, table, [condition], context) for condition in conditions]
        return alone[0][0], [counted for _, (counted,) in alone]
    numbers = [int(value) if isinstance(value, int | float) else 0 for value in row or ()]
    return numbers[0], [Counted(number) for number in numbers[1:]]


def count_query(session: ReadSession, query: str, context: Context) -> Counted:
    """How many rows a query of ours gives, or why it cannot be asked."""
    try:
        with session.under(context), in_sqlites_words():
            return Counted(session.count(f"SELECT count(*) FROM ({query})"))
    except SqliteSays as objection:
        return Counted(0, str(objection))


def sample_keys(
    session: ReadSession, table: Table, condition: str, context: Context, limit: int = SAMPLE
) -> tuple[Key, ...]:
    """Keys of the first rows a condition is true of; () where the table has nothing to name a row by.

    The rows may be read another way than they were counted, and meet a damaged page there: then the keys before it.
    """
    if not table.key_columns:
        return ()
    columns = ", ".join(quote(column) for column in table.key_columns)
    source = f"{qualified(table.name)} WHERE {condition} LIMIT ?"
    keys: list[Key] = []
    with suppress(SqliteSays), session.under(context), in_sqlites_words():
        keys.extend(rows_of_any_text(session, f"SELECT {columns} FROM {source}", (limit,)))
    return tuple(keys)
