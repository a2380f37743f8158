"""The scroll bar of a data table: it stands for all the rows, of which a few are loaded."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollBar, QWidget

_SETTLE_MS = 15
_MOST_STEPS = 2**30


class RowBar(QScrollBar):
    """A bar of as many steps as there are rows.

    Signals:
        row_wanted: the number of the row that should stand at the top; told at most every few milliseconds while
            the bar is dragged, not at every pixel.
        end_wanted: the bar was moved to its end.
    """

    row_wanted = Signal(int)
    end_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setAccessibleName(name)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._tell)
        self.sliderMoved.connect(self._touched)
        self.actionTriggered.connect(self._touched)

    def place(self, rows: int, first: int, in_view: int) -> None:
        """Show that of so many rows those from number `first` on are seen; not while the steward holds the bar."""
        hidden = max(0, rows - in_view)
        if not self.isSliderDown():
            self.blockSignals(True)
            self.setRange(0, min(hidden, _MOST_STEPS))
            self.setPageStep(max(1, in_view))
            self.setValue(min(_MOST_STEPS, max(0, first - 1)))
            self.blockSignals(False)
        self.setVisible(hidden > 0)

    def _touched(self, _: int) -> None:
        if not self._settle.isActive():
            self._settle.start()

    def _tell(self) -> None:
        if self.sliderPosition() >= self.maximum():
            self.end_wanted.emit()
        else:
            self.row_wanted.emit(self.sliderPosition() + 1)
