"""Along the links of rows as they were: where a link led at that time, and what pointed to a row.

Of a table that was not under audit no earlier state is told: its rows are those of now, and that is said.
"""

from __future__ import annotations

from datetime import datetime

from steward_app.gui.context import PageContext
from steward_app.gui.pages.data.record import Record, count_children, make_record
from steward_app.gui.pages.data.time_past import look_back
from steward_app.gui.widgets.grid.columns import grid_columns, read_names
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.rows import Children, Grid, Link, Parent, Source, hidden_columns, parent_of
from steward_app.services.schema.model import Schema


def parent_then(
    page: PageContext, schema: Schema, to: Link, key: Key, asked: datetime, context: Context
) -> Parent:
    """Where a link of a row led at a time."""
    with look_back(page, schema, asked, context) as look:
        for name in (to.child, to.parent):
            look.rows(name)
        with look.at_one_moment(), look.session.under(context):
            return parent_of(look.session, schema, to, key, rows=look.rows)


def seen_then(
    page: PageContext,
    schema: Schema,
    to: Link,
    key: Key,
    asked: datetime,
    context: Context,
    *,
    hidden_too: bool,
) -> tuple[Parent, Source | None, Record | None, bool]:
    """The row a link led to, and whether it is shown as it is now."""
    with look_back(page, schema, asked, context) as look:
        for name in (to.child, to.parent):
            look.rows(name)
        with look.at_one_moment(), look.session.under(context):
            parent, table = parent_of(look.session, schema, to, key, rows=look.rows), schema.table(to.parent)
            if parent.key is None or table is None:
                return parent, None, None, to.parent in look.as_now
            source = look.rows(to.parent)
            hidden = frozenset() if hidden_too else hidden_columns(table)
            grid = Grid(look.session, source, columns=read_names(grid_columns(source, hidden)))
            values = grid.read_row(parent.key)
            grid.close()
            record = make_record(look.session, schema, source, parent.key, values, hidden)
            return parent, source, record, to.parent in look.as_now


def children_then(
    page: PageContext, schema: Schema, table: str, key: Key, asked: datetime, context: Context
) -> tuple[Children, ...]:
    """How many rows of each table pointed to a row at a time."""
    with look_back(page, schema, asked, context) as look:
        for name in (table, *(child.name for child, _ in schema.referring(table))):
            look.rows(name)
        with look.at_one_moment():
            source = look.rows(table)
            return count_children(look.session, schema, source, key, context, rows=look.rows)
