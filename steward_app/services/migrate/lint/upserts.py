"""INSERT ... ON CONFLICT DO UPDATE: the rows that are there, beside the rows that come and have their key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from steward_app.db import fold, quote
from steward_app.db.tokens import significant, tokenize, unquote
from steward_app.services.migrate.lint.acts import Insert
from steward_app.services.migrate.lint.computed import computed_anew
from steward_app.services.migrate.lint.conflicts import conflicts
from steward_app.services.migrate.lint.expressions import names, words
from steward_app.services.migrate.lint.keys import alike, meets, unique_keys
from steward_app.services.migrate.lint.parts import Upsert
from steward_app.services.migrate.lint.selects import read_select
from steward_app.services.migrate.lint.sources import Source, after_writing, whole
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Index, Table

if TYPE_CHECKING:
    from steward_app.services.migrate.lint.rows import Rows

_COMES: Final = "+"
_HELD: Final = quote("++")
_EXCLUDED: Final = "excluded"


@dataclass(frozen=True, slots=True)
class Met:
    """Rows that are there, each with the one that comes.

    Attributes:
        from_sql: what stands behind FROM for them, and the condition of DO UPDATE.
        all_sql: what stands behind FROM for all rows that are there.
        sets: each column with its expression, over both.
        is_met_sql: the condition that a row is one of them.
    """

    table: Table
    key: Index
    coming: Source
    known_as: str
    from_sql: str
    all_sql: str
    sets: tuple[tuple[str, str], ...]
    is_met_sql: str

    def own(self, column: str) -> str:
        """A column of the row that is there."""
        return f"{quote(self.known_as)}.{quote(column)}"


def met(step: Step, act: Insert, rows: Rows, *, again: bool = False) -> Met | None:
    """The rows that DO UPDATE changes, or None where they are not known, or the statement has none.

    Args:
        again: also where several rows that come have the same key: then the row that is there is met by each.
    """
    table, held = step.before.table(act.table), rows.from_sql(act.table, act.known_as)
    coming, upsert = rows.coming(step) if act.sets else None, act.upsert
    if table is None or not held or coming is None or coming.more or upsert is None:
        return None
    keys, before = _keys(table, upsert.target), [_keys(table, target) for target in upsert.before]
    sets = tuple((column, _over_both(expression)) for column, expression in act.sets)
    where = _over_both(upsert.where_sql)
    if len(keys) != 1 or not rows.plainly(step, [where, *(expression for _, expression in sets)]):
        return None
    if any(len(each) != 1 for each in before):
        return None
    if before:
        free = " AND ".join(f"{meets(key, rows.from_sql(table.name))} IS NOT TRUE" for (key,) in before)
        coming = replace(coming, sql=f"SELECT * FROM ({coming.sql}) AS {quote(table.name)} WHERE {free}")
    if not again and rows.ask(alike(keys[0], f"({coming.sql}) AS {quote(table.name)}")) != (0,):
        return None
    comes = [column for column in table.columns if not column.hidden]
    listed = ", ".join(f"{quote(column.name)} AS {quote(_COMES + fold(column.name))}" for column in comes)
    new = f"(SELECT {listed} FROM ({coming.sql})) AS {quote(_COMES)}"
    same = " AND ".join(
        f"{quote(act.known_as)}.{quote(term.name)} COLLATE {quote(term.collation)}"
        f" = {quote(_COMES)}.{quote(_COMES + fold(term.name))}"
        for term in keys[0].columns
    )
    found = f"{quote(_COMES)}.{quote(_COMES + fold(keys[0].columns[0].name))} IS NOT NULL"
    is_met = f"{found} AND ({where}\n)" if where else found
    return Met(
        table,
        keys[0],
        coming,
        act.known_as,
        f"{held} JOIN {new} ON {same} WHERE {is_met}",
        f"{held} LEFT JOIN {new} ON {same}",
        sets,
        is_met,
    )


def _keys(table: Table, target: tuple[str, ...]) -> list[Index]:
    """The keys of plain columns that ON CONFLICT is about."""
    wanted = {fold(name) for name in target}
    keys = [key for key in unique_keys(table, "ABORT") if not key.where and all(t.name for t in key.columns)]
    return [key for key in keys if not wanted or {fold(term.name) for term in key.columns} == wanted]


def upserted(step: Step, act: Insert, rows: Rows) -> Source | None:
    """The rows of a table as DO UPDATE leaves them, or None where that is not known."""
    source = rows.source(act.table)
    if source is None or source.more or source.lacks or met(step, act, rows) is None:
        return None
    held = source if source.real else replace(source, sql=f"SELECT * FROM {_HELD}")
    rows = rows.holding(act.table, held)
    if (found := met(step, act, rows, again=True)) is None:
        return None
    sets = {fold(column): expression for column, expression in found.sets}
    values, columns = [], source.columns(found.table)
    for column in columns:
        own, expression = found.own(column.name), sets.get(fold(column.name))
        if expression is not None:
            own = f"CASE WHEN {found.is_met_sql} THEN ({expression}\n) ELSE {own} END"
        values.append(f"{own} AS {quote(column.name)}")
    names = ", ".join(quote(column.name) for column in columns)
    there = rows.from_sql(found.table.name)
    new = f"({found.coming.sql}) AS {quote(found.table.name)}"
    ignoring = (
        [key for target in act.upsert.behind for key in _keys(found.table, target)] if act.upsert else []
    )
    comes = f"SELECT * FROM {new} WHERE {meets(found.key, there)} IS NOT TRUE"
    comes = " AND ".join([comes, *(f"{meets(key, there)} IS NOT TRUE" for key in ignoring)])
    only = [
        *ignoring,
        *(key for target in (act.upsert.before if act.upsert else ()) for key in _keys(found.table, target)),
    ]
    if any(rows.ask(alike(key, f"({comes}) AS {quote(found.table.name)}")) != (0,) for key in only):
        return None  # which of those that come is first
    after = after_writing(source, columns, sets, f"SELECT {', '.join(values)} FROM {found.all_sql}")
    after = computed_anew(found.table, columns, sets, after)
    sql = f"SELECT * FROM ({after}) UNION ALL SELECT {names} FROM ({comes})"
    if (
        not source.real
    ):  # the text of what was there stands in it once, or it would be too long after a few of them
        sql = f"WITH {_HELD} AS MATERIALIZED ({source.sql}) {sql}"
    bare = source.bare | found.coming.bare
    return whole(replace(source, sql=sql, real="", empty=False, bare=bare))


def _over_both(sql: str) -> str:
    """An expression of DO UPDATE, with the row that comes under names that the one that is there has not."""
    tokens = significant(tokenize(sql))
    parts, end = [], 0
    for place, token in enumerate(tokens[:-2]):
        if fold(unquote(token.text)) == _EXCLUDED and tokens[place + 1].text == ".":
            name = tokens[place + 2]
            parts += [sql[end : token.offset], f"{quote(_COMES)}.{quote(_COMES + fold(unquote(name.text)))}"]
            end = name.end
    return "".join([*parts, sql[end:]])


def replacing(step: Step, act: Insert) -> Insert | None:
    """A REPLACE as the DO UPDATE that writes the same over the rows that have the same first key."""
    table = step.before.table(act.table)
    stored = [each.name for each in table.columns if not each.hidden] if table else []
    given = act.columns or tuple(stored)
    folded = {fold(each) for each in given}
    keys = [
        [term.name for term in key.columns]
        for key in (conflicts(table, act).replacing if table else ())
        if all(term.name and fold(term.name) in folded for term in key.columns)
    ]
    if not keys:
        return None
    of_key = {fold(each) for each in keys[-1]}
    sets = tuple((each, f"excluded.{quote(each)}") for each in given if fold(each) not in of_key)
    return replace(act, columns=tuple(given), sets=sets, upsert=Upsert(tuple(keys[-1])))


def words_of(act: Insert, text: str) -> set[str]:
    """The words of an expression of DO UPDATE, and of what the query gives for the columns of EXCLUDED in it."""
    select = read_select(act.query_sql)
    items = dict(zip(map(fold, act.columns), select.items, strict=False)) if select else {}
    said = [fold(unquote(each.text)) for each in significant(tokenize(text))]
    coming = [name for of, _, name in zip(said, said[1:], said[2:], strict=False) if of == _EXCLUDED]
    given = [items[each].sql if each in items else act.query_sql for each in coming]
    return names(text).union(*map(words, given))
