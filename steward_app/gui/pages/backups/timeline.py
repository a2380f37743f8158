"""Restore points over time: a dot each, a line an age. Arrow keys walk; the table beside it says the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from steward_app.catalog.points import Point
from steward_app.gui import fonts
from steward_app.gui.format import day, integer, plural, time
from steward_app.gui.look import colour, look, px
from steward_app.gui.pages.backups.dots import paint_dot, paint_ring
from steward_app.gui.pages.backups.words import spoken
from steward_app.gui.widgets.text import markup
from steward_app.kernel import clock
from steward_app.kernel.clock import from_text

_LINE, _LABEL, _SIDE = 58, 160, 30
_LEAST_GAP, _REACH = 22, 14


@dataclass(frozen=True, slots=True)
class Row:
    """One line: the points of one age, oldest first; `hidden` older ones did not fit."""

    title: str
    points: tuple[Point, ...]
    dated: bool  # its ends are told as days, not as times
    hidden: int = 0


def rows_of(points: Sequence[Point]) -> tuple[Row, ...]:
    """The points, newest first, as lines: today, the last seven days, before. Lines without a point are left out."""
    today = clock.now().astimezone().date()
    titles = (_tr("Today"), _tr("Last 7 days"), _tr("Before"))
    lines: tuple[list[Point], ...] = ([], [], [])
    for point in points:
        age = today - from_text(point.made_at).astimezone().date()
        lines[0 if age < timedelta(days=1) else 1 if age < timedelta(days=8) else 2].append(point)
    return tuple(
        Row(title, tuple(reversed(line)), dated=number > 0)
        for number, (title, line) in enumerate(zip(titles, lines, strict=True))
        if line
    )


class Timeline(QWidget):
    """One stop for Tab. Left and Right walk to older and newer points, Up and Down between lines.

    Signals:
        chosen: id of the point the steward chose.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[Row, ...] = ()
        self._rows: tuple[Row, ...] = ()
        self._choice = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setProperty("own-focus", True)
        self.show_points((), "")

    def show_points(self, points: Sequence[Point], choice: str) -> None:
        """Show these, newest first, with one chosen."""
        self._all = rows_of(points)
        self._fit()
        self.choose(choice)
        self.updateGeometry()

    def choose(self, point_id: str) -> None:
        """Mark another point; does not tell `chosen`."""
        self._choice = point_id
        found = next((point for row in self._all for point in row.points if point.id == point_id), None)
        words = _tr("Restore points over time")
        self.setAccessibleName(f"{words}. {spoken(found)}" if found else words)
        self.update()

    @property
    def choice(self) -> str:
        """The id of the point that is marked, or ""."""
        return self._choice

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is drawn."""
        return self._rows

    # Where things are

    def _fit(self) -> None:
        """Leave out the oldest of a line where the dots would touch; the table has them all."""
        room = max(1, self.width() - px(_LABEL) - px(2 * _SIDE))
        most = max(2, room // px(_LEAST_GAP) + 1)
        self._rows = tuple(
            Row(row.title, row.points[-most:], row.dated, max(0, len(row.points) - most)) for row in self._all
        )

    def centre(self, line: int, number: int) -> QPointF:
        """Where a dot is."""
        start, end = px(_LABEL) + px(_SIDE), self.width() - px(_SIDE)
        count = len(self._rows[line].points)
        share = number / (count - 1) if count > 1 else 1.0
        return QPointF(start + (end - start) * share, px(_LINE) * line + px(14))

    def _at(self, position: QPointF) -> Point | None:
        for line, row in enumerate(self._rows):
            for number, point in enumerate(row.points):
                centre = self.centre(line, number)
                if max(abs(centre.x() - position.x()), abs(centre.y() - position.y())) <= px(_REACH):
                    return point
        return None

    def _place(self) -> tuple[int, int] | None:
        for line, row in enumerate(self._rows):
            for number, point in enumerate(row.points):
                if point.id == self._choice:
                    return line, number
        return None

    def sizeHint(self) -> QSize:
        return QSize(px(400), px(_LINE) * max(1, len(self._all)) - px(8))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(280), self.sizeHint().height())

    # Choosing

    def _take(self, point: Point) -> None:
        self.choose(point.id)
        self.chosen.emit(point.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        place = self._place()
        if not self._rows:
            super().keyPressEvent(event)
            return
        line, number = place if place is not None else (0, len(self._rows[0].points))
        match event.key():
            case Qt.Key.Key_Left:
                number -= 1
            case Qt.Key.Key_Right:
                number += 1
            case Qt.Key.Key_Up:
                line -= 1
            case Qt.Key.Key_Down:
                line += 1
            case Qt.Key.Key_Home:
                number = 0
            case Qt.Key.Key_End:
                number = len(self._rows[line].points) - 1
            case _:
                super().keyPressEvent(event)
                return
        line = min(max(line, 0), len(self._rows) - 1)
        points = self._rows[line].points
        self._take(points[min(max(number, 0), len(points) - 1)])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self._at(event.position())
        if found is not None:
            self._take(found)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._place() is None and self._rows:
            self._take(self._rows[0].points[-1])
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), markup((spoken(found),)) if found else "", self)
            return True
        return super().event(event)

    # Drawing

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_rows"):
            self._fit()
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line, row in enumerate(self._rows):
            self._paint_label(painter, line, row)
            first, last = self.centre(line, 0), self.centre(line, len(row.points) - 1)
            painter.setPen(colour("hairline"))
            painter.drawLine(QPointF(px(_LABEL) + px(_SIDE), last.y()), last)
            for number, point in enumerate(row.points):
                centre = self.centre(line, number)
                if point.id == self._choice:
                    paint_ring(painter, centre, focused=self.hasFocus())
                paint_dot(painter, centre, point.state)
            self._paint_ends(painter, row, first, last)
        painter.end()

    def _paint_label(self, painter: QPainter, line: int, row: Row) -> None:
        top = px(_LINE) * line
        painter.setFont(fonts.body(look().scale))
        painter.setPen(colour("text"))
        height, width = px(20), px(_LABEL)
        side = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRect(0, top, width, height), side, row.title)
        painter.setFont(fonts.body(look().scale, size=look().measures.small))
        painter.setPen(colour("muted"))
        count = plural(len(row.points) + row.hidden, _tr("point"), _tr("points"))
        if row.hidden:
            count = _tr("{some} of {all}").format(some=integer(len(row.points)), all=count)
        painter.drawText(QRect(0, top + height - px(1), width, px(16)), side, count)

    def _paint_ends(self, painter: QPainter, row: Row, first: QPointF, last: QPointF) -> None:
        painter.setFont(fonts.body(look().scale, size=look().measures.caption))
        painter.setPen(colour("muted"))
        metrics = QFontMetrics(painter.font())
        for place, point in ((first, row.points[0]), (last, row.points[-1])):
            made = from_text(point.made_at)
            text = day(made) if row.dated else time(made)
            width = metrics.horizontalAdvance(text) + 2
            x = min(place.x() - width / 2, self.width() - width)
            if len(row.points) == 1 or point is row.points[-1] or last.x() - first.x() > width:
                area = QRectF(max(x, 0), place.y() + px(12), width, px(16))
                painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
