"""The loaded rows as a view: which are in sight, which one is current, and what keys and clicks ask for."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView

from steward_app.gui.look import look, px
from steward_app.gui.widgets.grid.head import GridHead
from steward_app.gui.widgets.grid.mark_head import MarkHead
from steward_app.gui.widgets.grid.model import GridModel
from steward_app.gui.widgets.grid.paint import GridDelegate
from steward_app.kernel.values import Key

_MEASURED_ROWS = 40
_NARROWEST, _WIDEST, _HIDDEN_WIDTH = 72, 280, 140
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class GridView(QTableView):
    """Keys and clicks; the table decides what they mean.

    Signals:
        entered_row: Enter or a double click on a row.
        cell_clicked: row, column, and True for Ctrl+click or Ctrl+Enter. Space is a click on the current cell.
        copy_wanted: the keys for copying.
        edge_wanted: Ctrl+End (True) or Ctrl+Home (False).
        menu_wanted: where on the screen, for the current cell.
        room_changed: more rows or fewer are in view.
    """

    entered_row = Signal()
    cell_clicked = Signal(int, int, bool)
    copy_wanted = Signal()
    edge_wanted = Signal(bool)
    menu_wanted = Signal(object)
    room_changed = Signal()

    def __init__(self, name: str, model: GridModel) -> None:
        super().__init__()
        self._doubled = self._focus_wanted = False
        self._scale = look().scale
        self._rows = model
        self.setAccessibleName(name)
        self.setModel(model)
        self.head = GridHead(self)
        self.setHorizontalHeader(self.head)
        self.delegate = GridDelegate(self, model)
        self.setItemDelegate(self.delegate)
        self.head.setStretchLastSection(True)
        self.setVerticalHeader(MarkHead(self, model))
        self.setCornerButtonEnabled(False)
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

    def show_columns(self, *, filters: bool, keep_widths: bool = False) -> None:
        """Show the columns of the model in the head, each as wide as its first values need, or as before."""
        self.verticalHeader().setVisible(self._rows.past is not None)
        widths = [self.columnWidth(column) for column in range(len(self._rows.columns))]
        with self.head.settling():
            self.head.show_columns(self._rows.columns, filters=filters)
            for column in range(len(self._rows.columns)):
                self.setColumnWidth(column, widths[column] if keep_widths else self._needed_width(column))
        self.head.setStretchLastSection(bool(self._rows.columns) and not self._ends_with_numbers())

    def _needed_width(self, column: int) -> int:
        shown = self._rows.columns[column]
        rows = range(0 if shown.hidden else min(_MEASURED_ROWS, len(self._rows.rows)))
        least = px(_HIDDEN_WIDTH) if shown.hidden else 0
        needed = max((self.delegate.needed_width(row, column) for row in rows), default=least)
        return max(self.head.needed_width(column), min(needed, px(_WIDEST)), px(_NARROWEST))

    def _ends_with_numbers(self) -> bool:
        """Numbers stand at the right of their column: far from everything, were the last one wide."""
        shown = self._rows.columns[-1]
        cells = (self._rows.cell(row, len(self._rows.columns) - 1) for row in range(len(self._rows.rows)))
        return shown.numeric or any(isinstance(cell, int | float) for cell in cells)

    def visible_rows(self) -> tuple[int, int]:
        """The first and last row in view."""
        height = max(1, self.verticalHeader().defaultSectionSize())
        first = self.verticalScrollBar().value() // height
        last = (self.verticalScrollBar().value() + self.viewport().height()) // height
        return first, min(last, max(0, self._rows.rowCount() - 1))

    def room_for_rows(self) -> int:
        """How many rows fit, whole."""
        return self.viewport().height() // max(1, self.verticalHeader().defaultSectionSize())

    def chosen_rows(self) -> list[int]:
        """The rows selected, from top to bottom."""
        return sorted({index.row() for index in self.selectionModel().selectedRows()})

    def keep_place(self, change: Callable[[], int]) -> None:
        """Let rows come and go; those in view stay where they are on the screen.

        A current row that goes is not replaced by its neighbour: nothing is current then.
        """
        bar = self.verticalScrollBar()
        place, current = bar.value(), self.currentIndex()
        key = self._rows.keys[current.row()] if current.isValid() else None
        moved = change()
        current = self.currentIndex()
        if key is not None and (not current.isValid() or self._rows.keys[current.row()] != key):
            self.choose_none()
        self.updateGeometries()
        bar.setValue(place + moved * self.verticalHeader().defaultSectionSize())

    def scroll_to_row(self, row: int) -> None:
        """Put a row at the top."""
        self.verticalScrollBar().setValue(row * self.verticalHeader().defaultSectionSize())

    def stand(self, chosen: Key | None, column: int, across: int) -> None:
        """The same row chosen as before, where it is still there and in view, and the same columns in view."""
        row = self._rows.row_of(chosen) if chosen is not None else None
        if row is not None and row <= self.visible_rows()[1]:
            self.choose_row(row, column)
        self.horizontalScrollBar().setValue(across)

    def marks_in_view(self) -> int:
        """How many of the rows in view differ from now."""
        first, last = self.visible_rows()
        rows = range(first, min(last + 1, len(self._rows.rows)))
        return sum(self._rows.mark(row) is not None for row in rows)

    def choose_row(self, row: int, column: int = -1) -> None:
        """Make a row the current one, in a column, or in the one that was current; and bring it into view."""
        column = max(0, self.currentIndex().column() if column < 0 else column)
        flags = QItemSelectionModel.SelectionFlag
        index = self._rows.index(row, min(column, self._rows.columnCount() - 1))
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.scrollTo(index)

    def choose_none(self) -> None:
        """No row is chosen, and none is current."""
        self.selectionModel().clearSelection()
        self.selectionModel().setCurrentIndex(QModelIndex(), QItemSelectionModel.SelectionFlag.NoUpdate)

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """Also before the rows are there to be seen: then the focus comes with them."""
        self._focus_wanted = not self.isVisible()
        super().setFocus(reason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._focus_wanted:
            self.setFocus()

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """With nothing current, the first step of the keyboard is to the first row in view."""
        if not self.currentIndex().isValid() and self._rows.rowCount():
            return self._rows.index(self.visible_rows()[0], 0)
        return super().moveCursor(action, modifiers)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key, index = event.key(), self.currentIndex()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif control and key in (Qt.Key.Key_End, Qt.Key.Key_Home):
            self.edge_wanted.emit(key == Qt.Key.Key_End)
        elif index.isValid() and key == Qt.Key.Key_Space:
            self.cell_clicked.emit(index.row(), index.column(), False)
        elif index.isValid() and key in _ENTER:
            if control:
                self.cell_clicked.emit(index.row(), index.column(), True)
            else:
                self.entered_row.emit()
        else:
            super().keyPressEvent(event)

    def selectionCommand(
        self, index: QModelIndex | QPersistentModelIndex, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        """Keys take the choice along, with Ctrl too: the current row is always a chosen one."""
        flags = QItemSelectionModel.SelectionFlag
        if isinstance(event, QKeyEvent) and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            return flags.ClearAndSelect | flags.Rows
        return super().selectionCommand(index, event)

    def _settle_choice(self) -> None:
        """A row that Ctrl+click takes out of the choice is not the current one any more."""
        current, chosen = self.currentIndex(), self.chosen_rows()
        if current.isValid() and current.row() not in chosen:
            if not chosen:
                self.choose_none()
                return
            index = self._rows.index(chosen[-1], current.column())
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._doubled = True  # the release that follows is no click of its own
        super().mouseDoubleClickEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._settle_choice()
        doubled, self._doubled = self._doubled, False
        index: QModelIndex = self.indexAt(event.position().toPoint())
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        alone = len(self.chosen_rows()) == 1
        left = event.button() is Qt.MouseButton.LeftButton
        if left and not doubled and index.isValid() and (control or alone):
            self.cell_clicked.emit(index.row(), index.column(), control)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu is for the cell under the pointer, which becomes the current one; by key, for the current cell."""
        at = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            area = self.visualRect(self.currentIndex())
            at = self.viewport().mapToGlobal(area.bottomLeft())
        else:
            index: QModelIndex = self.indexAt(event.pos())
            if not index.isValid():
                return
            if index.row() not in self.chosen_rows() or len(self.chosen_rows()) == 1:
                self.choose_row(index.row(), index.column())
        if self.currentIndex().isValid():
            self.menu_wanted.emit(at)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "head"):
            self.set_row_height()
            self.head.rescale()
            self._rescale_columns()
            self.room_changed.emit()

    def _rescale_columns(self) -> None:
        """Columns of the present zoom: as wide as they were, in letters."""
        grown, self._scale = look().scale / self._scale, look().scale
        if grown != 1:
            with self.head.settling():
                for column in range(len(self._rows.columns)):
                    self.setColumnWidth(column, round(self.columnWidth(column) * grown))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.room_changed.emit()
