"""Painted bars: how sure a scan is, what an evidence says, and of what the personal columns are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from steward_app.gui.look import colour, px

_THICK, _ROUND = 6, 3
_SHADES = (1.0, 0.6, 0.3, 0.15)


def paint_bar(painter: QPainter, area: QRectF, share: float, *, against: bool = False) -> None:
    """A bar on its track, `share` of it filled."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour("pressed"))
    painter.drawRoundedRect(area, px(_ROUND), px(_ROUND))
    if share > 0:
        filled = QRectF(area.x(), area.y(), max(area.height(), area.width() * min(1.0, share)), area.height())
        painter.setBrush(colour("control" if against else "accent"))
        painter.drawRoundedRect(filled, px(_ROUND), px(_ROUND))


class Bar(QWidget):
    """How much of something there is; the number stands beside it, in words."""

    def __init__(self, share: float, *, width: float, against: bool = False) -> None:
        super().__init__()
        self._share, self._width, self._against = share, width, against
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(self._width), px(_THICK))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_bar(painter, QRectF(self.rect()), self._share, against=self._against)
        painter.end()


class PartsBar(QWidget):
    """One bar of several parts in shades of one colour; the words beside it say the same."""

    def __init__(self, *, width: float = 160) -> None:
        super().__init__()
        self._width = width
        self._parts: tuple[int, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_parts(self, parts: Sequence[int]) -> None:
        """Show these, from left to right."""
        self._parts = tuple(parts)
        self.setVisible(any(self._parts))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(self._width), px(8))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole, gap, x = sum(self._parts), px(2), 0.0
        room = self.width() - gap * (sum(bool(part) for part in self._parts) - 1)
        for part, shade in zip(self._parts, _SHADES, strict=False):
            if part:
                fill = colour("personal")
                fill.setAlphaF(shade)
                painter.setBrush(fill)
                width = room * part / whole
                painter.drawRoundedRect(QRectF(x, 0, width, self.height()), px(2), px(2))
                x += width + gap
        painter.end()
