"""What logs in to the server of a store, asked on the page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from steward_app.gui.layout import fix, hbox
from steward_app.gui.pages.backups.login_fields import LoginFields
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.surfaces import Card
from steward_app.gui.widgets.text import Label
from steward_app.storage.objects import Credentials, LoginRefused


class LoginCard(Card):
    """Hidden until a server refuses the login.

    Args:
        give: called with what was given.
        kept: a sentence: what becomes of it.

    Signals:
        shown: whether it asks for something now.
    """

    shown = Signal(bool)

    def __init__(
        self, give: Callable[[Credentials], None], kept: str = "", parent: QWidget | None = None
    ) -> None:
        self._give, self._url = give, ""
        self._kept = kept or _tr("What you give is kept until this page is closed and written nowhere.")
        self._words = Label(wrap=True)
        self._wrong = Label(tone=Tone.DANGER, wrap=True)
        self.fields = LoginFields()
        super().__init__(
            _tr("The server asks for a login"),
            self._words,
            self._wrong,
            hbox(fix(self.fields, width=440), None),
            hbox(
                Button(_tr("Log in"), self.submit, icon="key-round"),
                Button(_tr("Not now"), self.put_away),
                None,
                gap=8,
            ),
            icon="server",
            parent=parent,
        )
        for field in self.fields.every:
            field.edit.returnPressed.connect(self.submit)

    def ask(self, url: str, error: LoginRefused, *, again: bool) -> None:
        """Ask for what the server of an address wants.

        Args:
            again: what was given before is what was refused.
        """
        self._url = url
        told = _tr(
            "What you give is kept until this page is closed and written nowhere. Nothing was changed."
        )
        self._words.say(told if again else f"{error.message} {told}")
        self._wrong.say(error.message)
        self._wrong.setVisible(again)
        self.fields.show_wanted(error.wanted)
        self.shown.emit(True)
        self.fields.begin()

    def submit(self) -> None:
        """Try what was given."""
        if self.fields.checked():
            given = self.fields.given(self._url)
            self.put_away()
            self._give(given)

    def put_away(self) -> None:
        """Ask for nothing any more."""
        self.shown.emit(False)


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
