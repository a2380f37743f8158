"""Columns that came to a table while it was under audit, and were filled before it was armed again.

The triggers do not know such a column, and no earlier state has it, so nothing compares it: what is in it when the
table is armed again is where its history begins.
"""

from __future__ import annotations

import re

from steward_app.db import Session, fold, qualified, quote
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine.model import AuditedTable, Shape
from steward_app.services.schema.model import Table

_LITERAL = re.compile(r"[-+]?[0-9.]+|'([^']|'')*'", re.ASCII)
_MOST_NAMED = 5


def unlogged(session: Session, version: AuditedTable, shape: Shape, table: Table) -> tuple[str, ...]:
    """The columns that a version of a table did not have, and in which a row holds something else than the default.

    Where the default is more than a number or a text, anything counts.
    """
    before, now = [fold(each.name) for each in version.columns], {fold(each.name) for each in shape.columns}
    found = []
    for place, column in enumerate(shape.columns):
        renamed = place < len(before) and before[place] not in now
        if fold(column.name) in before or renamed:
            continue
        default = next(each.default for each in table.columns if fold(each.name) == fold(column.name))
        if default is None or _LITERAL.fullmatch(default):
            condition_sql = f"{quote(column.name)} IS NOT {default or 'NULL'}"
        else:
            condition_sql = "1"
        rows = f"SELECT 1 FROM {qualified(table.name)} WHERE {condition_sql} LIMIT 1"
        if session.value(rows) is not None:
            found.append(column.name)
    return tuple(found)


def words(columns: tuple[str, ...]) -> str:
    """That nobody knows what they held, without a full stop; "" for none."""
    if not columns:
        return ""
    told = ", ".join(map(quoted, columns[:_MOST_NAMED]))
    more = len(columns) - _MOST_NAMED
    rest = f" and {plural(more, 'other column')}" if more > 0 else ""
    return f"what {told}{rest} held meanwhile is not known"
