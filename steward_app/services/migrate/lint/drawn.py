"""Links that a statement takes from the parent itself: such a row points to one that is there, whatever the rows are.

`SET status_id = (SELECT id FROM status WHERE ...)` and INSERT ... SELECT with a join are written so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from steward_app.db import fold, quote
from steward_app.services.migrate.lint.acts import Insert, Update
from steward_app.services.migrate.lint.sources import ROWIDS
from steward_app.services.migrate.lint.step import Step
from steward_app.services.migrate.query_tree import parsed
from steward_app.services.schema.model import Column, ForeignKey, Schema, Table

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope


def from_parent(step: Step, table: Table, key: ForeignKey) -> bool:
    """Whether every row that a statement writes gets its link, of one column, from a row of the parent, or none."""
    parent, act = step.before.table(key.parent_table), step.act
    ours = table.column(key.columns[0])
    theirs = parent.column(key.parent_columns[0]) if parent and len(key.parent_columns) == 1 else None
    if parent is None or ours is None or theirs is None or ours.affinity != theirs.affinity:
        return False  # of another type, the value may become another one
    told = _value(step, act, table, ours.name) if isinstance(act, Insert | Update) else None
    return told is not None and _Wanted(step.before, parent, theirs).holds(*told)


def _value(
    step: Step, act: Insert | Update, table: Table, column: str
) -> tuple[exp.Expression, Scope] | None:
    """What a statement writes into a column, and the names that hold there."""
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.scope import build_scope

    sql, at = _query(act, table, column)
    tree = parsed(sql) if sql else None
    try:
        scope = build_scope(tree) if tree is not None else None
    except SqlglotError:
        return None
    if scope is None or at >= len(_items(scope)):
        return None
    return _items(scope)[at], scope


def _query(act: Insert | Update, table: Table, column: str) -> tuple[str, int]:
    """A query that gives what a statement writes, and the place of a column in it; "" where nobody knows."""
    sets = {fold(name): expression for name, expression in act.sets}
    if isinstance(act, Insert):
        own = [each.name for each in table.columns if not each.generated and not each.hidden]
        given = [fold(each) for each in act.columns or own]
        if act.lists or fold(column) in sets or fold(column) not in given:
            return "", 0
        return act.query_sql, given.index(fold(column))
    set_to = sets.get(fold(column), "")
    if not act.told or not set_to:
        return "", 0
    more = f", {act.from_sql.removeprefix(act.from_sql[:4])}" if act.from_sql else ""
    own_rows = f"{quote(act.table)} AS {quote(act.known_as)}"
    return f"{act.with_sql}\nSELECT {set_to} FROM {own_rows}{more}", 0


class _Wanted:
    """A column of a table: whether values are taken from it as they are."""

    def __init__(self, schema: Schema, table: Table, column: Column) -> None:
        self._schema, self._table, self._column = schema, table, column

    def holds(self, value: exp.Expression, scope: Scope) -> bool:
        """Whether a value in a query is one of them, or NULL."""
        from sqlglot import exp

        value = _bare(value)
        if isinstance(value, exp.Null):
            return True
        if isinstance(value, exp.Min | exp.Max):
            return not value.expressions and self.holds(value.this, scope)
        if isinstance(value, exp.Coalesce):
            return all(self.holds(each, scope) for each in (value.this, *value.expressions))
        if isinstance(value, exp.Select):
            inner = next((each for each in scope.subquery_scopes if each.expression is value), None)
            return inner is not None and self._at(inner, 0)
        return isinstance(value, exp.Column) and self._is_taken(value, scope)

    def _is_taken(self, column: exp.Column, scope: Scope) -> bool:
        from sqlglot import exp

        source, name = self._source(column, scope), fold(column.name)
        if isinstance(source, exp.Table):
            named = (fold(self._column.name), *(ROWIDS if self._column.rowid_alias else ()))
            return fold(source.name) == fold(self._table.name) and name in named
        names = _names(source) if source is not None else []
        return source is not None and name in names and self._at(source, names.index(name))

    def _source(self, column: exp.Column, scope: Scope) -> exp.Table | Scope | None:
        """That of which a query takes a column, or None where it is not the only one that may be meant."""
        sources = {fold(name): source for name, (_, source) in scope.selected_sources.items()}
        if column.table:
            return sources.get(fold(column.table))
        found = [each for each in sources.values() if self._gives(each, column.name)]
        return found[0] if len(found) == 1 else None

    def _at(self, scope: Scope, place: int) -> bool:
        """Whether all that a query gives at a place is taken from there."""
        parts: list[Scope] = scope.set_operation_scopes
        if not parts:
            items = _items(scope)
            return place < len(items) and self.holds(items[place], scope)
        return all(self._passes_on(each, parts[0], place) or self._at(each, place) for each in parts)

    def _passes_on(self, scope: Scope, begin: Scope, place: int) -> bool:
        """Whether a query that calls itself gives at a place what it began with there."""
        from sqlglot import exp

        items = _items(scope)
        item = _bare(items[place]) if place < len(items) else None
        source = self._source(item, scope) if isinstance(item, exp.Column) else None
        if item is None or source is None or isinstance(source, exp.Table):
            return False
        return source.expression is begin.expression and _names(source)[place : place + 1] == [
            fold(item.name)
        ]

    def _gives(self, source: exp.Table | Scope, name: str) -> bool:
        from sqlglot import exp

        if not isinstance(source, exp.Table):
            return fold(name) in _names(source)
        table = self._schema.table(source.name)
        return table is None or table.column(name) is not None or fold(name) in ROWIDS


def _items(scope: Scope) -> Sequence[exp.Expression]:
    """What a query gives; of several put together, what the first does."""
    query: Any = scope.expression
    items: Sequence[exp.Expression] = query.selects
    return items


def _bare(value: exp.Expression) -> exp.Expression:
    """A value without its name and brackets."""
    bare: Any = value.unalias()
    return bare.unnest()  # type: ignore[no-any-return]


def _names(scope: Scope) -> list[str]:
    """What a query in brackets, or behind WITH, calls its columns."""
    from sqlglot import exp

    outer = scope.expression.parent
    while isinstance(outer, exp.SetOperation):
        outer = outer.parent
    said = outer.alias_column_names if isinstance(outer, exp.CTE) else []
    return [fold(each) for each in said or [item.alias_or_name for item in _items(scope)]]
