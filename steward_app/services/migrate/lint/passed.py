"""Values of a column that statements wrote elsewhere before it is dropped: into another column, or another table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from steward_app.db import fold, quote
from steward_app.db.tokens import significant, tokenize, unquote
from steward_app.services.migrate.lint.acts import Create, Insert, Update
from steward_app.services.migrate.lint.expressions import reads_own
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.selects import read_select
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Generated, Table

_LOOKUP: Final = re.compile(
    r"\( select (?:\S+ \. )?(?P<key>\S+) from (?P<table>\S+) (?:(?:as )?(?!where)\S+ )?"
    r"where (?:\S+ \. )?(?P<one>\S+) (?:=|is) (?:\S+ \. )?(?P<other>\S+) \)"
)
"""(SELECT key FROM table WHERE one = other), with its words apart."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column may hold what another one held.

    Attributes:
        of: the table and the column, folded, whose values these may be.
        keys: the columns of the other table that hold the primary key of the first; none in the table itself.
        pointed: whether the rows of the first point to the other one instead: it holds each value once.
    """

    of: tuple[str, str]
    table: str
    column: str
    keys: tuple[str, ...] = ()
    pointed: bool = False


def places(step: Step) -> Iterator[Place]:
    """Where a statement may write the values of columns as they are; the rows tell whether it does."""
    match step.act:
        case Update():
            yield from _updated(step, step.act)
        case Insert(query_sql=query) | Create(kind="table", query_sql=query) if query:
            yield from _copied(step, step.act)


def lost(rows: Rows, table: Table, column: str, found: Sequence[Place]) -> tuple[int | None, list[str]]:
    """How many values of a column are in none of the places, and in which tables the others are; None for unknown."""
    own = quote(column)
    kept = [_is_kept(rows, table, own, place) for place in found]
    conditions = [f"{own} IS NOT NULL AND ({each})" for each in kept]
    counts = rows.counts(rows.from_sql(table.name), conditions) if rows.source(table.name) else []
    holding = [at for at, count in enumerate(counts) if count]
    if not holding:
        return None, []
    any_of = " OR ".join(kept[at] for at in holding)
    (count,) = rows.counts(rows.from_sql(table.name), [f"{own} IS NOT NULL AND ({any_of}) IS NOT TRUE"])
    return count, sorted({found[at].table for at in holding})


def _is_kept(rows: Rows, table: Table, own: str, place: Place) -> str:
    """The condition that a place holds the value of a row; "0" where it is not known what it holds."""
    there, wanted = quote(place.column), f"{own} COLLATE BINARY"
    if place.pointed:
        return f"{wanted} IN (SELECT {there} FROM {held})" if (held := rows.from_sql(place.table)) else "0"
    if not place.keys:
        return f"{there} IS {wanted}"
    key = table.primary_key
    held = rows.from_sql(place.table)
    if key is None or len(key.columns) != len(place.keys) or not held:
        return "0"
    names = ", ".join(map(quote, key.columns))
    return f"({names}, {wanted}) IN (SELECT {', '.join(map(quote, place.keys))}, {there} FROM {held})"


def _updated(step: Step, act: Update) -> Iterator[Place]:
    table = step.before.table(act.table)
    for name, expression in act.sets if table else ():
        for column in table.columns if table else ():
            of = fold(act.table), fold(column.name)
            if fold(column.name) == fold(name) or not reads_own(expression, act.known_as, column.name):
                continue
            yield Place(of, act.table, name)
            if not act.where_sql and (place := _looked_up(step, of, expression)):
                yield place


def _looked_up(step: Step, of: tuple[str, str], expression: str) -> Place | None:
    """The place, where a column gets the key of the row that holds the value."""
    words = [fold(unquote(token.text)) for token in significant(tokenize(expression))]
    told = _LOOKUP.fullmatch(" ".join(words)) if not any(" " in word for word in words) else None
    table = step.before.table(told["table"]) if told else None
    if (
        told is None
        or table is None
        or table.primary_key is None
        or of[1] not in (told["one"], told["other"])
    ):
        return None
    column = told["other"] if told["one"] == of[1] else told["one"]
    keys = [fold(each) for each in table.primary_key.columns]
    return Place(of, table.name, column, pointed=True) if keys == [told["key"]] else None


def _copied(step: Step, act: Insert | Create) -> Iterator[Place]:
    """The columns that a plain query writes as they are, beside the primary key of their table."""
    select = read_select(act.query_sql)
    source = step.before.table(select.table) if select else None
    name = act.table if isinstance(act, Insert) else act.name
    into = step.after.table(name)
    if select is None or source is None or into is None or source.primary_key is None:
        return
    listed = act.columns if isinstance(act, Insert) else ()
    names = listed or [c.name for c in into.columns if c.generated is Generated.NO and not c.hidden]
    given = [fold(item.column) for item in select.items]
    if given == ["*"] and select.alone:
        given = [fold(each.name) for each in source.columns if not each.hidden]
    at = {column: name for column, name in zip(given, names, strict=False) if column}
    keys = [at.get(fold(each), "") for each in source.primary_key.columns]
    if len(given) == len(names) and all(keys):
        for column, name in at.items():
            yield Place((fold(source.name), column), into.name, name, tuple(keys))
