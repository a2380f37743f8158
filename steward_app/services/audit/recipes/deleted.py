"""Which rows are deleted softly: how many of each table, and the newest of them by their keys."""

from __future__ import annotations

from pathlib import Path

from steward_app.db import Session, open_read, qualified, quote
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.recipes import drift, registry, times
from steward_app.services.audit.recipes.families import Family, family_of, via
from steward_app.services.audit.recipes.model import DeletedRow, DeletedTable, Recipe, SoftDelete
from steward_app.services.audit.recipes.parts import MissingError, there
from steward_app.services.rows.personal import hidden_columns
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Table

_FIRST, _LAST = 2_000_000, 5_000_000
"""Julian days that calendars of programs can write, in any time zone: from the year 763 to the year 8977."""


def deleted_rows(
    path: Path, context: Context | None = None, *, limit: int = 0, ids: tuple[int, ...] = ()
) -> tuple[DeletedTable, ...]:
    """The rows of a file that are deleted softly, by recipe and table. A recipe whose tables are gone gives nothing.

    Args:
        limit: how many rows of each table are named, the newest first.
        ids: of which recipes; empty for all.

    Raises `Failure` where the file cannot be read.
    """
    context = context or Context()
    with open_read(path, context) as session, session.snapshot(), session.under(context):
        schema, at = read_schema(session, context), drift.places(session)
        found: list[DeletedTable] = []
        for recipe in registry.every(session):
            if not isinstance(recipe.spec, SoftDelete) or (ids and recipe.id not in ids):
                continue
            spec = drift.spec_now(recipe, schema, at)
            assert isinstance(spec, SoftDelete)
            try:
                family = family_of(schema, there(schema, spec.table, spec.column)[0], spec)
                found += [
                    _of_table(session, recipe, spec, family, each, limit)
                    for each in family.tables
                    if each.column(spec.column) is not None
                ]
            except MissingError:
                continue
            context.checkpoint()
        return tuple(found)


def _of_table(
    session: Session, recipe: Recipe, spec: SoftDelete, family: Family, table: Table, limit: int
) -> DeletedTable:
    cell, name = quote(spec.column), qualified(table.name)
    link = table.column(via(spec.column)) if family.leaders(table) else None
    followed = f"{quote(link.name)} IS NOT NULL" if link is not None else "0"
    deleted = f"FROM {name} WHERE {cell} IS NOT NULL"
    keys = table.key_columns
    rows: list[DeletedRow] = []
    if limit and keys:
        assert spec.form is not None
        days = times.days_sql(spec.form, cell)
        own = ", ".join(map(quote, keys))
        rows = [
            _row(row)
            for row in session.execute(
                f"SELECT {followed}, CASE WHEN {days} BETWEEN {_FIRST} AND {_LAST}"
                f" THEN strftime('%Y-%m-%dT%H:%M:%SZ', {days}) END, {own} {deleted}"
                f" ORDER BY {days} DESC, {own} LIMIT ?",
                (limit,),
            )
        ]
    hidden = hidden_columns(table, session.path)
    return DeletedTable(
        recipe.id,
        table.name,
        keys,
        tuple(each for each in keys if each in hidden),
        session.count(f"SELECT count(*) {deleted}"),
        session.count(f"SELECT count(*) {deleted} AND {followed}"),
        tuple(rows),
    )


def _row(row: tuple[SqlValue, ...]) -> DeletedRow:
    return DeletedRow(row[2:], str(row[1] or ""), bool(row[0]))
