"""Rows that a statement adds or changes: whether they meet the rules of their table, counted before they do."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from steward_app.db import fold, quote
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint import passing_on
from steward_app.services.migrate.lint.acts import Insert, Update
from steward_app.services.migrate.lint.computed import changed_columns
from steward_app.services.migrate.lint.conflicts import UPSERT
from steward_app.services.migrate.lint.fits import duplicated, duplicates, not_met
from steward_app.services.migrate.lint.keys import FAILING, unique_keys
from steward_app.services.migrate.lint.left import updated
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step
from steward_app.services.migrate.lint.upserts import upserted
from steward_app.services.schema.model import Index, Table, TableKind

_STRICT = {
    "INT": "typeof({0}) = 'blob' OR typeof({0}) = 'real' AND {0} <> CAST({0} AS INTEGER) OR typeof({0}) = 'text'"
    " AND NOT ({0} = CAST({0} AS NUMERIC) AND typeof(CAST({0} AS NUMERIC)) = 'integer')",
    "REAL": "typeof({0}) = 'blob' OR typeof({0}) = 'text' AND {0} <> CAST({0} AS NUMERIC)",
    "TEXT": "typeof({0}) = 'blob'",
    "BLOB": "typeof({0}) NOT IN ('blob', 'null')",
}
_STRICT["INTEGER"] = _STRICT["INT"]


def problems(step: Step, rows: Rows) -> Iterator[Problem]:
    """What an INSERT or UPDATE fails on. Called before the rows follow it."""
    act = step.act
    if not isinstance(act, Insert | Update) or act.conflict == "IGNORE":
        return
    table = step.before.table(act.table)
    if table is None or table.kind is not TableKind.TABLE:
        return
    if isinstance(act, Update):
        yield from _changed(step, rows, act, table)
    elif act.sets:
        yield from _upserted(step, rows, act, table)
    elif act.query_sql:
        yield from _added(step, rows, act, table)


def _added(step: Step, rows: Rows, act: Insert, table: Table) -> Iterator[Problem]:
    coming, held = rows.coming(step), rows.source(table.name)
    given = {fold(each) for each in act.columns} or {fold(column.name) for column in table.columns}
    rules, unique = _rules(table, given, said=act.conflict), unique_keys(table, said=act.conflict)
    counts: list[int | None] = [None] * len(rules)
    source = f"({coming.sql}) AS {quote(table.name)}" if coming else ""
    if source:
        counts = rows.counts(source, [condition for _, _, condition in rules])
    for (code, what, _), count in zip(rules, counts, strict=True):
        if count:
            yield _broken(step, rows, table, code, what, count)
    seen = held is not None and (held.empty or not held.uncounted)
    unknown = None in counts or (bool(unique) and not (source and seen))
    for index in unique if source else ():
        query, twice = duplicates(rows, source, index)
        unknown = unknown or twice is None
        held_too = there(rows, source, rows.from_sql(table.name), index) if held and not held.empty else 0
        if twice or held_too:
            yield duplicated(step, table.name, index, query, (twice or 0) + held_too, listed=False)
    if unknown:
        yield _not_told(step, table)


def _changed(step: Step, rows: Rows, act: Update, table: Table) -> Iterator[Problem]:
    """The rules of a table on its rows as an UPDATE leaves them; rows that break one already are not its fault."""
    changed = changed_columns(step, table)
    rules = [
        rule
        for rule in _rules(table, changed, said=act.conflict)
        if rule[0] == "check_not_met" or fold(rule[1]) in changed
    ]
    unique = [
        index
        for index in unique_keys(table, said=act.conflict)
        if any(fold(t.name) in changed or not t.name for t in index.columns)
    ]
    if not rules and not unique:
        return
    after, before = updated(rows, step, act), rows.from_sql(table.name)
    source = f"({after.sql}) AS {quote(table.name)}" if after else ""
    conditions = [condition for _, _, condition in rules]
    counts = rows.counts(source, conditions) if source else [None for _ in rules]
    were = rows.counts(before, conditions) if any(counts) else [0 for _ in rules]
    for (code, what, _), count, was in zip(rules, counts, were, strict=True):
        if count and count > (was or 0):
            yield _broken(step, rows, table, code, what, count - (was or 0))
    unknown = None in counts
    for index in unique:
        query, twice = duplicates(rows, source, index)
        unknown = unknown or twice is None
        if twice:
            yield duplicated(step, table.name, index, query, twice, listed=False)
        elif twice == 0:
            yield from passing_on.problems(step, rows, act, table, index)
    if unknown:
        yield _not_told(step, table)


def _upserted(step: Step, rows: Rows, act: Insert, table: Table) -> Iterator[Problem]:
    """The rules of a table on its rows as DO UPDATE leaves them."""
    changed = {fold(column) for column, _ in act.sets}
    yield from _added(step, rows, act, table)
    after, before = upserted(step, act, rows), rows.from_sql(table.name)
    source = f"({after.sql}) AS {quote(table.name)}" if after else ""
    if not source:
        return
    rules = [
        rule
        for rule in _rules(table, changed, said="ABORT")
        if rule[0] == "check_not_met" or fold(rule[1]) in changed
    ]
    conditions = [condition for _, _, condition in rules]
    counts, were = rows.counts(source, conditions), rows.counts(before, conditions)
    for (code, what, _), count, was in zip(rules, counts, were, strict=True):
        if count and was is not None and count > was:
            yield _broken(step, rows, table, code, what, count - was)
    for index in unique_keys(table, said=""):
        query, twice = duplicates(rows, source, index)
        if twice:
            yield duplicated(step, table.name, index, query, twice, listed=False)
        elif twice == 0:
            yield from passing_on.problems(step, rows, act, table, index)


def _not_told(step: Step, table: Table) -> Problem:
    what = "come into" if isinstance(step.act, Insert) else "are changed in"
    title = f"Whether the rows that {what} {quoted(table.name)} fit its rules cannot be told before it runs"
    return step.problem("not_looked_at", title, Subject("table", table.name))


def _rules(table: Table, given: Collection[str], said: str) -> list[tuple[str, str, str]]:
    """The code, the column or rule, and the condition of a row that breaks it.

    Args:
        given: columns that get values.
        said: what the statement does with a row that breaks one (OR ABORT), whatever the table says; "" leaves it to
            the table. REPLACE puts the default in the place of NULL, and fails on the other rules.
    """
    found: list[tuple[str, str, str]] = []
    for column in table.columns:
        own = quote(column.name)
        answer = ("" if said == UPSERT else said) or column.not_null_conflict.upper()
        fails = answer in FAILING or (answer == "REPLACE" and column.default is None)
        if column.not_null and not column.rowid_alias and fails:
            found.append(("nulls_in_the_way", column.name, f"{own} IS NULL"))
        typed = column.rowid_alias or table.strict
        strict = _STRICT.get(column.declared_type.upper(), "") if typed else ""
        if strict and fold(column.name) in given:
            found.append(("type_not_met", column.name, strict.format(own)))
    checks = [("check_not_met", each.expression, f"({each.expression}\n) IS FALSE") for each in table.checks]
    return found + checks


def _broken(step: Step, rows: Rows, table: Table, code: str, what: str, count: int) -> Problem:
    if code == "check_not_met":
        return not_met(step, rows, table.name, what, count)
    missing = "no value" if code == "nulls_in_the_way" else "another type"
    come, have = ("comes", "has") if count == 1 else ("come", "have")
    rows_of = f"{plural(count, 'row')} that {come} into {quoted(table.name)}"
    if isinstance(step.act, Update):
        rows_of = f"{plural(count, 'row')} of {quoted(table.name)}"
        have = "gets" if count == 1 else "get"
    title = f"{rows_of} {have} {missing} in {quoted(what)}"
    return step.problem(code, title, Subject("column", table.name, columns=(what,)), count=count)


def there(rows: Rows, coming: str, held: str, index: Index) -> int:
    """How many rows that come have values that the table has."""
    terms = [quote(term.name) if term.name else f"({term.expression}\n)" for term in index.columns]
    keys = ", ".join(f"{term} AS k{number}" for number, term in enumerate(terms))
    where = f" WHERE ({index.where}\n)" if index.where else ""
    same = " AND ".join(
        f"held.k{number} = come.k{number} COLLATE {quote(term.collation)}"
        for number, term in enumerate(index.columns)
    )
    row = rows.ask(
        f"SELECT count(*) FROM (SELECT {keys} FROM {coming}{where}) AS come"
        f" WHERE EXISTS (SELECT 1 FROM (SELECT {keys} FROM {held}{where}) AS held WHERE {same})"
    )
    return row[0] if row and isinstance(row[0], int) else 0
