"""What narrows the rows that differ: typed, looked for in every column of every row, and counted."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.widgets.controls import SearchField

_SETTLE_MS = 250  # letters that follow one another are looked for once
_LONGEST = 500


class RowFilter(SearchField):
    """Esc empties it, Down and Enter go into the rows.

    Signals:
        wanted: other rows are wanted now.
        left: the focus belongs to the rows.
    """

    wanted = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_tr("Find among these rows"), _tr("Find a value"), width=216, parent=parent)
        self.setMaxLength(_LONGEST)
        self.sought = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE_MS)
        self._timer.timeout.connect(self.apply)
        self.textChanged.connect(lambda _: self._timer.start())

    def begin(self) -> None:
        """Put the focus where a value is typed."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def apply(self) -> None:
        """Look for what is typed, now."""
        self._timer.stop()
        if self.sought != self.text():
            self.sought = self.text()
            self.wanted.emit()

    def empty(self) -> None:
        """Look for nothing; the rows are another table's."""
        self.clear()
        self._timer.stop()
        self.sought = ""
        self.tell("")

    def say_found(self, matching: int, every: int) -> None:
        """How many rows hold it, of all that differ so."""
        told = _tr("{n} of {all}").format(n=integer(matching), all=integer(every))
        self.tell(told)
        self.setAccessibleDescription(told)

    def none_words(self, every: int) -> str:
        """That no row holds it."""
        rows = plural(every, _tr("row"), _tr("rows"))
        words = _tr(
            "None of the {rows} holds “{text}” in any column. BLOBs, and rows that stay out, are not looked into. "
            "Esc shows all again."
        )
        return words.format(rows=rows, text=shown_name(self.sought))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.apply()
            self.left.emit()
            return
        super().keyPressEvent(event)


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
