"""The rows of one table: sorted, filtered, followed, looked at one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QStackedWidget, QWidget

from steward_app.gui.format import integer, shown_name
from steward_app.gui.layout import hbox, vbox
from steward_app.gui.pages.data.column_view import ColumnView
from steward_app.gui.pages.data.peek import Peek
from steward_app.gui.pages.data.record import Record, RecordView, count_children, make_record
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import link
from steward_app.gui.widgets.data_table import DataTable, RowRef, TableStatus
from steward_app.gui.widgets.grid.columns import GridColumn
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import FootBar
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.rows import (
    EVERY_ROW,
    Children,
    ColumnStatistics,
    Filter,
    Grid,
    Link,
    Parent,
    ParentState,
    Source,
    column_statistics,
    hidden_columns,
    links_from,
    parent_of,
    source_of,
)
from steward_app.services.schema.model import Schema, Table

if TYPE_CHECKING:
    from steward_app.gui.pages.data.page import DataPage


class Browse(QWidget):
    """A `DataTable` with what belongs to it.

    Signals:
        changed: table, filter, order or what is chosen is another now.
        counted: words for the number of rows, and whether it is exact.
    """

    changed = Signal()
    counted = Signal(str, bool)

    def __init__(self, page: DataPage) -> None:
        super().__init__()
        self._page = page
        self.table: Table | None = None
        self.source: Source | None = None
        self.personal: frozenset[str] = frozenset()
        self.revealed = False
        self._reading: Key | None = None
        self.rows = DataTable(self.tr("Rows"), page.run, page.context.file.read)
        self.record = RecordView(self._follow_link, self._open_children, self.close_side)
        self.column = ColumnView(self.close_side)
        self._side = QStackedWidget()
        self._side.addWidget(self.record)
        self._side.addWidget(self.column)
        self._side.hide()
        self._peek: Peek | None = None
        self._words = Label(tone=Tone.MUTED, role="small", elide=True)
        self._clear = link(self.tr("Clear filter"), lambda: self.rows.set_filter(EVERY_ROW))
        self._warning = StateLabel("", Tone.WARNING, role="small")
        self._place = Label(tone=Tone.MUTED, role="small")
        self._warning.hide()
        self._clear.hide()
        left = vbox(self.rows, FootBar(self._words, self._clear, self._warning, None, self._place))
        left.setStretch(0, 1)
        row = hbox(left, self._side, gap=0)
        row.setStretch(0, 1)
        self.setLayout(row)
        self.rows.shown.connect(self._show_status)
        self.rows.chosen.connect(self._chosen)
        self.rows.opened.connect(lambda ref: self.show_record(ref))
        self.rows.link_peeked.connect(self._peek_at)
        self.rows.link_wanted.connect(self._go_along)
        self.rows.failed.connect(page.show_error)
        self.rows.stopped.connect(lambda: self._words.say(self.tr("Stopped. Nothing was changed.")))

    # What is shown

    def show_table(
        self,
        table: Table,
        *,
        chosen: Filter = EVERY_ROW,
        then: Callable[[], None] | None = None,
    ) -> None:
        """Show a table or view from its first row on. What looks personal is hidden again."""
        self.close_side()
        self.source = source_of(table)
        self.table = table
        self.revealed = False
        self.personal = hidden_columns(table)
        self._show(chosen, then)

    def reveal(self, revealed: bool) -> None:
        """Show the columns that look personal, or hide them again."""
        if self.source is not None and revealed != self.revealed:
            self.revealed = revealed
            self._show(self.rows.status().filter, None)

    def _show(self, chosen: Filter, then: Callable[[], None] | None) -> None:
        if self.source is not None:
            self.rows.show_source(self.source, hidden=self.hidden, filter=chosen, then=then)
            self.changed.emit()

    @property
    def hidden(self) -> frozenset[str]:
        """Names of the columns whose values are not read."""
        return frozenset() if self.revealed else self.personal

    def go_to(self, text: str) -> None:
        """Go to the row with a key, or with "#", to the row of a number."""
        number = text.lstrip("#").replace(",", "").strip()
        keys = self.source.key.columns if self.source is not None and self.source.key is not None else ()
        if text.startswith("#") or len(keys) != 1:
            if number.isdecimal():
                self.rows.go_to_row(max(1, int(number)))
            return
        value: int | str = int(text) if text.strip().lstrip("-").isdecimal() else text
        self.rows.go_to_key(keys, (value,), lambda: self._missing(keys, text))

    def _missing(self, keys: Sequence[str], text: str) -> None:
        where = shown_name(", ".join(keys))
        self._words.say(self.tr("No row has that {key}.").format(key=where))

    def _show_status(self, status: TableStatus) -> None:
        self.counted.emit(status.total.text, status.total.exact)
        words = status.filter.words
        self._words.say(self.tr("Filter: {words}").format(words=shown_name(words)) if words else "")
        self._clear.setVisible(bool(status.filter))
        sentence = status.cost.sentence if status.cost is not None and status.sort is not None else ""
        self._warning.show_state(sentence, Tone.WARNING)
        self._warning.setVisible(bool(sentence))
        if not status.last:
            self._place.say(self.tr("No row fits") if status.filter else "")
        else:
            about = "" if status.exact else self.tr("about ")
            self._place.say(
                self.tr("Rows {about}{first} to {last} of {all}").format(
                    about=about,
                    first=integer(status.first),
                    last=integer(status.last),
                    all=status.total.figure,
                )
            )

    # One row

    def show_record(self, ref: RowRef) -> None:
        """Show a row whole, beside the table; it follows the row that is chosen."""
        self._side.setCurrentWidget(self.record)
        self._side.show()
        self._read_record(ref)

    def close_side(self) -> None:
        """The table alone."""
        self._side.hide()
        self._reading = None

    def _chosen(self, ref: RowRef | None) -> None:
        showing = self._side.isVisible() and self._side.currentWidget() is self.record
        if showing and ref is not None and ref.key != self._reading:
            self._read_record(ref)
        self.changed.emit()

    def _read_record(self, ref: RowRef) -> None:
        schema, table = self._page.schema, self.table
        if schema is None or table is None:
            return
        self._reading = ref.key
        hidden = self.hidden

        def read(grid: Grid) -> Record:
            return make_record(grid.session, schema, table.name, ref.key, grid.read_row(ref.key), hidden)

        def show(record: Record) -> None:
            if record.key == self._reading:
                self.record.show_record(record)
                self._count_children(schema, record)

        self.rows.read(self.tr("Reading a row"), read, show)

    def _count_children(self, schema: Schema, record: Record) -> None:
        file = self._page.context.file

        def work(context: Context) -> tuple[Children, ...]:
            with file.read() as session:
                return count_children(session, schema, record, context)

        def show(found: tuple[Children, ...]) -> None:
            if record.key == self._reading:
                self.record.show_children(found)

        self._page.run(self.tr("Looking for rows that point here"), work, show, quiet=True)

    # Along links

    def _link_of(self, column: GridColumn) -> Link | None:
        schema, table = self._page.schema, self.table
        if schema is None or table is None:
            return None
        return next(
            (each for each in links_from(schema, table.name) if column.name in each.child_columns), None
        )

    def _peek_at(self, column: GridColumn, ref: RowRef) -> None:
        followed = self._link_of(column)
        schema = self._page.schema
        if followed is None or schema is None or len(self.rows.selected) > 1:
            return
        at = QCursor.pos()
        file, revealed = self._page.context.file, self.revealed

        def work(context: Context) -> tuple[Parent, Record | None]:
            with file.read() as session, session.under(context):
                found = parent_of(session, schema, followed, ref.key)
                parent = schema.table(followed.parent)
                if found.key is None or parent is None:
                    return found, None
                hidden = frozenset() if revealed else hidden_columns(parent)
                grid = Grid(session, source_of(parent))
                try:
                    values = grid.read_row(found.key)
                finally:
                    grid.close()
                return found, make_record(session, schema, parent.name, found.key, values, hidden)

        self._page.run(
            self.tr("Following a link"), work, lambda found: self._show_peek(*found, at), quiet=True
        )

    def _show_peek(self, parent: Parent, record: Record | None, at: QPoint) -> None:
        if self._peek is None:
            self._peek = Peek(self.rows.view)
        if record is not None:
            self._peek.show_record(record, at, lambda: self._page.open_row(record.table, record.key))
        elif parent.state is ParentState.GONE:
            self._peek.show_gone(
                self.tr("This row of {table} is gone").format(table=shown_name(parent.link.parent)), at
            )

    def _go_along(self, column: GridColumn, ref: RowRef) -> None:
        followed = self._link_of(column)
        if followed is not None:
            self._follow_link(followed, ref.key)

    def _follow_link(self, followed: Link, key: Key) -> None:
        schema, file = self._page.schema, self._page.context.file
        if schema is None:
            return

        def work(context: Context) -> Parent:
            with file.read() as session, session.under(context):
                return parent_of(session, schema, followed, key)

        def go(parent: Parent) -> None:
            if parent.key is not None:
                self._page.open_row(followed.parent, parent.key)
            else:
                words = self.tr("The row of {table} it points to is gone.")
                self._words.say(words.format(table=shown_name(followed.parent)))

        self._page.run(self.tr("Following a link"), work, go, quiet=True)

    def _open_children(self, children: Children) -> None:
        self._page.open_table(children.link.child, chosen=children.filter)

    # One column

    def about_column(self) -> None:
        """Count what the current column holds: a job."""
        column, source, file = self.rows.current_column, self.source, self._page.context.file
        if column is None or source is None or column.hidden:
            return
        chosen, table = self.rows.status().filter, source.name

        def work(context: Context) -> ColumnStatistics:
            with file.read() as session:
                return column_statistics(session, source, column.name, context, filter=chosen)

        def show(found: ColumnStatistics) -> None:
            self.column.show_statistics(table, found)
            self._side.setCurrentWidget(self.column)
            self._side.show()

        title = self.tr("Looking at {column}").format(column=shown_name(column.name))
        self._page.run(title, work, show)
