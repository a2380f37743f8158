"""Safer or more useful: a slider over the points of the chart."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from steward_app.gui.look import colour, px

_HANDLE, _MOST_TICKS = 16, 40


class BalanceSlider(QSlider):
    """One stop for each point; what a style sheet cannot draw is painted here."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setPageStep(1)

    def show_stops(self, count: int, at: int) -> None:
        """So many stops, and the one that it stands at; tells nobody."""
        self.blockSignals(True)
        self.setRange(0, max(0, count - 1))
        self.setValue(at)
        self.blockSignals(False)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(400), px(24))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(120), px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y, on = px(11), self._x(self.value())
        painter.setPen(Qt.PenStyle.NoPen)
        for end, token in ((self.width() - px(_HANDLE) / 2, "pressed"), (on, "selection")):
            painter.setBrush(colour(token if self.isEnabled() else "hairline"))
            painter.drawRoundedRect(
                QRectF(px(_HANDLE) / 2, y - px(2), end - px(_HANDLE) / 2, px(4)), px(2), px(2)
            )
        painter.setPen(QPen(colour("control"), 1))
        if self.maximum() <= _MOST_TICKS:
            for stop in range(self.maximum() + 1):
                x = round(self._x(stop)) + 0.5
                painter.drawLine(
                    QRectF(x, y + px(7), 0, px(4)).topLeft(), QRectF(x, y + px(7), 0, px(4)).bottomLeft()
                )
        painter.setPen(QPen(colour("selection" if self.isEnabled() else "control"), px(2)))
        painter.setBrush(colour("base"))
        size = px(_HANDLE) - px(2)
        painter.drawEllipse(QRectF(on - size / 2, y - size / 2, size, size))
        painter.end()

    def _x(self, stop: int) -> float:
        room = self.width() - px(_HANDLE)
        return px(_HANDLE) / 2 + room * stop / max(1, self.maximum())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._move(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons():
            self._move(event)

    def _move(self, event: QMouseEvent) -> None:
        room = max(1, self.width() - px(_HANDLE))
        self.setValue(round((event.position().x() - px(_HANDLE) / 2) / room * self.maximum()))
