"""Forms that a service answers, and the files that it would write, to be read before they are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QFileDialog, QWidget

from steward_app.gui.context import Message
from steward_app.gui.format import as_here, plural, shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.page import Page
from steward_app.gui.pages.migrations.words import tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.controls import Tabs, TextField
from steward_app.gui.widgets.dialog import FormDialog
from steward_app.gui.widgets.sql import SqlView
from steward_app.gui.widgets.text import Label, name
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.files import NewMigration, save

T = TypeVar("T")
_WIDE, _MOST_LINES, _MOST_SHOWN = 760, 20, 100_000


class Asking(FormDialog):
    """Stays open, and says what is wrong, until a service has answered."""

    def __init__(
        self, page: Page, title: str, sentence: str, verb: str, *items: QWidget, wide: float = _WIDE
    ) -> None:
        self.page = page
        super().__init__(page, title, sentence, verb, *items, wide=wide)

    def ask(self, gerund: str, work: Callable[[Context], T], done: Callable[[T], None]) -> None:
        """Call a service; `done` is told its answer while this is open, and decides whether it closes."""
        if self.running is not None:
            return
        self.tell(None)
        self.verb.set_busy(gerund)
        file = self.page.context.file.id
        self.running = self.page.context.jobs.run(
            self, gerund, work, done, on_failure=self.show_wrong, on_end=self._ended, file=file, quiet=True
        )

    def show_wrong(self, error: StewardError) -> None:
        """Say what is in the way, and what to do."""
        self.tell(Banner(Tone.DANGER, error.message, as_here(error.hint), copy=True))

    def _ended(self) -> None:
        self.running = None
        self.verb.set_busy("")


@dataclass(frozen=True, slots=True)
class Text:
    """A file that would be written."""

    path: Path
    text: str


def texts_of(*migrations: NewMigration) -> tuple[Text, ...]:
    """The files of migrations, each before the one that takes it back."""
    found = []
    for each in migrations:
        found.append(Text(each.path, each.text))
        if each.undo_path is not None:
            found.append(Text(each.undo_path, each.undo_text))
    return tuple(found)


class FilesDialog(Asking):
    """Files as they would be written, to be read first.

    Args:
        write: writes them, on another thread.
        done: is told that they are there.
    """

    def __init__(
        self,
        page: Page,
        title: str,
        sentence: str,
        files: Sequence[Text],
        write: Callable[[], None],
        done: Callable[[Sequence[Text]], None],
    ) -> None:
        self.files, self._write, self._done = tuple(files), write, done
        self.names = Tabs(tr("Files"), *((str(n), _short(each.path)) for n, each in enumerate(files)))
        self.names.chosen.connect(lambda key: self._show(int(key)))
        self.view = SqlView(name=tr("Text of the file"), most_lines=_MOST_LINES)
        self._name = Label(elide=True)
        self._where = Label(role="small", tone=Tone.MUTED, elide=True)
        super().__init__(
            page,
            title,
            sentence,
            tr("Write the file") if len(self.files) == 1 else tr("Write the files"),
            self.names,
            boxed(vbox(self._name, self._where, gap=2)),
            self.view,
        )
        self._show(0)

    def _show(self, number: int) -> None:
        each = self.files[number]
        self.view.show_sql(each.text[:_MOST_SHOWN].rstrip("\n"))
        self._name.say(name(each.path.name, bold=True))
        self._where.say(shown_name(str(each.path.parent)))

    def submit(self) -> None:
        """Write them."""

        def written(_: None) -> None:
            self.accept()
            self._done(self.files)

        self.ask(tr("Writing the migration"), lambda _: self._write(), written)


def _short(path: Path) -> str:
    """What tells a file from the others: "V0004"."""
    return shown_name(path.name.partition("__")[0])


def show_migrations(page: Page, title: str, sentence: str, *migrations: NewMigration) -> None:
    """Show migrations that a service made, and write them when the steward says so; the page goes to the first."""

    def write() -> None:
        for each in migrations:
            save(each)

    def done(files: Sequence[Text]) -> None:
        first = migrations[0].path
        words = plural(len(files), tr("file is written"), tr("files are written"))
        page.context.toast(Message(words, shown_name(str(first.parent))))
        page.arrive(file=first.name)

    FilesDialog(page, title, sentence, texts_of(*migrations), write, done).open()


class PathField(QWidget):
    """A folder or file, typed or chosen."""

    def __init__(self, label: str, *, folder: bool, placeholder: str = "") -> None:
        super().__init__()
        self._label, self._folder = label, folder
        self.edit = TextField(label, placeholder)
        words = Label(label)
        words.setBuddy(self.edit)
        self.choose_button = Button(tr("Choose…"), self.choose, icon="folder-open")
        self._error = Label(role="small", tone=Tone.DANGER, elide=True)
        row = hbox(self.edit, self.choose_button, gap=8)
        row.setStretch(0, 1)
        self.setLayout(vbox(words, row, self._error, gap=6))
        self._error.hide()

    @property
    def path(self) -> Path | None:
        """What stands in it, or None."""
        said = self.edit.text().strip()
        return Path(said).expanduser() if said else None

    def set_wrong(self, sentence: str) -> None:
        """Say at the field what is wrong with it; "" when it is right."""
        self.edit.set_wrong(sentence)
        self._error.say(sentence)
        self._error.setVisible(bool(sentence))

    def choose(self) -> None:
        """Let it be chosen."""
        start = self.edit.text()
        if self._folder:
            chosen = QFileDialog.getExistingDirectory(self, self._label, start)
        else:
            chosen, _ = QFileDialog.getOpenFileName(self, self._label, start)
        if chosen:
            self.edit.setText(chosen)
            self.set_wrong("")
