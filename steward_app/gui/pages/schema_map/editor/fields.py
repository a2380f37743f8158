"""Fields of the schema editor: a label above, what is wrong below."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QCompleter, QWidget

from steward_app.gui.layout import hbox, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import TextField
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.surfaces import frame
from steward_app.gui.widgets.text import Label

TYPES = ("INTEGER", "TEXT", "REAL", "BLOB", "NUMERIC", "ANY", "DATE", "DATETIME", "BOOLEAN", "VARCHAR(255)")
COLLATIONS = ("BINARY", "NOCASE", "RTRIM")


class Labelled(QWidget):
    """Any control with its label above and its error below; `framed` draws the border that a box of text has not."""

    def __init__(
        self, label: str, control: QWidget, parent: QWidget | None = None, *, framed: bool = False
    ) -> None:
        super().__init__(parent)
        self.control = control
        words = Label(label, role="small", tone=Tone.MUTED)
        words.setBuddy(control)
        self._icon = IconLabel("circle-x", Tone.DANGER, 12)
        self._error = Label(role="small", tone=Tone.DANGER, wrap=True)
        below = hbox(self._icon, self._error, gap=4)
        below.setStretch(1, 1)
        shown = frame("field", vbox(control, margins=(1, 1, 1, 1))) if framed else control
        self.setLayout(vbox(words, shown, below, gap=2))
        self.set_wrong("")

    def set_wrong(self, sentence: str) -> None:
        """Say at the field what is wrong with it; "" when it is right."""
        if isinstance(self.control, TextField):
            self.control.set_wrong(sentence)
        else:
            self.control.setAccessibleDescription(sentence)
        self._error.say(sentence)
        self._icon.setVisible(bool(sentence))
        self._error.setVisible(bool(sentence))

    @property
    def wrong(self) -> str:
        """What is said to be wrong, or ""."""
        return self._error.plain


class CodeField(Labelled):
    """A line of SQL or a name, with words to choose from."""

    def __init__(
        self, label: str, placeholder: str = "", known: Iterable[str] = (), parent: QWidget | None = None
    ) -> None:
        self.edit = TextField(label, placeholder)
        self.edit.setProperty("mono", True)
        super().__init__(label, self.edit, parent)
        self.know(known)

    def know(self, words: Iterable[str]) -> None:
        """Offer these while something is typed."""
        listed = list(words)
        if listed:
            completer = QCompleter(listed, self.edit)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            self.edit.setCompleter(completer)

    def show_text(self, text: str) -> None:
        """Show another text; what is typed where it stays the same is left alone."""
        if self.edit.text() != text:
            self.edit.setText(text)


def tr(text: str) -> str:
    """In the steward's language."""
    return QCoreApplication.translate("schema editor", text)
