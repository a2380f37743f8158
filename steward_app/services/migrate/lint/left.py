"""What statements leave of the rows of a table that is there: UPDATE, DELETE, and changes of its columns."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from steward_app.db import fold, quote
from steward_app.services.migrate.lint.acts import Delete, RenameColumn, Update
from steward_app.services.migrate.lint.computed import computed_anew, resting_on
from steward_app.services.migrate.lint.sources import Source, after_writing, whole
from steward_app.services.migrate.lint.step import Step, written_columns

if TYPE_CHECKING:
    from steward_app.services.migrate.lint.rows import Rows


def updated(rows: Rows, step: Step, act: Update) -> Source | None:
    """The rows of a table as an UPDATE leaves them, or None where they are not known any more."""
    table, source = step.before.table(act.table), rows.source(act.table)
    if table is None or source is None:
        return None
    texts = [act.where_sql, *(expression for _, expression in act.sets)]
    sets = {fold(column): expression for column, expression in act.sets}
    if not act.plain or not rows.plainly(step, texts) or source.lacks_any(act.known_as, texts):
        return without(rows, step, act.table, written_columns(step, act.table))
    if not set(sets) <= {fold(column.name) for column in table.columns}:  # the rowid
        return None
    values = []
    columns = source.columns(table)
    for column in columns:
        own, expression = quote(column.name), sets.get(fold(column.name))
        if expression is None:
            values.append(own)
        elif act.where_sql:
            values.append(f"CASE WHEN ({act.where_sql}\n) THEN ({expression}\n) ELSE {own} END AS {own}")
        else:
            values.append(f"({expression}\n) AS {own}")
    sql = f"SELECT {', '.join(values) or 'NULL'} FROM {rows.from_sql(act.table, act.known_as)}"
    sql = computed_anew(table, columns, sets, after_writing(source, columns, sets, sql))
    return whole(replace(source, sql=sql, real="", bare=source.bare | _bare(step)))


def without(rows: Rows, step: Step, name: str, columns: Collection[str]) -> Source | None:
    """The rows of a table when nobody knows any more what they hold in some columns, and what rests on these."""
    table, source = step.before.table(name), rows.source(name)
    if table is None or source is None:
        return None
    lacking = replace(source, real="", lacks=source.lacks.union(columns, resting_on(table, columns)))
    kept = ", ".join(quote(column.name) for column in lacking.columns(table))
    return whole(replace(lacking, sql=f"SELECT {kept or 'NULL'} FROM {rows.from_sql(name)}"))


def deleted(rows: Rows, step: Step, act: Delete) -> Source | None:
    """The rows of a table as a DELETE leaves them, or None where they are not known any more."""
    table, source = step.before.table(act.table), rows.source(act.table)
    if table is None or source is None or not act.told:
        return None
    if source.lacks_any(act.known_as, [act.where_sql]):
        return None
    condition = f"({act.where_sql}\n) IS NOT TRUE" if act.where_sql else "0"
    kept = ", ".join(quote(column.name) for column in source.columns(table)) or "NULL"
    plain = act.plain and rows.plainly(step, [act.where_sql])
    if act.where_sql and not plain:
        known_as = f"{quote(act.table)} AS {quote(act.known_as)}"
        left = rows.query(f"{act.with_sql}\nSELECT {kept} FROM {known_as} WHERE {condition}", step.reads)
        uncounted = left is not None and (left.uncounted or source.uncounted)
        return left and whole(
            replace(left, more=left.more or source.more, uncounted=uncounted, lacks=source.lacks)
        )
    sql = f"SELECT {kept} FROM {rows.from_sql(act.table, act.known_as)} WHERE {condition}"
    left = replace(source, sql=sql, real="", bare=source.bare | _bare(step))
    return whole(left if act.where_sql else replace(left, empty=True, more=False, uncounted=False))


def reshaped(rows: Rows, step: Step, name: str) -> Source | None:
    """The rows of a table as ADD, DROP and RENAME COLUMN leave them."""
    before, after, source = step.before.table(name), step.after.table(name), rows.source(name)
    if before is None or after is None or source is None:
        return None
    renamed = step.act if isinstance(step.act, RenameColumn) else None
    values = []
    lacks = {*source.lacks, *(resting_on(after, source.lacks) if source.lacks else ())}
    for column in after.columns:
        was = renamed.column if renamed and fold(renamed.name) == fold(column.name) else column.name
        if fold(was) in lacks:
            lacks |= {fold(column.name)}
        elif before.column(was) is not None:
            values.append(f"{quote(was)} AS {quote(column.name)}")
        elif not column.hidden:
            value = column.generated_expression or column.default or "NULL"
            values.append(f"({value}) AS {quote(column.name)}")
    sql = f"SELECT {', '.join(values) or 'NULL'} FROM {rows.from_sql(name)}"
    return whole(replace(source, sql=sql, real="", lacks=frozenset(lacks)))


def _bare(step: Step) -> frozenset[str]:
    return frozenset(fold(each.table) for each in step.accesses if each.action == "SQLITE_READ")
