"""What opens a store that is locked, asked on the page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from steward_app.gui.layout import fix, hbox
from steward_app.gui.pages.backups.store_fields import PASSPHRASE, KeyFields
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.surfaces import Card
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.services.backup.store.keys import Unlocking

_LOCKED = (ErrorCode.NEEDS_KEY, ErrorCode.WRONG_KEY, ErrorCode.BAD_KEY)


def is_locked(error: StewardError, given: Unlocking | None) -> bool:
    """Whether a store does not open: nothing was given, or what was given is wrong, or its file cannot be read."""
    file = given.key_file if given is not None else None
    return error.code in _LOCKED or (file is not None and bool(file.name) and file.name in error.message)


class UnlockCard(Card):
    """Hidden until a store asks. What is given is kept as long as the page, and written nowhere.

    Args:
        give: called with what was given.

    Signals:
        shown: whether it asks for something now.
    """

    shown = Signal(bool)

    def __init__(self, give: Callable[[Unlocking], None], parent: QWidget | None = None) -> None:
        self._give = give
        self.asks = False
        self._words = Label(wrap=True)
        self._wrong = Label(tone=Tone.DANGER, wrap=True)
        self.fields = KeyFields(kept=False)
        open_it = Button(_tr("Open the store"), self.submit, icon="lock-open")
        leave = Button(_tr("Not now"), self.put_away)
        super().__init__(
            _tr("The store is locked"),
            self._words,
            self._wrong,
            hbox(fix(self.fields, width=440), None),
            hbox(open_it, leave, None, gap=8),
            icon="lock",
            parent=parent,
        )
        self._wrong.hide()
        for field in (self.fields.key_file, self.fields.typed, self.fields.passphrase):
            field.edit.returnPressed.connect(self.submit)

    def ask(
        self, store: str, wrong: str, *, given: Unlocking | None = None, by_passphrase: bool = False
    ) -> None:
        """Ask for what opens a store; `wrong` says what did not, which was `given`."""
        words = _tr(
            "This computer keeps no key that reads the store {name}. Give one of its keys, or its passphrase; "
            "it is kept until this page is closed and written nowhere. Nothing was changed."
        )
        self._words.say(words.format(name=store))
        self._wrong.say(wrong)
        at_field = bool(wrong and given and given.passphrase)
        self._wrong.setVisible(bool(wrong) and not at_field)
        self.asks = True
        self.shown.emit(True)
        self.fields.way.setFocus(Qt.FocusReason.OtherFocusReason)
        if given is not None and at_field:
            self.fields.show_again(given, wrong)
        elif by_passphrase and not wrong:
            self.fields.choose(PASSPHRASE)
            self.fields.passphrase.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Try what was given."""
        given = self.fields.given
        if self.fields.checked() and given is not None:
            self.put_away()
            self._give(given)

    def put_away(self) -> None:
        """Ask for nothing any more."""
        self.asks = False
        self.shown.emit(False)


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
