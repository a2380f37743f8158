"""What fails on the rows that are there: values that a new rule of the schema does not allow, counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db import fold, qualified, quote
from steward_app.db.tokens import significant_columns, tokenize
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.migrate.lint.acts import AddCheck, AddColumn, Create, SetNotNull
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Column, Generated, Index, Table

_CONSTANTS = frozenset({"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"})


def problems(step: Step, rows: Rows) -> Iterator[Problem]:
    """What a statement fails on. Called before the rows follow it."""
    match step.act:
        case SetNotNull(table, column):
            yield from _set_not_null(step, rows, table, column)
        case AddCheck(table, expression):
            count = rows.count(table, f"({expression}\n) IS FALSE")
            if count != 0:
                yield not_met(step, rows, table, expression, count)
        case AddColumn(table=table, column=column):
            yield from _add_column(step, rows, table, column)
        case Create(kind="index", name=name):
            yield from _unique_index(step, rows, name)


def _set_not_null(step: Step, rows: Rows, name: str, column: str) -> Iterator[Problem]:
    condition = f"{quote(column)} IS NULL"
    count = rows.count(name, condition)
    if count == 0:
        return
    title = (
        f"{_begun(rows.told(name, count, 'row'))} of {quoted(name)} {_has(count)} no value in {quoted(column)}"
        if count
        else f"Rows of {quoted(name)} may have no value in {quoted(column)}; they cannot be counted before it runs"
    )
    declared = _column(step, name, column)
    fill = _filling(declared) if declared else ""
    yield step.problem(
        "nulls_in_the_way",
        title,
        Subject("column", name, columns=(column,)),
        severity=_certain(count),
        count=count,
        query=_listing(rows, name, condition),
        fix_sql=f"UPDATE {quote(name)} SET {quote(column)} = {fill} WHERE {condition};" if fill else "",
    )


def _add_column(step: Step, rows: Rows, name: str, column: str) -> Iterator[Problem]:
    table, count = step.after.table(name), rows.count(name)
    declared = table.column(column) if table else None
    if table is None or declared is None or count == 0:
        return
    subject = Subject("column", name, columns=(column,))
    has = f"{quoted(name)} has {rows.told(name, count, 'row')}" if count else f"{quoted(name)} may have rows"
    if declared.generated is Generated.STORED:
        title = f"{has}, so {quoted(column)} cannot be added as a column that is computed and STORED"
        yield step.problem("default_not_constant", title, subject, severity=_certain(count), count=count)
    elif declared.generated is not Generated.NO:
        nulls = rows.count(name, f"({declared.generated_expression}\n) IS NULL") if declared.not_null else 0
        if nulls:
            held = _begun(rows.told(name, nulls, "row"))
            title = f"{held} of {quoted(name)} {_has(nulls)} no value in {quoted(column)}"
            yield step.problem("nulls_in_the_way", title, subject, count=nulls)
        yield from _checks_of(step, rows, table, declared)
    if declared.generated is not Generated.NO:
        return
    computed = declared.default is not None and not _constant(declared.default)
    if computed:
        title = f"{has}, so {quoted(column)} cannot be added with a default that is computed"
        yield step.problem("default_not_constant", title, subject, severity=_certain(count), count=count)
    elif declared.not_null and (declared.default is None or declared.default.upper() == "NULL"):
        title = f"{has}, so {quoted(column)} cannot be added NOT NULL without a default"
        yield step.problem("column_needs_default", title, subject, severity=_certain(count), count=count)
    else:
        yield from _checks_of(step, rows, table, declared)


def _checks_of(step: Step, rows: Rows, table: Table, declared: Column) -> Iterator[Problem]:
    """The CHECKs that come with a column, on what the rows get in it."""
    value_sql = declared.generated_expression or declared.default or "NULL"
    source = rows.from_sql(table.name)
    if not source or not value_sql:
        return
    given = f"(SELECT *, ({value_sql}\n) AS {quote(declared.name)} FROM {source}) AS {quote(table.name)}"
    for check in table.checks:
        if fold(check.column) == fold(declared.name):
            (count,) = rows.counts(given, [f"({check.expression}\n) IS FALSE"])
            if count:
                yield not_met(step, rows, table.name, check.expression, count)


def _unique_index(step: Step, rows: Rows, name: str) -> Iterator[Problem]:
    found = next(
        (
            (table, index)
            for table in step.after.tables
            for index in table.indexes
            if fold(index.name) == fold(name)
        ),
        None,
    )
    if found is None or not found[1].unique or step.before is step.after:
        return
    table, index = found
    query, count = duplicates(rows, rows.from_sql(table.name), index)
    if count != 0:
        yield duplicated(step, table.name, index, query, count, listed=_unchanged(rows, table.name))


def duplicates(rows: Rows, from_sql: str, index: Index) -> tuple[str, int | None]:
    """A query for the values that stand more than once, and how many such values there are."""
    if not from_sql:
        return "", None
    values = [quote(term.name) if term.name else f"({term.expression}\n)" for term in index.columns]
    terms = [f"{v} COLLATE {quote(term.collation)}" for v, term in zip(values, index.columns, strict=True)]
    conditions = [f"{value} IS NOT NULL" for value in values] + (
        [f"({index.where}\n)"] if index.where else []
    )
    query = (
        f"SELECT {', '.join(terms)}, count(*) FROM {from_sql} WHERE {' AND '.join(conditions)}"
        f" GROUP BY {', '.join(terms)} HAVING count(*) > 1"
    )
    row = rows.ask(f"SELECT count(*) FROM ({query})")
    return query, row[0] if row and isinstance(row[0], int) else None


def duplicated(
    step: Step, name: str, index: Index, query: str, count: int | None, *, listed: bool
) -> Problem:
    what = visible(", ".join(term.name or term.expression for term in index.columns), 80)
    title = (
        f"{plural(count, 'value')} of {quoted(name)} ({what}) {'stands' if count == 1 else 'stand'} more than once"
        if count
        else f"Values of {quoted(name)} ({what}) may stand more than once; they cannot be counted before it runs"
    )
    columns = tuple(term.name for term in index.columns if term.name)
    return step.problem(
        "duplicates_in_the_way",
        title,
        Subject("index", name, index.name, columns),
        severity=_certain(count),
        count=count,
        query=query if listed else "",
    )


def not_met(step: Step, rows: Rows, name: str, expression: str, count: int | None) -> Problem:
    rule = quoted(" ".join(expression.split()), 120)
    title = (
        f"{plural(count, 'row')} of {quoted(name)} {'does' if count == 1 else 'do'} not meet the rule {rule}"
        if count
        else f"Rows of {quoted(name)} may not meet the rule {rule}; they cannot be counted before it runs"
    )
    query = _listing(rows, name, f"({expression}) IS FALSE") if isinstance(step.act, AddCheck) else ""
    subject = Subject("check", name, " ".join(expression.split()))
    return step.problem("check_not_met", title, subject, severity=_certain(count), count=count, query=query)


def _listing(rows: Rows, name: str, condition: str) -> str:
    """SQL that lists the rows, where the table is in the file as it is here."""
    return f"SELECT * FROM {qualified(name)} WHERE {condition}" if _unchanged(rows, name) else ""


def _unchanged(rows: Rows, name: str) -> bool:
    source = rows.source(name)
    return source is not None and fold(source.real) == fold(name)


def _constant(default: str) -> bool:
    """Whether ADD COLUMN takes a default on a table with rows: a literal, with a sign at most."""
    words: Sequence[str] = significant_columns(default).texts
    if len(words) == 2 and words[0] in "+-":
        words = words[1:]
    return len(words) == 1 and words[0].upper() not in _CONSTANTS and len(tokenize(default)) < 4


def _filling(column: Column) -> str:
    """A value for the rows that have none, where the column itself says one."""
    return column.default if column.default is not None and column.default.upper() != "NULL" else ""


def _column(step: Step, name: str, column: str) -> Column | None:
    table = step.after.table(name)
    return table.column(column) if table else None


def _certain(count: int | None) -> Severity | None:
    return Severity.WARNING if count is None else None


def _begun(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _has(count: int) -> str:
    return "has" if count == 1 else "have"
