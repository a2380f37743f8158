"""The focus ring: 2 px of accent, 2 px outside the control, where the keyboard is.

Qt's own `QFocusFrame` follows the widget through scrolling and layout. Its style is a proxy of its own, so that
no other widget pays for Python in every style call.
"""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRectF, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QFocusFrame,
    QGraphicsView,
    QLineEdit,
    QPlainTextEdit,
    QProxyStyle,
    QScrollArea,
    QSpinBox,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)

from steward_app.gui.look import colour, look, px

_ALWAYS = (QLineEdit, QPlainTextEdit, QComboBox, QSpinBox)
_NEVER = (QAbstractItemView, QGraphicsView, QScrollArea)  # they show the current item instead


class FocusRing(QObject):
    """Shows the ring around the widget that has the focus: fields always, buttons when a key brought it there.

    What a key brought the focus to is scrolled into view.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._ring: _Ring | None = None
        self._by_key = False
        app.focusChanged.connect(self._moved)
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.KeyPress:
            self._by_key = True
        elif kind == QEvent.Type.MouseButtonPress:
            self._by_key = False
        return False

    @Slot(QWidget, QWidget)
    def _moved(self, old: QWidget | None, new: QWidget | None) -> None:
        if self._ring is not None and not shiboken6.isValid(self._ring):
            self._ring = None  # it stood beside its widget, and was destroyed with the page of both
        if new is None or not self._wants(new):
            if self._ring is not None:
                self._ring.setWidget(None)  # type: ignore[arg-type]  # Qt takes nullptr here
            return
        if self._ring is None:
            self._ring = _Ring()
        self._ring.setWidget(new)
        if self._by_key:
            _bring_into_view(new)

    def _wants(self, widget: QWidget) -> bool:
        if isinstance(widget, _NEVER) or widget.isWindow() or widget.property("kind") in _BARE:
            return False
        return isinstance(widget, _ALWAYS) or self._by_key


def _bring_into_view(widget: QWidget) -> None:
    """Scroll to what has the focus now, where it is put by a command too, as Qt does it for Tab alone."""
    area = widget.parentWidget()
    while area is not None:
        if isinstance(area, QScrollArea) and area.viewport().height() > widget.height():
            area.ensureWidgetVisible(widget, px(8), px(24))
        area = area.parentWidget()


_BARE = ("bare", "bare-large", "page")


class _RingStyle(QProxyStyle):
    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        if metric in (QStyle.PixelMetric.PM_FocusFrameHMargin, QStyle.PixelMetric.PM_FocusFrameVMargin):
            return px(look().measures.ring_gap) + px(look().measures.ring_width)
        return super().pixelMetric(metric, option, widget)

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        data: QStyleHintReturn | None = None,
    ) -> int:
        if hint == QStyle.StyleHint.SH_FocusFrame_AboveWidget:
            return 1
        if hint == QStyle.StyleHint.SH_FocusFrame_Mask:
            return 0
        return super().styleHint(hint, option, widget, data)


class _Ring(QFocusFrame):
    def __init__(self) -> None:
        super().__init__()
        self._style = _RingStyle("Fusion")
        self._style.setParent(self)
        self.setStyle(self._style)

    def paintEvent(self, event: QPaintEvent) -> None:
        width = px(look().measures.ring_width)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour("accent"), width))
        radius = px(look().measures.radius_control) + px(look().measures.ring_gap)
        half = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), radius, radius)
        painter.end()
