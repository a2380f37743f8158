"""The window of the operating system: there at once, furnished a moment later.

Its first frame holds the bands of header and strip and the name of the program, painted; what fills them takes
longer to import than the window takes to appear.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, QTimer
from PySide6.QtGui import QCloseEvent, QFont, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from steward_app.gui import fonts
from steward_app.gui.first_look import FirstLook
from steward_app.gui.look import colour, look, px

_TITLE_X = 44  # where the header writes the name


class Frame(QWidget):
    """Shows itself, then calls `furnish`, which gives the window to put into it."""

    def __init__(self, place: FirstLook, furnish: Callable[[], QWidget]) -> None:
        super().__init__()
        self._furnish: Callable[[], QWidget] | None = furnish
        self.content: QWidget | None = None
        self.setWindowTitle("Data Steward")
        self.setMinimumSize(640, 420)
        self.resize(place.width, place.height)
        wanted = QRect(place.x, place.y, place.width, place.height)
        if place.x >= 0 and any(s.availableGeometry().intersects(wanted) for s in QGuiApplication.screens()):
            self.setGeometry(wanted)
        if place.maximized:
            self.showMaximized()

    def fill(self) -> None:
        """Furnish it now, if it is not yet."""
        furnish, self._furnish = self._furnish, None
        if furnish is None:
            return
        self.content = furnish()
        self.content.windowTitleChanged.connect(self.setWindowTitle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.content)

    def place(self) -> FirstLook:
        """Where it stands; theme and zoom are left for others to say."""
        at = self.normalGeometry()
        return FirstLook("system", 100, at.x(), at.y(), at.width(), at.height(), self.isMaximized())

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.Paint and self._furnish is not None:
            QTimer.singleShot(0, self.fill)
        return done

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.content is not None:
            self.content.closeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.content is not None:
            return
        header, strip = px(look().measures.header), px(look().measures.strip)
        width, height = self.width(), self.height()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("base"))
        painter.fillRect(0, 0, width, header, colour("window"))
        painter.fillRect(0, header - 1, width, 1, colour("hairline"))
        painter.fillRect(0, height - strip, width, strip, colour("window"))
        painter.fillRect(0, height - strip, width, 1, colour("hairline"))
        font = fonts.body(look().scale, size=look().measures.heading, weight=QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(colour("text"))
        painter.drawText(px(_TITLE_X), header // 2 + round(font.pixelSize() * 0.36), "Data Steward")
        painter.end()
