"""Bars of how many changes each day had; a day that is chosen narrows the list to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from steward_app.gui.format import about, day, plural
from steward_app.gui.look import colour, px
from steward_app.services.audit.past.moments import Day

_HEIGHT, _LEAST_BAR, _WIDEST = 36, 2, 12


class DayBars(QWidget):
    """The days, the oldest at the left. Left and Right move, Enter or a click chooses.

    Signals:
        chosen: when a day begins and when it ends, two moments in a tuple.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._days: tuple[Day, ...] = ()
        self._current = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_tr("Changes by day"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()

    @property
    def days(self) -> tuple[Day, ...]:
        """What is shown."""
        return self._days

    def show_days(self, days: Sequence[Day]) -> None:
        """Show other days; none where there is but one."""
        before = self._days[self._current].day if 0 <= self._current < len(self._days) else None
        self._days = tuple(days)
        at = [number for number, each in enumerate(self._days) if each.day == before]
        self._go(at[0] if at else len(self._days) - 1)
        self.setVisible(sum(each.changes > 0 for each in days) > 1)
        self.update()

    def words(self, number: int) -> str:
        """ "1,204 changes on 19 Nov 2026"."""
        each = self._days[number]
        moment = datetime.combine(each.day, time(12), UTC)
        if each.exact:
            changes = plural(each.changes, _tr("change"), _tr("changes"))
        else:
            changes = _tr("{n} changes").format(n=about(each.changes))
        return _tr("{changes} on {day} (UTC)").format(changes=changes, day=day(moment.astimezone(UTC)))

    def _go(self, number: int) -> None:
        self._current = min(max(0, number), len(self._days) - 1)
        self.setAccessibleDescription(self.words(self._current) if self._days else "")
        self.update()

    def _choose(self, number: int) -> None:
        if 0 <= number < len(self._days):
            self._go(number)
            begin = datetime.combine(self._days[number].day, time(), UTC)
            self.chosen.emit((begin, begin + timedelta(days=1)))

    def _at(self, x: float) -> int:
        return int(x // self._step) if self._days and self._step else -1

    @property
    def _step(self) -> float:
        return min(px(_WIDEST), self.width() / len(self._days)) if self._days else 0.0

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(px(200), px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(80), px(_HEIGHT))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        most = max((each.changes for each in self._days), default=0)
        painter = QPainter(self)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), colour("hairline"))
        for number, each in enumerate(self._days if most else ()):
            high = max(px(_LEAST_BAR), (self.height() - px(4)) * each.changes / most) if each.changes else 0
            bar = QRectF(number * self._step, self.height() - 1 - high, max(1.0, self._step - 1), high)
            focused = number == self._current and self.hasFocus()
            painter.fillRect(bar, colour("accent" if focused else "control"))
            if focused:
                painter.fillRect(QRectF(bar.x(), 0, bar.width(), px(2)), colour("accent"))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left:
                self._go(self._current - 1)
            case Qt.Key.Key_Right:
                self._go(self._current + 1)
            case Qt.Key.Key_Home:
                self._go(0)
            case Qt.Key.Key_End:
                self._go(len(self._days) - 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self._choose(self._current)
            case _:
                super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._choose(self._at(event.position().x()))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self._at(event.pos().x())
            QToolTip.showText(
                event.globalPos(), self.words(number) if 0 <= number < len(self._days) else "", self
            )
            return True
        return super().event(event)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
