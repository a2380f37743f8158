"""Rows of an earlier state in a list: each opens to what belongs to it, and is chosen with a tick.

Space ticks, Right opens, Left closes; what belongs to a row can be left out, of every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QCoreApplication,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from steward_app.db import fold
from steward_app.gui.format import shown_name
from steward_app.gui.look import px
from steward_app.gui.pages.restore.origin import Belongs, Row, Rows
from steward_app.gui.pages.restore.row_paint import ROW_HEIGHT, box_area, chevron_area, paint_line
from steward_app.gui.pages.restore.words import belongs_words, fate_words, value_words
from steward_app.gui.widgets.text import tip
from steward_app.kernel.values import Key

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_SHOWN = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list: a row, or rows that belong to the row above.

    Attributes:
        belongs: None for the row itself.
        tick: None where there is nothing to tick.
        opened: None where it does not open.
    """

    table: str
    row: Row
    belongs: Belongs | None = None
    tick: bool | None = None
    opened: bool | None = None
    told: str = ""

    @property
    def spoken(self) -> str:
        """In one line, for a screen reader."""
        name = shown_name(self.belongs.table if self.belongs else self.table)
        parts = [name if self.belongs else f"{name} {self.row.words}"]
        parts += [value_words(self.row, value) for value in self.row.values if self.belongs is None]
        parts += [self.told] if self.told else []
        if self.tick is not None:
            parts.append(_tr("chosen") if self.tick else _tr("not chosen"))
        return ", ".join(parts)


class RowList(QListView):
    """A list of rows that are read as they are scrolled to.

    Signals:
        ticked: other rows are chosen now, or other tables left out.
        opened: a `Row` whose belongings are wanted; answer with `show_belongings`.
        wanted: the next rows are wanted; answer with `add_rows`.
    """

    ticked = Signal()
    opened = Signal(object)
    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(_tr("Rows that differ"))
        self._lines = _Lines()
        self._lines.wanted.connect(self.wanted)
        self.setModel(self._lines)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    # What is chosen

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys of the rows that are ticked, in the order they were."""
        return tuple(self._lines.ticks)

    @property
    def without(self) -> tuple[str, ...]:
        """The tables whose rows are left out."""
        return tuple(self._lines.without.values())

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown."""
        return tuple(self._lines.line(number) for number in range(self._lines.rowCount()))

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that were read."""
        return tuple(self._lines.rows)

    # What is shown

    def show_table(self, table: str, *, keep: bool = False) -> None:
        """Show rows of a table, none of which was read yet; `keep`: what is chosen stays so."""
        self._lines.start(table, keep=keep)

    def set_tickable(self, tickable: bool) -> None:
        """Whether rows are chosen one by one."""
        self._lines.tickable = tickable
        self.viewport().update()

    @property
    def last(self) -> Key:
        """The key of the last row that was read, or ()."""
        return self._lines.last

    def add_rows(self, found: Rows) -> None:
        """The next rows."""
        self._lines.add(found.rows, found.last, more=found.more)

    def show_belongings(self, row: Row, found: Sequence[Belongs]) -> None:
        """What comes along with a row."""
        self._lines.show_belongings(row, found)

    def choose(self, key: Key) -> None:
        """Choose a row by its key, whether it was read yet or not."""
        self._lines.choose(key)
        self.ticked.emit()

    def tick(self, number: int) -> None:
        """Choose a line, or do not; the first row that is chosen shows what belongs to it."""
        line = self._lines.line(number)
        if line.tick is None:
            return
        first = line.belongs is None and not self._lines.ticks
        self._lines.tick(number)
        if first and not line.opened:
            self.toggle(number)
        self.ticked.emit()

    def toggle(self, number: int) -> None:
        """Open a row, or close it."""
        line = self._lines.line(number)
        if line.belongs is None and line.opened is not None:
            if not line.opened:
                self._lines.open(number)
                self.opened.emit(line.row)
            else:
                self._lines.close(number)

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(px(360), px(200))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(240), px(120))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_lines"):
            self.scheduleDelayedItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = self.currentIndex().row()
        line = self._lines.line(number) if number >= 0 else None
        match event.key():
            case Qt.Key.Key_Space if line is not None:
                self.tick(number)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if line is not None:
                self.toggle(number)
            case Qt.Key.Key_Right if line is not None and line.opened is False:
                self.toggle(number)
            case Qt.Key.Key_Left if line is not None:
                if line.belongs is not None:
                    self.setCurrentIndex(self._lines.index(self._lines.number_of(line.row.key), 0))
                elif line.opened:
                    self.toggle(number)
            case _:
                super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or event.button() is not Qt.MouseButton.LeftButton:
            return
        line, area = self._lines.line(index.row()), self.visualRect(index)
        if line.tick is not None and box_area(area, line).contains(event.position().toPoint()):
            self.tick(index.row())
        elif line.opened is not None and chevron_area(area).contains(event.position().toPoint()):
            self.toggle(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)


class _Lines(QAbstractListModel):
    """The rows, and below those that are open what belongs to them."""

    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.table = ""
        self.rows: list[Row] = []
        self.ticks: dict[Key, None] = {}
        self.without: dict[str, str] = {}
        self.tickable = True
        self.last: Key = ()
        self._opened: dict[Key, tuple[Belongs, ...] | None] = {}
        self._places: list[tuple[Row, Belongs | None]] = []
        self._more, self._reading = False, False

    def start(self, table: str, *, keep: bool) -> None:
        self.beginResetModel()
        self.table, self.rows, self._places, self._opened = table, [], [], {}
        self._more, self._reading, self.last = False, True, ()
        if not keep:
            self.ticks, self.without = {}, {}
        self.endResetModel()

    def add(self, rows: Sequence[Row], last: Key, *, more: bool) -> None:
        self._more, self._reading = more, False
        self.last = last
        if rows:
            self.beginInsertRows(_ROOT, len(self._places), len(self._places) + len(rows) - 1)
            self.rows += rows
            self._places += [(row, None) for row in rows]
            self.endInsertRows()

    def line(self, number: int) -> Line:
        row, belongs = self._places[number]
        if belongs is not None:
            out = fold(belongs.table) in self.without
            tickable = bool(belongs.rows) and not belongs.needed and fold(belongs.table) != fold(self.table)
            return Line(
                self.table, row, belongs, None if not tickable else not out, None, belongs_words(belongs, out)
            )
        if row.fate is not None:
            return Line(self.table, row, None, None, None, fate_words(row.fate))
        there = row.kind.value != "added"
        tick = row.key in self.ticks if there and self.tickable else None
        opened = row.key in self._opened if there else None
        return Line(self.table, row, None, tick, opened, self._told(row))

    def _told(self, row: Row) -> str:
        """How many rows come along, where somebody looked."""
        if row.key not in self._opened:
            return ""
        found = self._opened[row.key]
        if found is None:
            return _tr("Looking …")
        without = self.without
        counted = sum(each.rows for each in found if not each.needed and fold(each.table) not in without)
        if counted:
            return belongs_words(Belongs("", counted, 0), False)
        return _tr("nothing else is missing") if found else _tr("nothing belongs to it")

    def number_of(self, key: Key) -> int:
        return next(n for n, (row, belongs) in enumerate(self._places) if row.key == key and belongs is None)

    def tick(self, number: int) -> None:
        row, belongs = self._places[number]
        if belongs is not None:
            name = fold(belongs.table)
            if self.without.pop(name, None) is None:
                self.without[name] = belongs.table
        elif row.key in self.ticks:
            del self.ticks[row.key]
        else:
            self.ticks[row.key] = None
        self._tell_all()

    def choose(self, key: Key) -> None:
        self.ticks[key] = None
        self._tell_all()

    def open(self, number: int) -> None:
        self._opened[self._places[number][0].key] = None
        self._tell_all()

    def close(self, number: int) -> None:
        row, _ = self._places[number]
        count = len(self._opened.pop(row.key) or ())
        if count:
            self.beginRemoveRows(_ROOT, number + 1, number + count)
            del self._places[number + 1 : number + 1 + count]
            self.endRemoveRows()
        self._tell_all()

    def show_belongings(self, row: Row, found: Sequence[Belongs]) -> None:
        if self._opened.get(row.key, ()) is not None:
            return  # it was closed meanwhile
        self._opened[row.key] = tuple(found)
        number = self.number_of(row.key)
        if found:
            self.beginInsertRows(_ROOT, number + 1, number + len(found))
            self._places[number + 1 : number + 1] = [(row, each) for each in found]
            self.endInsertRows()
        self._tell_all()

    def _tell_all(self) -> None:
        if self._places:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._places) - 1, 0))

    # Qt

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._places)

    def canFetchMore(self, parent: Index) -> bool:
        return self._more and not self._reading

    def fetchMore(self, parent: Index) -> None:
        self._reading = True
        self.wanted.emit()

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        ticks = index.isValid() and self.line(index.row()).tick is not None
        return flags | Qt.ItemFlag.ItemIsUserCheckable if ticks else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        line = self.line(index.row())
        if role == _SHOWN:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return line.spoken
        if role == Qt.ItemDataRole.CheckStateRole and line.tick is not None:
            return Qt.CheckState.Checked if line.tick else Qt.CheckState.Unchecked
        return None


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: RowList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(200), px(ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        current = self._view.hasFocus() and self._view.currentIndex() == index
        line: Line = index.data(_SHOWN)
        paint_line(painter, option.rect, line, index.row(), current=current)

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        return False  # the list answers to the mouse itself, where the boxes are painted

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        if event.type() == QEvent.Type.ToolTip and index.isValid():
            QToolTip.showText(event.globalPos(), tip(index.data(_SHOWN).spoken), view)
            return True
        return super().helpEvent(event, view, option, index)


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
