"""The page under its notice, whole also where the window is low: what there is no room for is scrolled to."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from steward_app.gui.layout import boxed, vbox


class Reach(QScrollArea):
    """A notice and the pages below it. Neither is squeezed below what it needs to be used.

    Pages fill the window and scroll within themselves; this scrolls only where a notice, the list of jobs or a
    large zoom leaves too little for that.
    """

    def __init__(self, notice: QVBoxLayout, pages: QStackedWidget) -> None:
        super().__init__()
        self.setProperty("kind", "page")  # it stands on the ground of the page
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(_Ground(notice, pages))


class _Ground(QWidget):
    """As high as notice and page need at this width. It has no layout, which would ask every page that is hidden."""

    def __init__(self, notice: QVBoxLayout, pages: QStackedWidget) -> None:
        super().__init__()
        self.setProperty("kind", "scrolled")
        self._notice, self._pages = notice, pages
        both = vbox(notice, pages)
        both.setStretch(1, 1)
        self._both = boxed(both)
        self._both.setParent(self)
        pages.currentChanged.connect(lambda _: self.updateGeometry())

    def minimumSizeHint(self) -> QSize:
        page = self._pages.currentWidget()
        return QSize(
            0, _needs(self._notice, self.width()) + _needs(page.layout() if page else None, self.width())
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._both.setGeometry(self.rect())
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().event(event)


def _needs(layout: QLayout | None, width: int) -> int:
    """The least height of a layout that is so wide."""
    if layout is None:
        return 0
    if layout.hasHeightForWidth():
        return int(layout.totalMinimumHeightForWidth(width))
    return layout.totalMinimumSize().height()
