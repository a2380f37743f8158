"""Connecting a store that is there already, and giving a key where this computer keeps none."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from steward_app.gui.page import Page
from steward_app.gui.pages.backups.dialog import JobDialog
from steward_app.gui.pages.backups.login import LoginPart
from steward_app.gui.pages.backups.store_fields import KEPT, KEY_FILE, AddressField, KeyFields
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import LabelledField, Tick
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup import Status
from steward_app.services.backup.store.keys import Unlocking
from steward_app.storage.objects import LoginRefused


class ConnectDialog(JobDialog):
    """On a new computer, or after the data directory was lost: the store and a key are all that is needed.

    Args:
        done: given how the database is guarded now.
    """

    def __init__(self, page: Page, done: Callable[[Status], None]) -> None:
        super().__init__(
            page,
            _tr("Connect a store"),
            _tr("Connect the store"),
            _tr("Connecting the store"),
            "link",
            _tr("For a store that was made before, here or on another computer. Nothing in it is changed."),
        )
        self._done = done
        self.where = AddressField(new=False, stem=page.context.file.path.stem)
        self.login = LoginPart()
        self.name = LabelledField(_tr("Name"), _tr("The end of the address"))
        self.keys = KeyFields(kept=True)
        self.keep = Tick(_tr("Keep the key on this computer, so that it can prove and restore by itself"))
        self.same = Tick(_tr("This file is the database that the store belongs to"))
        self.same.hide()
        self.add(self.where, self.login, self.name, self.keys, self.keep, self.same)
        self.where.changed.connect(self._show_login)
        self.login.changed.connect(self.fit)
        self.where.field.edit.setFocus()
        self.keys.way.currentIndexChanged.connect(lambda _: self._show_keep())
        self._show_keep()

    @property
    def address(self) -> str:
        return self.where.url

    def _show_login(self) -> None:
        self.login.show_place(self.where.place, self.where.url)

    def _show_keep(self) -> None:
        self.keep.setVisible(self.keys.chosen != KEPT)
        self.fit()

    def show_wrong(self, error: StewardError) -> None:
        """A store of a database that is not known here may be of this one; only the steward can say so. A server that
        refuses the login is given what it wants here.
        """
        if isinstance(error, LoginRefused):
            self.login.want(error.wanted)
        if error.code is ErrorCode.WHICH_DATABASE:
            self.same.show()
        super().show_wrong(error)

    def submit(self) -> None:
        """Connect the store and look into it."""
        self._show_login()
        if not self.where.checked() or not self.login.checked() or not self.keys.checked():
            self.fit()
            return
        file, catalog = self.page.context.file, self.page.context.catalog
        url, name, given = self.where.url, self.name.edit.text().strip(), self.keys.given
        login = self.login.given(url)
        keep = self.keep.isChecked() and self.keys.chosen != KEPT
        same = self.same.isVisibleTo(self) and self.same.isChecked()

        def work(context: Context) -> Status:
            backup.connect(
                catalog,
                file.path,
                url,
                context,
                name=name,
                given=given,
                keep_key=keep,
                same=same,
                credentials=login,
            )
            return backup.look(catalog, file.path, context)

        self.start(_tr("Connecting the store"), work, self._done)


class UnlockDialog(JobDialog):
    """Asks for the key of a store, for one piece of work. It is not kept.

    Args:
        why: what needs it, a sentence.
        go_on: does the work with what was given.
        way: how it opens, as far as that is known.
    """

    def __init__(
        self, page: Page, why: str, go_on: Callable[[Unlocking | None], None], *, way: int = KEY_FILE
    ) -> None:
        super().__init__(page, _tr("The store needs its key"), _tr("Go on"), _tr("Going on"), "key-round")
        self._go_on = go_on
        self.keys = KeyFields(kept=False)
        self.add(Label(why, wrap=True), self.keys,
                 Label(_tr("It is used for this once and not kept."), role="small", tone=Tone.MUTED))  # fmt: skip
        self.keys.way.setFocus()
        if way != KEY_FILE:
            self.keys.choose(way)
            self.keys.passphrase.edit.setFocus()

    def submit(self) -> None:
        """Go on with the key."""
        if self.keys.checked():
            self.accept()
            self._go_on(self.keys.given)
        else:
            self.fit()


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
