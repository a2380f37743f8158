"""Along the links of rows as they were: where a link led at that time, and what pointed to a row.

Of a table that was not under audit no earlier state is told: its rows are those of now, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from steward_app.gui.context import PageContext
from steward_app.gui.pages.data.record import Record, count_children, make_record
from steward_app.gui.pages.data.time_past import look_back
from steward_app.gui.widgets.grid.columns import grid_columns, read_names
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key, Row
from steward_app.services.rows import (
    Children,
    Grid,
    Link,
    Parent,
    Source,
    hidden_columns,
    parent_of,
    parent_with,
)
from steward_app.services.schema.model import Schema


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a link led, and the row there. `as_now`: of an earlier time, and nothing tells what that row was then."""

    parent: Parent
    source: Source | None = None
    record: Record | None = None
    as_now: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """The row a link is followed from; `values` in the columns of the link, where they were read already."""

    key: Key
    values: Row | None = None


def link_values(grid: Grid, to: Link, key: Key) -> Row:
    """What a row of a page holds in the columns of a link."""
    cells = [grid.read_cell(key, column) for column in to.child_columns]
    return tuple(cell.value if cell is not None else None for cell in cells)


def parent_then(
    page: PageContext, schema: Schema, to: Link, start: Start, asked: datetime, context: Context
) -> Parent:
    """Where a link led at a time."""
    with look_back(page, schema, asked, context) as look:
        source = look.rows(to.parent)
        if start.values is None:
            look.rows(to.child)
        with look.at_one_moment(), look.session.under(context):
            if start.values is None:
                return parent_of(look.session, schema, to, start.key, rows=look.rows)
            return parent_with(look.session, to, start.values, source)


def seen_then(
    page: PageContext,
    schema: Schema,
    to: Link,
    values: Row,
    asked: datetime,
    context: Context,
    *,
    hidden_too: bool,
) -> Seen:
    """The row the values of a link led to at a time."""
    with look_back(page, schema, asked, context) as look:
        source, as_now = look.rows(to.parent), to.parent in look.as_now
        with look.at_one_moment(), look.session.under(context):
            parent, table = parent_with(look.session, to, values, source), schema.table(to.parent)
            if parent.key is None or table is None:
                return Seen(parent, as_now=as_now)
            hidden = frozenset() if hidden_too else hidden_columns(table, look.session.path)
            grid = Grid(look.session, source, columns=read_names(grid_columns(source, hidden)))
            found = grid.read_row(parent.key)
            grid.close()
            record = make_record(look.session, schema, source, parent.key, found, hidden)
            return Seen(parent, source, record, as_now)


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
