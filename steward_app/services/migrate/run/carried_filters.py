"""The filters that a steward keeps go on meaning the tables and columns they were made for, under their new names.

The catalog holds both the filters and the journal: they are written in one transaction, and the line in the journal
says after a crash whether they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from steward_app.catalog import journal, saved_filters
from steward_app.catalog.journal import Phase
from steward_app.catalog.policy_names import Twin
from steward_app.catalog.saved_filters import SavedFilter
from steward_app.db import fold
from steward_app.kernel.errors import StewardError
from steward_app.kernel.plan import Json
from steward_app.kernel.text import plural
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.run.followed import Followed, note_of
from steward_app.services.operation import Scope
from steward_app.services.rows.filter import Filter, filter_from_json, filter_to_json

OPERATION = "migrate.filters"
_GONE = " (gone)"


def carry_filters(scope: Scope, file: str, renames: Sequence[Renamed]) -> str:
    """Keep each filter under the new name of its table, with the new names of its columns; what came of it, or "".

    The migration is done by then, so nothing is raised. A column that moved into another table, and the query of a
    finding, stay as they are: such a filter says when it is used that it fits no more.

    Args:
        scope: of the operation that the migration is a part of.
        file: the migration, by a name that it has alone in the operation.
    """
    tables = {fold(each.before): each.after for each in renames if not each.table}
    columns = {
        (fold(each.table), fold(each.before)): each.after
        for each in renames
        if each.table and not each.into and each.twin in (Twin.NO, Twin.GOES)
    }
    if not (tables or columns) or note_of(scope.catalog, OPERATION, Followed(scope.operation_id, file)):
        return ""
    try:
        with scope.catalog.unit() as unit:
            before = saved_filters.every(unit.session, scope.database_id)
            after = [
                (tables.get(fold(table), table), _called_now(kept, fold(table), columns))
                for table, kept in before
            ]
            others = sum(was != now for was, now in zip(before, after, strict=True))
            if not others:
                return ""
            saved_filters.replace_all(unit, scope.database_id, after)
            told = f"{plural(others, 'kept filter follows', 'kept filters follow')}"
            journal.append(
                unit,
                Phase.NOTE,
                OPERATION,
                operation_id=scope.operation_id,
                database_id=scope.database_id,
                details={"sentence": f"{told} the new names", "file": file},
            )
            unit.commit()
    except StewardError as error:
        return f"kept filters could not follow the new names: {error.message}"
    return told


def _called_now(kept: SavedFilter, table: str, columns: Mapping[tuple[str, str], str]) -> SavedFilter:
    try:
        filter_ = filter_from_json(cast("Mapping[str, Json]", kept.filter))
    except StewardError:  # it could not be used before either
        return kept
    conditions = tuple(
        replace(each, column=_column_now(table, each.column, columns)) for each in filter_.conditions
    )
    rows = filter_.rows
    if rows is not None and not rows.query:
        rows = replace(rows, columns=tuple(_column_now(table, name, columns) for name in rows.columns))
    now = Filter(conditions, rows)
    return kept if now == filter_ else replace(kept, filter=filter_to_json(now))


def _column_now(table: str, name: str, columns: Mapping[tuple[str, str], str]) -> str:
    """The new name of a column.

    Where another column took the name of one that went, the filter must not mean that: it says then that it fits no
    more, until the name is given back.
    """
    if (now := columns.get((table, fold(name)))) is not None:
        return now
    if any(of == table and fold(after) == fold(name) for (of, _), after in columns.items()):
        return f"{name}{_GONE}"
    before = name.removesuffix(_GONE)
    return before if before != name and (table, fold(before)) in columns else name
