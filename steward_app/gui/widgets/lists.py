"""Lists that are painted row by row: what to do next, where the space is. Keys move, Enter opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from steward_app.gui import fonts, icons
from steward_app.gui.look import colour, look, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.text import tip

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_NAMES = 0.36  # of a bar's line, at most


@dataclass(frozen=True, slots=True)
class Task:
    """A row of two lines: what, why, and a word at the right. `key` comes back when it is opened."""

    key: str
    title: str
    sentence: str = ""
    trailing: str = ""
    tone: Tone = Tone.MUTED
    icon: str = ""

    @property
    def spoken(self) -> str:
        """The row in one line, for a screen reader."""
        return ". ".join(part for part in (self.title, self.sentence, self.trailing) if part)


@dataclass(frozen=True, slots=True)
class Bar:
    """A row with a bar: a name of the file, its share, and one or two figures."""

    key: str
    name: str
    value: float
    first: str = ""
    second: str = ""

    @property
    def spoken(self) -> str:
        """The row in one line, for a screen reader."""
        return ", ".join(part for part in (self.name, self.first, self.second) if part)


class _List(QListView):
    """Shows all its rows; the page around it scrolls.

    Signals:
        opened: the key of a row that was clicked, or on which Enter was pressed.
    """

    opened = Signal(str)
    _row_height = 28.0

    def __init__(self, name: str, delegate: QStyledItemDelegate, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._model = Items()
        self.setModel(self._model)
        self._delegate = delegate
        delegate.setParent(self)
        self.setItemDelegate(delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(lambda index: self._open(index))

    def set_items(self, items: Sequence[Any]) -> None:
        """Show these rows."""
        self._model.show_items(tuple(items))
        self._fit()

    @property
    def items(self) -> tuple[Any, ...]:
        """The rows."""
        return self._model.items

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self._model.items[index.row()].key)

    def _fit(self) -> None:
        self.setFixedHeight(px(self._row_height) * len(self._model.items))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_model"):
            self._fit()
            self.scheduleDelayedItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class TaskList(_List):
    """What to do next, most pressing first."""

    _row_height = 60.0

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, _TaskDelegate(), parent)


class BarList(_List):
    """Where the space is: bars of names with their figures."""

    _row_height = 24.0

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, _BarDelegate(), parent)

    def name_width(self, room: int) -> int:
        """As wide as the longest name, and never more than leaves the bars something to say."""
        metrics = QFontMetrics(fonts.mono(look().scale, size=look().measures.code))
        longest = max((metrics.horizontalAdvance(item.name) for item in self.items), default=0)
        return max(px(96), min(longest + px(4), round(room * _NAMES)))


class Items(QAbstractListModel):
    """What a list shows: anything that says of itself how it is spoken."""

    def __init__(self) -> None:
        super().__init__()
        self.items: tuple[Any, ...] = ()

    def show_items(self, items: tuple[Any, ...]) -> None:
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def change(self, at: int, item: Any) -> None:
        """Show another item in the place of one; what is chosen stays chosen."""
        self.items = (*self.items[:at], item, *self.items[at + 1 :])
        self.dataChanged.emit(self.index(at), self.index(at))

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return item
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return item.spoken
        return tip(item.spoken) if role == Qt.ItemDataRole.ToolTipRole else None


def _background(painter: QPainter, option: QStyleOptionViewItem, view: QListView, index: Index) -> None:
    area: QRect = option.rect
    focused = view.hasFocus() and view.currentIndex() == index
    if focused:
        painter.fillRect(area, colour("accent_tint"))
        painter.fillRect(QRect(area.x(), area.y(), px(3), area.height()), colour("accent"))
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(area, colour("window"))


class _TaskDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(120), px(TaskList._row_height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        task: Task = index.data(Qt.ItemDataRole.UserRole)
        view = self.parent()
        area: QRect = option.rect
        painter.save()
        if isinstance(view, QListView):
            _background(painter, option, view, index)
        if index.row():
            painter.fillRect(QRect(area.x(), area.y(), area.width(), 1), colour("hairline"))
        inner = area.adjusted(px(16), 0, -px(16), 0)
        middle = inner.center().y() - px(8) + 1
        if task.icon:
            icons.paint(painter, task.icon, task.tone, inner.x(), middle, 16)
        icons.paint(painter, "chevron-right", Tone.MUTED, inner.right() - px(14), middle, 16)
        small = fonts.body(look().scale, size=look().measures.small)
        width = QFontMetrics(small).horizontalAdvance(task.trailing)
        painter.setFont(small)
        painter.setPen(colour(task.tone))
        right = inner.right() - px(24) - width
        painter.drawText(
            QRect(right, inner.y(), width, inner.height()), int(Qt.AlignmentFlag.AlignVCenter), task.trailing
        )
        _two_lines(
            painter, QRect(inner.x() + px(36), inner.y(), right - inner.x() - px(48), inner.height()), task
        )
        painter.restore()


def _two_lines(painter: QPainter, area: QRect, task: Task) -> None:
    lines = (
        (task.title, fonts.body(look().scale, weight=QFont.Weight.DemiBold), Tone.TEXT, -px(10)),
        (task.sentence, fonts.body(look().scale, size=look().measures.small), Tone.MUTED, px(10)),
    )
    for text, font, tone, shift in lines:
        painter.setFont(font)
        painter.setPen(colour(tone))
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        offset = shift if task.sentence else 0
        painter.drawText(area.translated(0, offset), int(Qt.AlignmentFlag.AlignVCenter), shown)


class _BarDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(120), px(BarList._row_height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        bar: Bar = index.data(Qt.ItemDataRole.UserRole)
        view = self.parent()
        area: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        most, name_width, first_width, second_width = 0.0, px(96), px(72), px(96)
        if isinstance(view, BarList):
            _background(painter, option, view, index)
            most = max((item.value for item in view.items), default=0.0)
            name_width = view.name_width(area.width())
        mono = fonts.mono(look().scale, size=look().measures.code)
        painter.setFont(mono)
        painter.setPen(colour(Tone.TEXT))
        shown = QFontMetrics(mono).elidedText(bar.name, Qt.TextElideMode.ElideRight, name_width)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), shown)
        room = area.width() - name_width - first_width - second_width - px(16)
        share = bar.value / most if most else 0.0
        painter.setPen(Qt.PenStyle.NoPen)
        fill = colour("accent")
        fill.setAlphaF(0.45)
        painter.setBrush(fill)
        top = area.center().y() - px(4) + 1
        painter.drawRoundedRect(
            QRectF(area.x() + name_width + px(8), top, max(2.0, room * share), px(8)), 1.5, 1.5
        )
        painter.setFont(fonts.body(look().scale))
        figures = ((bar.first, Tone.TEXT, area.right() - second_width - first_width, first_width),
                   (bar.second, Tone.MUTED, area.right() - second_width, second_width))  # fmt: skip
        for text, tone, x, width in figures:
            painter.setPen(colour(tone))
            cell = QRect(x, area.y(), width, area.height())
            painter.drawText(cell, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
        painter.restore()
