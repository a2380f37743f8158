"""Steps of a plan or a wizard: done, now, to come."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from steward_app.gui import fonts, icons
from steward_app.gui.look import colour, look, px
from steward_app.gui.tokens import Tone

_MARK, _GAP, _LINE, _BESIDE, _LEAST, _ROW = 18, 6, 28, 8, 8, 20


class Steps(QWidget):
    """Shown, not clicked: the page's buttons move on. The words of all stay, closer together where it is narrow."""

    def __init__(self, steps: Sequence[str], now: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps, self._now = tuple(steps), now
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._describe()

    def show_step(self, now: int, steps: Sequence[str] = ()) -> None:
        """The step that is on; those before it are done. One past the last: all are.

        Args:
            steps: others than before, where the way is another now.
        """
        self._now = now
        if steps and tuple(steps) != self._steps:
            self._steps = tuple(steps)
        self.updateGeometry()  # the words of the step that is on are wider
        self._describe()
        self.update()

    @property
    def now(self) -> int:
        return self._now

    def _describe(self) -> None:
        if self._now < len(self._steps):
            at = self.tr("Step {n} of {all}: {name}")
            words = at.format(n=self._now + 1, all=len(self._steps), name=self._steps[self._now])
        else:
            words = self.tr("All steps are done")
        self.setAccessibleName(words)

    def _font(self, step: int) -> QFont:
        weight = QFont.Weight.DemiBold if step == self._now else QFont.Weight.Normal
        return fonts.body(look().scale, weight=weight)

    def _width(self, step: int) -> int:
        """How wide a step is, with its mark."""
        words = QFontMetrics(self._font(step)).horizontalAdvance(self._steps[step])
        return px(_MARK + _GAP) + words

    @property
    def _all(self) -> int:
        """How wide all of them are, without what is between them."""
        return sum(map(self._width, range(len(self._steps))))

    def _between(self, width: int) -> int:
        """How much is between two steps: the line, a shorter one or, where it is narrow, some room."""
        free = (width - self._all) // max(1, len(self._steps) - 1)
        return min(max(free, px(_LEAST)), px(_LINE + 2 * _BESIDE))

    def _places(self, width: int) -> list[tuple[int, int]]:
        """Where each step begins, and in which row: there are several where not even narrow ones fit in one."""
        between, places, x, row = self._between(width), [], 0, 0
        for step in range(len(self._steps)):
            if x and x + self._width(step) > width:
                x, row = 0, row + 1
            places.append((x, row))
            x += self._width(step) + between
        return places

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = self._places(width)[-1][1] + 1
        return px(rows * _ROW + (rows - 1) * _GAP)

    def sizeHint(self) -> QSize:
        return QSize(self._all + (len(self._steps) - 1) * px(_LINE + 2 * _BESIDE), px(_ROW))

    def minimumSizeHint(self) -> QSize:
        """No step is narrower than its words."""
        return QSize(max(map(self._width, range(len(self._steps)))), px(_ROW))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self._between(self.width()) - px(2 * _BESIDE)
        places = self._places(self.width())
        for step, (x, row) in enumerate(places):
            top = row * px(_ROW + _GAP)
            if step and line >= px(_BESIDE) and places[step - 1][1] == row:
                painter.setPen(QPen(colour("control"), 1))
                end, middle = x - px(_BESIDE), top + px(_ROW) / 2
                painter.drawLine(QPointF(end - line, middle), QPointF(end, middle))
            self._paint_step(painter, x, top, step)
        painter.end()

    def _paint_step(self, painter: QPainter, x: int, top: int, step: int) -> None:
        tone = Tone.SUCCESS if step < self._now else Tone.ACCENT if step == self._now else Tone.MUTED
        mark = QRectF(x + 0.5, top + px(_ROW - _MARK) / 2 + 0.5, px(_MARK) - 1, px(_MARK) - 1)
        if step < self._now:
            icons.paint(painter, "check", tone, x + px(_MARK - 14) / 2, top + px(_ROW - 14) / 2, 14)
        else:
            on = step == self._now
            painter.setPen(QPen(colour("selection" if on else "control"), 1))
            painter.setBrush(colour("selection") if on else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(mark)
            painter.setFont(fonts.body(look().scale, size=look().measures.caption))
            painter.setPen(colour("on_fill" if on else "muted"))
            painter.drawText(mark, int(Qt.AlignmentFlag.AlignCenter), str(step + 1))
        painter.setFont(self._font(step))
        painter.setPen(colour(tone))
        words = QRectF(x + px(_MARK + _GAP), top, self._width(step), px(_ROW))
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), self._steps[step])
