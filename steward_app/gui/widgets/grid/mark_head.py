"""The margin of rows of an earlier time: a sign before each that is another one now, or is gone."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

from steward_app.gui import icons
from steward_app.gui.look import colour, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.grid.model import GridModel
from steward_app.services.audit.past.compare import Kind

_WIDTH = 36
SIGNS = {Kind.CHANGED: ("pencil", Tone.WARNING), Kind.REMOVED: ("trash-2", Tone.DANGER)}
"""Icon and tone of what became of a row since."""


class MarkHead(QHeaderView):
    """Hidden while the rows are those of now."""

    def __init__(self, parent: QWidget, model: GridModel) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._rows = model
        self.setAccessibleName(self.tr("What became of the rows since"))
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._fit()
        self.hide()

    def _fit(self) -> None:
        self.setMinimumSectionSize(1)
        self.setFixedWidth(px(_WIDTH))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def paintSection(self, painter: QPainter, area: QRect, section: int) -> None:
        painter.fillRect(area, colour("base"))
        painter.fillRect(QRect(area.x(), area.bottom(), area.width(), 1), colour("hairline"))
        painter.fillRect(QRect(area.right(), area.y(), 1, area.height()), colour("hairline"))
        mark = self._rows.mark(section)
        if mark is not None:
            sign, tone = SIGNS[mark.kind]
            left = area.x() + (area.width() - px(12)) / 2
            icons.paint(painter, sign, tone, left, area.y() + (area.height() - px(12)) / 2, 12)
