"""Popovers: what floats over the window. A hairline, a soft shadow, Esc closes."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from steward_app.gui.look import colour, look, px

SHADOW = 12


class Floating(QFrame):
    """A surface over its window with a painted shadow; `SHADOW` around the content is room for it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setContentsMargins(SHADOW, SHADOW, SHADOW, SHADOW)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = px(look().measures.radius_surface)
        area = QRectF(self.rect()).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
        shade = colour("shadow")
        strength = shade.alphaF() / SHADOW
        shade.setAlphaF(min(1.0, strength * 1.6))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        for grown in range(SHADOW, 0, -2):
            spread = area.adjusted(-grown, -grown + 4, grown, grown - 2)
            painter.drawRoundedRect(spread, radius + grown, radius + grown)
        painter.setBrush(colour("base"))
        painter.setPen(QPen(colour("hairline"), 1))
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()


def _app() -> QCoreApplication:
    app = QCoreApplication.instance()
    if app is None:
        raise RuntimeError("no application")
    return app


class Popover(Floating):
    """Floats below the widget it belongs to; Esc or a click elsewhere closes it and gives the focus back."""

    def __init__(self, anchor: QWidget) -> None:
        super().__init__(anchor.window())
        self._anchor = anchor
        self.hide()

    def open(self) -> None:
        """Show it at its anchor, inside the window, and give it the focus."""
        self.adjustSize()
        window = self.window()
        corner = self._anchor.mapTo(window, QPoint(self._anchor.width(), self._anchor.height() + px(4)))
        self._float(corner.x() - self.width() + SHADOW, corner.y() - SHADOW)
        self.take_focus()

    def open_below(self, area: QRect) -> None:
        """Show it below an area of the anchor, or above or beside it where there is room. The focus stays."""
        self.adjustSize()
        gap, height = px(4) - SHADOW, self.window().height()
        place = QRect(self._anchor.mapTo(self.window(), area.topLeft()), area.size())
        below, above = place.bottom() + gap, place.top() - gap - self.height()
        if below + self.height() <= height or above >= 0:
            self._float(place.x() - SHADOW, below if below + self.height() <= height else above)
        else:
            self._float(place.right() + gap, below)

    def _float(self, x: int, y: int) -> None:
        window = self.window()
        self.move(
            max(0, min(x, window.width() - self.width())), max(0, min(y, window.height() - self.height()))
        )
        self.show()
        self.raise_()
        _app().installEventFilter(self)

    def take_focus(self) -> None:
        """Give the focus to the first thing in it that takes it."""
        for child in self.findChildren(QWidget):
            if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.isVisibleTo(self):
                child.setFocus(Qt.FocusReason.PopupFocusReason)
                break

    def dismiss(self) -> None:
        """Close it."""
        if self.isVisible():
            _app().removeEventFilter(self)
            held = self.isAncestorOf(QApplication.focusWidget() or self)
            self.hide()
            if not held:
                return
            self._anchor.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            inside = self.rect().contains(self.mapFromGlobal(event.globalPosition().toPoint()))
            if isinstance(watched, QWidget) and watched.window() is self.window() and not inside:
                self.dismiss()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)
