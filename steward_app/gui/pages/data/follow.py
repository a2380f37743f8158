"""Along the links of a row, in both directions, and a look at where one leads without leaving."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRect

from steward_app.db import ReadSession
from steward_app.gui.bridge import JobHandle
from steward_app.gui.format import shown_name
from steward_app.gui.pages.data.peek import Peek
from steward_app.gui.pages.data.record import Record, count_children, make_record
from steward_app.gui.pages.data.time_follow import (
    Seen,
    Start,
    children_then,
    link_values,
    parent_then,
    seen_then,
)
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.data_table import RowRef
from steward_app.gui.widgets.grid.columns import GridColumn, grid_columns, read_names
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key, Row
from steward_app.services.rows import (
    Children,
    Grid,
    Link,
    Parent,
    ParentState,
    Source,
    hidden_columns,
    links_from,
    parent_of,
    source_of,
)
from steward_app.services.schema.model import Schema

if TYPE_CHECKING:
    from steward_app.gui.pages.data.browse import Browse
    from steward_app.gui.pages.data.page import DataPage


class Follow:
    """Follows the links of the rows that are browsed."""

    def __init__(self, page: DataPage, browse: Browse) -> None:
        self._page, self._browse = page, browse
        self._peek: Peek | None = None
        self._looking: JobHandle | None = None
        self._counting: JobHandle | None = None
        self._shown_for: tuple[str, Key] | None = None

    @property
    def peek(self) -> Peek | None:
        """The look that is open, or None."""
        return self._peek if self._peek is not None and self._peek.isVisible() else None

    @property
    def _asked(self) -> datetime | None:
        """Of which time the rows are; None for now."""
        past = self._page.travel.past
        return past.moment.asked if past is not None else None

    def link_of(self, column: GridColumn | None) -> Link | None:
        """The link a column belongs to, if it can be followed."""
        schema, table = self._page.schema, self._browse.table
        if schema is None or table is None or column is None:
            return None
        found = links_from(schema, table.name)
        return next((each for each in found if column.name in each.child_columns), None)

    def is_for(self, column: GridColumn | None, ref: RowRef | None) -> bool:
        """Whether the look is one at where this cell points."""
        return column is not None and ref is not None and self._shown_for == (column.name, ref.key)

    def look(self, column: GridColumn, ref: RowRef) -> None:
        """Show where a value points, below its cell; a second time, go into what is shown."""
        schema, to = self._page.schema, self.link_of(column)
        if self.peek is not None and self.is_for(column, ref):
            self.peek.take_focus()
            return
        if to is None or schema is None:
            self._browse.say(_cannot(column), Tone.WARNING)
            return
        self._shown_for = (column.name, ref.key)
        page, file, hidden_too = self._page, self._page.context.file, self._browse.revealed
        asked = self._asked

        def see(values: Row | None) -> None:
            def work(context: Context) -> Seen:
                if asked is not None and values is not None:
                    given = (page.context, schema, to, values, asked, context)
                    return seen_then(*given, hidden_too=hidden_too)
                with file.read() as session, session.under(context):
                    return _see(session, schema, to, ref.key, hidden_too)

            _stop(self._looking)
            self._looking = page.run(
                _tr("Following a link"), work, lambda seen: self._show(seen, column, ref), quiet=True
            )

        self._from(to, ref.key, see)

    def _from(self, to: Link, key: Key, follow: Callable[[Row | None], None]) -> None:
        """Read the values of a link first, where the rows on the page alone tell what they were."""
        rows = self._browse.rows
        if rows.past is None or rows.source is None or rows.source.name != to.child:
            follow(None)
        else:
            rows.read(_tr("Following a link"), lambda grid: link_values(grid, to, key), follow)

    def go(self, column: GridColumn, ref: RowRef) -> None:
        """Go where a value points."""
        to = self.link_of(column)
        if to is None:
            self._browse.say(_cannot(column), Tone.WARNING)
        else:
            self.along(to, ref.key)

    def along(self, to: Link, key: Key) -> None:
        """Go to the row a link of a row points to."""
        schema, file = self._page.schema, self._page.context.file
        asked, page = self._asked, self._page
        if schema is None:
            return

        def follow(values: Row | None) -> None:
            def work(context: Context) -> Parent:
                if asked is not None:
                    return parent_then(page.context, schema, to, Start(key, values), asked, context)
                with file.read() as session, session.under(context):
                    return parent_of(session, schema, to, key)

            page.run(_tr("Following a link"), work, arrive, quiet=True)

        def arrive(parent: Parent) -> None:
            if parent.key is not None:
                page.open_row(to.parent, parent.key)
            else:
                self._browse.say(" ".join(_nowhere(parent)), Tone.WARNING)

        self._from(to, key, follow)

    def back_to(self, children: Children) -> None:
        """Show the rows that point to a row."""
        self._page.open_table(children.link.child, chosen=children.filter)

    def dismiss(self) -> None:
        """No look any more."""
        _stop(self._looking)
        if self._peek is not None:
            self._peek.dismiss()

    def _show(self, seen: Seen, column: GridColumn, ref: RowRef) -> None:
        area = self._cell(column, ref)
        if area is None:
            return
        if self._peek is None:
            self._peek = Peek(self._browse.rows.view.viewport(), self.along, self._open, self.back_to)
        if seen.record is None or seen.source is None:
            self._peek.show_words(*_nowhere(seen.parent), Tone.DANGER, area)
            return
        self._peek.show_record(seen.record, area, as_now=seen.as_now)
        self._count(seen.record, seen.source)

    def _open(self, record: Record) -> None:
        self._page.open_row(record.table, record.key)

    def _cell(self, column: GridColumn, ref: RowRef) -> QRect | None:
        """Where the cell is now; None when it is not chosen any more."""
        rows = self._browse.rows
        if not self.is_for(rows.current_column, rows.current) or not self.is_for(column, ref):
            return None
        return rows.view.visualRect(rows.view.currentIndex())

    def _count(self, record: Record, source: Source) -> None:
        schema, file = self._page.schema, self._page.context.file
        peek = self._peek
        if schema is None or peek is None:
            return

        asked, page = self._asked, self._page.context

        def work(context: Context) -> tuple[Children, ...]:
            if asked is not None:
                return children_then(page, schema, source.name, record.key, asked, context)
            with file.read() as session:
                return count_children(session, schema, source, record.key, context)

        _stop(self._counting)
        self._counting = self._page.run(
            _tr("Looking for rows that point here"),
            work,
            lambda found: peek.show_children(record, found),
            quiet=True,
        )


def _see(session: ReadSession, schema: Schema, to: Link, key: Key, hidden_too: bool) -> Seen:
    parent, table = parent_of(session, schema, to, key), schema.table(to.parent)
    if parent.key is None or table is None:
        return Seen(parent)
    source = source_of(table)
    hidden = frozenset() if hidden_too else hidden_columns(table, session.path)
    grid = Grid(session, source, columns=read_names(grid_columns(source, hidden)))
    try:
        values = grid.read_row(parent.key)
    finally:
        grid.close()
    return Seen(parent, source, make_record(session, schema, source, parent.key, values, hidden))


def _nowhere(parent: Parent) -> tuple[str, str]:
    """Why a link leads to no row."""
    table = shown_name(parent.link.parent)
    if parent.state is ParentState.EMPTY:
        return (
            _tr("This row points to nothing."),
            _tr("A part of its link to {table} is empty, which a link may be.").format(table=table),
        )
    return (
        _tr("The row of {table} it points to is gone.").format(table=table),
        _tr("Constraints tells what can be done."),
    )


def _cannot(column: GridColumn) -> str:
    parent = shown_name(column.link.parent) if column.link is not None else ""
    return _tr("This link to {table} cannot be followed. Constraints tells why.").format(table=parent)


def _stop(handle: JobHandle | None) -> None:
    if handle is not None and handle.running:
        handle.cancel()


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
