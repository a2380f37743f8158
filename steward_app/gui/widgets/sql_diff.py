"""Two texts of SQL in one: what goes stands above what comes, each line with a mark and a tint."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from PySide6.QtCore import QEvent
from PySide6.QtGui import QTextFormat
from PySide6.QtWidgets import QTextEdit, QWidget

from steward_app.gui.look import colour
from steward_app.gui.widgets.sql import SqlView
from steward_app.kernel.text import visible_code

_TINTS = {"-": "danger_tint", "+": "success_tint"}


def marked_lines(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The lines of both texts, each with its mark: "-" goes, "+" comes, " " stays."""
    old, new = before.splitlines(), after.splitlines()
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from ((" ", line) for line in old[a:b])
            continue
        yield from (("-", line) for line in old[a:b])
        yield from (("+", line) for line in new[c:d])


class SqlDiff(SqlView):
    """SQL before and after, to be read."""

    def __init__(self, name: str, *, most_lines: int = 12, parent: QWidget | None = None) -> None:
        self._marks: tuple[str, ...] = ()
        super().__init__(name=name, most_lines=most_lines, parent=parent)

    def show_change(self, before: str, after: str) -> None:
        """Show what becomes of a text."""
        lines = list(marked_lines(visible_code(before), visible_code(after)))
        marks = tuple(mark for mark, _ in lines)
        text = "\n".join(f"{mark} {line}" for mark, line in lines)
        if (text, marks) != (self._sql, self._marks):
            place = self.horizontalScrollBar().value()
            self._marks = marks
            self.show_sql(text)
            self._tint()
            self.horizontalScrollBar().setValue(place)

    def _tint(self) -> None:
        selections = []
        for number, mark in enumerate(self._marks):
            if mark not in _TINTS:
                continue
            chosen = QTextEdit.ExtraSelection()
            chosen.format.setBackground(colour(_TINTS[mark]))
            chosen.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            cursor = self.textCursor()
            cursor.setPosition(self.document().findBlockByNumber(number).position())
            chosen.cursor = cursor
            selections.append(chosen)
        self.setExtraSelections(selections)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_marks"):
            self._tint()
