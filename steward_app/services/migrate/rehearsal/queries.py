"""How SQLite goes through queries that are kept: the filters a steward gave names, and the views of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from steward_app.catalog import Catalog, saved_filters
from steward_app.db import Session, qualified
from steward_app.db.query import readable
from steward_app.kernel.errors import StewardError
from steward_app.kernel.plan import Json
from steward_app.services.migrate.rehearsal.model import QueryDifference
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.rows.filter import Filter, compile_filter, filter_from_json
from steward_app.services.rows.order import where
from steward_app.services.rows.source import source_of
from steward_app.services.schema.model import Schema, Table, TableKind

_SORTS = ("USE TEMP B-TREE",)
_NO_TABLE = ("SCAN CONSTANT ROW", "SCAN (")


def filters(
    catalog: Catalog,
    database_id: str,
    before: Schema,
    after: Schema,
    names: Names,
    old: Session,
    new: Session,
) -> tuple[QueryDifference, ...]:
    """The kept filters that SQLite goes through in another way, or not at all any more.

    Args:
        old, new: sessions on the file before and afterwards.
    """
    found = []
    for table, name, filter_ in _kept(catalog, database_id, before):
        now = after.table(names.table(table.name))
        steps = _of_filter(old, table, filter_)
        title = f"{name} ({table.name})"
        if now is None:
            found.append(QueryDifference(title, steps, (), problem="its table is gone"))
            continue
        conditions = tuple(
            replace(each, column=names.column(table.name, each.column)) for each in filter_.conditions
        )
        try:
            then = _of_filter(new, now, Filter(conditions))
        except StewardError as error:
            found.append(QueryDifference(title, steps, (), problem=error.message))
            continue
        if then != steps:
            found.append(QueryDifference(title, steps, then, worse(steps, then)))
    return tuple(found)


def views(
    before: Schema, after: Schema, names: Names, old: Session, new: Session
) -> tuple[QueryDifference, ...]:
    """The views that SQLite goes through in another way. Those that do not work are told elsewhere."""
    found = []
    for table in before.tables:
        now = after.table(names.table(table.name))
        if table.kind is TableKind.VIEW and now is not None and not (table.problem or now.problem):
            steps, then = _steps(old, table), _steps(new, now)
            if steps != then:
                found.append(QueryDifference(now.name, steps, then, worse(steps, then)))
    return tuple(found)


def worse(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """What became worse, in a sentence; "" where nothing did."""
    if _scans(after) > _scans(before):
        return "SQLite reads the whole of a table where it went by an index"
    if sum(map(_sorts, after)) > sum(map(_sorts, before)):
        return "SQLite sorts rows that an index gave in order"
    return ""


def _kept(catalog: Catalog, database_id: str, schema: Schema) -> Iterator[tuple[Table, str, Filter]]:
    """The filters that can be used on the file before. Those that list rows of a finding are gone through by key."""
    with catalog.reading() as session:
        saved = [
            (table, each)
            for table in schema.tables
            for each in saved_filters.of_table(session, database_id, table.name)
        ]
    for table, each in saved:
        try:
            filter_ = filter_from_json(cast(Mapping[str, Json], each.filter))
            if filter_.rows is None and not table.problem:
                compile_filter(filter_, source_of(table))
                yield table, each.name, filter_
        except StewardError:  # it could not be used before either
            continue


def _of_filter(session: Session, table: Table, filter_: Filter) -> tuple[str, ...]:
    source = source_of(table)
    condition = where(compile_filter(filter_, source))
    with readable(table.name):
        rows = session.all(
            f"EXPLAIN QUERY PLAN SELECT * FROM {source.sql}{condition.sql}", condition.bindings
        )
    return tuple(str(detail) for *_, detail in rows)


def _steps(session: Session, view: Table) -> tuple[str, ...]:
    with readable(view.name):
        rows = session.all(f"EXPLAIN QUERY PLAN SELECT * FROM {qualified(view.name)}")
    return tuple(str(detail) for *_, detail in rows)


def _scans(steps: tuple[str, ...]) -> int:
    return sum(step.startswith("SCAN ") and not step.startswith(_NO_TABLE) for step in steps)


def _sorts(step: str) -> bool:
    return step.startswith(_SORTS)
