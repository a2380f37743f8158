"""From one text of a table to another: by ALTER TABLE where that leads there, else by the whole new text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from steward_app.db.names import fold, quote
from steward_app.services.migrate.desired.course import Course
from steward_app.services.migrate.desired.form import (
    ColumnForm,
    ConstraintForm,
    constraint_of,
    table_form,
)
from steward_app.services.migrate.edit.model import (
    AddColumn,
    AddConstraint,
    DropColumn,
    DropConstraint,
    RewriteTable,
    SetNotNull,
    TableEdit,
)
from steward_app.services.migrate.edit.spans import Clause, ClauseKind, read_spans
from steward_app.services.schema.model import Table

_CONSTRAINTS = (ClauseKind.CHECK, ClauseKind.UNIQUE, ClauseKind.FOREIGN_KEY)


def change_table(
    course: Course,
    old: Table,
    new: Table,
    fills: Mapping[str, str],
    values: Mapping[str, str],
    same: Callable[[str, str], bool],
) -> None:
    """Take the steps that make one table of another.

    Args:
        fills: an expression for the rows without a value, by the folded name of the column.
        values: an expression for every row, likewise.
        same: whether two texts of a table say the same.
    """
    steps = None if values else alterations(old, new, fills)
    if steps and course.go_natively(steps, lambda sql: same(sql, new.sql)):
        return
    given = dict(values)
    for name, expression in fills.items():
        there = old.column(name)
        given[name] = f"coalesce({quote(there.name)}, {expression})" if there else expression
    course.go([RewriteTable(old.name, new.sql, tuple(given.items()))])


def alterations(old: Table, new: Table, fills: Mapping[str, str]) -> list[TableEdit] | None:
    """Edits that SQLite may make itself, or None where one is needed that it cannot."""
    one, other = table_form(old.sql), table_form(new.sql)
    if one is None or other is None or one.primary_key != other.primary_key or one.options != other.options:
        return None
    before, after = ({column.name: column for column in form.columns} for form in (one, other))
    gone, come = [n for n in before if n not in after], [n for n in after if n not in before]
    kept = [name for name in before if name in after]
    if list(after) != [*kept, *come] or any(fold(name) in fills for name in come):
        return None
    if any(before[name].without_not_null() != after[name].without_not_null() for name in kept):
        return None
    constraints = _constraints(old, new, gone, come)
    if constraints is None:
        return None
    dropped, added = constraints
    return [
        *dropped,
        *(DropColumn(old.name, name) for name in gone),
        *(AddColumn(old.name, _definition(new, name)) for name in come),
        *added,
        *_not_null(old, before, after, fills),
    ]


def _definition(table: Table, name: str) -> str:
    spans = read_spans(table.sql)
    found = next(column for column in spans.columns if column.name == name) if spans else None
    return table.sql[found.start : found.end] if found else ""


def _constraints(
    old: Table, new: Table, gone: list[str], come: list[str]
) -> tuple[list[TableEdit], list[TableEdit]] | None:
    """Constraints that go and that come, besides those at a column that goes or comes."""
    before, after = list(_standing(old, gone)), list(_standing(new, come))
    lost = Counter(form for form, _ in before) - Counter(form for form, _ in after)
    won = Counter(form for form, _ in after) - Counter(form for form, _ in before)
    if any(not form.name or form.kind is ClauseKind.UNIQUE for form in lost):
        return None
    if any(form.kind is not ClauseKind.CHECK for form in won):
        return None
    texts = {form: new.sql[clause.start : clause.end] for form, clause in after}
    return (
        [DropConstraint(old.name, form.name) for form in lost.elements()],
        [AddConstraint(old.name, texts[form]) for form in won.elements()],
    )


def _standing(table: Table, without: list[str]) -> Iterator[tuple[ConstraintForm, Clause]]:
    spans = read_spans(table.sql)
    if spans is None:
        return
    for column in spans.columns:
        if column.name not in without:
            yield from _of(table.sql, column.clauses)
    yield from _of(table.sql, spans.clauses)


def _of(sql: str, clauses: tuple[Clause, ...]) -> Iterator[tuple[ConstraintForm, Clause]]:
    return ((constraint_of(sql, clause), clause) for clause in clauses if clause.kind in _CONSTRAINTS)


def _not_null(
    old: Table, before: Mapping[str, ColumnForm], after: Mapping[str, ColumnForm], fills: Mapping[str, str]
) -> Iterator[TableEdit]:
    for name, column in after.items():
        if name not in before or column.not_null == before[name].not_null:
            continue
        if before[name].not_null:
            yield SetNotNull(old.name, name, on=False)
        if column.not_null:
            last = column.not_null[-2:]
            conflict = last[1][1] if last[0][1] == "CONFLICT" else ""
            yield SetNotNull(old.name, name, on=True, fill=fills.get(fold(name), ""), conflict=conflict)
