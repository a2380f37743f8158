"""The rows of a table, view or query of the file: any number of them, a few loaded, all within reach.

The view holds some pages that follow one another and fetches the next before it is needed; the scroll bar stands for
all the rows, counted or about. So ten million rows scroll as a thousand do. What is chosen is always among what is
loaded: a row that leaves is no longer chosen, and `chosen` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from steward_app.gui.layout import boxed, hbox
from steward_app.gui.widgets.grid.bar import RowBar
from steward_app.gui.widgets.grid.clip import Copier
from steward_app.gui.widgets.grid.columns import GridColumn, grid_columns
from steward_app.gui.widgets.grid.feed import GridFeed, Opened, Place, Run, Wanted
from steward_app.gui.widgets.grid.lease import OpenSession, Past
from steward_app.gui.widgets.grid.model import GridModel
from steward_app.gui.widgets.grid.stage import Stage
from steward_app.gui.widgets.grid.status import RowRef, TableStatus
from steward_app.gui.widgets.grid.view import GridView
from steward_app.gui.widgets.surfaces import EmptyState
from steward_app.services.rows import EVERY_ROW, Cell, Filter, Grid, Page, RowCount, Sort, Source

__all__ = ["DataTable", "RowRef", "TableStatus"]


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
        link_peeked: a `GridColumn` with a link, and a `RowRef`: click or Space on the value; show where it points.
        link_wanted: the same, by Ctrl+click or Ctrl+Enter: go there.
        menu_wanted: where on the screen a menu for the current cell is asked for.
        shown: a `TableStatus`, whenever what is in view changes.
        filter_changed, sort_changed: what holds now.
        filter_refused: what is wrong with a filter that was typed; "" when it is put right.
        copied: what was put on the clipboard, a sentence.
        failed: a `StewardError`; the table shows what it showed before.
        stopped: the steward stopped the work; the table shows what it showed before.
    """

    chosen = Signal(object)
    opened = Signal(object)
    link_peeked = Signal(object, object)
    link_wanted = Signal(object, object)
    menu_wanted = Signal(object)
    shown = Signal(object)
    filter_changed = Signal(object)
    sort_changed = Signal(object)
    filter_refused = Signal(str)
    copied = Signal(str)
    failed = Signal(object)
    stopped = Signal()

    def __init__(self, name: str, run: Run, open_session: OpenSession, *, filters: bool = True) -> None:
        super().__init__()
        self._filters = filters
        self._wanted: Wanted | None = None  # what is on its way, or shown
        self._shown: Wanted | None = None
        self._total = RowCount(0)
        self._moving, self._land_in = False, -1
        self._after_load: Callable[[], None] | None = None
        self._model = GridModel()
        self.feed = GridFeed(run, open_session, self)
        self.view = GridView(name, self._model)
        self.head = self.view.head
        self._copier = Copier(self.view, self._model, self.read)
        self._bar = RowBar(self.tr("Rows"))
        self._empty = EmptyState("table-2", self.tr("No rows"), self.tr("There are no rows to show."))
        row = hbox(self.view, self._bar, gap=0)
        row.setStretch(0, 1)
        self._stage = Stage(boxed(row), self._empty)
        self.setLayout(hbox(self._stage, gap=0))
        self._connect()

    def _connect(self) -> None:
        self.feed.opened.connect(self._show_opened)
        self.feed.loaded.connect(self._show_loaded)
        self.feed.failed.connect(self._failed)
        self.feed.stopped.connect(self._stopped)
        self.head.sort_wanted.connect(self.set_sort)
        self.head.filter_wanted.connect(self.set_filter)
        self.head.filter_refused.connect(self.filter_refused)
        self.view.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.view.room_changed.connect(self._scrolled)
        self.view.selectionModel().currentChanged.connect(lambda new, old: self.chosen.emit(self.current))
        self.view.entered_row.connect(lambda: self.opened.emit(self.current) if self.current else None)
        self.view.cell_clicked.connect(self._clicked)
        self.view.copy_wanted.connect(self.copy)
        self._copier.copied.connect(self.copied)
        self.view.menu_wanted.connect(self.menu_wanted)
        self.view.edge_wanted.connect(lambda last: self.feed.last() if last else self.feed.first())
        self._bar.row_wanted.connect(self._look_at)
        self._bar.end_wanted.connect(self._look_at_end)

    # What to show

    def show_source(
        self,
        source: Source,
        *,
        hidden: Collection[str] = (),
        sort: Sort | None = None,
        filter: Filter = EVERY_ROW,  # noqa: A002  the word for it
        then: Callable[[], None] | None = None,
        past: Past | None = None,
        stay: bool = False,
    ) -> None:
        """Show rows of a source from the first on.

        Args:
            hidden: names of columns whose values are not read.
            then: called when the first page is there.
            past: whose rows they are, where they are not those of now; it is closed when it is not needed any more.
            stay: from the row on that stands at the top, as they are the same rows at another time.
        """
        self._after_load = then
        wanted = Wanted(source, frozenset(hidden), (sort,) if sort else (), filter, past)
        self._open(wanted, self._place() if stay else None)

    def clear(self) -> None:
        """Show nothing. What is shown next takes its place without a flicker when it comes soon."""
        self.feed.drop()
        self._wanted, self._shown, self._after_load, self._total = None, None, None, RowCount(0)
        self._stage.show_nothing()
        self._model.past = None
        self._model.clear()
        self.view.show_columns(filters=self._filters)
        self._tell_head()
        self._after_change()

    def set_sort(self, sort: Sort | None) -> None:
        """Another order, from the first row on. The chosen row stays chosen where it is in view then."""
        if self._wanted is not None:
            self._open(replace(self._wanted, sort=(sort,) if sort else ()), self._place(at_first=True))

    def set_filter(self, wanted_filter: Filter) -> None:
        """Another filter, from the first row on. The chosen row stays chosen where it is in view then."""
        if self._wanted is not None:
            self._open(replace(self._wanted, filter=wanted_filter), self._place(at_first=True))

    def refresh(self) -> None:
        """Read again, from the row that stands at the top; the chosen row stays chosen while it is there."""
        if self._wanted is not None:
            self._open(self._wanted, self._place())

    def reveal(self) -> None:
        """Read the hidden columns too; the rows stay where they are."""
        if self._wanted is not None:
            self._open(replace(self._wanted, hidden=frozenset()), self._place())

    def conceal(self, names: Collection[str]) -> None:
        """Hide columns, at once; from the next read on they are not read either."""
        hidden, coming = frozenset(names), self._wanted is not self._shown
        if all(each is None or each.hidden == hidden for each in (self._wanted, self._shown)):
            return
        self._model.conceal(hidden)
        self.view.show_columns(filters=self._filters, keep_widths=True)
        if self._shown is not None:
            self._shown = replace(self._shown, hidden=hidden)
            self._tell_head()
        if coming and self._wanted is not None:
            self._open(replace(self._wanted, hidden=hidden), self._place())
        else:
            self._wanted = self._shown

    def go_to_row(self, number: int) -> None:
        """Show the rows from a number on, and choose the one with that number."""
        self.feed.jump_to(number)

    def go_to_key(
        self, columns: Sequence[str], values: Sequence[Any], missing: Callable[[], None], column: str = ""
    ) -> None:
        """Show and choose the row with these values, in a column; `missing` is called when there is none."""
        names = [each.name for each in self._model.columns]
        self._land_in = names.index(column) if column in names else -1
        self.feed.locate(columns, values, missing)

    def count(self) -> None:
        """Count the rows exactly, as a job; `shown` follows."""
        self.feed.count(self._counted)

    def read(self, title: str, work: Callable[[Grid], Any], done: Callable[[Any], None]) -> None:
        """Read something else of the same rows: `lambda grid: grid.read_row(key)`."""
        self.feed.read(title, work, done)

    # What is shown

    @property
    def source(self) -> Source | None:
        """Where the rows come from; None as long as none are there."""
        return self._shown.source if self._shown is not None else None

    @property
    def past(self) -> Past | None:
        """Whose rows these are, where they are those of an earlier time."""
        return self._shown.past if self._shown is not None else None

    @property
    def current(self) -> RowRef | None:
        """The row a command acts on, or None."""
        index = self.view.currentIndex()
        return self._ref(index.row()) if index.isValid() else None

    @property
    def current_column(self) -> GridColumn | None:
        """The column of the current cell, or None."""
        index = self.view.currentIndex()
        return self._model.columns[index.column()] if index.isValid() else None

    @property
    def current_cell(self) -> Cell:
        """The value of the current cell as it was read; None for a hidden one, and where there is none."""
        index = self.view.currentIndex()
        return self._model.cell(index.row(), index.column()) if index.isValid() else None

    @property
    def selected(self) -> tuple[RowRef, ...]:
        """The rows chosen, in their order."""
        return tuple(self._ref(row) for row in self.view.chosen_rows())

    @property
    def columns(self) -> tuple[GridColumn, ...]:
        """The columns, hidden ones too."""
        return self._model.columns

    @property
    def idle(self) -> bool:
        """True when nothing is being read."""
        return not self.feed.busy

    def status(self) -> TableStatus:
        """What is in view."""
        start, grid = self._model.first_row, self.feed.grid
        first, last = (start + row if self._model.rows else 0 for row in self.view.visible_rows())
        return TableStatus(
            first,
            last,
            self._model.exact,
            self._total,
            self._filter,
            self._sort,
            grid.cost if grid is not None else None,
        )

    def copy(self) -> None:
        """Copy the chosen rows, or the current cell when one row is chosen. Hidden stays hidden."""
        self._copier.copy()

    @property
    def _filter(self) -> Filter:
        return self._shown.filter if self._shown is not None else EVERY_ROW

    @property
    def _sort(self) -> Sort | None:
        return self._shown.sort[0] if self._shown is not None and self._shown.sort else None

    # News

    def _open(self, wanted: Wanted, place: Place | None = None) -> None:
        self._wanted = wanted
        self.feed.open(wanted, place)

    def _place(self, *, at_first: bool = False) -> Place | None:
        """Where the steward stands now; or as much of it as there is at the first row."""
        if not self._model.rows:
            return None
        first = min(self.view.visible_rows()[0], len(self._model.rows) - 1)
        chosen = self.current
        number = 1 if at_first else self._model.first_row + first
        return Place(number, self._model.keys[first], chosen.key if chosen else None)

    def _show_opened(self, opened: Opened) -> None:
        before, now = self._shown, opened.wanted
        other = before is None or (before.source, before.hidden) != (now.source, now.hidden)
        column, across = self.view.currentIndex().column(), self.view.horizontalScrollBar().value()
        self._shown, self._total, self._model.past = now, opened.total, now.past
        self._model.show(grid_columns(now.source, now.hidden), opened.page)
        if other:
            self.view.show_columns(filters=self._filters, keep_widths=now.looks_like(before))
        self._tell_head()
        self.view.scrollToTop()
        if opened.place is not None:
            self.view.stand(opened.place.chosen, column, across)
        self._after_change()
        if (then := self._after_load) is not None:
            self._after_load = None
            then()

    def _show_loaded(self, kind: str, page: Page, total: RowCount, choose: int | None) -> None:
        self._total = total
        if kind in ("jump", "end"):
            column = self._land_in if self._land_in >= 0 else self.view.currentIndex().column()
            self._land_in = -1
            self._model.show(self._model.columns, page)
            self.view.scrollToBottom() if kind == "end" else self.view.scrollToTop()
            if page.keys and choose is not None:
                self.view.choose_row(choose - page.first_row, column)
        elif kind == "after":
            self._keeping_place(lambda: -self._model.append(page))
        else:
            self._keeping_place(lambda: self._model.prepend(page))
        self._after_change()

    def _after_change(self) -> None:
        if self._model.rows or self._filter:
            self._stage.show_rows()
        elif self._shown is not None:
            self._stage.show_empty()
        self._place_bar()
        self.chosen.emit(self.current)
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
        self._stage.show_unread()
        self.failed.emit(error)

    def _stopped(self) -> None:
        self._back()
        self.stopped.emit()

    def _back(self) -> None:
        """What was wanted did not come: the head says again what is shown."""
        self._wanted = self._shown
        self._tell_head()

    def _tell_head(self) -> None:
        self.head.show_filter(self._filter)
        self.head.show_sort(self._sort)
        self.filter_changed.emit(self._filter)
        self.sort_changed.emit(self._sort)

    def _clicked(self, row: int, column: int, go: bool) -> None:
        clicked = self._model.columns[column]
        if clicked.link is not None and self._model.cell(row, column) is not None:
            (self.link_wanted if go else self.link_peeked).emit(clicked, self._ref(row))

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
        self.feed.fetch_near(self._model, *self.view.visible_rows())

    def _place_bar(self) -> None:
        first = self.view.visible_rows()[0]
        rows = max(self._total.value, self._model.first_row + len(self._model.rows) - 1)
        self._bar.place(rows, self._model.first_row + first, self.view.room_for_rows())

    def _look_at(self, number: int) -> None:
        """Put a row at the top: within what is loaded at once, else by a fetch."""
        row = number - self._model.first_row
        first, last = self.view.visible_rows()
        if row >= 0 and row + (last - first) < len(self._model.rows):
            self.view.scroll_to_row(row)
        else:
            self.feed.look_at(number)

    def _look_at_end(self) -> None:
        if self._model.has_after:
            self.feed.last(choose=False)
        else:
            self.view.scrollToBottom()
