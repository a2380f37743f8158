"""Which table: a list to choose from, which finds a name by a few of its letters."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.fuzzy import match
from steward_app.gui.icons import icon
from steward_app.gui.look import px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import Combo
from steward_app.gui.widgets.text import restyle
from steward_app.services.schema.model import Table, TableKind

_WIDE, _NARROW = 216, 112
_ICONS = {TableKind.VIEW: "eye", TableKind.VIRTUAL: "zap"}


class TableChoice(Combo):
    """Tables and views by name. Typing shows those with these letters; Enter takes the best of them.

    Signals:
        chosen: the name of a table.
        missed: what was typed, when no table is called like that; "" when it is put right.
    """

    chosen = Signal(str)
    missed = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, mono=True, parent=parent)
        self._name = ""
        self.setEditable(True)
        self.setInsertPolicy(Combo.InsertPolicy.NoInsert)
        self.setMaxVisibleItems(24)
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setMaxVisibleItems(16)
        self.setCompleter(completer)
        self.activated.connect(self._picked)
        self._line.returnPressed.connect(self._typed)

    @property
    def _line(self) -> QLineEdit:
        line = self.lineEdit()
        assert line is not None  # it is editable
        return line

    def show_tables(self, tables: Iterable[Table]) -> None:
        """List these."""
        listed = [(shown_name(table.name), table.name, _ICONS.get(table.kind, "")) for table in tables]
        now = [(self.itemText(row), self.itemData(row)) for row in range(self.count())]
        if now == [(text, name) for text, name, _ in listed]:
            return
        self.clear()
        for text, name, sign in listed:
            if sign:
                self.addItem(icon(sign, Tone.MUTED), text, name)
            else:
                self.addItem(text, name)
        self.show_name(self._name)

    def show_name(self, name: str) -> None:
        """Show which table is shown; what was typed and not taken goes."""
        self._name = name
        self.setCurrentIndex(self.findData(name))
        self.setEditText(shown_name(name))
        self._line.setCursorPosition(0)  # a long name is read from its beginning
        self._mark(wrong=False)

    def sizeHint(self) -> QSize:
        return QSize(px(_WIDE), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(_NARROW), super().minimumSizeHint().height())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """What is typed takes the place of the name."""
        super().focusInEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._line.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Who leaves without choosing finds the name again."""
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.show_name(self._name)

    def _picked(self, place: int) -> None:
        name = self.itemData(place)
        if isinstance(name, str):
            self._mark(wrong=False)
            self.chosen.emit(name)

    def _typed(self) -> None:
        typed = self._line.text().strip()
        ranked = [
            (found.score, -place)
            for place in range(self.count())
            if (found := match(typed, self.itemText(place))) is not None
        ]
        exact = self.findText(typed, Qt.MatchFlag.MatchFixedString)
        if exact >= 0:
            self._picked(exact)
        elif typed and ranked:
            self._picked(-max(ranked)[1])
        else:
            self._mark(wrong=True)
            self.missed.emit(typed)

    def _mark(self, *, wrong: bool) -> None:
        line = self._line
        if bool(line.property("wrong")) != wrong:
            line.setProperty("wrong", wrong)
            restyle(line)
            if not wrong:
                self.missed.emit("")
