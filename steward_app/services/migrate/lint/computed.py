"""Columns that a table computes from others of its row: which rest on what is written, and what they hold then."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from steward_app.db import fold, quote
from steward_app.services.migrate.lint.expressions import words
from steward_app.services.migrate.lint.sources import as_written
from steward_app.services.migrate.lint.step import Step, written_columns
from steward_app.services.schema.model import Column, Generated, Table


def resting_on(table: Table, columns: Collection[str]) -> set[str]:
    """The computed columns that read some of a table's columns, all folded, themselves or through each other."""
    reads = _reads(table)
    found: set[str] = set()
    while more := {name for name, read in reads.items() if read & {*columns, *found}} - found:
        found |= more
    return found


def changed_columns(step: Step, table: Table) -> set[str]:
    """The columns of a table, folded, that a statement writes, and those that are computed from them."""
    written = written_columns(step, table.name)
    return written | resting_on(table, written)


def computed_anew(
    table: Table, columns: Sequence[Column], written: Collection[str], sql: str, beside: Sequence[str] = ()
) -> str:
    """Rows with the columns that rest on what was written, folded, as the table computes them from it.

    Args:
        columns: those that the rows have.
        sql: the rows, with what these columns held before.
        beside: what else the rows have, quoted.
    """
    reads, waiting = _reads(table), resting_on(table, written) & {fold(each.name) for each in columns}
    while now := {name for name in waiting if not reads[name] & (waiting - {name})}:
        values = [
            f"({each.generated_expression}\n) AS {quote(each.name)}"
            if fold(each.name) in now
            else quote(each.name)
            for each in columns
        ]
        sql = f"SELECT {', '.join([*values, *beside])} FROM ({sql}) AS {quote(table.name)}"
        sql = f"SELECT {', '.join([as_written(columns, now), *beside])} FROM ({sql})"
        waiting -= now
    return sql


def _reads(table: Table) -> dict[str, frozenset[str]]:
    """What each computed column names, folded."""
    return {
        fold(each.name): frozenset(words(each.generated_expression))
        for each in table.columns
        if each.generated is not Generated.NO
    }
