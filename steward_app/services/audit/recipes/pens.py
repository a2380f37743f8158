"""Notes whom the INSERT under way may displace, since REPLACE removes rows without firing anything.

Every BEFORE INSERT first forgets what was noted for the row before, so that a row which was ignored, or became an
UPDATE, leaves nothing that counts later.
"""

from __future__ import annotations

from steward_app.services.audit.engine.ddl import numbered
from steward_app.services.audit.recipes import names
from steward_app.services.audit.recipes.model import Trigger
from steward_app.services.audit.recipes.parts import trigger
from steward_app.services.audit.recipes.rows import Rows, cells


def pen_sql(number: int, keys: int, values: int = 0) -> str:
    """The statement that makes the table: no types, no constraints, so that no conflict policy touches it."""
    return f"CREATE TABLE {names.pen(number)} ({', '.join((*numbered('k', keys), *numbered('v', values)))})"


def capture(rows: Rows, number: int, columns: tuple[str, ...]) -> Trigger:
    """The trigger that notes columns (quoted) of the rows in the way."""
    pen = names.pen(number)
    ways = " OR ".join(f"({each})" for each in rows.conflicts())
    return trigger(
        number,
        "before",
        "BEFORE INSERT",
        rows.shape.table,
        [
            f"DELETE FROM {pen}",
            f"INSERT INTO {pen} SELECT {cells('x', columns)} FROM {rows.sql} AS x WHERE {ways}",
        ],
        f"EXISTS (SELECT 1 FROM {pen}) OR EXISTS (SELECT 1 FROM {rows.sql} AS x WHERE {ways})",
    )
