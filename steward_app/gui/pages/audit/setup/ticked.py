"""A table of lines with a box before each. Space ticks what is chosen; a click on the box ticks that line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from steward_app.gui import icons
from steward_app.gui.look import colour, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Cell, CellDelegate
from steward_app.gui.widgets.table import Column, SimpleTable

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
_BOX = 16
_SIDE = 24


class TickedTable(SimpleTable[R]):
    """A `SimpleTable` with a first column of boxes.

    Args:
        identity: names a line; ticks follow it when the lines are read again.
        can_tick: whether a line has a box.

    Signals:
        ticked: other lines are ticked now.
    """

    ticked = Signal()

    def __init__(
        self,
        name: str,
        columns: Sequence[Column[R]],
        *,
        identity: Callable[[R], str],
        can_tick: Callable[[R], bool],
        row_height: float = 32,
        parent: QWidget | None = None,
    ) -> None:
        self._ticks: set[str] = set()
        self._identity, self._can_tick = identity, can_tick
        boxes = Column[R]("", self._box, width=56, order=lambda line: not self.is_ticked(line))
        super().__init__(
            name,
            (boxes, *columns),
            key=identity,
            several=True,
            row_height=row_height,
            side=_SIDE,
            parent=parent,
        )
        self.setItemDelegate(_Boxes(self, _SIDE))

    def is_ticked(self, line: R) -> bool:
        """Whether a line is ticked."""
        return self._identity(line) in self._ticks

    @property
    def ticks(self) -> frozenset[str]:
        """What names the lines that are ticked, also of those that a filter does not show now."""
        return frozenset(self._ticks)

    def tick(self, lines: Iterable[R], on: bool) -> None:
        """Tick these lines, or do not."""
        names = {self._identity(line) for line in lines if self._can_tick(line)}
        self._ticks = self._ticks | names if on else self._ticks - names
        self.viewport().update()
        self.ticked.emit()

    def keep_ticks(self, names: Iterable[str]) -> None:
        """Forget the ticks of what is not there any more."""
        self._ticks &= set(names)

    def toggle(self, lines: Sequence[R]) -> None:
        """Tick these lines; where all of them are ticked, none of them any more."""
        can = [line for line in lines if self._can_tick(line)]
        self.tick(can, not all(map(self.is_ticked, can)))

    def _box(self, line: R) -> Cell:
        if not self._can_tick(line):
            return Cell("")
        return Cell(_tr("ticked") if self.is_ticked(line) else _tr("not ticked"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        at = self.currentIndex().row()
        lines = self.selected or ((self.rows[at],) if 0 <= at < len(self.rows) else ())
        if event.key() == Qt.Key.Key_Space and lines:
            self.toggle(lines)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        on_box = index.isValid() and index.column() == 0 and event.button() is Qt.MouseButton.LeftButton
        if not on_box:
            super().mousePressEvent(event)
            return
        line = self.rows[index.row()]
        if line not in self.selected:
            super().mousePressEvent(event)
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.toggle(self.selected if line in self.selected else (line,))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == 0:
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)


class _Boxes(CellDelegate):
    """Paints the first column as boxes."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if index.column():
            super().paint(painter, option, index)
            return
        words = index.data(Qt.ItemDataRole.DisplayRole)
        self.paint_ground(painter, option, index)
        if words:
            area = option.rect
            box = QRectF(
                area.x() + px(_SIDE) + 0.5,
                area.y() + (area.height() - px(_BOX)) / 2 + 0.5,
                px(_BOX) - 1,
                px(_BOX) - 1,
            )
            paint_box(painter, box, ticked=words == _tr("ticked"))


def paint_box(painter: QPainter, box: QRectF, *, ticked: bool) -> None:
    """A tick box, as `Tick` draws it."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour("selection" if ticked else "control"), 1))
    painter.setBrush(colour("selection" if ticked else "base"))
    painter.drawRoundedRect(box, px(3), px(3))
    if ticked:
        inset = (box.width() - px(12)) / 2
        icons.paint(painter, "check", Tone.ON_FILL, box.x() + inset, box.y() + inset, 12)
    painter.restore()


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
