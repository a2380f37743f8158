"""Queries inside statements, read by sqlglot: conditions that are never true, and joins that forgot theirs.

sqlglot reads queries and not SQLite's DDL; what it cannot read, nothing is said of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from steward_app.db import fold, quote
from steward_app.db.tokens import significant_columns
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import AddCheck, Create, Delete, Insert, Update
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step
from steward_app.services.migrate.query_tree import parsed
from steward_app.services.schema.ddl import read_view
from steward_app.services.schema.model import Column

if TYPE_CHECKING:
    from sqlglot import exp


def problems(step: Step, rows: Rows) -> Iterator[Problem]:
    """What to say of the queries in a statement. Called before the rows follow it."""
    text = _query_of(step)
    tree = parsed(text) if text else None
    if tree is None:
        return
    yield from _null_compared(step, tree)
    yield from _not_in(step, tree, rows)
    yield from _joined(step, tree, text)


def _query_of(step: Step) -> str:
    """The query in a statement, or a query made of the conditions in it."""
    match step.act:
        case Create(kind="view"):
            view = read_view(step.statement.sql)
            return view.select if view else ""
        case Create(kind="trigger", name=name):
            return _conditions(
                t.when for each in step.after.tables for t in each.triggers if _is(t.name, name)
            )
        case Create(kind="index", name=name):
            return _conditions(
                i.where for each in step.after.tables for i in each.indexes if _is(i.name, name)
            )
        case Create(kind="table", name=name, query_sql=""):
            table = step.after.table(name)
            return _conditions(check.expression for check in table.checks) if table else ""
        case AddCheck(expression_sql=expression):
            return _conditions([expression])
        case Insert() | Create():
            return "" if isinstance(step.act, Insert) and step.act.lists else step.act.query_sql
        case Update(where_sql=where) | Delete(where_sql=where):
            return f"SELECT 1 WHERE {where}" if where else ""
    return step.statement.sql if step.statement.verb in ("SELECT", "WITH") else ""


def _conditions(found: Iterable[str]) -> str:
    """A query with conditions, and nothing else in it."""
    told = [f"({each}\n)" for each in found if each]
    return f"SELECT 1 WHERE {' AND '.join(told)}" if told else ""


def _is(one: str, other: str) -> bool:
    return fold(one) == fold(other)


def _null_compared(step: Step, tree: exp.Expression) -> Iterator[Problem]:
    from sqlglot import exp

    for found in tree.find_all(exp.EQ, exp.NEQ):
        if isinstance(found.expression, exp.Null) or isinstance(found.this, exp.Null):
            sign = "=" if isinstance(found, exp.EQ) else "<>"
            yield step.problem(
                "compares_with_null", f"A condition compares with NULL by {sign}", Subject("database")
            )
            return


def _not_in(step: Step, tree: exp.Expression, rows: Rows) -> Iterator[Problem]:
    from sqlglot import exp

    for found in tree.find_all(exp.Not):
        inside = found.this.unnest() if isinstance(found.this, exp.Paren) else found.this
        if not isinstance(inside, exp.In):
            continue
        listed: Any = inside.args.get("query")
        if any(isinstance(each, exp.Null) for each in inside.expressions):
            yield step.problem("not_in_null", "NOT IN over a list with a NULL in it", Subject("database"))
            return
        select = listed.find(exp.Select) if listed is not None else None
        column = _nullable(step, select) if select is not None else None
        if column is not None:
            table, name = column
            stays = isinstance(step.act, Create) and not step.act.query_sql
            nulls = None if stays else rows.count(table, f"{quote(name)} IS NULL")
            if nulls == 0:
                continue
            sure = nulls if select is not None and select.args.get("where") is None else None
            holds = f"which holds NULL in {plural(sure, 'row')}" if sure else "which may hold NULL"
            title = f"NOT IN over {quoted(name)} of {quoted(table)}, {holds}"
            yield step.problem("not_in_null", title, Subject("column", table, columns=(name,)), count=sure)
            return


def _nullable(step: Step, select: exp.Select) -> tuple[str, str] | None:
    """The one column of a plain query, with its table, where it may be NULL and no condition leaves that out."""
    from sqlglot import exp

    tables = list(select.find_all(exp.Table))
    if len(tables) != 1 or len(select.expressions) != 1:
        return None
    wanted = select.expressions[0]
    table = step.before.table(tables[0].name)
    column: Column | None = table.column(wanted.name) if table and isinstance(wanted, exp.Column) else None
    if table is None or column is None or column.not_null or column.rowid_alias:
        return None
    where = select.args.get("where")
    if where is not None and any(fold(each.name) == fold(column.name) for each in where.find_all(exp.Column)):
        return None
    return table.name, column.name


def _joined(step: Step, tree: exp.Expression, text: str) -> Iterator[Problem]:
    """Tables beside each other with a comma or JOIN, and no condition at all."""
    from sqlglot import exp

    words = set(significant_columns(text).words)
    for select in tree.find_all(exp.Select):
        if select.args.get("where") is not None:
            continue
        joins: list[Any] = select.args.get("joins") or []
        for join in joins:
            comma = join.args.get("kind") == "CROSS" and "CROSS" not in words
            bare = isinstance(join.args.get("on"), exp.Boolean) and not {"ON", "USING", "NATURAL"} & words
            table = step.before.table(join.this.name) if isinstance(join.this, exp.Table) else None
            if table is not None and (comma or bare):
                title = f"{quoted(table.name)} is joined without a condition"
                yield step.problem("join_without_condition", title, Subject("table", table.name))
                return
