"""Logging in to the server of a store: with a store that is made or connected, and again where it was refused."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from steward_app.catalog.stores import Store
from steward_app.gui.format import shown_name
from steward_app.gui.layout import vbox
from steward_app.gui.page import Page
from steward_app.gui.pages.backups.dialog import JobDialog
from steward_app.gui.pages.backups.login_fields import LoginFields
from steward_app.gui.pages.backups.store_fields import FOLDER, S3
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import Combo
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.backup import credentials
from steward_app.storage.objects import Credentials, LoginRefused, Wanted

_AS_EVER, _GIVEN = range(2)


class LoginPart(QWidget):
    """How a server is logged in to: with what this computer has, or with what is typed here. Hidden for folders.

    Signals:
        changed: it takes more or less room now.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind, self._url = "", ""
        self._words = Label(_tr("Logs in with"))
        self.way = Combo(_tr("Logs in with"), ("", ""))
        self._words.setBuddy(self.way)
        self.fields = LoginFields()
        self._kept = Label(
            _tr("It is kept with the keys of this computer once the server took it."),
            role="small",
            tone=Tone.MUTED,
        )
        self.setLayout(vbox(self._words, self.way, self.fields, self._kept, gap=6))
        self.way.currentIndexChanged.connect(lambda _: self._show())
        self.show_place(FOLDER, "")

    def show_place(self, kind: str, url: str) -> None:
        """Fit the words to a kind of store and its address."""
        if (kind, url) == (self._kind, self._url):
            return
        self._kind, self._url = kind, url
        self.way.setItemText(
            _AS_EVER,
            _tr("What this computer has: AWS_ACCESS_KEY_ID or ~/.aws")
            if kind == S3
            else _tr("What this computer has: the SSH agent or ~/.ssh"),
        )
        self.way.setItemText(_GIVEN, _asked_for(wanted_by(kind, url)))
        self._show()

    def want(self, wanted: Wanted) -> None:
        """Ask for what a server wants that refused the login."""
        if wanted is not Wanted.NOTHING:
            self.way.setCurrentIndex(_GIVEN)
            self.fields.show_wanted(wanted)
            self.fields.begin()
            self.changed.emit()

    def checked(self) -> bool:
        """Whether all that is needed was typed; says at the field where it was not."""
        return not self._asks or self.fields.checked()

    def given(self, url: str) -> Credentials | None:
        """What was typed; None for what this computer has."""
        return self.fields.given(url) if self._asks else None

    @property
    def _asks(self) -> bool:
        return self._kind != FOLDER and self.way.currentIndex() == _GIVEN

    def _show(self) -> None:
        self.setVisible(self._kind != FOLDER)
        self.fields.show_wanted(wanted_by(self._kind, self._url))
        for each in (self.fields, self._kept):
            each.setVisible(self._asks)
        self.changed.emit()


class LoginDialog(JobDialog):
    """Asks for what logs in to the server of a store that refused it, tries it, and keeps it.

    Args:
        done: called when the server let in.
    """

    def __init__(self, page: Page, store: Store, done: Callable[[], None]) -> None:
        title = _tr("Log in to {name}").format(name=shown_name(store.name))
        super().__init__(page, title, _tr("Log in"), _tr("Logging in"), "key-round")
        self._store, self._done = store, done
        self.fields = LoginFields()
        self.fields.show_wanted(Wanted(store.login_wanted))
        why = Label(store.problem, wrap=True)
        kept = _tr(
            "It is kept with the keys of this computer, in the place of what was kept, once the server took it."
        )
        self.add(why, self.fields, Label(kept, role="small", tone=Tone.MUTED, wrap=True))
        self.fields.begin()

    @property
    def address(self) -> str:
        return self._store.url

    def show_wrong(self, error: StewardError) -> None:
        """The server may want something else than before."""
        if isinstance(error, LoginRefused) and error.wanted is not Wanted.NOTHING:
            self.fields.show_wanted(error.wanted)
            self.fields.begin()
        super().show_wrong(error)

    def submit(self) -> None:
        """Try it."""
        if not self.fields.checked():
            return
        catalog, store, given = self.page.context.catalog, self._store, self.fields.given(self._store.url)

        def work(context: Context) -> None:
            credentials.give(catalog, store, given, context)

        self.start(
            _tr("Logging in to {name}").format(name=shown_name(store.name)), work, lambda _: self._done()
        )


def again_words(store: Store) -> str:
    """The verb beside a store that refused the login: "Give the password again"; "" where nothing would help."""
    if not store.problem or not store.login_wanted:
        return ""
    return {
        Wanted.PASSWORD: _tr("Give the password again"),
        Wanted.KEY_PASSPHRASE: _tr("Give the passphrase again"),
        Wanted.ACCESS_KEY: _tr("Give the keys again"),
    }.get(Wanted(store.login_wanted), "")


def wanted_by(kind: str, url: str) -> Wanted:
    """What a server of that kind and address takes."""
    if kind == S3:
        return Wanted.ACCESS_KEY
    return Wanted.KEY_PASSPHRASE if "key_file=" in url else Wanted.PASSWORD


def _asked_for(wanted: Wanted) -> str:
    return {
        Wanted.PASSWORD: _tr("A password"),
        Wanted.KEY_PASSPHRASE: _tr("The passphrase of the key file in the address"),
        Wanted.ACCESS_KEY: _tr("An access key"),
    }[wanted]


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
