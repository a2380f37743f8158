"""Two texts of SQL, beside one another or in one: each line with its number, a mark and a tint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import (
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from steward_app.gui.look import colour, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.sql import SqlView
from steward_app.kernel.text import visible_code

GONE, NEW, SAME, NONE = "-", "+", " ", ""
_TINTS = {GONE: "danger_tint", NEW: "success_tint", NONE: "hover"}
_TONES = {GONE: Tone.DANGER, NEW: Tone.SUCCESS}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text.

    Attributes:
        mark: gone, new, the same, or none where this side has no such line.
        number: its place in its own text, from 1; 0 where there is none.
    """

    text: str
    mark: str
    number: int = 0


def compared(before: str, after: str) -> tuple[tuple[Line, Line], ...]:
    """Two texts line by line, each beside the one it became."""
    return tuple(_pairs(before.split("\n") if before else [], after.split("\n") if after else []))


def one_below_the_other(pairs: Sequence[tuple[Line, Line]]) -> tuple[Line, ...]:
    """The same in one column: what is gone stands above what came, and what stays has its number afterwards."""
    lines: list[Line] = []
    came: list[Line] = []
    for old, new in pairs:
        if new.mark == SAME:
            lines += [*came, new]
            came = []
            continue
        lines += [old] if old.mark else []
        came += [new] if new.mark else []
    return (*lines, *came)


def _is_blank(line: str) -> bool:
    """An empty line is like any other empty line, and says nothing of what belongs together."""
    return not line.strip()


def _seen(line: str, other: str | None) -> str:
    """A line for the eye: that it ends as on Windows is told only where nothing else tells it from the other one."""
    ended = line.removesuffix("\r")
    return line if other not in (None, line) and ended == str(other).removesuffix("\r") else ended


def _pairs(old: list[str], new: list[str]) -> Iterator[tuple[Line, Line]]:
    for kind, a, b, c, d in SequenceMatcher(_is_blank, old, new, autojunk=False).get_opcodes():
        gone, came = (SAME, SAME) if kind == "equal" else (GONE, NEW)
        for at in range(max(b - a, d - c)):
            one = old[a + at] if a + at < b else None
            other = new[c + at] if c + at < d else None
            left = Line("", NONE) if one is None else Line(_seen(one, other), gone, a + at + 1)
            right = Line("", NONE) if other is None else Line(_seen(other, one), came, c + at + 1)
            yield left, right


class SqlDiff(SqlView):
    """SQL before and after, or one side of it, to be read."""

    def __init__(self, name: str, *, most_lines: int = 12, parent: QWidget | None = None) -> None:
        self._lines: tuple[Line, ...] = ()
        super().__init__(name=name, most_lines=most_lines, parent=parent)
        self._gutter = _Gutter(self)
        self.updateRequest.connect(lambda *_: self._gutter.update())

    def show_change(self, before: str, after: str) -> None:
        """Show what becomes of a text: what goes above what comes."""
        self.show_lines(one_below_the_other(compared(before, after)))

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show lines; the place that was scrolled to sideways stays."""
        shown = tuple(Line(visible_code(each.text), each.mark, each.number) for each in lines)
        if shown == self._lines:
            return
        place = self.horizontalScrollBar().value()
        self._lines = shown
        self.setViewportMargins(self._gutter_width(), 0, 0, 0)
        self.show_sql("\n".join(f"{each.mark or ' '} {each.text}" for each in shown))
        self._place_gutter()
        self._tint()
        self._gutter.update()
        self.horizontalScrollBar().setValue(place)

    def paint_numbers(self, painter: QPainter) -> None:
        """Paint the numbers of the lines that are in sight, each on the tint of its line."""
        block, gutter = self.firstVisibleBlock(), self._gutter
        painter.setFont(self.font())
        while block.isValid() and block.blockNumber() < len(self._lines):
            box = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if box.top() > gutter.height():
                break
            line = self._lines[block.blockNumber()]
            room = QRect(0, round(box.top()), gutter.width(), round(box.bottom()) - round(box.top()))
            if line.mark in _TINTS:
                painter.fillRect(room, colour(_TINTS[line.mark]))
            if line.number:
                painter.setPen(colour(Tone.MUTED))
                painter.drawText(
                    room.adjusted(0, 0, -px(8), 0), Qt.AlignmentFlag.AlignRight, str(line.number)
                )
            block = block.next()

    def _gutter_width(self) -> int:
        digits = len(str(max((line.number for line in self._lines), default=0)))
        return round(QFontMetricsF(self.font()).horizontalAdvance("0") * digits) + px(16)

    def _tint(self) -> None:
        selections = []
        for number, line in enumerate(self._lines):
            place = QTextCursor(self.document().findBlockByNumber(number))
            if line.mark in _TINTS:
                whole = QTextCharFormat()
                whole.setBackground(colour(_TINTS[line.mark]))
                whole.setProperty(QTextFormat.Property.FullWidthSelection, True)
                selections.append(_selection(place, whole))
            if line.mark in _TONES:
                place.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor)
                mark = QTextCharFormat()
                mark.setForeground(colour(_TONES[line.mark]))
                selections.append(_selection(place, mark))
        self.setExtraSelections(selections)

    def _place_gutter(self) -> None:
        shown, width = self.viewport().geometry(), self._gutter_width()
        seam = round(self.document().documentMargin())  # where the tint of a line begins
        self._gutter.setGeometry(shown.left() - width, shown.top(), width + seam, shown.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_gutter"):
            self._place_gutter()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange) and hasattr(self, "_gutter"):
            self.setViewportMargins(self._gutter_width(), 0, 0, 0)
            self._place_gutter()
            self._tint()


class _Gutter(QWidget):
    """The numbers at the left of the lines."""

    def __init__(self, view: SqlDiff) -> None:
        super().__init__(view)
        self._view = view

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            self._view.paint_numbers(painter)


def _selection(place: QTextCursor, look: QTextCharFormat) -> QTextEdit.ExtraSelection:
    chosen = QTextEdit.ExtraSelection()
    chosen.cursor = QTextCursor(place)
    chosen.format = look
    return chosen
