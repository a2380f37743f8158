"""How a line of the list of rows is painted: chevron, box, name and key, values, and words at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen

from steward_app.gui import fonts, icons
from steward_app.gui.format import shown_name
from steward_app.gui.look import colour, look, px
from steward_app.gui.pages.restore.words import fate_tone, value_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.states import paint_pill

if TYPE_CHECKING:
    from steward_app.gui.pages.restore.row_list import Line

ROW_HEIGHT = 28
_SIDE, _CHEVRON, _BOX, _INDENT, _GAP = 12, 16, 16, 24, 8
_HIDDEN_WIDTHS = (88, 112, 72, 96, 120, 80)  # say nothing of the value: they follow the line's number
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def chevron_area(area: QRect) -> QRect:
    """Where a click opens a row."""
    return QRect(area.x(), area.y(), px(_SIDE + _CHEVRON + _GAP // 2), area.height())


def box_area(area: QRect, line: Line) -> QRect:
    """Where a click ticks a line."""
    return QRect(_box_x(area, line) - px(_GAP // 2), area.y(), px(_BOX + _GAP), area.height())


def paint_line(painter: QPainter, area: QRect, line: Line, number: int, *, current: bool) -> None:
    """Paint a line into its area."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if current:
        painter.fillRect(area, colour("accent_tint"))
        painter.fillRect(QRect(area.x(), area.y(), px(3), area.height() - 1), colour("accent"))
    painter.fillRect(QRect(area.x(), area.bottom(), area.width(), 1), colour("hairline"))
    if line.opened is not None:
        glyph = "chevron-down" if line.opened else "chevron-right"
        icons.paint(painter, glyph, Tone.MUTED, area.x() + px(_SIDE), _middle(area, 12), 12)
    x = _box_x(area, line)
    if line.tick is not None or line.row.fate is not None:
        _paint_box(painter, QRectF(x + 0.5, _middle(area, _BOX) + 0.5, px(_BOX) - 1, px(_BOX) - 1), line)
        x += px(_BOX + _GAP)
    right = _paint_right(painter, area, line)
    _paint_words(painter, QRect(x, area.y(), max(0, right - x - px(_GAP)), area.height()), line, number)
    painter.restore()


def _box_x(area: QRect, line: Line) -> int:
    depth = line.belongs.depth if line.belongs is not None else 0
    return area.x() + px(_SIDE + _CHEVRON + _GAP + _INDENT * depth)


def _paint_box(painter: QPainter, box: QRectF, line: Line) -> None:
    dead = line.tick is None
    edge = "hairline" if dead else "selection" if line.tick else "control"
    painter.setPen(QPen(colour(edge), 1))
    painter.setBrush(colour("window" if dead else "selection" if line.tick else "base"))
    painter.drawRoundedRect(box, px(3), px(3))
    if line.tick:
        inset = (box.width() - px(12)) / 2
        icons.paint(painter, "check", Tone.ON_FILL, box.x() + inset, box.y() + inset, 12)


def _paint_right(painter: QPainter, area: QRect, line: Line) -> int:
    """The words at the right edge; gives where they begin."""
    edge = area.right() - px(16)
    if not line.told:
        return edge
    small = fonts.body(look().scale, size=look().measures.small)
    if line.row.fate is not None and line.belongs is None:
        small.setWeight(QFont.Weight.Medium)
        width = QFontMetrics(small).horizontalAdvance(line.told) + px(28)
        tone, icon = fate_tone(line.row.fate)
        paint_pill(painter, QRectF(edge - width, _middle(area, 20), width, px(20)), line.told, tone, icon)
        return edge - width
    width = QFontMetrics(small).horizontalAdvance(line.told)
    painter.setFont(small)
    painter.setPen(colour("muted"))
    painter.drawText(QRect(edge - width, area.y(), width, area.height()), int(_RIGHT), line.told)
    return edge - width


def _paint_words(painter: QPainter, area: QRect, line: Line, number: int) -> None:
    mono = fonts.mono(look().scale, size=look().measures.code)
    if line.belongs is not None:
        _paint(painter, area, shown_name(line.belongs.table), mono, "text")
        return
    area = _paint(painter, area, shown_name(line.table), mono, "text")
    strong = fonts.body(look().scale, weight=QFont.Weight.DemiBold)
    area = _paint(painter, area, line.row.words, strong, "text")
    plain = fonts.body(look().scale)
    for value in line.row.values:
        area = _paint(painter, area, value_words(line.row, value), plain, "muted")
    if line.row.hidden:
        _paint_hidden(painter, area, number)


def _paint(painter: QPainter, area: QRect, text: str, font: QFont, tone: str) -> QRect:
    """Paint words as far as there is room; gives the room behind them."""
    metrics = QFontMetrics(font)
    if area.width() < metrics.averageCharWidth() * 3:
        return QRect(area.right(), area.y(), 0, area.height())
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.setFont(font)
    painter.setPen(colour(tone))
    painter.drawText(area, int(_LEFT), shown)
    return area.adjusted(min(area.width(), metrics.horizontalAdvance(shown) + px(_GAP)), 0, 0, 0)


def _paint_hidden(painter: QPainter, area: QRect, number: int) -> None:
    """A block in place of what is not shown until asked for."""
    width = min(area.width(), px(_HIDDEN_WIDTHS[number % len(_HIDDEN_WIDTHS)]))
    if width < px(24):
        return
    pen = QPen(colour("personal"), 1, Qt.PenStyle.DashLine)
    pen.setDashPattern([3.0, 2.0])
    painter.setPen(pen)
    painter.setBrush(colour("personal_tint"))
    painter.drawRoundedRect(QRectF(area.x() + 0.5, _middle(area, 12) + 0.5, width - 1, px(12) - 1), 2, 2)


def _middle(area: QRect, height: int) -> float:
    return area.y() + (area.height() - px(height)) / 2
