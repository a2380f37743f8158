"""The list of migrations: number, name, state and day, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from steward_app.gui import fonts, icons
from steward_app.gui.look import colour, look, px
from steward_app.gui.pages.migrations.words import StateWords
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.lists import Items
from steward_app.services.migrate.model import Entry

Index = QModelIndex | QPersistentModelIndex
_ROW_HEIGHT = 54


@dataclass(frozen=True, slots=True)
class Row:
    """A migration as the list shows it. `key` is the same after it was read again."""

    entry: Entry
    number: str
    title: str
    state: StateWords

    @property
    def key(self) -> tuple[int, str]:
        """What makes it the same one."""
        return self.entry.version, self.entry.name

    @property
    def spoken(self) -> str:
        """The row in one line."""
        parts = (self.number, self.title, self.state.word, self.state.at)
        return ". ".join(part for part in parts if part)


class EntryList(QListView):
    """One migration is chosen.

    Signals:
        chosen: the `Row` that is chosen now, or None.
    """

    chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._rows = Items()
        self.setModel(self._rows)
        self.setItemDelegate(_Delegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.selectionModel().currentChanged.connect(lambda *_: self.chosen.emit(self.current))

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is listed, in order."""
        return self._rows.items

    @property
    def current(self) -> Row | None:
        """The one that is chosen."""
        index = self.currentIndex()
        return self.rows[index.row()] if index.isValid() else None

    def set_rows(self, rows: Sequence[Row], wanted: tuple[int, str] | None) -> None:
        """List others, and choose the one with this key, or the first; tells `chosen` once."""
        self.selectionModel().blockSignals(True)
        self._rows.show_items(tuple(rows))
        at = next((at for at, row in enumerate(rows) if row.key == wanted), 0)
        self.setCurrentIndex(self._rows.index(at) if rows else QModelIndex())
        self.selectionModel().blockSignals(False)
        self.viewport().update()
        if rows:
            self.scrollTo(self.currentIndex())
        self.chosen.emit(self.current)

    def say_state(self, key: tuple[int, str], state: StateWords) -> None:
        """Show another state of one, now that more is known of it."""
        for at, row in enumerate(self.rows):
            if row.key == key and row.state != state:
                self._rows.change(at, replace(row, state=state))

    def choose(self, key: tuple[int, str]) -> None:
        """Choose another one."""
        for at, row in enumerate(self.rows):
            if row.key == key:
                self.setCurrentIndex(self._rows.index(at))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(200), px(_ROW_HEIGHT * 2))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.scheduleDelayedItemsLayout()


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(160), px(_ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: Row = index.data(Qt.ItemDataRole.UserRole)
        area: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            painter.fillRect(area, colour("accent_tint"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, colour("window"))
        painter.fillRect(QRect(area.x(), area.bottom(), area.width(), 1), colour("hairline"))
        view = self.parent()
        if chosen and isinstance(view, QWidget) and view.hasFocus():
            painter.fillRect(QRect(area.x(), area.y(), px(3), area.height() - 1), colour("accent"))
        inner = area.adjusted(px(24), px(7), -px(16), -px(7))
        half = inner.height() // 2
        left = inner.x() + px(40)
        mono = fonts.mono(look().scale, size=look().measures.code)
        _line(painter, QRect(inner.x(), inner.y(), px(38), half), row.number, mono, Tone.MUTED)
        weight = QFont.Weight.DemiBold if chosen else QFont.Weight.Normal
        body = fonts.body(look().scale, weight=weight)
        _line(painter, QRect(left, inner.y(), inner.right() - left, half), row.title, body, Tone.TEXT)
        small = fonts.body(look().scale, size=look().measures.small)
        lower = QRect(left, inner.y() + half, inner.right() - left, half)
        room = QFontMetrics(small).horizontalAdvance(row.state.at) + px(2)  # of what is rounded
        at = lower.adjusted(lower.width() - room, 0, 0, 0)
        _line(painter, at, row.state.at, small, Tone.MUTED)
        icons.paint(painter, row.state.icon, row.state.tone, left, lower.center().y() - px(7) + 1, 14)
        _line(painter, lower.adjusted(px(20), 0, -room - px(8), 0), row.state.word, small, row.state.tone)
        painter.restore()


def _line(painter: QPainter, area: QRect, text: str, font: QFont, tone: Tone) -> None:
    painter.setFont(font)
    painter.setPen(colour(tone))
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
