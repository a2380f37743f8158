"""The keys of this computer are locked with a passphrase: it is asked for, and remembered while the window is open."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from steward_app.gui.page import Page
from steward_app.gui.pages.backups.dialog import JobDialog
from steward_app.gui.pages.backups.store_fields import hidden
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import LabelledField
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.secret import Secret
from steward_app.storage.secrets import unlock_secrets


class PassphraseDialog(JobDialog):
    """Asks for the passphrase of the key file.

    Args:
        done: called when it opened the file.
    """

    def __init__(self, page: Page, done: Callable[[], None]) -> None:
        super().__init__(
            page, _tr("The keys of this computer are locked"), _tr("Unlock"), _tr("Unlocking"), "lock-open"
        )
        self._done = done
        self.passphrase = hidden(LabelledField(_tr("Passphrase of the key file")))
        kept = _tr("It is remembered until the window is closed, and written nowhere.")
        self.add(self.passphrase, Label(kept, role="small", tone=Tone.MUTED, wrap=True))
        self.passphrase.edit.setFocus()

    def show_wrong(self, error: StewardError) -> None:
        """A wrong passphrase is told at its field."""
        if error.code is ErrorCode.WRONG_KEY:
            self.passphrase.set_wrong(_tr("This passphrase does not open the key file."))
            self.passphrase.edit.setFocus()
            self.fit()
        else:
            super().show_wrong(error)

    def submit(self) -> None:
        """Try it."""
        typed, directory = self.passphrase.edit.text(), self.page.context.catalog.directory
        if not typed:
            self.passphrase.set_wrong(_tr("Type the passphrase."))
            self.fit()
            return
        self.start(
            _tr("Unlocking the keys of this computer"),
            lambda context: unlock_secrets(Secret(typed), directory),
            lambda _: self._done(),
        )


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
