"""Rows of a table that statements write into others before it is emptied or dropped, and those that none writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from steward_app.db import fold, quote
from steward_app.services.migrate.lint.acts import Create, Insert
from steward_app.services.migrate.lint.conflicts import conflicts, left_out
from steward_app.services.migrate.lint.expressions import words
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.selects import read_select
from steward_app.services.migrate.lint.sources import Source
from steward_app.services.migrate.lint.step import Step, columns_read

_ALL_OF: Final = " UNION ALL "


@dataclass(frozen=True, slots=True)
class Copy:
    """Rows of a table that were written into another.

    Attributes:
        rows: how many; None where unknown.
        columns: what was read of them, folded.
        words: names, functions and signs in the query.
        keys: a query for their primary keys; "" where that is not known.
        every: whether it is every row by its text, however many they are.
    """

    into: str
    rows: int | None
    columns: frozenset[str]
    words: frozenset[str]
    keys: str = ""
    every: bool = False


def copied_by(step: Step, rows: Rows, act: Insert | Create) -> dict[str, Copy]:
    """What a statement copies, by the folded names of the tables it reads. Called before the rows follow it."""
    into = act.table if isinstance(act, Insert) else act.name
    columns_of = {table: columns - {""} for table, columns in columns_read(step.accesses).items()}
    read = {table: columns for table, columns in columns_of.items() if columns and table != fold(into)}
    if not read:  # of the table itself rows are only counted
        return {}
    whole, count = comes(step, rows, act), arrives(step, rows, act)
    said = frozenset(words(act.query_sql))
    return {
        table: Copy(
            into,
            count,
            frozenset(columns),
            said,
            _keys(step, rows, act, table, count) if count == whole else "",
            _takes_every(step, act, table),
        )
        for table, columns in read.items()
    }


def comes(step: Step, rows: Rows, act: Insert | Create) -> int | None:
    """How many rows the query of a statement gives; None where that is not told."""
    coming = _coming(step, rows, act)
    if coming is None and (select := read_select(act.query_sql)) is not None:
        coming = rows.query(f"SELECT 1 {select.rest_sql}", step.reads)  # what it takes of them may be unknown
    return _number(rows, f"SELECT count(*) FROM ({coming.sql})") if coming else None


def arrives(step: Step, rows: Rows, act: Insert | Create) -> int | None:
    """How many of these are rows of their own afterwards, and not kept out by others; None where that is not told."""
    count, coming = comes(step, rows, act), _coming(step, rows, act)
    if count and coming and isinstance(act, Insert):
        lost = _left_out(step, rows, act, coming)
        return None if lost is None else count - lost
    return count


def left_behind(held: Sequence[Copy], rows: Rows, table: str, key: Sequence[str]) -> int | None:
    """How many rows of a table none of its copies took; None where that is not told.

    Args:
        key: the columns of its primary key.
    """
    count = rows.count(table)
    counted = [copy for copy in held if copy.rows is not None]
    if any(copy.every for copy in held) and (count is None or len(counted) < len(held)):
        return 0
    if len(counted) < len(held):
        return 0 if counted and left_behind(counted, rows, table, key) == 0 else None
    if count is None:
        return None
    if key and all(copy.keys for copy in held):
        own = ", ".join(map(quote, key))
        keys = _ALL_OF.join(f"SELECT * FROM ({copy.keys})" for copy in held)
        (found,) = rows.counts(rows.from_sql(table), [f"({own}) NOT IN ({keys})"])
        if found is not None:
            return found
    return max(0, count - sum(copy.rows or 0 for copy in held))


def _coming(step: Step, rows: Rows, act: Insert | Create) -> Source | None:
    return rows.coming(step) if isinstance(act, Insert) else rows.query(act.query_sql, step.reads)


def _left_out(step: Step, rows: Rows, act: Insert, coming: Source) -> int | None:
    """How many rows of a copy do not arrive."""
    table, held = step.before.table(act.table), rows.source(act.table)
    if table is None or (found := conflicts(table, act)).none:
        return 0
    if held is None:
        return None
    new, there = f"({coming.sql}) AS {quote(table.name)}", rows.from_sql(table.name)
    return left_out(found, table, new, "" if held.empty else there, rows.ask)


def _keys(step: Step, rows: Rows, act: Insert | Create, name: str, count: int | None) -> str:
    """A query for the primary keys of the rows that a plain query takes; "" where it gives others, or not each."""
    select, table = read_select(act.query_sql), step.before.table(name)
    if select is None or table is None or table.primary_key is None or fold(select.table) != name:
        return ""
    own = ", ".join(f"{quote(select.known_as)}.{quote(each)}" for each in table.primary_key.columns)
    source = rows.query(f"SELECT {own} {select.rest_sql}", step.reads)
    known = source is not None and not source.more
    return (
        source.sql
        if source and known and _number(rows, f"SELECT count(*) FROM ({source.sql})") == count
        else ""
    )


def _takes_every(step: Step, act: Insert | Create, name: str) -> bool:
    """Whether a copy is of one table, without a condition, and none of its rows is kept out."""
    select = read_select(act.query_sql)
    if select is None or fold(select.table) != name or not select.alone or "where" in words(select.rest_sql):
        return False
    into = step.before.table(act.table) if isinstance(act, Insert) else None
    return isinstance(act, Create) or (into is not None and conflicts(into, act).none)


def _number(rows: Rows, sql: str) -> int | None:
    row = rows.ask(sql)
    return row[0] if row and isinstance(row[0], int) else None
