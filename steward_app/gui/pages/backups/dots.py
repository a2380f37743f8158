"""The marks of the ladder: taken, checked, proven; and failed and missing, which fell off it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from steward_app.catalog.points import PointState
from steward_app.gui.layout import boxed, hbox
from steward_app.gui.look import colour, px
from steward_app.gui.pages.backups.words import state_meaning, state_word
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.text import Label

_FILLED = {PointState.PROVEN: (Tone.SUCCESS, "check"), PointState.FAILED: (Tone.DANGER, "x")}


def paint_dot(painter: QPainter, centre: QPointF, state: PointState) -> None:
    """A mark of the ladder: each has its own shape, so that colour is not the only difference."""
    if state is PointState.TAKEN:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("control"))
        painter.drawEllipse(centre, px(3), px(3))
        return
    radius = px(12) / 2
    if state in _FILLED:
        tone, glyph = _FILLED[state]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(tone))
        painter.drawEllipse(centre, radius + 0.5, radius + 0.5)
        _paint_glyph(painter, centre, glyph)
        return
    tone = Tone.SUCCESS if state is PointState.CHECKED else Tone.WARNING
    pen = QPen(colour(tone), max(1.5, px(2) * 0.9))
    if state is PointState.MISSING:
        pen.setDashPattern([1.2, 1.2])
    painter.setPen(pen)
    painter.setBrush(colour("base"))
    painter.drawEllipse(centre, radius - 0.5, radius - 0.5)


def paint_ring(painter: QPainter, centre: QPointF, *, focused: bool) -> None:
    """Around the point that is chosen; stronger while the line has the focus."""
    painter.setPen(QPen(colour("accent"), px(2) if focused else px(1) + 0.5))
    painter.setBrush(colour("base"))
    painter.drawEllipse(centre, px(10), px(10))


def _paint_glyph(painter: QPainter, centre: QPointF, glyph: str) -> None:
    """A small sign in the colour of the page, drawn as strokes: icons end at 12."""
    painter.setPen(QPen(colour("base"), max(1.2, px(3) / 2), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    unit = px(12) / 12
    strokes = {
        "check": ((-2.6, 0.2, -0.8, 2.0), (-0.8, 2.0, 2.6, -1.8)),
        "x": ((-2.0, -2.0, 2.0, 2.0), (-2.0, 2.0, 2.0, -2.0)),
    }[glyph]
    for x1, y1, x2, y2 in strokes:
        painter.drawLine(centre + QPointF(x1, y1) * unit, centre + QPointF(x2, y2) * unit)


class Dot(QWidget):
    """One mark, as in the legend."""

    def __init__(self, state: PointState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(14), px(14))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_dot(painter, QRectF(self.rect()).center(), self._state)
        painter.end()


class Legend(QWidget):
    """What the marks mean, in full or in a word; missing points are explained where there are any."""

    def __init__(self, *, full: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = state_meaning if full else state_word
        items = {
            state: boxed(hbox(Dot(state), Label(words(state), role="small", tone=Tone.MUTED), gap=6))
            for state in PointState
        }
        self._missing = items[PointState.MISSING]
        self._missing.hide()
        self.setLayout(hbox(*items.values(), gap=16))

    def show_missing(self, shown: bool) -> None:
        """Explain the mark of missing points, or leave it out."""
        self._missing.setVisible(shown)
