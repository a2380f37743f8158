"""Icons: Lucide outlines, drawn in the colours of the present palette, crisp at every scale.

An icon keeps no colour: its engine asks the palette when it paints, so that a change of theme needs nothing but
the repaint that Qt does anyway. Pictures are cached by name, colour and size.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from steward_app.gui.look import look, px
from steward_app.gui.tokens import Tone
from steward_app.storage.shipped import resource

SIZES = (12, 14, 16, 20, 24)
_STROKES = {12: 2.25, 14: 2.0, 16: 1.75, 20: 1.75, 24: 1.5}


def icon(name: str, tone: Tone = Tone.TEXT, *, on_selection: bool = True) -> QIcon:
    """An icon for a button, an action or a cell: dim when disabled, `on_fill` on a selected row.

    Raises:
        KeyError: there is no such icon in `resources/icons`.
    """
    _outline(name)
    return QIcon(_Engine(name, tone, on_selection))


def pixmap(name: str, tone: Tone = Tone.TEXT, size: int = 16, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture, `size` of the design (12, 14, 16, 20 or 24), zoomed; `ratio` of the screen."""
    return _drawn(name, getattr(look().colours, tone), px(size), ratio)


def paint_scaled(painter: QPainter, name: str, tone: Tone, area: QRectF) -> None:
    """Paint the icon into an area of what the painter scales itself, as sharp as the screen can show it."""
    scale = painter.worldTransform().m11()
    pixels = max(1, round(area.width() * scale))
    drawn = _drawn(name, getattr(look().colours, tone), pixels, _ratio(painter))
    painter.drawPixmap(area, drawn, QRectF(drawn.rect()))


def paint(painter: QPainter, name: str, tone: Tone, x: float, y: float, size: int = 16) -> None:
    """Paint the icon with its top left corner at x, y (pixels)."""
    painter.drawPixmap(round(x), round(y), pixmap(name, tone, size, _ratio(painter)))


def _ratio(painter: QPainter) -> float:
    device = painter.device()
    return device.devicePixelRatioF() if device is not None else 1.0


@lru_cache(maxsize=512)
def _drawn(name: str, colour: str, pixels: int, ratio: float) -> QPixmap:
    nominal = min(SIZES, key=lambda size: abs(size - pixels))
    svg = _outline(name).replace("currentColor", colour)
    svg = svg.replace('stroke-width="2"', f'stroke-width="{_STROKES[nominal]}"')
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    edge = max(1, round(pixels * ratio))
    picture = QPixmap(edge, edge)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, edge, edge))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


@lru_cache(maxsize=256)
def _outline(name: str) -> str:
    try:
        return resource("icons", f"{name}.svg").read_text("utf-8")
    except FileNotFoundError:
        raise KeyError(name) from None


class _Engine(QIconEngine):
    def __init__(self, name: str, tone: Tone, on_selection: bool) -> None:
        super().__init__()
        self._name = name
        self._tone = tone
        self._on_selection = on_selection

    def _colour(self, mode: QIcon.Mode) -> str:
        tone = self._tone
        if mode is QIcon.Mode.Disabled:
            tone = Tone.DIM
        elif mode is QIcon.Mode.Selected and self._on_selection:
            tone = Tone.ON_FILL
        return str(getattr(look().colours, tone))

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        edge = min(rect.width(), rect.height())
        drawn = _drawn(self._name, self._colour(mode), edge, _ratio(painter))
        painter.drawPixmap(rect.x(), rect.y() + (rect.height() - edge) // 2, drawn)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        """`size` in pixels of the device. Room wider than high is the gap before the words of a button."""
        edge = min(size.width(), size.height())
        drawn = _drawn(self._name, self._colour(mode), round(edge / scale), scale)
        if size.width() == edge:
            return drawn
        wide = QPixmap(size)
        wide.setDevicePixelRatio(scale)
        wide.fill(Qt.GlobalColor.transparent)
        painter = QPainter(wide)
        painter.drawPixmap(0, 0, drawn)
        painter.end()
        return wide

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._tone, self._on_selection)

    def key(self) -> str:
        return "steward"

    def isNull(self) -> bool:
        return False
