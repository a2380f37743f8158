"""Progress: a thin bar where the whole is known, a moving one where it is not; never a guess."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from steward_app.gui.format import integer
from steward_app.gui.look import colour, px
from steward_app.kernel.progress import Progress

_FRAME_MS = 50
_LAP = 36  # frames until the moving part has crossed the bar


class ProgressBar(QWidget):
    """4 px high, as wide as the room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._progress = Progress()
        self._frame = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._turn)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is."""
        self._progress = progress
        self.setAccessibleName(progress_text(progress))
        self._run()
        self.update()

    def _run(self) -> None:
        moving = not self._progress.total and self.isVisible()
        if moving and not self._timer.isActive():
            self._timer.start()
        elif not moving:
            self._timer.stop()

    def _turn(self) -> None:
        self._frame = (self._frame + 1) % _LAP
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(96), px(4))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        width, height = float(self.width()), float(px(4))
        top = (self.height() - height) / 2
        painter.setBrush(colour("pressed"))
        painter.drawRoundedRect(QRectF(0, top, width, height), height / 2, height / 2)
        painter.setBrush(colour("accent"))
        if self._progress.total:
            share = min(1.0, self._progress.done / self._progress.total)
            part = QRectF(0, top, max(height, width * share), height)
        else:
            piece = width / 4
            start = (width + piece) * self._frame / _LAP - piece
            part = QRectF(max(0.0, start), top, min(piece, width - start, start + piece), height)
        painter.drawRoundedRect(part, height / 2, height / 2)
        painter.end()


def progress_text(progress: Progress) -> str:
    """In words: "203,168 of 534,652 rows", "6,120,000 rows", or the note where nothing is counted."""
    if progress.total is not None:
        return f"{integer(progress.done)} of {integer(progress.total)} {progress.unit}".rstrip()
    if progress.done:
        return f"{integer(progress.done)} {progress.unit}".rstrip()
    return progress.note
