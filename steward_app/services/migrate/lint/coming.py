"""Rows that a statement adds: whether they meet the rules of their table, counted before they come."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import fold, quote
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import Insert
from steward_app.services.migrate.lint.fits import duplicated, duplicates, not_met
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Index, IndexColumn, Table, TableKind

_STRICT = {
    "INT": "typeof({0}) = 'blob' OR typeof({0}) = 'real' AND {0} <> CAST({0} AS INTEGER) OR typeof({0}) = 'text'"
    " AND NOT ({0} = CAST({0} AS NUMERIC) AND typeof(CAST({0} AS NUMERIC)) = 'integer')",
    "REAL": "typeof({0}) = 'blob' OR typeof({0}) = 'text' AND {0} <> CAST({0} AS NUMERIC)",
    "TEXT": "typeof({0}) = 'blob'",
    "BLOB": "typeof({0}) NOT IN ('blob', 'null')",
}
_STRICT["INTEGER"] = _STRICT["INT"]
_FAILING = frozenset({"", "ABORT", "FAIL", "ROLLBACK"})


def problems(step: Step, rows: Rows) -> Iterator[Problem]:
    """What an INSERT fails on. Called before the rows follow it."""
    act = step.act
    table = step.before.table(act.table) if isinstance(act, Insert) else None
    if not isinstance(act, Insert) or table is None or table.kind is not TableKind.TABLE:
        return
    if not act.query_sql or act.conflict not in _FAILING:
        return
    coming, held = rows.coming(step), rows.source(table.name)
    rules, unique = _rules(act, table), _unique(table)
    counts: list[int | None] = [None] * len(rules)
    source = f"({coming.sql}) AS {quote(table.name)}" if coming else ""
    if source:
        counts = rows.counts(source, [condition for _, _, condition in rules])
    for (code, what, _), count in zip(rules, counts, strict=True):
        if count:
            yield _broken(step, rows, table, code, what, count)
    for index in unique if source else ():
        query, twice = duplicates(rows, source, index)
        there = _there(rows, source, rows.from_sql(table.name), index) if held and not held.empty else 0
        if twice or there:
            yield duplicated(step, table.name, index, query, (twice or 0) + there, listed=False)
    if None in counts or (unique and (not source or held is None)):
        title = f"Whether the rows that come into {quoted(table.name)} fit cannot be told before they come"
        yield step.problem("not_looked_at", title, Subject("table", table.name))


def _rules(act: Insert, table: Table) -> list[tuple[str, str, str]]:
    """The code, the column or rule, and the condition of a row that breaks it."""
    given = {fold(each) for each in act.columns}
    found: list[tuple[str, str, str]] = []
    for column in table.columns:
        own = quote(column.name)
        if column.not_null and not column.rowid_alias and not column.not_null_conflict:
            found.append(("nulls_in_the_way", column.name, f"{own} IS NULL"))
        strict = _STRICT.get(column.declared_type.upper(), "") if table.strict else ""
        if strict and (not given or fold(column.name) in given):
            found.append(("type_not_met", column.name, strict.format(own)))
    checks = [("check_not_met", each.expression, f"({each.expression}\n) IS FALSE") for each in table.checks]
    return found + checks


def _broken(step: Step, rows: Rows, table: Table, code: str, what: str, count: int) -> Problem:
    if code == "check_not_met":
        return not_met(step, rows, table.name, what, count)
    missing = "no value" if code == "nulls_in_the_way" else "another type"
    come, have = ("comes", "has") if count == 1 else ("come", "have")
    title = f"{plural(count, 'row')} that {come} into {quoted(table.name)} {have} {missing} in {quoted(what)}"
    return step.problem(code, title, Subject("column", table.name, columns=(what,)), count=count)


def _unique(table: Table) -> list[Index]:
    """What must be unique, unless the table itself says what becomes of a row that is not: ON CONFLICT."""
    found = []
    for index in table.indexes:
        said = next((each.conflict for each in table.uniques if each.index == index.name), "")
        if index.origin == "primary key" and table.primary_key:
            said = table.primary_key.conflict
        if index.unique and said.upper() in _FAILING:
            found.append(index)
    alias = next((column for column in table.columns if column.rowid_alias), None)
    if alias is not None and table.primary_key and table.primary_key.conflict.upper() in _FAILING:
        key = IndexColumn(alias.name)
        found.append(Index(alias.name, table.name, (key,), unique=True, origin="primary key"))
    return found


def _there(rows: Rows, coming: str, held: str, index: Index) -> int:
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
