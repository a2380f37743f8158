"""A table of values in memory: sortable, keyed, copied as it is shown. For rows of the file see `data_table`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from steward_app.gui.look import look, px
from steward_app.gui.widgets.cells import Cell, CellDelegate, Head, HeadView

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex

_ROOT = QModelIndex()


@dataclass(frozen=True)  # without slots, so that `Column[Row](...)` can be written
class Column(Generic[R]):
    """One column of a `SimpleTable`.

    Attributes:
        title: in the header.
        cell: what a row shows here, a text or a `Cell` with icon, tone and weight.
        width: of the design; 0 takes the room that is left.
        right: True for numbers.
        order: what a row is sorted by here; by its text when None.
    """

    title: str
    cell: Callable[[R], str | Cell] = field(compare=False)
    width: float = 0
    right: bool = False
    order: Callable[[R], Any] | None = field(default=None, compare=False)

    def shown(self, row: R) -> Cell:
        """The cell of a row."""
        cell = self.cell(row)
        return Cell(cell, right=self.right) if isinstance(cell, str) else cell

    def sort_key(self, row: R) -> Any:
        """What to sort a row by."""
        return self.order(row) if self.order is not None else self.shown(row).text.casefold()


class SimpleTable(QTableView, Generic[R]):
    """Rows of frozen values. What is shown as chosen is what `current` and `selected` give.

    Args:
        name: what the table lists, for a screen reader.
        columns: from left to right.
        key: what makes a row the same row after a refresh or a sort; the row itself when None.
        several: True when more than one row can be chosen.
        row_height: 28 to 36 of the design.
        side: distance of the first and last column from the edge: 24 on a page, 16 in a card, 0 in a plan.

    Signals:
        chosen: the row that is current now, or None.
        opened: a row was double-clicked, or Enter was pressed on it.
    """

    chosen = Signal(object)
    opened = Signal(object)

    def __init__(
        self,
        name: str,
        columns: Sequence[Column[R]],
        *,
        key: Callable[[R], object] | None = None,
        several: bool = False,
        row_height: float = 28,
        side: float = 24,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._key = key or (lambda row: row)
        self._row_height, self._side = row_height, side
        self._whole = False
        self._table = _Rows(tuple(columns))
        self.setModel(self._table)
        self.setItemDelegate(CellDelegate(self, side))
        self._header = HeadView(self, side)
        self.setHorizontalHeader(self._header)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if several else mode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._header.sectionClicked.connect(self._sort_clicked)
        self.doubleClicked.connect(lambda index: self.opened.emit(self._table.rows[index.row()]))
        self.selectionModel().currentRowChanged.connect(self._current_changed)
        self._size()

    @property
    def rows(self) -> tuple[R, ...]:
        """The rows, in the order shown."""
        return self._table.rows

    @property
    def current(self) -> R | None:
        """The row a command acts on, or None."""
        index = self.currentIndex()
        return self._table.rows[index.row()] if index.isValid() else None

    @property
    def selected(self) -> tuple[R, ...]:
        """The rows chosen, in the order shown."""
        numbers = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return tuple(self._table.rows[number] for number in numbers)

    def set_rows(self, rows: Iterable[R]) -> None:
        """Show other rows, in the present order; a row that is still there stays chosen."""
        self._keeping(lambda: self._table.show_rows(tuple(rows)))
        if self._whole:
            self._size()

    def sort_by(self, column: int, *, descending: bool = False) -> None:
        """Sort by a column; equal rows keep their order."""
        self._header.show_sort(column, descending)
        self._keeping(lambda: self._table.sort_by(column, descending))

    def choose(self, row: R | None) -> None:
        """Make a row the current one."""
        wanted = self._key(row) if row is not None else None
        for number, candidate in enumerate(self._table.rows):
            if row is not None and self._key(candidate) == wanted:
                flags = (
                    QItemSelectionModel.SelectionFlag
                )  # said outright: a key held down would add to the choice
                index = self._table.index(number, 0)
                self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
                self.scrollTo(index)
                return
        self.clearSelection()
        self.setCurrentIndex(QModelIndex())

    def choose_all(self, rows: Collection[R]) -> None:
        """Choose several rows, the first of them the current one; none that is not shown."""
        wanted = {self._key(row) for row in rows}
        numbers = [number for number, row in enumerate(self._table.rows) if self._key(row) in wanted]
        if not numbers:
            return
        self.choose(self._table.rows[numbers[0]])
        flags = QItemSelectionModel.SelectionFlag
        chosen = QItemSelection()
        for number in numbers:
            index = self._table.index(number, 0)
            chosen.select(index, index)
        self.selectionModel().select(chosen, flags.Select | flags.Rows)

    def copy(self) -> None:
        """Put the chosen rows on the clipboard, as shown, with tabs between cells."""
        lines = ("\t".join(cell.text for cell in self._table.cells(row)) for row in self.selected)
        QGuiApplication.clipboard().setText("\n".join(lines))

    def show_whole(self) -> None:
        """Be as high as all the rows, for a table on a page that scrolls as a whole."""
        self._whole = True
        self._size()

    def _keeping(self, change: Callable[[], None]) -> None:
        chosen = {self._key(row) for row in self.selected}
        current = None if self.current is None else (self._key(self.current),)
        self.selectionModel().blockSignals(True)
        change()
        self.selectionModel().blockSignals(False)
        found, again = None, QItemSelection()
        for number, row in enumerate(self._table.rows):
            key = self._key(row)
            if key in chosen:
                first, last = (self._table.index(number, at) for at in (0, len(self._table.columns) - 1))
                again.append(QItemSelectionRange(first, last))
            if (key,) == current:
                found = number
        self.selectionModel().select(
            again, QItemSelectionModel.SelectionFlag.Select
        )  # at once: there may be many
        if found is not None:
            self.selectionModel().setCurrentIndex(
                self._table.index(found, 0), self.selectionModel().SelectionFlag.NoUpdate
            )
        self.viewport().update()
        self.chosen.emit(self.current)

    def _current_changed(self, index: QModelIndex) -> None:
        self.chosen.emit(self._table.rows[index.row()] if index.isValid() else None)

    def _sort_clicked(self, column: int) -> None:
        again = self._header.sorted_by == column
        self.sort_by(column, descending=again and not self._header.descending)

    def _size(self) -> None:
        self.verticalHeader().setDefaultSectionSize(px(self._row_height))
        self._header.setFixedHeight(px(look().measures.row_table))
        for number, column in enumerate(self._table.columns):
            modes = QHeaderView.ResizeMode
            self._header.setSectionResizeMode(number, modes.Interactive if column.width else modes.Stretch)
            if column.width:
                self.setColumnWidth(number, px(column.width))
        if self._whole:
            rows = len(self._table.rows) * px(self._row_height)
            self.setFixedHeight(px(look().measures.row_table) + rows + 2)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_header"):
            self._size()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self._table.rows:
            self.setCurrentIndex(self._table.index(0, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit(self.current)
        else:
            super().keyPressEvent(event)


class _Rows(QAbstractTableModel):
    def __init__(self, columns: tuple[Column[Any], ...]) -> None:
        super().__init__()
        self.columns = columns
        self.rows: tuple[Any, ...] = ()
        self._given: tuple[Any, ...] = ()
        self._sorted: tuple[int, bool] | None = None

    def show_rows(self, rows: tuple[Any, ...]) -> None:
        self._given = rows
        self._arrange()

    def sort_by(self, column: int, descending: bool) -> None:
        self._sorted = (column, descending)
        self._arrange()

    def cells(self, row: Any) -> list[Cell]:
        return [column.shown(row) for column in self.columns]

    def _arrange(self) -> None:
        self.beginResetModel()
        rows = self._given
        if self._sorted is not None:
            column, descending = self._sorted
            rows = tuple(sorted(rows, key=self.columns[column].sort_key, reverse=descending))
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        spoken = role == Qt.ItemDataRole.AccessibleTextRole
        if not spoken and role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.UserRole):
            return None
        cell = self.columns[index.column()].shown(self.rows[index.row()])
        if spoken:
            return cell.spoken or None
        return cell.text if role == Qt.ItemDataRole.DisplayRole else cell

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.UserRole:
            return Head(column.title, right=column.right)
        return None
