"""What the signs on the map mean, below it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QWidget

from steward_app.gui.flow import Flow
from steward_app.gui.layout import Item, boxed, fix, hbox
from steward_app.gui.look import colour, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.text import Label
from steward_app.services.schema.erd.marks import end_marks
from steward_app.services.schema.erd.model import Cardinality, Point


class Legend(QFrame):
    """The ends of links, and their kinds: on one line, or on two where the map is narrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "foot")
        self._personal: list[QWidget] = []
        entries: list[Item] = []
        for sign, words in (
            (_Sign(Cardinality.MANY), self.tr("many")),
            (_Sign(Cardinality.EXACTLY_ONE), self.tr("exactly one")),
            (_Sign(Cardinality.NONE_OR_ONE), self.tr("none or one")),
            (_Sign(None, "danger", dashed=True), self.tr("rows without parent")),
            (_Sign(None, "control", dashed=True), self.tr("likely, not declared")),
        ):
            entries.append(hbox(sign, _words(words), gap=6))
        entries.append(_words(self.tr("? may be empty")))
        for shade, words in (
            (1.0, self.tr("sensitive")),
            (0.7, self.tr("identifies")),
            (0.4, self.tr("narrows down")),
            (0.2, self.tr("about a person")),
            (None, self.tr("to decide")),
        ):
            entry = boxed(hbox(_Swatch(shade), _words(words), gap=6))
            entry.hide()
            self._personal.append(entry)
            entries.append(entry)
        self.setLayout(Flow(*entries, margins=(24, 8, 24, 8)))

    def show_personal(self, shown: bool) -> None:
        """Say what the marks of personal data mean, or not."""
        for entry in self._personal:
            entry.setVisible(shown)


def _words(text: str) -> Label:
    return Label(text, tone=Tone.MUTED, role="caption")


class _Swatch(QWidget):
    """The violet of a mark; a dashed outline for None."""

    def __init__(self, shade: float | None) -> None:
        super().__init__()
        self._shade = shade
        fix(self, width=14, height=14)

    def sizeHint(self) -> QSize:
        return QSize(px(14), px(14))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fill = colour("personal")
        if self._shade is None:
            painter.setPen(QPen(fill, 1, Qt.PenStyle.DashLine))
            painter.drawRect(self.rect().adjusted(1, 2, -2, -3))
        else:
            fill.setAlphaF(self._shade)
            painter.fillRect(self.rect().adjusted(2, 0, -px(7), 0), fill)
        painter.end()


class _Sign(QWidget):
    def __init__(self, end: Cardinality | None, tone: str = "muted", *, dashed: bool = False) -> None:
        super().__init__()
        self._end, self._tone, self._dashed = end, tone, dashed
        fix(self, width=26, height=14)

    def sizeHint(self) -> QSize:
        return QSize(px(26), px(14))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(colour(self._tone), 1.25)
        if self._dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        middle = self.height() / 2
        painter.drawLine(QPointF(0, middle), QPointF(self.width(), middle))
        if self._end is not None:
            at = Point(self.width() - 2, middle) if self._end is Cardinality.MANY else Point(2, middle)
            towards = Point(self.width() / 2, middle)
            strokes, rings = end_marks(at, towards, self._end)
            for stroke in strokes:
                painter.drawLine(QPointF(stroke.start.x, stroke.start.y), QPointF(stroke.end.x, stroke.end.y))
            painter.setBrush(colour("window"))
            for ring in rings:
                painter.drawEllipse(QPointF(ring.centre.x, ring.centre.y), ring.radius, ring.radius)
        painter.end()
