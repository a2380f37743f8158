"""Queries that may never come to an end.

One that calls itself is tried on empty tables, then asked of the file; one that goes through tables inside each other
is known by the rows that they have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from steward_app.db import quote
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import quoted
from steward_app.services.migrate.lint.acts import Create, Delete, Insert, Update
from steward_app.services.migrate.lint.crossing import MOST, Plan, asked_of, combinations
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.ddl import Cursor, reading

MAY_NOT_END: Final = "may_not_end"
TITLE: Final = "This statement takes too long to be told before it runs, and may never end"


def problems(
    step: Step, ends: Callable[[Step], bool], plan: Callable[[Step, str], Plan], rows: Rows
) -> Iterator[Problem]:
    """What to say of a statement with such a query in it, in a view or a trigger of it too.

    Args:
        ends: whether it comes to an end on empty tables.
        plan: how SQLite goes through the tables of a query.
    """
    if _calls_itself(step):
        if not (ends(step) and _ends_on_rows(step, rows)):
            yield step.problem(MAY_NOT_END, TITLE, Subject("database"))
        return
    asked = asked_of(step)
    count, tables = combinations(step, plan(step, asked), rows) if asked else (0, ())
    if count >= MOST:
        title = (
            f"This statement goes through {count:,} combinations of the rows of"
            f" {', '.join(map(quoted, tables))}, and may never end"
        )
        yield step.problem(MAY_NOT_END, title, Subject("table", tables[0]))


def _calls_itself(step: Step) -> bool:
    """Whether a query in a statement is recursive."""
    return any(each.action == "SQLITE_RECURSIVE" for each in step.accesses)


def _ends_on_rows(step: Step, rows: Rows) -> bool:
    for query in _queries(step):
        source = rows.query(query.rstrip().removesuffix(";"), step.reads)
        if source is not None:
            rows.ask(f"SELECT count(*) FROM ({source.sql})")
    return not rows.gave_up(step)


def _queries(step: Step) -> Iterator[str]:
    """What a statement reads, as queries; of an UPDATE or DELETE, its condition and what stands behind its WITH."""
    match step.act:
        case None:
            yield step.statement.sql
        case Insert(query_sql=query) | Create(query_sql=query) if query:
            yield query
        case Update(table, known_as, where_sql=where) | Delete(table, known_as, where):
            with_sql, names = reading(_with, step.statement.sql) or ("", ())
            if where:
                yield f"{with_sql} SELECT 1 FROM {quote(table)} AS {quote(known_as)} WHERE {where}"
            for name in names:
                yield f"{with_sql} SELECT * FROM {quote(name)}"


def _with(cursor: Cursor) -> tuple[str, tuple[str, ...]]:
    """What stands behind WITH, up to the statement, and the names in it."""
    cursor.expect("WITH")
    cursor.accept("RECURSIVE")
    names = []
    while True:
        names.append(cursor.name())
        if cursor.word == "(":
            cursor.group()
        cursor.expect("AS")
        cursor.accept("NOT")
        cursor.accept("MATERIALIZED")
        cursor.group()
        if not cursor.accept(","):
            break
    with_sql = cursor.text(0, cursor.at)
    while not cursor.done():
        cursor.take()
    return with_sql, tuple(names)
