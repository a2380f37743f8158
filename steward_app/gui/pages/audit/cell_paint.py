"""What stands in cells that are compared: values on tints, boxes to tick, blocks in the place of what is hidden."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen

from steward_app.gui import fonts, icons
from steward_app.gui.look import colour, look, px
from steward_app.gui.pages.audit.shown import Shown
from steward_app.gui.tokens import Tone

_BOX, _PAD = 16, 6
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


def paint_box(painter: QPainter, box: QRectF, state: Qt.CheckState, *, enabled: bool) -> None:
    """A tick box."""
    on = state is not Qt.CheckState.Unchecked and enabled
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour("hairline" if not enabled else "selection" if on else "control"), 1))
    painter.setBrush(colour("window" if not enabled else "selection" if on else "base"))
    painter.drawRoundedRect(box, px(3), px(3))
    if on:
        glyph = "check" if state is Qt.CheckState.Checked else "minus"
        inset = (box.width() - px(12)) / 2
        icons.paint(painter, glyph, Tone.ON_FILL, box.x() + inset, box.y() + inset, 12)
    painter.restore()


def box_in(area: QRect, side: float) -> QRectF:
    """Where a box stands in a cell."""
    return QRectF(area.x() + px(side) + 0.5, middle(area, _BOX) + 0.5, px(_BOX) - 1, px(_BOX) - 1)


def paint_value(painter: QPainter, area: QRect, value: Shown, tint: str) -> int:
    """A value, on a tint where it was or is to be changed. Returns how wide it is."""
    if value.hidden:
        return _block(painter, area, tint)
    if not value.text:
        return 0
    font = fonts.body(look().scale)
    font.setItalic(value.faint)
    metrics = QFontMetrics(font)
    flat = value.text.replace("\n", "\u2424")
    room = area.width() - (2 * px(_PAD) if tint else 0)
    words = metrics.elidedText(flat, Qt.TextElideMode.ElideRight, room)
    if tint:
        pill = QRectF(area.x(), middle(area, 22), metrics.horizontalAdvance(words) + 2 * px(_PAD), px(22))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(f"{tint}_tint"))
        painter.drawRoundedRect(pill, px(3), px(3))
        area = area.adjusted(px(_PAD), 0, 0, 0)
    painter.setFont(font)
    painter.setPen(colour(tint or ("muted" if value.faint else "text")))
    painter.drawText(area, _LEFT, words)
    return metrics.horizontalAdvance(words) + (2 * px(_PAD) if tint else 0)


def _block(painter: QPainter, area: QRect, tint: str) -> int:
    """In the place of what is hidden, as wide for one value as for another."""
    pen = QPen(colour("personal"), 1, Qt.PenStyle.DashLine)
    pen.setDashPattern([3.0, 2.0])
    painter.setPen(pen)
    painter.setBrush(colour("personal_tint"))
    width = min(area.width() - 1, px(96))
    painter.drawRoundedRect(QRectF(area.x() + 0.5, middle(area, 12) + 0.5, width, px(12) - 1), 2, 2)
    return int(width)


def paint_text(painter: QPainter, area: QRect, text: str, font: QFont, tone: Tone) -> None:
    """Words on one line, cut where there is no room."""
    painter.setFont(font)
    painter.setPen(colour(tone))
    shown = QFontMetrics(font).elidedText(
        text.replace("\n", "\u2424"), Qt.TextElideMode.ElideRight, area.width()
    )
    painter.drawText(area, _LEFT, shown)


def middle(area: QRect, height: int) -> float:
    """Where something of a height begins that stands in the middle."""
    return area.y() + (area.height() - px(height)) / 2
