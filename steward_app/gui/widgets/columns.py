"""What stands side by side where there is room, and under one another where there is not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from steward_app.gui.layout import boxed, fix, free, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.widgets.surfaces import Scroll
from steward_app.gui.widgets.text import restyle

_LEAST = 128  # height of the design in which scrolling is still of use
_LIST, _DETAILS = 192, 240  # heights of the design that some rows, and some lines above a foot, take


class Columns(QWidget):
    """Cards of a page side by side.

    Args:
        widgets: from left to right, or from top to bottom.
        shares: how the width is divided; equally when not given.
        below: width of the design under which they stand under one another.
    """

    def __init__(
        self,
        *widgets: QWidget,
        below: float,
        shares: Sequence[int] = (),
        gap: float = 16,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._below = below
        self._shares = tuple(shares) or (1,) * len(widgets)
        self._row = hbox(*widgets, gap=gap)
        self.setLayout(self._row)
        self._arrange(stacked=False)

    @property
    def stacked(self) -> bool:
        """True when they stand under one another."""
        return self._row.direction() is QBoxLayout.Direction.TopToBottom

    def _arrange(self, *, stacked: bool) -> None:
        direction = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        self._row.setDirection(direction)
        for number, share in enumerate(self._shares):
            self._row.setStretch(number, 0 if stacked else share)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange_anew()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_row"):
            self._arrange_anew()

    def _arrange_anew(self) -> None:
        stacked = self.width() < px(self._below)
        if stacked != self.stacked:
            self._arrange(stacked=stacked)


class Beside(QWidget):
    """A list and its inspector, or a plan and its cards: beside it, or under it where the page is narrow.

    Args:
        width: of the inspector, of the design, when it stands beside.
        below: width of the design under which it stands under the list.
        scrolls: True where both shall keep a height that can be used when they stand under one another; what there
            is no room for is scrolled to. For content that fills a page and does not scroll with it.
        left: True where what keeps its width stands at the left, as a list does beside what is chosen in it.
    """

    def __init__(
        self,
        content: QWidget,
        inspector: QWidget,
        *,
        width: float,
        below: float,
        gap: float = 0,
        scrolls: bool = False,
        left: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._content, self._inspector = content, inspector
        self._width, self._below, self._scrolls = width, below, scrolls
        order = (inspector, content) if left else (content, inspector)
        self._row = hbox(*order, gap=gap)
        self.setLayout(vbox(Scroll(boxed(self._row))) if scrolls else self._row)
        self._arrange(stacked=False)

    @property
    def stacked(self) -> bool:
        """True when the inspector stands under the list."""
        return self._row.direction() is QBoxLayout.Direction.TopToBottom

    def minimumSizeHint(self) -> QSize:
        """Narrow enough to come to the width at which it is arranged anew."""
        least = super().minimumSizeHint().height()
        return QSize(px(280), max(least, px(_LEAST)) if self._scrolls else least)

    def _arrange(self, *, stacked: bool) -> None:
        direction = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        self._row.setDirection(direction)
        self._row.setStretchFactor(self._content, 3)
        self._row.setStretchFactor(self._inspector, 2 if stacked else 0)
        self._inspector.setProperty("side", "top" if stacked else "left")  # where its line is
        restyle(self._inspector)
        free(self._content)
        free(self._inspector)
        if not stacked:
            fix(self._inspector, width=self._width)
        elif self._scrolls:
            fix(self._content, least=_LIST)
            fix(self._inspector, least=_DETAILS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange_anew()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_row"):
            self._arrange_anew()

    def _arrange_anew(self) -> None:
        stacked = self.width() < px(self._below)
        if stacked != self.stacked:
            self._arrange(stacked=stacked)
