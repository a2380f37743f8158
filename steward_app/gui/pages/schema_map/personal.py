"""Personal data on the map: a switch, the marks it reads, and how a box shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from steward_app.gui.format import integer
from steward_app.gui.look import colour
from steward_app.gui.pages.schema_map.legend import Legend
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.check import standing
from steward_app.services.privacy.classify.overlay import ColumnMark, Mark, TableMark, overlay

if TYPE_CHECKING:
    from steward_app.gui.pages.schema_map.page import SchemaMapPage

_SHADES = {Mark.SENSITIVE: 1.0, Mark.DIRECT: 0.7, Mark.INDIRECT: 0.4, Mark.ABOUT: 0.2}
_BAR = 4.0


class PersonalOverlay(QObject):
    """Of one map. What it shows is read when it is switched on, and again when the map is drawn anew."""

    def __init__(self, page: SchemaMapPage) -> None:
        super().__init__(page)
        self._page = page
        self.legend = Legend()
        self.switch = page.toolbar.personal
        self.switch.toggled.connect(self._toggled)
        self.switch.setVisible("personal" in page.context.pages)
        page.scene.filled.connect(self._again)

    def toggle(self) -> None:
        """Show personal data on the map, or leave them out again."""
        self.switch.toggle()

    def _toggled(self, wanted: bool) -> None:
        self.legend.show_personal(wanted)
        if wanted:
            self._read()
        else:
            self._page.scene.show_marks({})

    def _again(self) -> None:
        if self.switch.isChecked():
            self._read()

    def _read(self) -> None:
        context = self._page.context
        catalog, path = context.catalog, context.file.path

        def work(job: Context) -> Mapping[str, TableMark]:
            now = standing(catalog, path, job)
            return overlay(now.schema, now.scan, now.classification)

        def show(marks: Mapping[str, TableMark]) -> None:
            if self.switch.isChecked():
                self._page.scene.show_marks(marks)

        self._page.run(_tr("Reading what was decided"), work, show, quiet=True)


def shade(mark: Mark) -> QColor:
    """The violet of a mark; the heavier, the fuller."""
    made = colour("personal")
    made.setAlphaF(_SHADES.get(mark, 0.0))
    return made


def mark_words(mark: TableMark, room: float, width: Callable[[str], float]) -> str:
    """What a box says of its table: "3 personal, 1 to decide", or as much of it as there is room for."""
    personal = _tr("{n} personal").format(n=integer(mark.personal)) if mark.personal else ""
    open_ones = _tr("{n} to decide").format(n=integer(mark.to_decide)) if mark.to_decide else ""
    whole = ", ".join(filter(None, (personal, open_ones)))
    short = integer(mark.personal) if mark.personal else ""
    return next((words for words in (whole, personal) if words and width(words) <= room), short)


def paint_row(painter: QPainter, mark: ColumnMark, row: QRectF) -> None:
    """A bar at the left of a column; around what is to decide, a dashed line."""
    if mark.mark is not Mark.NONE:
        painter.fillRect(QRectF(row.x() + 1, row.y() + 1, _BAR, row.height() - 2), shade(mark.mark))
    if mark.to_decide:
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour("personal"), 1, Qt.PenStyle.DashLine))
        painter.drawRect(row.adjusted(2.5, 1.5, -2.5, -1.5))
        painter.restore()


def paint_table(painter: QPainter, mark: TableMark, whole: QRectF, scale: float) -> None:
    """The same of a table so far away that only its name is shown: a bar as heavy as its heaviest column."""
    thick = _BAR / scale
    if mark.mark is not Mark.NONE:
        painter.fillRect(QRectF(whole.x(), whole.y(), thick, whole.height()), shade(mark.mark))
    if mark.to_decide:
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour("personal"), 1 / scale, Qt.PenStyle.DashLine))
        inner = 2 / scale
        painter.drawRect(whole.adjusted(thick + inner, inner, -inner, -inner))
        painter.restore()


def inside(mark: TableMark, whole: QRectF, scale: float) -> QRectF:
    """What the bar and the dashed line of `paint_table` leave for the name."""
    left = _BAR if mark.mark is not Mark.NONE else 0
    line = 4 if mark.to_decide else 0
    return whole.adjusted((left + line) / scale, line / scale, -line / scale, -line / scale)


def _tr(text: str) -> str:
    return QCoreApplication.translate("schema map", text)
