"""Which levels of a hierarchy a column cannot take: what a CHECK that speaks of it alone refuses is not tried.

A CHECK over several columns, an index or a trigger is left to the trial of the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from steward_app.db import ReadSession, quote
from steward_app.kernel.errors import Failure
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.hierarchies import Hierarchy
from steward_app.services.privacy.hierarchies.beginnings import beginnings, form_of
from steward_app.services.schema.columns_named import columns_named
from steward_app.services.schema.model import Column, Table

_MOST_VALUES = 2_000
_EMPTY: dict[str, SqlValue] = {"TEXT": "", "BLOB": b""}


def is_checked(table: Table, column: Column) -> bool:
    """Whether a CHECK of the table speaks of a column."""
    return any(column in columns_named(table, check.expression) for check in table.checks)


def refused_levels(
    session: ReadSession, table: Table, column: Column, hierarchy: Hierarchy, values: Sequence[SqlValue]
) -> frozenset[int]:
    """The levels that make something of the values which the column refuses; never the lowest."""
    checks = [each.expression for each in table.checks if columns_named(table, each.expression) == (column,)]
    if not checks:
        return frozenset()
    empty: SqlValue = _EMPTY.get(column.affinity, 0) if column.not_null else None
    filled = [value for value in values if value is not None and value != ""]
    form = form_of(hierarchy, filled)
    found = set()
    for level in range(1, len(hierarchy.titles)):
        begun = beginnings(hierarchy, level, filled, form)
        coarser = [empty if after is None else after for after in begun]
        if _refused(session, table, column, checks, dict.fromkeys(coarser)):
            found.add(level)
    return frozenset(found)


def _refused(
    session: ReadSession, table: Table, column: Column, checks: Sequence[str], values: Iterable[SqlValue]
) -> bool:
    """Whether one of the CHECKs refuses one of the values; False where SQLite cannot tell."""
    broken_sql = " OR ".join(f"NOT ({each})" for each in checks)
    sql = f"SELECT {broken_sql} FROM (SELECT ? AS {quote(column.name)}) AS {quote(table.name)}"
    try:
        return any(session.value(sql, (value,)) == 1 for value in list(values)[:_MOST_VALUES])
    except (Failure, UnicodeEncodeError):
        return False
