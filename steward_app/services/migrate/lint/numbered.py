"""Rows that come without a number: SQLite gives each one more than the highest there is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from steward_app.db import fold, literal, quote
from steward_app.services.migrate.lint.sources import Source, whole
from steward_app.services.schema.model import Column, Table

if TYPE_CHECKING:
    from steward_app.services.migrate.lint.rows import Rows

_HIGHEST: Final = (1 << 63) - 1


def numbered(rows: Rows, table: Table, coming: Source | None, *, all_arrive: bool) -> Source | None:
    """Rows that come, with the numbers that SQLite gives them; `more` where these are not known.

    Which of several rows of a query gets which number rests on the way SQLite goes through its tables. Here it is the
    order of what they hold, so that each has the same number wherever the query stands.

    Args:
        all_arrive: whether no row that is there keeps one that comes out.
    """
    alias = next((column for column in table.columns if column.rowid_alias), None)
    if coming is None or alias is None:
        return coming
    own = quote(alias.name)
    row = rows.ask(f"SELECT count(*), count({own}) FROM ({coming.sql})")
    if row is not None and row[0] == row[1]:
        return coming
    top = _highest(rows, table, alias) if all_arrive and row is not None and row[1] == 0 else None
    given = _given(table, coming, alias, top) if top is not None else None
    return given or replace(coming, more=True)


def _highest(rows: Rows, table: Table, alias: Column) -> int | None:
    """The highest number that a table has, or has had where it gives none twice; None where that is not known."""
    held, own = rows.source(table.name), quote(alias.name)
    if held is None or held.more or fold(alias.name) in held.lacks:
        return None
    row = rows.ask(f"SELECT coalesce(max({own}), 0) FROM {rows.from_sql(table.name)}")
    if row is None or not isinstance(row[0], int):
        return None
    top = row[0]
    if alias.autoincrement:
        counter = rows.ask(f"SELECT max(seq) FROM main.sqlite_sequence WHERE name = {literal(table.name)}")
        top = max([top, *(each for each in counter or () if isinstance(each, int))])
    return top if top < _HIGHEST // 2 else None


def _given(table: Table, coming: Source, alias: Column, top: int) -> Source | None:
    columns = [column for column in table.columns if not column.hidden]
    others = ", ".join(quote(column.name) for column in columns if column is not alias)
    order = "" if _is_list(coming) or not others else f"ORDER BY {others}"
    names = [
        f"{top} + row_number() OVER ({order}) AS {quote(alias.name)}"
        if column is alias
        else quote(column.name)
        for column in columns
    ]
    return whole(replace(coming, sql=f"SELECT {', '.join(names)} FROM ({coming.sql})"))


def _is_list(coming: Source) -> bool:
    """Whether rows are read from no table: then they come as they are listed."""
    return not coming.bare
