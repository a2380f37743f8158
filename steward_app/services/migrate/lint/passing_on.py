"""An UPDATE that gives a row what another one has until its turn comes: SQLite asks UNIQUE row by row, not at the end.

https://www.sqlite.org/lang_conflict.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from steward_app.db import fold, quote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.migrate.lint.acts import Insert, Update
from steward_app.services.migrate.lint.computed import computed_anew
from steward_app.services.migrate.lint.expressions import looks_up, words
from steward_app.services.migrate.lint.keys import asks_for, named, terms, under
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.sources import as_written
from steward_app.services.migrate.lint.step import Step
from steward_app.services.migrate.lint.upserts import met
from steward_app.services.schema.model import Column, Index, Table


@dataclass(frozen=True, slots=True)
class Passed:
    """Rows that get what others have.

    Attributes:
        count: how many; None where that cannot be told.
        sure: whether it is known that the others still have it by then: the order in which SQLite writes the rows is.
    """

    count: int | None
    sure: bool = False


def problems(step: Step, rows: Rows, act: Update | Insert, table: Table, key: Index) -> Iterator[Problem]:
    """What an UPDATE or DO UPDATE fails on that leaves no two rows alike. Called before the rows follow it."""
    passed = (
        passed_on(step, rows, act, table, key)
        if isinstance(act, Update)
        else passed_on_by_upsert(step, rows, act, table, key)
    )
    if not passed.count:
        return
    what, get = visible(named(key), 80), "gets" if passed.count == 1 else "get"
    title = f"{plural(passed.count, 'row')} of {quoted(table.name)} {get} what another one still has ({what})"
    if not passed.sure:
        title += ", where SQLite comes to the other one later"
    columns = tuple(term.name for term in key.columns if term.name)
    yield step.problem(
        "duplicates_meanwhile",
        title,
        Subject("index", table.name, key.name, columns),
        severity=None if passed.sure else Severity.WARNING,
        count=passed.count,
    )


def passed_on(step: Step, rows: Rows, act: Update, table: Table, key: Index) -> Passed:
    """The rows to which an UPDATE gives what another one has under a key that it is to change, too."""
    source, here = rows.source(table.name), rows.from_sql(table.name, act.known_as)
    texts = [act.where_sql, *(expression for _, expression in act.sets)]
    if source is None or not act.plain or not rows.plainly(step, texts):
        return Passed(None)
    sets, columns = {fold(column): expression for column, expression in act.sets}, source.columns(table)
    if source.lacks_any(act.known_as, texts) or not set(sets) <= {fold(column.name) for column in columns}:
        return Passed(None)
    places, numbered = _places(table, real=bool(source.real))
    sure = numbered and _in_order(step, act, table)
    chosen = f"{here} WHERE ({act.where_sql}\n)" if act.where_sql else here
    return _passed(rows, table, key, _Changed(columns, chosen, sets, quote, places), sure=sure)


def passed_on_by_upsert(step: Step, rows: Rows, act: Insert, table: Table, key: Index) -> Passed:
    """The same of DO UPDATE, which comes to the rows in the order of those that come."""
    source, found = rows.source(table.name), met(step, act, rows)
    if source is None or source.lacks or found is None:
        return Passed(None)
    places, _ = _places(table, real=bool(source.real))
    sets = {fold(column): expression for column, expression in found.sets}
    changed = _Changed(source.columns(table), found.from_sql, sets, found.own, places)
    return _passed(rows, table, key, changed, sure=False)


@dataclass(frozen=True, slots=True)
class _Changed:
    """Rows that a statement changes.

    Attributes:
        from_sql: what stands behind FROM for them.
        sets: expressions of what is written, by folded column.
        own: a column of the row, in that FROM.
        places: expressions for the place of a row in its table.
    """

    columns: Sequence[Column]
    from_sql: str
    sets: Mapping[str, str]
    own: Callable[[str], str]
    places: Sequence[str]


def _passed(rows: Rows, table: Table, key: Index, changed: _Changed, *, sure: bool) -> Passed:
    columns, sets = changed.columns, changed.sets
    named_so = [quote(f"+{number}") for number in range(len(changed.places))]
    placed = [f"{term} AS {name}" for term, name in zip(changed.places, named_so, strict=True)]
    own = [f"{changed.own(column.name)} AS {quote(column.name)}" for column in columns]
    written = [
        f"({sets[fold(column.name)]}\n) AS {quote(column.name)}" if fold(column.name) in sets else name
        for column, name in zip(columns, own, strict=True)
    ]
    kept = ", ".join([as_written(columns, set(sets)), *named_so])
    old = f"SELECT {', '.join([*own, *placed])} FROM {changed.from_sql}"
    new = f"SELECT {kept} FROM (SELECT {', '.join([*written, *placed])} FROM {changed.from_sql})"
    new = computed_anew(table, columns, set(sets), new, named_so)
    same = [f"old.k{at} = new.k{at} COLLATE {quote(term.collation)}" for at, term in enumerate(key.columns)]
    theirs, its = (", ".join(f"{of}.{name}" for name in named_so) for of in ("old", "new"))
    same.append(f"({theirs}) {'>' if sure else '<>'} ({its})")
    row = rows.ask(
        f"WITH old AS MATERIALIZED ({_under(key, old, table, named_so)}),"
        f" new AS MATERIALIZED ({_under(key, new, table, named_so)})"
        f" SELECT count(*) FROM new CROSS JOIN old WHERE {' AND '.join(same)}"
    )
    return Passed(row[0] if row and isinstance(row[0], int) else None, sure)


def _under(key: Index, rows_sql: str, table: Table, places: Sequence[str]) -> str:
    """The rows that fall under a key, with what it compares."""
    values = [f"{term} AS k{at}" for at, term in enumerate(terms(key))]
    return (
        f"SELECT {', '.join([*values, *places])} FROM ({rows_sql}) AS {quote(table.name)} WHERE {under(key)}"
    )


def _places(table: Table, *, real: bool) -> tuple[list[str], bool]:
    """Expressions for the place of a row in its table, and whether it is the one that the table keeps it at.

    Args:
        real: whether the rows are read from the table itself, with their rowids.
    """
    if table.without_rowid:
        return next((terms(each) for each in table.indexes if each.origin == "primary key"), ["NULL"]), True
    alias = next((quote(column.name) for column in table.columns if column.rowid_alias), "")
    number = alias or (table.rowid_name if real else "")
    return [number or "row_number() OVER ()"], bool(number)


def _in_order(step: Step, act: Update, table: Table) -> bool:
    """Whether SQLite comes to the rows in the order in which the table keeps them: no index leads it to them."""
    own = next((each for each in table.indexes if table.without_rowid and each.origin == "primary key"), None)
    others = [each for each in table.indexes if each is not own]
    if own and (others or any(term.descending for term in own.columns)):
        return False
    asked = words(act.where_sql)
    indexed = {fold(column.name) for column in table.columns} & set[str]().union(*map(asks_for, others))
    led = asked & {"or", "select", *indexed} or "indexed" in words(step.statement.sql)
    reads_itself = any(looks_up(expression, table.name) for _, expression in act.sets)
    written = any(each.through and fold(each.table) == fold(table.name) for each in step.accesses)
    return not (led or reads_itself or written)
