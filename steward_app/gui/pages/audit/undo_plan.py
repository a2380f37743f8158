"""What stands beside the plan of an undo: which changes, by whom and how; and the first rows before and after."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import plural, when
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.audit.cell_table import CellTable
from steward_app.gui.pages.audit.read import Known, Seen
from steward_app.gui.pages.audit.undo_lines import UndoLines
from steward_app.gui.pages.audit.undo_read import UndoRead
from steward_app.gui.pages.audit.words import mode_words, row_words, writer_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.surfaces import KeyValueList, Value, frame
from steward_app.gui.widgets.text import Label
from steward_app.services.audit.past.moments import from_milliseconds
from steward_app.services.audit.undo import UndoMode

_MOST = 12  # lines, which are shown without scrolling


class PlannedRows(QWidget):
    """Facts of one undo, and the rows it changes.

    Args:
        title: what was chosen to be undone, in words.
        seen: the change, where it is a single one.
    """

    def __init__(self, title: str, found: UndoRead, known: Known, seen: Seen | None, *, reveal: bool) -> None:
        super().__init__()
        self._title, self._known, self._seen = title, known, seen
        self._outlook = found.outlook
        bare = replace(found.outlook, rows=found.outlook.rows[:_MOST], selected=(), conflicts=())
        self._found = UndoRead(bare, bare, None)
        self._facts = KeyValueList(self._told(reveal), key_width=96)
        self.table = CellTable(_tr("Before and after"), (_tr("Column"), _tr("Now"), _tr("After the undo")))
        self._words = Label(tone=Tone.MUTED)
        head = hbox(Label(_tr("Before and after"), role="heading"), self._words, None, gap=8)
        card = frame("card", vbox(self.table, margins=(1, 1, 1, 1)))
        self._box = boxed(vbox(self._facts, head, card, gap=8))
        self.setLayout(vbox(self._box))
        self.conceal(reveal=reveal)

    def conceal(self, *, reveal: bool) -> None:
        """Show values of columns that look personal, or hide them."""
        lines = UndoLines(self._found, frozenset(), self._known, None, reveal=reveal)
        shown = lines.take(_MOST)
        self.table.show_lines([replace(each.line, tick=None) for each in shown])
        rows = sum(each.line.head for each in shown)
        if lines.more or len(self._outlook.rows) > rows:
            told = plural(len(self._outlook.rows), _tr("row"), _tr("rows"))
            self._words.say(_tr("the first {n} of {rows}").format(n=rows, rows=told))
        self._facts.set_rows(self._told(reveal))

    def _told(self, reveal: bool) -> list[tuple[str, Value]]:
        facts: list[tuple[str, Value]] = [(_tr("Chosen"), self._title)]
        if self._seen is not None:
            entry = self._seen.entry
            made = when(from_milliseconds(entry.change.at), to_second=True)
            facts = [
                (_tr("Row"), row_words(entry.table, entry.change, self._known, reveal=reveal)),
                (_tr("Changed"), made[:1].upper() + made[1:]),
                (_tr("By"), writer_words(entry.writer)),
            ]
        if self._outlook.conflicts or self._outlook.mode is not UndoMode.STRICT or self._outlook.added:
            facts.append((_tr("Later changes"), mode_words(self._outlook.mode)))
        return facts


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
