"""Adding a store: where it shall be, who can read it, and what becomes of the key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QWidget

from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.page import Page
from steward_app.gui.pages.backups.dialog import JobDialog
from steward_app.gui.pages.backups.login import LoginPart
from steward_app.gui.pages.backups.store_fields import AddressField, hidden
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.controls import Choice, LabelledField, Tick
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services import backup
from steward_app.services.backup import NewStore
from steward_app.storage.objects import LoginRefused

KEPT, PASSPHRASE, KEY_FILE, PLAIN = "kept", "passphrase", "file", "plain"


class NewStoreDialog(JobDialog):
    """Says in plain words what each way with the key means, before the store is made.

    Args:
        secrets: a sentence: how this computer keeps its keys.
        done: given the store that was made.
    """

    def __init__(self, page: Page, secrets: str, done: Callable[[NewStore], None]) -> None:
        super().__init__(
            page, _tr("Add a store"), _tr("Make the store"), _tr("Making the store"), "hard-drive-download"
        )
        self._done, self._secrets = done, secrets
        stem = page.context.file.path.stem
        self.where = AddressField(new=True, stem=stem)
        self.login = LoginPart()
        self.name = LabelledField(_tr("Name"), _tr("The end of the address"))
        self.ways = self._choices()
        self._means = Label(tone=Tone.MUTED, wrap=True)
        self.passphrase = hidden(LabelledField(_tr("Passphrase")))
        self.again = hidden(LabelledField(_tr("Passphrase again")))
        both = hbox(self.passphrase, self.again, gap=12)
        self._two = boxed(both)
        home = Path.home()
        self.key_file = LabelledField(_tr("Key file"))
        self.key_file.edit.setText(str(home / f"{stem}-backups.key"))
        self._key_row = self._with_choose(self.key_file)
        self.sheet = Tick(_tr("Write a recovery sheet with a second key, to be printed"))
        self.sheet.setChecked(True)
        self.sheet_file = LabelledField(_tr("Recovery sheet (.pdf or .html)"))
        self.sheet_file.edit.setText(str(home / f"{stem}-recovery-sheet.pdf"))
        self._sheet_row = self._with_choose(self.sheet_file)
        self.add(
            self.where,
            self.login,
            self.name,
            boxed(vbox(Label(_tr("Encryption"), role="strong"), *self.ways.values(), gap=6)),
            boxed(vbox(self._means, self._two, self._key_row, gap=8, margins=(24, 0, 0, 0))),
            self.sheet,
            self._sheet_row,
        )
        self.where.changed.connect(self._show_login)
        self.login.changed.connect(self.fit)
        self.where.field.edit.setFocus()
        self.sheet.toggled.connect(lambda _: self._show_way())
        self._show_way()

    def _choices(self) -> dict[str, Choice]:
        words = {
            KEPT: _tr("Encrypted, the key kept on this computer"),
            PASSPHRASE: _tr("Encrypted, opened with a passphrase"),
            KEY_FILE: _tr("Encrypted, the key in a file to be kept elsewhere"),
            PLAIN: _tr("Not encrypted"),
        }
        group = QButtonGroup(self)
        made = {key: Choice(text) for key, text in words.items()}
        for choice in made.values():
            group.addButton(choice)
            choice.toggled.connect(lambda _: self._show_way())
        made[KEPT].setChecked(True)
        return made

    def _show_login(self) -> None:
        self.login.show_place(self.where.place, self.where.url)

    @property
    def way(self) -> str:
        """What becomes of the key."""
        return next(key for key, choice in self.ways.items() if choice.isChecked())

    @property
    def address(self) -> str:
        return self.where.url

    def _show_way(self) -> None:
        if not hasattr(self, "_sheet_row"):  # the first choice is made before the rest is built
            return
        way, encrypted = self.way, self.way != PLAIN
        self._means.say(self._meaning(way))
        self._two.setVisible(way == PASSPHRASE)
        self._key_row.setVisible(way == KEY_FILE)
        self.sheet.setVisible(encrypted)
        self._sheet_row.setVisible(encrypted and self.sheet.isChecked())
        self.fit()

    def _meaning(self, way: str) -> str:
        kept = _tr(
            "This computer makes, proves and restores points by itself. If it is lost, the recovery sheet opens the "
            "store, and nothing else does. {secrets}"
        )
        return {
            KEPT: kept.format(secrets=self._secrets),
            PASSPHRASE: _tr(
                "The key lies in the store, locked with the passphrase. This computer makes and checks points; to "
                "prove or restore one you type it. Nobody can bring a forgotten passphrase back."
            ),
            KEY_FILE: _tr(
                "The key is written to a file and not kept here: bring it to a safe place. This computer makes and "
                "checks points; to prove or restore one you give the file."
            ),
            PLAIN: _tr("Whoever can read the store can read the data. There is no key that could be lost."),
        }[way]

    def _with_choose(self, field: LabelledField) -> QWidget:
        choose = Button(_tr("Choose…"), lambda: self._choose(field), icon="folder-open")
        row = hbox(field, boxed(vbox(26, choose, None)), gap=8)
        row.setStretch(0, 1)
        field.edit.textEdited.connect(lambda _: field.set_wrong(""))
        return boxed(row)

    def _choose(self, field: LabelledField) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, field.edit.accessibleName(), field.edit.text(),
            options=QFileDialog.Option.DontConfirmOverwrite,
        )  # fmt: skip
        if chosen:
            field.edit.setText(chosen)
            field.set_wrong("")

    def _checked(self) -> bool:
        """Whether all that is needed is there; what is not is said at its field."""
        self._show_login()
        if not self.where.checked() or not self.login.checked():
            self.fit()
            return False
        wrong: list[tuple[LabelledField, str]] = []
        if self.way == PASSPHRASE and not self.passphrase.edit.text():
            wrong.append((self.passphrase, _tr("A passphrase is needed.")))
        elif self.way == PASSPHRASE and self.passphrase.edit.text() != self.again.edit.text():
            wrong.append((self.again, _tr("It is not the same.")))
        if self.way == KEY_FILE and not self.key_file.edit.text().strip():
            wrong.append((self.key_file, _tr("Name the file for the key.")))
        if self._sheet_row.isVisibleTo(self) and not self.sheet_file.edit.text().strip():
            wrong.append((self.sheet_file, _tr("Name the file for the sheet.")))
        for field, words in wrong:
            field.set_wrong(words)
        if wrong:
            wrong[0][0].edit.setFocus()
            self.fit()
        return not wrong

    def show_wrong(self, error: StewardError) -> None:
        """A server that refuses the login is given what it wants here."""
        if isinstance(error, LoginRefused):
            self.login.want(error.wanted)
        super().show_wrong(error)

    def submit(self) -> None:
        """Make the store."""
        if not self._checked():
            return
        file, catalog = self.page.context.file, self.page.context.catalog
        url, name, way = self.where.url, self.name.edit.text().strip(), self.way
        passphrase = Secret(self.passphrase.edit.text()) if way == PASSPHRASE else None
        key_to = _path(self.key_file) if way == KEY_FILE else None
        given = self.login.given(url)
        sheet = _path(self.sheet_file) if way != PLAIN and self.sheet.isChecked() else None

        def work(context: Context) -> NewStore:
            return backup.new_store(
                catalog,
                file.path,
                url,
                context,
                name=name,
                encrypt=way != PLAIN,
                passphrase=passphrase,
                sheet=sheet,
                key_to=key_to,
                credentials=given,
            )

        self.start(_tr("Making the store"), work, self._done)


def _path(field: LabelledField) -> Path:
    return Path(field.edit.text().strip()).expanduser().absolute()


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
