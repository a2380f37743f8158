"""Restore points over time: a dot each, a line an age. Arrow keys walk; the table beside it says the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from steward_app.catalog.points import PointState
from steward_app.gui import fonts
from steward_app.gui.format import age, integer, locale, plural, time, to_qt
from steward_app.gui.look import colour, look, px
from steward_app.gui.pages.backups.dots import paint_dot, paint_ring
from steward_app.gui.pages.backups.moments import Moment, Row, rows_of
from steward_app.gui.pages.backups.words import reach_words, spoken
from steward_app.gui.widgets.text import markup
from steward_app.kernel import clock
from steward_app.kernel.clock import from_text
from steward_app.services.backup.retention import Rule
from steward_app.services.backup.status import Line

_LINE, _LABEL, _SIDE = 58, 160, 30
_LEAST_GAP, _REACH = 22, 14
_DAY_MINUTES = 24 * 60
_AGED = timedelta(days=30)  # of what is older the day says enough


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
        self.show_lines((), "")

    def show_lines(self, lines: Sequence[Line], choice: str) -> None:
        """Show the lines of the status, the finest first, with one point chosen."""
        self._all = rows_of(lines)
        self._fit()
        self.choose(choice)
        self.updateGeometry()

    def choose(self, point_id: str) -> None:
        """Mark another point; does not tell `chosen`."""
        self._choice = point_id
        if self._place() is None:
            self._fit()
        points = (each for row in self._all for moment in row.moments for each in moment.points)
        found = next((point for point in points if point.id == point_id), None)
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

    @property
    def count(self) -> int:
        """How many moments there are, those that did not fit among them."""
        return sum(len(row.moments) for row in self._all)

    def moment_of(self, point_id: str) -> Moment | None:
        """The moment a point belongs to."""
        every = (moment for row in self._all for moment in row.moments)
        return next((moment for moment in every if moment.holds(point_id)), None)

    # Where things are

    def _fit(self) -> None:
        """Leave out the oldest of a line where the dots would touch; the table has them all.

        What failed and what is chosen is not left out: neither may hide behind what is sound and newer.
        """
        room = max(1, self.width() - px(_LABEL) - px(2 * _SIDE))
        most = max(2, room // px(_LEAST_GAP) + 1)
        self._rows = tuple(
            replace(row, moments=shown, hidden=len(row.moments) - len(shown))
            for row in self._all
            for shown in (self._shown(row.moments, most),)
        )

    def _shown(self, moments: tuple[Moment, ...], most: int) -> tuple[Moment, ...]:
        older = moments[:-most]
        chosen = [each for each in older if each.holds(self._choice)]
        failed = [each for each in reversed(older) if each.state is PointState.FAILED and each not in chosen]
        kept = sorted((chosen + failed)[: most // 2], key=moments.index)
        return (*kept, *moments[len(kept) - most :])

    def centre(self, line: int, number: int) -> QPointF:
        """Where a dot is."""
        start, end = px(_LABEL) + px(_SIDE), self.width() - px(_SIDE)
        count = len(self._rows[line].moments)
        share = number / (count - 1) if count > 1 else 1.0
        return QPointF(start + (end - start) * share, px(_LINE) * line + px(14))

    def _at(self, position: QPointF) -> Moment | None:
        for line, row in enumerate(self._rows):
            for number, moment in enumerate(row.moments):
                centre = self.centre(line, number)
                if max(abs(centre.x() - position.x()), abs(centre.y() - position.y())) <= px(_REACH):
                    return moment
        return None

    def _place(self) -> tuple[int, int] | None:
        for line, row in enumerate(self._rows):
            for number, moment in enumerate(row.moments):
                if moment.holds(self._choice):
                    return line, number
        return None

    def _nearest(self, line: int, x: float) -> int:
        """The dot of a line that is nearest to a place in another."""
        numbers = range(len(self._rows[line].moments))
        return min(numbers, key=lambda number: abs(self.centre(line, number).x() - x))

    def sizeHint(self) -> QSize:
        return QSize(px(400), px(_LINE) * max(1, len(self._all)) - px(8))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(280), self.sizeHint().height())

    # Choosing

    def _take(self, moment: Moment) -> None:
        self.choose(moment.point.id)
        self.chosen.emit(moment.point.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        place = self._place()
        if not self._rows:
            super().keyPressEvent(event)
            return
        line, number = place if place is not None else (0, len(self._rows[0].moments))
        lower = len(self._rows) - 1
        match event.key():
            case Qt.Key.Key_Left:
                number -= 1
            case Qt.Key.Key_Right:
                number += 1
            case Qt.Key.Key_Up if line > 0:
                line, number = line - 1, self._nearest(line - 1, self.centre(line, number).x())
            case Qt.Key.Key_Down if line < lower:
                line, number = line + 1, self._nearest(line + 1, self.centre(line, number).x())
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                pass
            case Qt.Key.Key_Home:
                number = 0
            case Qt.Key.Key_End:
                number = len(self._rows[line].moments) - 1
            case _:
                super().keyPressEvent(event)
                return
        moments = self._rows[line].moments
        self._take(moments[min(max(number, 0), len(moments) - 1)])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self._at(event.position())
        if found is not None:
            self._take(found)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._place() is None and self._rows:
            self._take(self._rows[0].moments[-1])
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), markup((spoken(found.point),)) if found else "", self)
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
            first, last = self.centre(line, 0), self.centre(line, len(row.moments) - 1)
            painter.setPen(colour("hairline"))
            painter.drawLine(QPointF(px(_LABEL) + px(_SIDE), last.y()), last)
            for number, moment in enumerate(row.moments):
                centre = self.centre(line, number)
                if moment.holds(self._choice):
                    paint_ring(painter, centre, focused=self.hasFocus())
                paint_dot(painter, centre, moment.state)
            self._paint_ends(painter, row, first, last)
        painter.end()

    def _paint_label(self, painter: QPainter, line: int, row: Row) -> None:
        top = px(_LINE) * line
        painter.setFont(fonts.body(look().scale, weight=QFont.Weight.Medium))
        painter.setPen(colour("text"))
        height, width = px(20), px(_LABEL)
        side = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRect(0, top, width, height), side, row.title)
        painter.setFont(fonts.body(look().scale, size=look().measures.caption))
        painter.setPen(colour("muted"))
        painter.drawText(QRect(0, top + height - px(1), width, px(16)), side, _count_words(row))

    def _paint_ends(self, painter: QPainter, row: Row, first: QPointF, last: QPointF) -> None:
        painter.setFont(fonts.body(look().scale, size=look().measures.caption))
        painter.setPen(colour("muted"))
        metrics = QFontMetrics(painter.font())
        room = last.x() - first.x()
        for place, moment in ((first, row.moments[0]), (last, row.moments[-1])):
            text = _when(row.rule, from_text(moment.point.made_at))
            if clock.now() - from_text(moment.point.made_at) < _AGED:
                text = _tr("{moment}, {age}").format(moment=text, age=age(from_text(moment.point.made_at)))
            width = metrics.horizontalAdvance(text) + 2
            x = min(max(place.x() - width / 2, px(_LABEL)), self.width() - width)
            if place is last or room > 1.5 * width:
                area = QRectF(x, place.y() + px(12), width, px(16))
                painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)


def _count_words(row: Row) -> str:
    """How many there are and how far the rule reaches: "24 points, 2 hours"."""
    count = plural(len(row.moments) + row.hidden, _tr("point"), _tr("points"))
    if row.hidden:
        count = _tr("{some} of {all}").format(some=integer(len(row.moments)), all=count)
    return f"{count}, {reach_words(row.rule)}" if row.rule else count


def _when(rule: Rule | None, moment: datetime) -> str:
    """A moment as finely as its line needs: "10:40", "Thu 19 Nov 11:00", "21 Oct", "1 Dec 2025"."""
    local, today = moment.astimezone(), clock.now().astimezone()
    if rule is not None and rule.every_minutes < _DAY_MINUTES:
        if local.date() == today.date():
            return time(moment)
        return locale().toString(to_qt(moment).date(), _tr("ddd d MMM")) + " " + time(moment)
    words = _tr("d MMM") if local.year == today.year else _tr("d MMM yyyy")
    return locale().toString(to_qt(moment).date(), words)


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
