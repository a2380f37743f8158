"""What the dialogs share in which a table is changed: the preview beside the fields, and the migration they write."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from steward_app.db import ReadSession
from steward_app.gui.bridge import JobHandle
from steward_app.gui.context import PageContext
from steward_app.gui.format import plural
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.schema_map.editor.fields import tr
from steward_app.gui.pages.schema_map.editor.preview import PreviewPanel
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.confirm import ask
from steward_app.gui.widgets.controls import LabelledField
from steward_app.gui.widgets.dialog import PageDialog, dialog_foot
from steward_app.gui.widgets.surfaces import hairline
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services.migrate.draft.model import Place, Problem
from steward_app.services.migrate.draft.preview import Preview
from steward_app.services.migrate.files import NewMigration
from steward_app.services.migrate.folder import folder_of

_WIDTH, _HEIGHT = 1200, 820
_PAUSE_MS = 180
Problems: TypeAlias = tuple[Problem, ...]
Written: TypeAlias = Callable[[NewMigration], None]
Look: TypeAlias = Callable[[ReadSession, Context], Preview]
Write: TypeAlias = Callable[[ReadSession, Path, str, Context], NewMigration | Problems]


class MigrationDialog(PageDialog):
    """Fields at the left, what they lead to at the right. It writes a migration file and never changes the database.

    Args:
        words: what is done here, as its title.
        done: given the migration once its files are there.
    """

    def __init__(self, words: str, context: PageContext, parent: QWidget, done: Written) -> None:
        super().__init__(parent, words)
        self._words, self._context, self._done = words, context, done
        self._looking: JobHandle | None = None
        self._title_typed = False
        self._problems: Problems = ()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)

    # What a dialog says of itself

    @property
    @abstractmethod
    def unchanged(self) -> bool:
        """Whether there is nothing to be written or lost."""

    @abstractmethod
    def look(self) -> Look:
        """What tries the fields as they are now."""

    @abstractmethod
    def writer(self) -> Write:
        """What writes the files of the fields as they are now."""

    @abstractmethod
    def suggested_title(self) -> str:
        """What the migration does, or ""."""

    @abstractmethod
    def begin_again(self) -> None:
        """Show the fields as they were when the dialog was opened."""

    @abstractmethod
    def show_fields(self) -> None:
        """Show what is wrong at the fields."""

    @abstractmethod
    def where(self, place: Place) -> str:
        """What a place is called in a list of what is in the way, or ""."""

    @abstractmethod
    def go(self, place: Place) -> None:
        """Show the field where something is in the way."""

    # How it looks

    def build(self, left: QWidget) -> None:
        """Put the fields in."""
        self.preview = PreviewPanel(self.where, self.go)
        self.title = LabelledField(tr("What the migration does"))
        self.title.edit.textEdited.connect(self._title_edited)
        right = vbox(self.preview, hairline(), boxed(vbox(self.title, margins=(20, 12, 20, 12))))
        right.setStretch(0, 1)
        both = hbox(left, hairline(upright=True), boxed(right), gap=0)
        both.setStretch(0, 10)
        both.setStretch(2, 11)
        top = boxed(vbox(Label(self._words, role="question", elide=True), margins=(20, 16, 20, 0)))
        whole = vbox(top, boxed(both), self._foot())
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.take(_WIDTH, _HEIGHT)

    def _foot(self) -> QWidget:
        self.write = Button(tr("Write migration"), self.submit, kind=Kind.PRIMARY, icon="file-text")
        self.anew = Button(tr("Start again"), self.begin_again, icon="rotate-ccw")
        says = Label(
            tr("Only a file is written. The database changes when the migration is applied."),
            tone=Tone.MUTED,
            elide=True,
        )
        return dialog_foot(self.anew, says, Button(tr("Cancel"), self.reject), self.write)

    # What the fields lead to

    @property
    def problems(self) -> Problems:
        """What is in the way."""
        return self._problems

    def edited(self) -> None:
        """The fields say something else: look what they lead to once the typing rests."""
        self.show_fields()
        if not self._title_typed:
            self.title.edit.setText("" if self.unchanged else self.suggested_title())
        self._timer.start(_PAUSE_MS)
        self._reconsider()

    @property
    def settled(self) -> bool:
        """Whether what is shown belongs to the fields as they are."""
        return not self._timer.isActive() and self._looking is None

    def _look(self) -> None:
        if self._looking is not None:
            self._looking.drop()
        file, look = self._context.file, self.look()

        def work(context: Context) -> Preview:
            with file.read() as session:
                return look(session, context)

        self._looking = self._context.jobs.run(
            self,
            tr("Trying the change on an empty copy"),
            work,
            self._show_preview,
            on_failure=self.preview.show_error,
            on_end=self._looked,
            file=file.id,
            quiet=True,
        )

    def _looked(self) -> None:
        self._looking = None

    def _show_preview(self, found: Preview) -> None:
        if self.unchanged:  # what begins empty is not wrong yet
            found = replace(found, problems=())
        self.show_problems(found.problems)
        self.preview.show_preview(found)

    def show_problems(self, problems: Problems) -> None:
        """Say what is in the way."""
        self._problems = problems
        self.show_fields()
        self._reconsider()

    def _reconsider(self) -> None:
        unchanged = tr("Nothing is changed yet.") if self.unchanged else ""
        self.anew.disable(unchanged)
        if unchanged:
            reason = unchanged
        elif self._problems:
            number = len(self._problems)
            reason = plural(number, tr("thing is in the way."), tr("things are in the way."))
        else:
            reason = "" if self.title.edit.text().strip() else tr("Say what the migration does.")
        self.write.disable(reason)

    def _title_edited(self, text: str) -> None:
        self._title_typed = bool(text.strip())
        self.title.set_wrong("")
        self._reconsider()

    # Writing

    def submit(self) -> None:
        """Write the files; the dialog is closed once they are there."""
        file, write, title = self._context.file, self.writer(), self.title.edit.text().strip()

        def work(context: Context) -> NewMigration | Problems:
            folder: Path = folder_of(file.path, must_be_there=False)
            with file.read() as session:
                return write(session, folder, title, context)

        self.write.set_busy(tr("Writing the migration"))
        self.running = self._context.jobs.run(
            self,
            tr("Writing a migration"),
            work,
            self._written,
            on_failure=self.preview.show_error,
            on_end=self._ended,
            file=file.id,
        )

    def _written(self, result: NewMigration | Problems) -> None:
        if isinstance(result, tuple):
            found = self.preview.preview
            self.show_problems(result)
            if found is not None:
                self.preview.show_preview(replace(found, problems=result))
            self.go(result[0].place)
            return
        self.accept()
        self._done(result)

    def _ended(self) -> None:
        self.running = None
        self.write.set_busy("")
        self._reconsider()

    def reject(self) -> None:
        """What was changed here is not thrown away unasked."""
        if self.running is None and not self.unchanged:
            words = tr("What you changed here is not written to a migration yet. The database is unchanged.")
            leave, stay = tr("Leave without writing"), tr("Go on editing")
            ask(self, tr("Leave the editor?"), words, leave, super().reject, stay=stay)
        else:
            super().reject()
