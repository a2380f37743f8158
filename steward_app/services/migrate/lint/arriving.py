"""Rows that come into a table, as it holds them then."""

from __future__ import annotations

from dataclasses import replace

from steward_app.db import fold, quote
from steward_app.services.migrate.lint.computed import computed_anew, resting_on
from steward_app.services.migrate.lint.sources import COMING, Source, as_kept, whole
from steward_app.services.schema.model import Generated, Table


def arriving(
    table: Table, columns: tuple[str, ...], coming: Source, *, converted: bool = True
) -> Source | None:
    """Rows that come into a table, under the names of its columns.

    Args:
        columns: those that are given, or () for all.
        converted: with the values as the columns' types turn them, and not as the query gives them.
    """
    own = [column for column in table.columns if not column.hidden]
    into = columns or tuple(column.name for column in own if column.generated is Generated.NO)
    given = {fold(name) for name in into}
    written = {fold(column.name) for column in own if column.generated is Generated.NO}
    resting = resting_on(table, written)
    values = []
    for column in own:
        value = f"{COMING}.{quote(column.name)}"
        if fold(column.name) in resting:
            value = "NULL"  # until the others are there
        elif fold(column.name) not in given:
            value = f"({column.generated_expression or column.default or 'NULL'})"
        elif converted:
            value = as_kept(column, value)
        values.append(f"{value} AS {quote(column.name)}")
    named = ", ".join(quote(name) for name in into)
    # a value that is reckoned stands in a rule many times, each in the next: it is reckoned once
    sql = f"WITH {COMING}({named}) AS MATERIALIZED ({coming.sql}) SELECT {', '.join(values)} FROM {COMING}"
    return whole(replace(coming, sql=computed_anew(table, own, written, sql)))
