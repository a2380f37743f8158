"""The rows of a table, view or query of the file: any number of them, a few loaded, all within reach.

The view holds some pages that follow one another and fetches the next before it is needed; the scroll bar stands for
all the rows, counted or about. So ten million rows scroll as a thousand do. What is chosen is always among what is
loaded: a row that leaves is no longer chosen, and `chosen` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QScrollBar, QStackedWidget, QTableView, QWidget

from steward_app.gui.layout import boxed, hbox
from steward_app.gui.look import look, px
from steward_app.gui.widgets.grid.columns import GridColumn, grid_columns, read_names
from steward_app.gui.widgets.grid.feed import GridFeed, Opened, OpenSession, Run, Wanted
from steward_app.gui.widgets.grid.head import GridHead
from steward_app.gui.widgets.grid.model import GridModel
from steward_app.gui.widgets.grid.paint import GridDelegate
from steward_app.gui.widgets.grid.text import copied_text
from steward_app.gui.widgets.surfaces import EmptyState
from steward_app.kernel.values import Key
from steward_app.services.rows import EVERY_ROW, Cell, Filter, Grid, Page, RowCount, Sort, SortCost, Source

_NEAR_ROWS = 80  # fetch the next page when the edge is this near
_MEASURED_ROWS = 40
_NARROWEST, _WIDEST = 72, 280
_SETTLE_MS = 15
_MOST_STEPS = 2**30


@dataclass(frozen=True, slots=True)
class RowRef:
    """A row that can be acted on: its key, and its number, which is about right when `exact` is False."""

    key: Key
    number: int
    exact: bool


@dataclass(frozen=True, slots=True)
class TableStatus:
    """What is shown: rows `first` to `last` of `total`."""

    first: int
    last: int
    exact: bool
    total: RowCount
    filter: Filter
    sort: Sort | None
    cost: SortCost | None


class DataTable(QWidget):
    """Lazy, sortable, filtered. Reads nothing on the window's thread.

    Args:
        name: what the rows are, for a screen reader.
        run: `Page.run`.
        open_session: gives a session on the file that the table may keep, as `document.read` does.
        filters: False leaves out the fields under the names.

    Signals:
        chosen: a `RowRef` or None: the row a command acts on.
        opened: a `RowRef`: Enter or a double click on a row.
        link_peeked: a `GridColumn` with a link, and a `RowRef`: the value was clicked; show where it points.
        link_wanted: the same, by Ctrl+click or Ctrl+Enter: go there.
        shown: a `TableStatus`, whenever what is in view changes.
        filter_changed, sort_changed: what holds now.
        failed: a `StewardError`; the table shows what it showed before.
        stopped: the steward stopped the work; the table shows what it showed before.
    """

    chosen = Signal(object)
    opened = Signal(object)
    link_peeked = Signal(object, object)
    link_wanted = Signal(object, object)
    shown = Signal(object)
    filter_changed = Signal(object)
    sort_changed = Signal(object)
    failed = Signal(object)
    stopped = Signal()

    def __init__(
        self,
        name: str,
        run: Run,
        open_session: OpenSession,
        *,
        filters: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._filters = filters
        self._wanted: Wanted | None = None
        self._shown: Wanted | None = None
        self._columns: tuple[GridColumn, ...] = ()
        self._total = RowCount(0)
        self._moving = False
        self._after_load: Callable[[], None] | None = None
        self._model = GridModel()
        self.feed = GridFeed(run, open_session, self)
        self.view = GridView(name, self._model)
        self.head = self.view.head
        self._bar = QScrollBar(Qt.Orientation.Vertical)
        self._bar.setAccessibleName(self.tr("Rows"))
        self._empty = EmptyState("table-2", self.tr("No rows"), self.tr("There are no rows to show."))
        self._stack = QStackedWidget()
        row = hbox(self.view, self._bar, gap=0)
        row.setStretch(0, 1)
        self._stack.addWidget(boxed(row))
        self._stack.addWidget(self._empty)
        whole = hbox(self._stack, gap=0)
        self.setLayout(whole)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._connect()

    def _connect(self) -> None:
        self.feed.opened.connect(self._show_opened)
        self.feed.loaded.connect(self._show_loaded)
        self.feed.failed.connect(self._failed)
        self.feed.stopped.connect(self._stopped)
        self.head.sort_wanted.connect(self._sort_wanted)
        self.head.filter_wanted.connect(self._filter_wanted)
        self.view.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.view.selectionModel().currentChanged.connect(lambda new, old: self._chosen_changed())
        self.view.entered_row.connect(lambda: self._emit_row(self.opened))
        self.view.cell_clicked.connect(self._clicked)
        self.view.copy_wanted.connect(self.copy)
        self.view.edge_wanted.connect(self._to_edge)
        self._bar.sliderMoved.connect(self._bar_touched)
        self._bar.actionTriggered.connect(self._bar_touched)
        self._settle.timeout.connect(self._bar_moved)

    # What to show

    def show_source(
        self,
        source: Source,
        *,
        hidden: Collection[str] = (),
        sort: Sort | None = None,
        filter: Filter = EVERY_ROW,  # noqa: A002  the word for it
        then: Callable[[], None] | None = None,
    ) -> None:
        """Show rows of a source from the first on.

        Args:
            hidden: names of columns whose values are not read.
            then: called when the first page is there.
        """
        self._columns = grid_columns(source, hidden)
        self._after_load = then
        self._open(Wanted(source, tuple(read_names(self._columns)), (sort,) if sort else (), filter))

    def set_sort(self, sort: Sort | None) -> None:
        """Another order, from the first row on."""
        if self._wanted is not None:
            wanted = self._wanted
            self._open(Wanted(wanted.source, wanted.columns, (sort,) if sort else (), wanted.filter))

    def set_filter(self, wanted_filter: Filter) -> None:
        """Another filter, from the first row on."""
        if self._wanted is not None:
            wanted = self._wanted
            self._open(Wanted(wanted.source, wanted.columns, wanted.sort, wanted_filter))

    def refresh(self) -> None:
        """Read again, from about where it stands."""
        if self._wanted is not None:
            number = self.status().first
            self._after_load = lambda: self.go_to_row(number) if number > 1 else None
            self._open(self._wanted)

    def go_to_row(self, number: int) -> None:
        """Show the rows from a number on."""
        self.feed.jump_to(number)

    def go_to_key(self, columns: Sequence[str], values: Sequence[Any], missing: Callable[[], None]) -> None:
        """Show and choose the row with these values; `missing` is called when there is none."""
        self.feed.locate(columns, values, missing)

    def count(self) -> None:
        """Count the rows exactly, as a job; `shown` follows."""
        self.feed.count(self._counted)

    def read(self, title: str, work: Callable[[Grid], Any], done: Callable[[Any], None]) -> None:
        """Read something else of the same rows: `lambda grid: grid.read_row(key)`."""
        self.feed.read(title, work, done)

    # What is shown

    @property
    def current(self) -> RowRef | None:
        """The row a command acts on, or None."""
        index = self.view.currentIndex()
        return self._ref(index.row()) if index.isValid() else None

    @property
    def current_column(self) -> GridColumn | None:
        """The column of the current cell, or None."""
        index = self.view.currentIndex()
        return self._columns[index.column()] if index.isValid() else None

    @property
    def current_cell(self) -> Cell:
        """The value of the current cell as it was read; None for a hidden one, and where there is none."""
        index = self.view.currentIndex()
        return self._model.cell(index.row(), index.column()) if index.isValid() else None

    @property
    def selected(self) -> tuple[RowRef, ...]:
        """The rows chosen, in their order."""
        rows = sorted({index.row() for index in self.view.selectionModel().selectedRows()})
        return tuple(self._ref(row) for row in rows)

    @property
    def columns(self) -> tuple[GridColumn, ...]:
        """The columns, hidden ones too."""
        return self._columns

    @property
    def idle(self) -> bool:
        """True when nothing is being read."""
        return not self.feed.busy

    def status(self) -> TableStatus:
        """What is in view."""
        first, last = self.view.visible_rows()
        start = self._model.first_row
        shown = self._shown
        grid = self.feed.grid
        return TableStatus(
            start + first if self._model.rows else 0,
            start + last if self._model.rows else 0,
            self._model.exact,
            self._total,
            shown.filter if shown else EVERY_ROW,
            shown.sort[0] if shown and shown.sort else None,
            grid.cost if grid is not None else None,
        )

    def copy(self) -> None:
        """Put the chosen rows on the clipboard, or the current cell when one row is chosen. Hidden stays hidden."""
        rows = sorted({index.row() for index in self.view.selectionModel().selectedRows()})
        index = self.view.currentIndex()
        if len(rows) <= 1 and index.isValid():
            QGuiApplication.clipboard().setText(self._copied(index.row(), index.column()))
            return
        lines = ("\t".join(self._copied(row, c) for c in range(len(self._columns))) for row in rows)
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _copied(self, row: int, column: int) -> str:
        if self._columns[column].hidden:
            return self.tr("hidden")
        return copied_text(self._model.cell(row, column)).replace("\t", " ").replace("\n", " ")

    # News

    def _open(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self.feed.open(wanted)

    def _show_opened(self, opened: Opened) -> None:
        other = self._shown is None or self._shown.source != opened.wanted.source
        other = other or self._shown.columns != opened.wanted.columns  # type: ignore[union-attr]
        self._shown = opened.wanted
        self._total = opened.total
        self._model.show(self._columns, opened.page)
        if other:
            self.head.show_columns(self._columns, filters=self._filters)
            self._fit_columns()
        self.head.show_filter(opened.wanted.filter)
        self.head.show_sort(opened.wanted.sort[0] if opened.wanted.sort else None)
        self.view.scrollToTop()
        self.filter_changed.emit(opened.wanted.filter)
        self.sort_changed.emit(opened.wanted.sort[0] if opened.wanted.sort else None)
        self._after_change()
        then, self._after_load = self._after_load, None
        if then is not None:
            then()

    def _show_loaded(self, kind: str, page: Page, total: RowCount) -> None:
        self._total = total
        if kind == "jump":
            self._model.show(self._columns, page)
            self.view.scrollToTop()
            if page.keys:
                self.view.choose_row(0)
        elif kind == "after":
            self._keeping_place(lambda: -self._model.append(page))
        else:
            self._keeping_place(lambda: self._model.prepend(page))
        self._after_change()

    def _after_change(self) -> None:
        nothing = not self._model.rows and not self.head.filter
        self._stack.setCurrentIndex(1 if nothing else 0)
        self._place_bar()
        self._chosen_changed()
        self._fetch_near()
        self.shown.emit(self.status())

    def _keeping_place(self, change: Callable[[], int]) -> None:
        """Add or drop rows outside of the view; `change` gives by how many those in view have moved."""
        self._moving = True
        self.view.keep_place(change)
        self._moving = False

    def _counted(self, total: RowCount) -> None:
        self._total = total
        self._place_bar()
        self.shown.emit(self.status())

    def _failed(self, error: object) -> None:
        self._back()
        self.failed.emit(error)

    def _stopped(self) -> None:
        self._back()
        self.stopped.emit()

    def _back(self) -> None:
        """What was wanted did not come: the head says again what is shown."""
        if self._shown is not None:
            self._wanted = self._shown
            self.head.show_filter(self._shown.filter)
            self.head.show_sort(self._shown.sort[0] if self._shown.sort else None)

    def _sort_wanted(self, sort: Sort | None) -> None:
        self.set_sort(sort)

    def _filter_wanted(self, wanted: Filter) -> None:
        self.set_filter(wanted)

    def _clicked(self, row: int, column: int, go: bool) -> None:
        if self._columns[column].link is not None and self._model.cell(row, column) is not None:
            signal = self.link_wanted if go else self.link_peeked
            signal.emit(self._columns[column], self._ref(row))

    def _emit_row(self, signal: Any) -> None:
        if (current := self.current) is not None:
            signal.emit(current)

    def _chosen_changed(self) -> None:
        self.chosen.emit(self.current)

    def _ref(self, row: int) -> RowRef:
        return RowRef(self._model.keys[row], self._model.first_row + row, self._model.exact)

    # Scrolling

    def _scrolled(self) -> None:
        if self._moving:
            return
        self._fetch_near()
        self._place_bar()
        self.shown.emit(self.status())

    def _fetch_near(self) -> None:
        if not self._model.pages:
            return
        first, last = self.view.visible_rows()
        if last > len(self._model.rows) - _NEAR_ROWS and self._model.has_after:
            self.feed.page_after(self._model.pages[-1])
        elif first < _NEAR_ROWS and self._model.has_before:
            self.feed.page_before(self._model.pages[0])

    def _place_bar(self) -> None:
        """The bar stands for all rows; while the steward holds it, it stays where it is."""
        first, last = self.view.visible_rows()
        rows = max(self._total.value, self._model.first_row + len(self._model.rows) - 1)
        hidden = max(0, rows - (last - first))
        if not self._bar.isSliderDown():
            self._bar.blockSignals(True)
            self._bar.setRange(0, min(hidden, _MOST_STEPS))
            self._bar.setPageStep(max(1, last - first))
            self._bar.setValue(min(_MOST_STEPS, max(0, self._model.first_row + first - 1)))
            self._bar.blockSignals(False)
        self._bar.setVisible(hidden > 0)

    def _bar_touched(self, _: int) -> None:
        """A bar that is dragged asks for rows at most every few milliseconds, not at every pixel."""
        if not self._settle.isActive():
            self._settle.start()

    def _bar_moved(self) -> None:
        """To the row the bar stands at: within what is loaded at once, else by a fetch."""
        number = self._bar.sliderPosition() + 1
        row = number - self._model.first_row
        first, last = self.view.visible_rows()
        if row >= 0 and row + (last - first) < len(self._model.rows):
            self.view.scroll_to_row(row)
        elif self._bar.sliderPosition() >= self._bar.maximum():
            self.feed.last()
        else:
            self.feed.jump_to(number)

    def _to_edge(self, last: bool) -> None:
        self.feed.last() if last else self.feed.first()

    def _fit_columns(self) -> None:
        delegate = self.view.delegate
        for column in range(len(self._columns)):
            rows = range(min(_MEASURED_ROWS, len(self._model.rows)))
            hidden = self._columns[column].hidden
            needed = (
                max((delegate.needed_width(row, column) for row in rows), default=0)
                if not hidden
                else px(140)
            )
            needed = max(self.head.needed_width(column), min(needed, px(_WIDEST)), px(_NARROWEST))
            self.view.setColumnWidth(column, needed)


class GridView(QTableView):
    """The loaded rows. Keys and clicks; the table decides what they mean.

    Signals:
        entered_row: Enter or a double click on a row.
        cell_clicked: row, column, and True for Ctrl+click or Ctrl+Enter.
        copy_wanted: the keys for copying.
        edge_wanted: Ctrl+End (True) or Ctrl+Home (False).
    """

    entered_row = Signal()
    cell_clicked = Signal(int, int, bool)
    copy_wanted = Signal()
    edge_wanted = Signal(bool)

    def __init__(self, name: str, model: GridModel) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setModel(model)
        self.head = GridHead(self)
        self.setHorizontalHeader(self.head)
        self.delegate = GridDelegate(self, model)
        self.setItemDelegate(self.delegate)
        self.head.setStretchLastSection(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(self.verticalHeader().ResizeMode.Fixed)
        self.setShowGrid(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.doubleClicked.connect(lambda index: self.entered_row.emit())
        self.set_row_height()

    def set_row_height(self) -> None:
        """Rows of the present zoom."""
        self.verticalHeader().setDefaultSectionSize(px(look().measures.row_grid))

    def visible_rows(self) -> tuple[int, int]:
        """The first and last row in view."""
        height = max(1, self.verticalHeader().defaultSectionSize())
        first = self.verticalScrollBar().value() // height
        last = (self.verticalScrollBar().value() + self.viewport().height()) // height
        return first, min(last, max(0, self.model().rowCount() - 1))

    def keep_place(self, change: Callable[[], int]) -> None:
        """Let rows come and go; those in view stay where they are on the screen."""
        bar = self.verticalScrollBar()
        place = bar.value()
        moved = change()
        self.updateGeometries()
        bar.setValue(place + moved * self.verticalHeader().defaultSectionSize())

    def scroll_to_row(self, row: int) -> None:
        """Put a row at the top."""
        self.verticalScrollBar().setValue(row * self.verticalHeader().defaultSectionSize())

    def choose_row(self, row: int) -> None:
        """Make a row the current one, in the column that was current."""
        column = max(0, self.currentIndex().column())
        flags = QItemSelectionModel.SelectionFlag
        index = self.model().index(row, column)
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key = event.key()
        index = self.currentIndex()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif control and key in (Qt.Key.Key_End, Qt.Key.Key_Home):
            self.edge_wanted.emit(key == Qt.Key.Key_End)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            if control:
                self.cell_clicked.emit(index.row(), index.column(), True)
            else:
                self.entered_row.emit()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index: QModelIndex = self.indexAt(QPoint(round(event.position().x()), round(event.position().y())))
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        alone = len(self.selectionModel().selectedRows()) == 1
        if event.button() is Qt.MouseButton.LeftButton and index.isValid() and (control or alone):
            self.cell_clicked.emit(index.row(), index.column(), control)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "head"):
            self.set_row_height()
            self.head.rescale()
