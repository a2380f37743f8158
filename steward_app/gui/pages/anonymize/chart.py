"""Risk against usefulness: the points that no other way beats, the limit, and the one that is chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from steward_app.gui import fonts
from steward_app.gui.look import colour, look, px
from steward_app.gui.pages.anonymize.words import share
from steward_app.services.privacy.risk import Node

_HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 214, 62, 8, 16, 38
_ENDS = (0.2, 0.5, 1.0)
_TICKS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0)
_REACH = 12  # pixels around a point that belong to it


class FrontierChart(QWidget):
    """Points from the safest to the most useful. The arrow keys move the choice, as the slider does.

    Signals:
        chosen: the place of the point that was chosen.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._nodes: tuple[Node, ...] = ()
        self._others: tuple[tuple[float, float], ...] = ()
        self._limit = 0.05
        self._at = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Risk and usefulness"))

    def show_points(
        self, nodes: Sequence[Node], others: Sequence[tuple[float, float]], limit: float, at: int
    ) -> None:
        """Show other points, or another limit."""
        self._nodes, self._others, self._limit = tuple(nodes), tuple(others), limit
        self.show_choice(at)

    def show_choice(self, at: int) -> None:
        """Show another point as chosen."""
        self._at = at
        self.setAccessibleDescription(self._words(at) if self._nodes else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(656), px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(320), px(_HEIGHT))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    # Where things are

    @property
    def _area(self) -> QRectF:
        across, down = self.width() - px(_LEFT) - px(_RIGHT), self.height() - px(_TOP) - px(_BOTTOM)
        return QRectF(px(_LEFT), px(_TOP), across, down)

    @property
    def _end(self) -> float:
        """The highest risk that is shown: every point and the limit are, so that nothing moves but the choice."""
        needed = max(self._limit * 1.2, *(node.risk for node in self._nodes), 0.0)
        return next((end for end in _ENDS if end >= needed), 1.0)

    @property
    def _floor(self) -> float:
        """The lowest usefulness that is shown, a multiple of 20 %."""
        shown = [kept for risk, kept in self._pairs() if risk <= self._end]
        return min(0.8, max(0.0, int(5 * min(shown, default=0.0) - 0.05) / 5))

    def _pairs(self) -> list[tuple[float, float]]:
        return [(node.risk, node.kept) for node in self._nodes]

    def _across(self, risk: float) -> float:
        """Where a risk stands. Small ones have more room: by a square root, since it is them that are weighed."""
        return self._area.x() + self._area.width() * math.sqrt(min(1.0, risk / self._end))

    def _point(self, risk: float, kept: float) -> QPointF:
        area, floor = self._area, self._floor
        return QPointF(self._across(risk), area.bottom() - area.height() * (kept - floor) / (1 - floor))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_grid(painter)
        if self._nodes:
            painter.save()
            painter.setClipRect(self._area.adjusted(-px(8), -px(8), px(8), px(8)))
            self._paint_others(painter)
            self._paint_line(painter)
            painter.restore()
            self._paint_limit(painter)
            self._paint_choice(painter)
        painter.end()

    def _paint_grid(self, painter: QPainter) -> None:
        area, end, floor = self._area, self._end, self._floor
        limit = self._across(self._limit)
        painter.fillRect(QRectF(area.x(), area.y(), limit - area.x(), area.height()), colour("success_tint"))
        small = fonts.body(look().scale, size=look().measures.caption)
        medium = fonts.body(look().scale, size=look().measures.small, weight=QFont.Weight.Medium)
        painter.setFont(small)
        steps = round((1 - floor) * 5)
        for step in range(steps + 1):
            kept = floor + step / 5
            y = round(self._point(0, kept).y()) + 0.5
            painter.setPen(QPen(colour("hairline"), 1))
            painter.drawLine(QPointF(area.x(), y), QPointF(area.right(), y))
            painter.setPen(colour("muted"))
            box = QRectF(0, y - px(8), area.x() - px(8), px(16))
            painter.drawText(
                box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), share(kept)
            )
        for risk in (each for each in _TICKS if each <= end):
            box = QRectF(self._across(risk) - px(30), area.bottom() + px(4), px(60), px(16))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), share(risk))
        painter.setFont(medium)
        below = QRectF(area.x(), area.bottom() + px(20), area.width(), px(18))
        painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), self.tr("Risk: chance to find a person"))
        painter.save()
        painter.translate(px(2), area.center().y())
        painter.rotate(-90)
        beside = QRectF(-area.height() / 2, 0, area.height(), px(16))
        painter.drawText(beside, int(Qt.AlignmentFlag.AlignCenter), self.tr("Usefulness kept"))
        painter.restore()

    def _paint_limit(self, painter: QPainter) -> None:
        area, limit = self._area, self._across(self._limit)
        painter.setPen(QPen(colour("success"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(limit + 0.5, area.y()), QPointF(limit + 0.5, area.bottom()))
        painter.setFont(fonts.body(look().scale, size=look().measures.caption, weight=QFont.Weight.Medium))
        reached = any(node.risk <= self._limit + 1e-9 for node in self._nodes)
        words = self.tr("your limit") if reached else self.tr("your limit: no way is here")
        room = QFontMetrics(painter.font()).horizontalAdvance(words) + px(8)
        inside = limit - area.x() > room
        x = limit - room - px(3) if inside else limit + px(4)
        node = self._nodes[self._at]
        low = self._point(node.risk, node.kept).y() > area.center().y()  # its own words stand below then
        box = QRectF(x, area.y() + px(3) if low else area.bottom() - px(20), room, px(17))
        painter.fillRect(box, colour("success_tint" if inside else "base"))
        painter.setPen(colour("success"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)

    def _paint_others(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        tone = colour("control")
        tone.setAlphaF(0.6)
        painter.setBrush(tone)
        for risk, kept in self._others:
            if risk <= self._end and kept >= self._floor:
                painter.drawEllipse(self._point(risk, kept), px(3), px(3))

    def _paint_line(self, painter: QPainter) -> None:
        points = [self._point(risk, kept) for risk, kept in self._pairs()]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour("accent"), px(2)))
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(colour("base"))
        for point in points:
            painter.drawEllipse(point, px(4), px(4))

    def _paint_choice(self, painter: QPainter) -> None:
        node = self._nodes[self._at]
        point, area = self._point(node.risk, node.kept), self._area
        painter.setBrush(colour("accent"))
        painter.setPen(QPen(colour("base"), px(2)))
        painter.drawEllipse(point, px(7), px(7))
        font = fonts.body(look().scale, size=look().measures.small, weight=QFont.Weight.DemiBold)
        words = self.tr("Chosen: {risk}, {kept}").format(risk=share(node.risk), kept=share(node.kept))
        width = QFontMetrics(font).horizontalAdvance(words) + px(12)
        x = point.x() + px(14)
        if x + width > area.right():
            x = max(area.x(), point.x() - px(14) - width)
        y = min(point.y() + px(6), area.bottom() - px(22))
        box = QRectF(x, y, width, px(22))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("base"))
        painter.drawRoundedRect(box, px(3), px(3))
        painter.setFont(font)
        painter.setPen(colour("accent"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)

    # Choosing

    def _words(self, at: int) -> str:
        node = self._nodes[at]
        return self.tr("Point {n} of {all}: risk {risk}, {kept} of the usefulness kept").format(
            n=at + 1, all=len(self._nodes), risk=share(node.risk), kept=share(node.kept)
        )

    def _nearest(self, place: QPointF) -> int | None:
        found = [
            ((self._point(risk, kept) - place).manhattanLength(), at)
            for at, (risk, kept) in enumerate(self._pairs())
            if risk <= self._end
        ]
        return min(found)[1] if found and min(found)[0] <= 2 * px(_REACH) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._nearest(event.position())
        if at is not None:
            self.chosen.emit(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._nearest(event.position())
        QToolTip.showText(event.globalPosition().toPoint(), self._words(at) if at is not None else "", self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(self._nodes) - 1}
        key = Qt.Key(event.key())
        if self._nodes and key in steps:
            self.chosen.emit(min(len(self._nodes) - 1, max(0, self._at + steps[key])))
        elif self._nodes and key in ends:
            self.chosen.emit(ends[key])
        else:
            super().keyPressEvent(event)
