"""What logs in to a server, where it asks for it: a password, the passphrase of a key file, or an access key."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.layout import vbox
from steward_app.gui.pages.backups.store_fields import hidden
from steward_app.gui.widgets.controls import LabelledField
from steward_app.kernel.secret import Secret
from steward_app.services.backup import credentials
from steward_app.storage.objects import Credentials, Wanted


class LoginFields(QWidget):
    """The fields of what is wanted, and no other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.secret = hidden(LabelledField(_tr("Password")))
        self.phrase = hidden(LabelledField(_tr("Passphrase of the key file")))
        self.key_id = LabelledField(_tr("Access key ID"))
        self.key_secret = hidden(LabelledField(_tr("Secret access key")))
        self.token = hidden(LabelledField(_tr("Session token"), _tr("Only with keys that run out")))
        self.every = (self.secret, self.phrase, self.key_id, self.key_secret, self.token)
        self.setLayout(vbox(*self.every, gap=6))
        self.key_id.edit.textEdited.connect(lambda _: self.key_id.set_wrong(""))
        self.wanted = Wanted.NOTHING
        self.show_wanted(Wanted.PASSWORD)

    def show_wanted(self, wanted: Wanted) -> None:
        """Show the fields of what the server wants; what was typed stays."""
        self.wanted = wanted
        for field in self.every:
            field.setVisible(field in self._shown)

    def begin(self) -> None:
        """Put the focus into the first field."""
        if self._shown:
            self._shown[0].edit.setFocus()

    @property
    def _shown(self) -> tuple[LabelledField, ...]:
        return {
            Wanted.PASSWORD: (self.secret,),
            Wanted.KEY_PASSPHRASE: (self.phrase,),
            Wanted.ACCESS_KEY: (self.key_id, self.key_secret, self.token),
        }.get(self.wanted, ())

    def checked(self) -> bool:
        """Whether what is needed was given; says at the field where it was not."""
        missing = [
            field for field in self._shown if field is not self.token and not field.edit.text().strip()
        ]
        for field in missing:
            field.set_wrong(_tr("This is needed to log in."))
        if missing:
            missing[0].edit.setFocus()
        return not missing

    def given(self, url: str) -> Credentials:
        """What logs in to the server of an address."""
        if self.wanted is Wanted.ACCESS_KEY:
            token = self.token.edit.text().strip()
            return Credentials(
                access_key_id=self.key_id.edit.text().strip(),
                secret_access_key=Secret(self.key_secret.edit.text().strip()),
                session_token=Secret(token) if token else None,
            )
        field = self.phrase if self.wanted is Wanted.KEY_PASSPHRASE else self.secret
        return credentials.for_login(url, Secret(field.edit.text()))


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
