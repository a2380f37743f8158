"""Parts of which one is shown: it alone says how much room is needed, at the width that there is."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent

from steward_app.gui.widgets.surfaces import Views


class Parts(Views):
    """`Views` whose least height follows from the width: words and buttons need several lines where it is narrow.

    Qt asks a stack for the height of all its widgets, as they would like to be; a page would scroll for what is hidden.
    """

    def hasHeightForWidth(self) -> bool:
        return False

    def minimumSizeHint(self) -> QSize:
        shown = self.currentWidget()
        if shown is None:
            return super().minimumSizeHint()
        hint, layout = shown.minimumSizeHint(), shown.layout()
        if layout is not None and shown.hasHeightForWidth():
            hint.setHeight(layout.totalMinimumHeightForWidth(self.width()))
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
