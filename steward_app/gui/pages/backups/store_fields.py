"""Fields about a store: where it is, and what opens it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QStackedWidget, QWidget

from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.controls import Combo, LabelledField, Segments
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import UsageError
from steward_app.kernel.secret import Secret
from steward_app.services.backup.store.keys import Unlocking
from steward_app.storage.objects import parse_url

FOLDER, SFTP, S3 = "folder", "sftp", "s3"
KEPT, KEY_FILE, TYPED, PASSPHRASE = range(4)


class AddressField(QWidget):
    """A folder, an SFTP server or a bucket.

    Args:
        new: a store that shall be made, and not one that is there.
        stem: of the database's file; names the folder of a new store.

    Signals:
        changed: the address was typed or chosen.
    """

    changed = Signal()

    def __init__(self, *, new: bool, stem: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._new, self._stem = new, stem
        self.kind = Segments(
            _tr("Kind of store"),
            (FOLDER, _tr("Folder"), "hard-drive"),
            (SFTP, _tr("SFTP server"), "server"),
            (S3, _tr("S3 bucket"), "cloud"),
        )
        self.field = LabelledField(_tr("Address"))
        self._choose = Button(_tr("Choose…"), self.choose_folder, icon="folder-open")
        self._words = Label(role="small", tone=Tone.MUTED, wrap=True)
        self._side = boxed(vbox(26, self._choose, None))
        row = hbox(self.field, self._side, gap=8)
        row.setStretch(0, 1)
        self.setLayout(vbox(hbox(self.kind, None), row, self._words, gap=12))
        self.kind.chosen.connect(lambda _: self._kind_chosen())
        self.field.edit.textEdited.connect(lambda _: self._typed())
        self._show_kind()

    @property
    def url(self) -> str:
        """What is typed."""
        return self.field.edit.text().strip()

    @property
    def place(self) -> str:
        """`FOLDER`, `SFTP` or `S3`: what the address says it is, else what was chosen."""
        scheme = self.url.partition("://")[0].lower()
        return scheme if scheme in (SFTP, S3) else self.kind.value

    def checked(self) -> bool:
        """Whether it is an address; says at the field where it is none."""
        try:
            parse_url(self.url)
        except UsageError as error:
            self.field.set_wrong(error.message)
            self.field.edit.setFocus()
            return False
        return True

    def choose_folder(self) -> None:
        """Ask for the folder. A new store gets one of its own, unless the chosen one is empty."""
        chosen = QFileDialog.getExistingDirectory(self, _tr("Folder of the store"))
        if not chosen:
            return
        folder = Path(chosen)
        if self._new and not _is_empty(folder):
            folder = folder / f"{self._stem}-backups"
        self.field.edit.setText(str(folder))
        self._typed()

    def _typed(self) -> None:
        self.field.set_wrong("")
        self.changed.emit()

    def _kind_chosen(self) -> None:
        self._show_kind()
        self.changed.emit()

    def _show_kind(self) -> None:
        kind = self.kind.value
        self._side.setVisible(kind == FOLDER)
        examples = {
            FOLDER: "/media/usb/backups",
            SFTP: "sftp://user@nas.example/srv/backups",
            S3: "s3://bucket/prefix?endpoint=https://s3.example.org",
        }
        words = {
            FOLDER: _tr("On another disk, or on a network folder that the system has connected."),
            SFTP: _tr("A key file to log in with is named in the address: ?key_file=~/.ssh/backups"),
            S3: _tr("Without an endpoint it is a bucket of AWS. The bucket must be there."),
        }
        self.field.edit.setPlaceholderText(examples[kind])
        self._words.say(words[kind])


class KeyFields(QWidget):
    """What opens a store: what this computer keeps, a file, the key on the recovery sheet, or the passphrase.

    Args:
        kept: whether what this computer keeps is a choice.
    """

    def __init__(self, *, kept: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._first = KEPT if kept else KEY_FILE
        choices = (
            _tr("Nothing, or what this computer keeps"),
            _tr("A key file"),
            _tr("The key on the recovery sheet"),
            _tr("The passphrase"),
        )
        self.way = Combo(_tr("Opens with"), choices[self._first :])
        words = Label(_tr("Opens with"))
        words.setBuddy(self.way)
        self.key_file = LabelledField(_tr("Key file"))
        choose = Button(_tr("Choose…"), self._choose_file, icon="folder-open")
        file_row = hbox(self.key_file, boxed(vbox(26, choose, None)), gap=8)
        file_row.setStretch(0, 1)
        self.typed = hidden(LabelledField(_tr("Key"), "AGE-SECRET-KEY-1…"))
        self.passphrase = hidden(LabelledField(_tr("Passphrase")))
        self._fields = QStackedWidget()
        for field in (QWidget(), boxed(file_row), self.typed, self.passphrase):
            self._fields.addWidget(field)
        self.setLayout(vbox(words, self.way, self._fields, gap=6))
        self.way.currentIndexChanged.connect(lambda _: self._show_way())
        self._show_way()

    @property
    def chosen(self) -> int:
        """Which way is chosen: `KEPT`, `KEY_FILE`, `TYPED` or `PASSPHRASE`."""
        return self.way.currentIndex() + self._first

    def choose(self, way: int) -> None:
        """Choose a way, as by hand."""
        self.way.setCurrentIndex(max(0, way - self._first))

    def show_again(self, given: Unlocking, wrong: str) -> None:
        """Ask once more in the way that was chosen, and say at its field what was wrong."""
        self.choose(PASSPHRASE if given.passphrase else TYPED if given.key else KEY_FILE)
        if field := self._field:
            field.set_wrong(wrong)
            field.edit.setFocus()

    def forget(self) -> None:
        """Empty every field: what was typed is for one store."""
        for field in (self.key_file, self.typed, self.passphrase):
            field.edit.clear()
            field.set_wrong("")
        self.choose(self._first)

    @property
    def _field(self) -> LabelledField | None:
        return (None, self.key_file, self.typed, self.passphrase)[self.chosen]

    @property
    def given(self) -> Unlocking | None:
        """What the steward gave; None for what this computer keeps."""
        match self.chosen:
            case n if n == KEY_FILE:
                return Unlocking(key_file=Path(self.key_file.edit.text().strip()).expanduser())
            case n if n == TYPED:
                return Unlocking(key=Secret(self.typed.edit.text()))
            case n if n == PASSPHRASE:
                return Unlocking(passphrase=Secret(self.passphrase.edit.text()))
        return None

    def checked(self) -> bool:
        """Whether what is needed was given; says at the field where it was not."""
        field = self._field
        if field is None or field.edit.text().strip():
            return True
        field.set_wrong(_tr("This is needed to open the store."))
        field.edit.setFocus()
        return False

    def _show_way(self) -> None:
        self._fields.setCurrentIndex(self.chosen)
        self._fields.setVisible(self.chosen != KEPT)

    def _choose_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, _tr("Key file"))
        if chosen:
            self.key_file.edit.setText(chosen)
            self.key_file.set_wrong("")


def _is_empty(folder: Path) -> bool:
    try:
        return not any(folder.iterdir())
    except OSError:  # whether it can be used is said when the store is made
        return False


def hidden(field: LabelledField) -> LabelledField:
    """The field, for a secret: what is typed is not shown."""
    field.edit.setEchoMode(QLineEdit.EchoMode.Password)
    field.edit.textEdited.connect(lambda _: field.set_wrong(""))
    return field


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
