"""Steps of a plan or a wizard: done, now, to come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from steward_app.gui import fonts, icons
from steward_app.gui.look import colour, look, px
from steward_app.gui.tokens import Tone

_MARK, _GAP, _LINE = 18, 6, 28


class Steps(QWidget):
    """Shown, not clicked: the page's buttons move on."""

    def __init__(self, steps: Sequence[str], now: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps, self._now = tuple(steps), now
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._describe()

    def show_step(self, now: int, steps: Sequence[str] = ()) -> None:
        """The step that is on; those before it are done. One past the last: all are.

        Args:
            steps: others than before, where the way is another now.
        """
        self._now = now
        if steps and tuple(steps) != self._steps:
            self._steps = tuple(steps)
            self.updateGeometry()
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

    def _width(self, steps: Iterable[int]) -> int:
        """How wide it is with the words of these steps."""
        words = sum(QFontMetrics(self._font(i)).horizontalAdvance(self._steps[i]) for i in steps)
        count = len(self._steps)
        return words + count * px(_MARK + _GAP) + (count - 1) * px(_LINE + 16)

    def sizeHint(self) -> QSize:
        return QSize(self._width(range(len(self._steps))), px(20))

    def minimumSizeHint(self) -> QSize:
        """With the words of the step that is on alone; the others are marks, and told by the tooltip."""
        return QSize(max(self._width((step,)) for step in range(len(self._steps))), px(20))

    @property
    def _narrow(self) -> bool:
        return self.width() < self.sizeHint().width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        told = ", ".join(f"{number}. {text}" for number, text in enumerate(self._steps, 1))
        self.setToolTip(told if self._narrow else "")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = 0
        for step, text in enumerate(self._steps):
            if step:
                painter.setPen(QPen(colour("control"), 1))
                painter.drawLine(QPointF(x, self.height() / 2), QPointF(x + px(_LINE), self.height() / 2))
                x += px(_LINE + 8)
            shown = text if not self._narrow or step == self._now else ""
            x = self._paint_step(painter, x, step, shown) + px(8)
        painter.end()

    def _paint_step(self, painter: QPainter, x: int, step: int, text: str) -> int:
        tone = Tone.SUCCESS if step < self._now else Tone.ACCENT if step == self._now else Tone.MUTED
        mark = QRectF(x + 0.5, (self.height() - px(_MARK)) / 2 + 0.5, px(_MARK) - 1, px(_MARK) - 1)
        if step < self._now:
            icons.paint(painter, "check", tone, x, (self.height() - px(14)) / 2, 14)
            x += px(14) + px(_GAP)
        else:
            on = step == self._now
            painter.setPen(QPen(colour("selection" if on else "control"), 1))
            painter.setBrush(colour("selection") if on else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(mark)
            painter.setFont(fonts.body(look().scale, size=look().measures.caption))
            painter.setPen(colour("on_fill" if on else "muted"))
            painter.drawText(mark, int(Qt.AlignmentFlag.AlignCenter), str(step + 1))
            x += px(_MARK) + px(_GAP)
        font = self._font(step)
        painter.setFont(font)
        painter.setPen(colour(tone))
        width = QFontMetrics(font).horizontalAdvance(text)
        painter.drawText(QRectF(x, 0, width + 2, self.height()), int(Qt.AlignmentFlag.AlignVCenter), text)
        return x + width
