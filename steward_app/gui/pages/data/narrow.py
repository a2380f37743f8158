"""Whether a page is so narrow that icons stand for words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from steward_app.gui.look import px

_TELLING = (QEvent.Type.Resize, QEvent.Type.StyleChange)


class Narrow(QObject):
    """Watches the width of a page.

    Args:
        below: width of the design.
        tell: called with True when the page is narrower now, with False when it is wider again.
    """

    def __init__(self, page: QWidget, below: float, tell: Callable[[bool], None]) -> None:
        super().__init__(page)
        self._page, self._below, self._tell = page, below, tell
        self._narrow = False
        page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _TELLING:
            narrow = self._page.width() < px(self._below)
            if narrow != self._narrow:
                self._narrow = narrow
                self._tell(narrow)
        return False
