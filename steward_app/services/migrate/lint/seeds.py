"""Rows that INSERT after INSERT lists, as a file of seeds does: put together, so that thousands are one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from steward_app.db import fold
from steward_app.services.migrate.lint.acts import Insert
from steward_app.services.migrate.lint.asking import LONGEST
from steward_app.services.migrate.lint.numbered import numbered
from steward_app.services.migrate.lint.sources import Source, arriving, both
from steward_app.services.schema.model import Table

if TYPE_CHECKING:
    from steward_app.services.migrate.lint.rows import Rows

_LONGEST: Final = LONGEST // 4
"""Characters: a question about an upsert holds them more than once."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """What INSERTs into a table list, with nothing between them that writes it.

    Attributes:
        before: the rows before the first of them.
        columns: what they name, folded.
        values_sql: what they list, as one.
        after: the rows behind the last of them.
    """

    before: Source
    columns: tuple[str, ...]
    values_sql: str
    after: Source


def seeded(rows: Rows, table: Table, act: Insert, seeds: Seeds | None) -> Seeds | None:
    """The seeds with one more INSERT, every row of which arrives.

    None for one that lists no rows, or looks something up, or where there are too many of them to be followed.
    """
    source = rows.source(table.name)
    if source is None or not act.lists or "SELECT" in act.query_sql.upper():
        return None
    columns, before, values = tuple(map(fold, act.columns)), source, act.query_sql
    if seeds is not None and seeds.after is source and seeds.columns == columns:
        before, values = seeds.before, f"{seeds.values_sql}\n,{act.query_sql[len('VALUES') :]}"
    if len(values) > _LONGEST:
        return None
    coming = arriving(table, act.columns, Source(f"SELECT * FROM ({values}\n)"))
    coming = numbered(rows.holding(table.name, before), table, coming, all_arrive=True)
    after = coming if before.empty or coming is None else both(table, before, coming)
    return Seeds(before, columns, values, after) if after is not None else None
