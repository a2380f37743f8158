"""Cells of rows, before and after: read only as a difference, or with boxes to tick as an undo."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from steward_app.gui import fonts, icons
from steward_app.gui.look import colour, look, px
from steward_app.gui.pages.audit.cell_line import CellLine, together
from steward_app.gui.pages.audit.cell_paint import box_in, middle, paint_box, paint_text, paint_value
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Head, HeadView
from steward_app.gui.widgets.text import markup

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_LINE = Qt.ItemDataRole.UserRole
_ROW, SIDE, _GAP = 32, 16, 8
_TICK, _NAME, _OLD, _ARROW, _NEW = range(5)
_OLD_SHARE = 0.42
_MOST_ROWS = 14  # shown at once; a table with more scrolls in itself


class CellTable(QTableView):
    """Cells under one another. With boxes, Space and a click turn them.

    Args:
        name: what it lists, for a screen reader.
        titles: over the name, the left and the right value.
        ticks: whether it has boxes.

    Attributes:
        whole: whether all that can be ticked is; None where there are no boxes.

    Signals:
        ticked: the keys of lines whose boxes were turned, and whether they are ticked now.
        every: all boxes shall be ticked, or none.
        opened: the key of a line that was opened with Enter or a double click.
        wanted: the next lines are wanted; answer with `add`.
    """

    ticked = Signal(object, bool)
    every = Signal(bool)
    opened = Signal(object)
    wanted = Signal()

    def __init__(
        self, name: str, titles: tuple[str, str, str], *, ticks: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._ticks = ticks
        self.whole: Qt.CheckState | None = None
        self._lines = _Lines(titles, ticks)
        self._lines.wanted.connect(self.wanted)
        self.setModel(self._lines)
        self._delegate = _Delegate(self)
        self.setItemDelegate(self._delegate)
        self._head = _Heads(self, ticks)
        self.setHorizontalHeader(self._head)
        self._head.toggled.connect(self._toggle_all)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._size()

    @property
    def lines(self) -> tuple[CellLine, ...]:
        """What is shown."""
        return self._lines.lines

    def show_lines(self, lines: Sequence[CellLine], *, more: bool = False) -> None:
        """Show other lines; the current one stays where it is, if it is still there. `more`: others follow."""
        at = self.currentIndex()
        current = self._lines.lines[at.row()].key if at.isValid() else None
        self._lines.show(tuple(lines), more=more)
        for number, line in enumerate(lines if current is not None else ()):
            if line.key == current:
                self.setCurrentIndex(self._lines.index(number, at.column()))
                break
        self.whole = together(lines)
        self._size()
        self._head.viewport().update()

    def add(self, lines: Sequence[CellLine], *, more: bool) -> None:
        """The lines that follow."""
        self._lines.add(tuple(lines), more=more)

    def copy(self) -> None:
        """Put the chosen lines on the clipboard as they are shown, with tabs between cells."""
        rows = sorted({index.row() for index in self.selectionModel().selectedIndexes()})
        lines = (self._lines.lines[row] for row in rows)
        QGuiApplication.clipboard().setText(
            "\n".join("\t".join((line.name, line.old.text, line.told or line.new.text)) for line in lines)
        )

    def toggle(self, *numbers: int) -> None:
        """Turn the boxes of lines: all like the first of them."""
        lines = [self._lines.lines[number] for number in numbers]
        turned = [line for line in lines if line.tick is not None and line.can_tick]
        if turned:
            on = turned[0].tick is not Qt.CheckState.Checked
            self.ticked.emit([line.key for line in turned], on)

    def _toggle_all(self) -> None:
        self.every.emit(self.whole is not Qt.CheckState.Checked)

    def _size(self) -> None:
        self.verticalHeader().setDefaultSectionSize(px(_ROW))
        self._head.setFixedHeight(px(look().measures.row_table))
        self._head.setMinimumSectionSize(px(20))
        modes = QHeaderView.ResizeMode
        widths = {_TICK: 44 if self._ticks else 0, _NAME: 168, _ARROW: 40}
        for column in range(5):
            fixed = widths.get(column)
            self._head.setSectionResizeMode(column, modes.Stretch if column == _NEW else modes.Fixed)
            if fixed is not None:
                self.setColumnHidden(column, not fixed)
                self.setColumnWidth(column, px(fixed))
        self._share()
        shown = min(len(self._lines.lines), _MOST_ROWS)
        self.setFixedHeight(px(look().measures.row_table) + shown * px(_ROW) + 2)

    def _share(self) -> None:
        """The right values take more of the room: words of why not stand there."""
        taken = sum(self.columnWidth(column) for column in (_TICK, _NAME, _ARROW))
        self.setColumnWidth(_OLD, max(px(64), round((self.viewport().width() - taken) * _OLD_SHARE)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_head"):
            self._size()

    def minimumSizeHint(self) -> QSize:
        return QSize(px(240), super().minimumSizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = self.currentIndex().row()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Space and number >= 0:
            chosen = sorted({index.row() for index in self.selectionModel().selectedIndexes()})
            self.toggle(*(chosen if number in chosen else [number]))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and number >= 0:
            self.opened.emit(self._lines.lines[number].key)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        left = event.button() is Qt.MouseButton.LeftButton
        if left and index.isValid() and index.column() == _TICK and self._ticks:
            self.toggle(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == _TICK:
            self.mousePressEvent(event)
        elif index.isValid():
            self.opened.emit(self._lines.lines[index.row()].key)


class _Lines(QAbstractTableModel):
    wanted = Signal()

    def __init__(self, titles: tuple[str, str, str], ticks: bool) -> None:
        super().__init__()
        self.lines: tuple[CellLine, ...] = ()
        self._more = False
        self._titles = ("", titles[0], titles[1], "", titles[2])
        self._ticks = ticks

    def show(self, lines: tuple[CellLine, ...], *, more: bool) -> None:
        self._more = more
        if [line.key for line in lines] == [line.key for line in self.lines] and lines:
            self.lines = lines
            self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, 4))
            return
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def add(self, lines: tuple[CellLine, ...], *, more: bool) -> None:
        self._more = more
        if lines:
            self.beginInsertRows(_ROOT, len(self.lines), len(self.lines) + len(lines) - 1)
            self.lines += lines
            self.endInsertRows()

    def canFetchMore(self, parent: Index) -> bool:
        return self._more

    def fetchMore(self, parent: Index) -> None:
        self.wanted.emit()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else 5

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        line = self.lines[index.row()]
        tickable = index.column() in (_TICK, _NAME) and line.tick is not None and line.can_tick
        return flags | Qt.ItemFlag.ItemIsUserCheckable if tickable else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == _LINE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            return ("", line.name, line.old.text, "", line.told or line.new.text)[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return line.spoken
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == _TICK and line.tick is not None:
            return line.tick
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return Head(self._titles[section]) if role == Qt.ItemDataRole.UserRole else None


class _Heads(HeadView):
    """The heads, with one box for all of them.

    Signals:
        toggled: that box was clicked.
    """

    toggled = Signal()

    def __init__(self, table: CellTable, ticks: bool) -> None:
        super().__init__(table, SIDE)
        self._table, self._ticks = table, ticks

    def paintSection(self, painter: QPainter, area: QRect, section: int) -> None:
        inset = px(SIDE - _GAP) if section == _NAME and not self._ticks else 0
        painter.fillRect(area, colour("base"))
        painter.fillRect(QRect(area.x(), area.bottom(), area.width(), 1), colour("hairline"))
        super().paintSection(painter, area.adjusted(inset, 0, 0, 0), section)
        if self._ticks and section == _TICK and self._table.whole is not None:
            paint_box(painter, box_in(area, SIDE), self._table.whole, enabled=True)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._ticks and self.logicalIndexAt(event.position().toPoint()) == _TICK:
            self.toggled.emit()
        else:
            super().mousePressEvent(event)


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: CellTable) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: CellLine = index.data(_LINE)
        area: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if line.head or (line.changed and line.tick is None):
            painter.fillRect(area, colour("window"))
        if self._view.selectionModel().isRowSelected(index.row(), QModelIndex()) and self._view.hasFocus():
            painter.fillRect(area, colour("accent_tint"))
        if index.row() < index.model().rowCount() - 1:
            painter.fillRect(QRect(area.x(), area.bottom(), area.width(), 1), colour("hairline"))
        current = self._view.currentIndex()
        first = _NAME if self._view.isColumnHidden(_TICK) else _TICK
        if index.column() == first and current.row() == index.row() and self._view.hasFocus():
            painter.fillRect(QRect(area.x(), area.y(), px(3), area.height() - 1), colour("accent"))
        self._paint_cell(painter, area, line, index.column())
        painter.restore()

    def _paint_cell(self, painter: QPainter, area: QRect, line: CellLine, column: int) -> None:
        inner = area.adjusted(
            px(SIDE if column == _NAME and self._view.isColumnHidden(_TICK) else _GAP), 0, -px(_GAP), 0
        )
        match column:
            case 1 | 2 | 3 | 4 if line.head:
                self._paint_head(painter, area, line)
            case 2 | 3 | 4 if line.told and not line.old.text and not line.old.hidden:
                self._paint_told(painter, area, line)
            case 0 if line.tick is not None:
                paint_box(painter, box_in(area, SIDE), line.tick, enabled=line.can_tick)
            case 1:
                weak = line.tick is not None and not line.can_tick
                weight = QFont.Weight.DemiBold if line.changed else QFont.Weight.Normal
                font = fonts.mono(look().scale, size=look().measures.code, weight=weight)
                paint_text(painter, inner, line.name, font, Tone.MUTED if weak else Tone.TEXT)
            case 2:
                paint_value(painter, inner, line.old, "danger" if line.changed and line.tick is None else "")
            case 3 if line.changed and not line.told and line.old.text and line.new.text:
                icons.paint(
                    painter, "arrow-right", Tone.MUTED, area.center().x() - px(6), middle(area, 12), 12
                )
            case 4:
                self._paint_after(painter, inner, line)

    def _paint_head(self, painter: QPainter, area: QRect, line: CellLine) -> None:
        """The name of a row, through all columns: each paints its part."""
        left = self._view.columnViewportPosition(_NAME) + px(_GAP)
        right = self._view.columnViewportPosition(_NEW) + self._view.columnWidth(_NEW)
        painter.setClipRect(area)
        whole = QRect(left, area.y(), right - left - px(_GAP), area.height())
        words = f"{line.name}: {line.told}" if line.told else line.name
        paint_text(painter, whole, words, fonts.body(look().scale, weight=QFont.Weight.DemiBold), Tone.TEXT)

    def _paint_told(self, painter: QPainter, area: QRect, line: CellLine) -> None:
        """Words through the columns of both values, where there is none at the left: each paints its part."""
        left = self._view.columnViewportPosition(_OLD) + px(_GAP)
        right = self._view.columnViewportPosition(_NEW) + self._view.columnWidth(_NEW)
        painter.setClipRect(area)
        self._paint_after(painter, QRect(left, area.y(), right - left - px(_GAP), area.height()), line)

    def _paint_after(self, painter: QPainter, inner: QRect, line: CellLine) -> None:
        if not line.told:
            room = inner.adjusted(0, 0, -inner.width() // 2, 0) if line.note else inner
            used = paint_value(painter, room, line.new, "success" if line.changed else "")
            if line.note:
                rest = inner.adjusted(used + px(_GAP), 0, 0, 0)
                paint_text(painter, rest, line.note, fonts.body(look().scale), line.tone)
            return
        if line.icon:
            icons.paint(painter, line.icon, line.tone, inner.x(), middle(inner, 14), 14)
            inner = inner.adjusted(px(20), 0, 0, 0)
        paint_text(painter, inner, line.told, fonts.body(look().scale), line.tone)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(120), px(_ROW))

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        line: CellLine = index.data(_LINE)
        words = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        if index.column() == _NEW and line.note:
            words = f"{words}, {line.note}"
        wide = QFontMetrics(fonts.body(look().scale)).horizontalAdvance(words) + px(2 * _GAP + 12)
        QToolTip.showText(event.globalPos(), markup((words,)) if wide > option.rect.width() else "", view)
        return True
