"""Dialogs of the migrations page: a new migration, why without a rehearsal, values for placeholders, other plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, fix, vbox
from steward_app.gui.pages.migrations.words import tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import Choice, LabelledField, Tick
from steward_app.gui.widgets.dialog import FormDialog
from steward_app.gui.widgets.sql import SqlEditor
from steward_app.gui.widgets.surfaces import frame
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.services.migrate.going_on import goes_on
from steward_app.services.migrate.model import Entry, Origin

if TYPE_CHECKING:
    from steward_app.gui.pages.migrations.page import MigrationsPage


class NewDialog(FormDialog):
    """A migration that is written into the folder; nothing is run.

    Args:
        write: makes the file from a description, its SQL and whether it is repeated.
        made: is told where it stands.
    """

    def __init__(
        self,
        window: QWidget,
        folder: Path,
        write: Callable[[str, str, bool], Path],
        made: Callable[[Path], None],
    ) -> None:
        self._write, self._made = write, made
        self.description = LabelledField(tr("What it does"), tr("Add a phone number to patients"))
        self.sql = SqlEditor(tr("SQL"))
        self.sql.setPlaceholderText(tr("Leave it empty to write it in your own editor"))
        fix(self.sql, least=150)
        label = Label(tr("SQL"))
        label.setBuddy(self.sql)
        self.repeatable = Tick(tr("Runs again whenever its text changes, as views and triggers do"))
        self._wrong = Label(tone=Tone.DANGER, wrap=True)
        super().__init__(
            window,
            tr("New migration"),
            tr("A file is written into the folder {folder}. The database is not changed.").format(
                folder=shown_name(str(folder))
            ),
            tr("Write the file"),
            self.description,
            boxed(vbox(label, frame("field", vbox(self.sql, margins=(1, 1, 1, 1))), gap=6)),
            self.repeatable,
            self._wrong,
            wide=620,
        )
        self._wrong.hide()
        self.description.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.sql.run_wanted.connect(self.submit)

    def submit(self) -> None:
        """Write the file; what is wrong is said at the field."""
        said = self.description.edit.text().strip()
        self.description.set_wrong("" if said else tr("Say in a few words what it does."))
        if not said:
            return
        try:
            path = self._write(said, self.sql.toPlainText(), self.repeatable.isChecked())
        except StewardError as error:
            self._wrong.say(f"{error.message} {error.hint}".strip())
            self._wrong.show()
            return
        self.accept()
        self._made(path)


class ReasonDialog(FormDialog):
    """Why something is applied without a rehearsal: asked, and written into the journal."""

    def __init__(self, window: QWidget, verb: str, run: Callable[[str], None]) -> None:
        self._run = run
        self.reason = LabelledField(tr("Why without a rehearsal"))
        super().__init__(
            window,
            tr("Apply without a rehearsal?"),
            tr(
                "Nobody has seen what it does to the rows of this file as it is now. A restore point is made first. "
                "The reason is kept in the journal."
            ),
            verb,
            self.reason,
        )
        self.reason.edit.textChanged.connect(lambda _: self._typed())
        self._typed()
        self.reason.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _typed(self) -> None:
        said = self.reason.edit.text().strip()
        self.verb.disable("" if said else tr("Say why first."))

    def submit(self) -> None:
        """Apply it, for this reason."""
        if reason := self.reason.edit.text().strip():
            self.accept()
            self._run(reason)


class HalfWayDialog(FormDialog):
    """What becomes of migrations that stopped half-way: they are done, or run again from their first statement.

    Args:
        run: is told the files that count as done.
    """

    def __init__(
        self, window: QWidget, half: Sequence[Entry], run: Callable[[tuple[str, ...]], None]
    ) -> None:
        self._run = run
        self._there = tuple(each.file for each in half if each.migration is not None)
        back = all(each.applied is not None and each.applied.origin is Origin.UNDO for each in half)
        self.ended = Choice(tr("All of it is done: I did by hand what was left"))
        self.again = Choice(
            tr("It is not taken back: I undid by hand what was done of that")
            if back
            else tr("It runs again, and goes on where it was")
            if all(map(goes_on, half))
            else tr("It runs again from its first statement: I undid by hand what it did")
        )
        name = shown_name(half[0].file)
        title = tr("{file} stopped half-way").format(file=name)
        if len(half) > 1:
            title = tr("{n} migrations stopped half-way").format(n=len(half))
        super().__init__(
            window,
            title,
            tr(
                "Say how the database stands now. The plan comes first. Only the history is written, and "
                "that can be undone. To bring back the restore point made before it, use “Take back” instead."
            ),
            tr("Show the plan"),
            self.ended,
            self.again,
            wide=560,
        )
        if not self._there:
            self.ended.setEnabled(False)
            self.ended.setToolTip(tr("The file is gone. Put it back first."))
        for each in (self.ended, self.again):
            each.toggled.connect(lambda _: self._chosen())
        self._chosen()

    def _chosen(self) -> None:
        chosen = self.ended.isChecked() or self.again.isChecked()
        self.verb.disable("" if chosen else tr("Choose one first."))

    def submit(self) -> None:
        """Show the plan of what was chosen."""
        ended = self.ended.isChecked()
        if ended or self.again.isChecked():
            self.accept()
            self._run(self._there if ended else ())


class ValuesDialog(FormDialog):
    """Values for the placeholders of the files. They are kept until the page is closed."""

    def __init__(
        self,
        window: QWidget,
        names: Sequence[str],
        values: Mapping[str, str],
        run: Callable[[dict[str, str]], None],
    ) -> None:
        self._run = run
        self.fields = {name: LabelledField(name) for name in names}
        for name, field in self.fields.items():
            field.edit.setText(values.get(name, ""))
        super().__init__(
            window,
            tr("Values for the placeholders"),
            tr(
                "Each stands in the place of ${name} in the files. They are asked for again when the page is closed."
            ),
            tr("Use these values"),
            *self.fields.values(),
        )
        for field in self.fields.values():
            field.edit.textChanged.connect(lambda _: self._typed())
        self._typed()

    def _typed(self) -> None:
        given = all(field.edit.text() for field in self.fields.values())
        self.verb.disable("" if given else tr("Give a value for each placeholder."))

    def submit(self) -> None:
        """Take them."""
        values = {name: field.edit.text() for name, field in self.fields.items()}
        self.accept()
        self._run(values)


def with_values(page: MigrationsPage, asked: Sequence[str], then: Callable[[], None]) -> None:
    """Do something that runs files, once each of their placeholders has a value; ask for those that have none."""

    def take(values: dict[str, str]) -> None:
        page.take_values(values)
        then()

    if any(not page.values.get(name) for name in asked):
        ValuesDialog(page.window(), asked, page.values, take).open()
    else:
        then()
