"""Rows that INSERT after INSERT lists, as a file of seeds does: put together, so that thousands are one query."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from steward_app.db import fold
from steward_app.services.migrate.lint.acts import Insert
from steward_app.services.migrate.lint.arriving import arriving
from steward_app.services.migrate.lint.asking import LONGEST
from steward_app.services.migrate.lint.numbered import numbered
from steward_app.services.migrate.lint.sources import Source, both
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Table

if TYPE_CHECKING:
    from steward_app.services.migrate.lint.rows import Rows

_LONGEST: Final = LONGEST // 4
"""Characters: a question about an upsert holds them more than once."""
_LONGEST_ANSWERING: Final = LONGEST // 20
"""The same of INSERTs that are held against rows in the way, where each is asked about with all before it."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """What INSERTs into a table list, with nothing between them that writes it.

    Attributes:
        before: the rows before the first of them.
        act: the last of them, with what they list as one.
        after: the rows behind the last of them; None where they are not known.
    """

    before: Source
    act: Insert
    after: Source | None


def seeded(rows: Rows, table: Table, act: Insert, seeds: Seeds | None) -> Seeds | None:
    """The seeds with one more INSERT, every row of which arrives.

    None for one that lists no rows, or looks something up, or where there are too many of them to be followed.
    """
    source = rows.source(table.name)
    if source is None or not act.lists or "SELECT" in act.query_sql.upper():
        return None
    before = source
    if seeds is not None and seeds.after is source and _is_like(act, seeds.act):
        before, act = seeds.before, _joined(seeds.act, act)
    if len(act.query_sql) > _LONGEST:
        return None
    coming = arriving(table, act.columns, Source(f"SELECT * FROM ({act.query_sql}\n)"))
    coming = numbered(rows.holding(table.name, before), table, coming, all_arrive=True)
    after = coming if before.empty or coming is None else both(table, before, coming)
    return Seeds(before, act, after) if after is not None else None


def answering(rows: Rows, step: Step, act: Insert, seeds: Seeds | None) -> Seeds | None:
    """The seeds with one more INSERT that answers to rows in the way, by REPLACE, IGNORE or ON CONFLICT.

    SQLite takes the rows of a list one by one, so several INSERTs that answer alike are one. Where rows of theirs are
    in each other's way, they are held against each other one INSERT by one. None as of `seeded`; where there are too
    many, what they leave is not known.
    """
    source = rows.source(act.table)
    if source is None or not act.lists or "SELECT" in step.statement.sql.upper():
        return None
    if seeds is not None and seeds.after is source and _is_like(act, seeds.act):
        joined = _joined(seeds.act, act)
        if len(joined.query_sql) > _LONGEST_ANSWERING:
            return Seeds(source, act, None)
        held = rows.holding(act.table, seeds.before)
        if (after := held.answered(replace(step, act=joined), joined)) is not None:
            return Seeds(seeds.before, joined, after)
    return Seeds(source, act, rows.answered(step, act))


def _is_like(act: Insert, other: Insert) -> bool:
    """Whether an INSERT does the same as another one with other rows."""
    return _without_rows(act) == _without_rows(other)


def _without_rows(act: Insert) -> Insert:
    return replace(act, columns=tuple(map(fold, act.columns)), query_sql="")


def _joined(first: Insert, then: Insert) -> Insert:
    """An INSERT of the rows that two list."""
    return replace(then, query_sql=f"{first.query_sql}\n,{then.query_sql[len('VALUES') :]}")
