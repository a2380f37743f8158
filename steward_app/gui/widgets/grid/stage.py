"""What stands in the place of the rows: the rows, that there are none, or nothing yet."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from steward_app.gui.widgets.surfaces import EmptyState, Scroll

_OLD_PICTURE_MS = 150


class Stage(QStackedWidget):
    """Rows that go leave their picture on the screen for a moment, so that those that come soon do so unseen."""

    def __init__(self, rows: QWidget, empty: EmptyState) -> None:
        super().__init__()
        self._rows, self._empty, self._nothing = rows, Scroll(empty), QWidget()
        self._unread = Scroll(
            EmptyState(
                "triangle-alert",
                self.tr("No rows were read"),
                self.tr("What stands in the way is said above."),
            )
        )
        for content in (rows, self._empty, self._nothing, self._unread):
            self.addWidget(content)
        self._picture = QTimer(self)
        self._picture.setSingleShot(True)
        self._picture.setInterval(_OLD_PICTURE_MS)
        self._picture.timeout.connect(lambda: self.setUpdatesEnabled(True))

    def show_rows(self) -> None:
        """The rows."""
        self._show(self._rows)

    def show_empty(self) -> None:
        """That there are none."""
        self._show(self._empty)

    def show_unread(self) -> None:
        """That they could not be read, if they do not stand there."""
        if self.currentWidget() is self._nothing:
            self._show(self._unread)

    def show_nothing(self) -> None:
        """Nothing: other rows are on their way, or do not come."""
        if self.currentWidget() is self._rows and self.isVisible():
            self.setUpdatesEnabled(False)
            self._picture.start()
        self.setCurrentWidget(self._nothing)

    def _show(self, content: QWidget) -> None:
        self.setCurrentWidget(content)
        self._picture.stop()
        self.setUpdatesEnabled(True)
