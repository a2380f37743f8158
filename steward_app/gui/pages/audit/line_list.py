"""The time line: what was done, the newest first, as a list that reads on as it is scrolled."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

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
from PySide6.QtGui import QContextMenuEvent, QFont, QFontMetrics, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from steward_app.gui import fonts, icons
from steward_app.gui.look import colour, look, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.text import tip

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_LINE = Qt.ItemDataRole.UserRole
_ROW, _SIDE, _DOT, _GAP, _END = 56, 24, 28, 12, 16
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class Line:
    """What a line shows.

    Attributes:
        key: what makes it the same line after a refresh.
        item: what it stands for.
        title: in bold; `about` beside it, `time` at the right, `second` below.
    """

    key: Hashable
    item: object = field(compare=False)
    icon: str
    title: str
    about: str
    time: str
    second: str

    @property
    def spoken(self) -> str:
        """In one line, for a screen reader."""
        return ", ".join(part for part in (self.title, self.about, self.time, self.second) if part)


class LineList(QListView):
    """Lines that are read as they are scrolled to.

    Signals:
        chosen: the `Line` that is current now, or None.
        wanted: the next lines are wanted; answer with `add`.
        menu_wanted: where on the screen a menu for the current line is asked for.
    """

    chosen = Signal(object)
    wanted = Signal()
    menu_wanted = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._lines = _Lines()
        self._lines.wanted.connect(self.wanted)
        self.setModel(self._lines)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.selectionModel().currentChanged.connect(self._moved)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Those that were read."""
        return tuple(self._lines.lines)

    @property
    def current(self) -> Line | None:
        """What a command acts on, or None."""
        index = self.currentIndex()
        return self._lines.lines[index.row()] if index.isValid() else None

    def show_lines(self, lines: Sequence[Line], *, more: bool) -> None:
        """Show other lines; the current one stays chosen if it is among them, else the first is."""
        before = self.current.key if self.current is not None else None
        self._lines.start(lines, more=more)
        numbers = [number for number, line in enumerate(lines) if line.key == before]
        if lines:
            self.setCurrentIndex(self._lines.index(numbers[0] if numbers else 0, 0))
        else:
            self.chosen.emit(None)

    def add(self, lines: Sequence[Line], *, more: bool) -> None:
        """The lines that follow."""
        self._lines.add(lines, more=more)

    def say_again(self, lines: Sequence[Line]) -> None:
        """The same lines in other words."""
        self._lines.say_again(lines)

    def choose(self, key: Hashable) -> bool:
        """Make a line the current one; whether it is among those that were read."""
        for number, line in enumerate(self._lines.lines):
            if line.key == key:
                self.setCurrentIndex(self._lines.index(number, 0))
                return True
        return False

    def _moved(self, index: QModelIndex) -> None:
        self.chosen.emit(self._lines.lines[index.row()] if index.isValid() else None)

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(px(336), px(160))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(200), px(120))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_lines"):
            self.scheduleDelayedItemsLayout()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        at = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            at = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft())
        elif not self.indexAt(event.pos()).isValid():
            return
        else:
            self.setCurrentIndex(self.indexAt(event.pos()))
        if self.current is not None:
            self.menu_wanted.emit(at)


class _Lines(QAbstractListModel):
    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self._more = self._reading = False

    def start(self, lines: Sequence[Line], *, more: bool) -> None:
        self.beginResetModel()
        self.lines, self._more, self._reading = list(lines), more, False
        self.endResetModel()

    def add(self, lines: Sequence[Line], *, more: bool) -> None:
        self._more, self._reading = more, False
        if lines:
            self.beginInsertRows(_ROOT, len(self.lines), len(self.lines) + len(lines) - 1)
            self.lines += lines
            self.endInsertRows()

    def say_again(self, lines: Sequence[Line]) -> None:
        self.lines = list(lines)
        if lines:
            self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, 0))

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def canFetchMore(self, parent: Index) -> bool:
        return self._more and not self._reading

    def fetchMore(self, parent: Index) -> None:
        self._reading = True
        self.wanted.emit()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == _LINE:
            return line
        return (
            line.spoken if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) else None
        )


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: LineList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(200), px(_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Line = index.data(_LINE)
        area: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.fillRect(area, colour("accent_tint"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, colour("window"))
        if chosen and self._view.hasFocus():
            painter.fillRect(QRect(area.x(), area.y(), px(3), area.height()), colour("accent"))
        self._paint_dot(painter, area, line, index, chosen=chosen)
        _paint_words(painter, area.adjusted(px(_SIDE + _DOT + _GAP), px(8), -px(_END), -px(8)), line)
        painter.restore()

    def _paint_dot(self, painter: QPainter, area: QRect, line: Line, index: Index, *, chosen: bool) -> None:
        middle = area.x() + px(_SIDE) + px(_DOT) / 2
        top = area.y() + (area.height() - px(_DOT)) / 2
        begin = top if index.row() == 0 else area.y()
        painter.fillRect(QRectF(middle, begin, 1, area.bottom() + 1 - begin), colour("hairline"))
        painter.setPen(QPen(colour("accent" if chosen else "hairline"), 1))
        painter.setBrush(colour("base"))
        painter.drawEllipse(QRectF(middle - px(_DOT) / 2 + 0.5, top + 0.5, px(_DOT) - 1, px(_DOT) - 1))
        tone = Tone.ACCENT if chosen else Tone.MUTED
        icons.paint(painter, line.icon, tone, middle - px(7), top + (px(_DOT) - px(14)) / 2, 14)

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        if event.type() == QEvent.Type.ToolTip and index.isValid():
            QToolTip.showText(event.globalPos(), tip(index.data(_LINE).spoken), view)
            return True
        return super().helpEvent(event, view, option, index)


def _paint_words(painter: QPainter, area: QRect, line: Line) -> None:
    small = fonts.body(look().scale, size=look().measures.small)
    strong = fonts.body(look().scale, weight=QFont.Weight.DemiBold)
    upper = QRect(area.x(), area.y(), area.width(), area.height() // 2)
    lower = upper.translated(0, area.height() // 2)
    width = QFontMetrics(small).horizontalAdvance(line.time)
    painter.setFont(small)
    painter.setPen(colour("muted"))
    painter.drawText(QRect(upper.right() - width, upper.y(), width + 1, upper.height()), _LEFT, line.time)
    painter.drawText(lower, _LEFT, _cut(small, line.second, lower.width()))
    room = upper.width() - width - px(8)
    title = _cut(strong, line.title, room)
    painter.setFont(strong)
    painter.setPen(colour("text"))
    painter.drawText(upper, _LEFT, title)
    used = QFontMetrics(strong).horizontalAdvance(title) + px(8)
    plain = fonts.body(look().scale)
    if room - used > px(16):
        painter.setFont(plain)
        painter.setPen(colour("muted"))
        painter.drawText(upper.adjusted(used, 0, 0, 0), _LEFT, _cut(plain, line.about, room - used))


def _cut(font: QFont, text: str, room: int) -> str:
    return QFontMetrics(font).elidedText(text.replace("\n", "\u2424"), Qt.TextElideMode.ElideRight, room)
