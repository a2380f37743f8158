"""Writing the file that takes a migration back, with what leads back to the schema before it as a beginning."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from steward_app.db import open_read
from steward_app.gui.context import Message
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, fix, vbox
from steward_app.gui.pages.migrations.asking import Asking
from steward_app.gui.pages.migrations.dialogs import with_values
from steward_app.gui.pages.migrations.words import number, title, tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.sql import SqlEditor
from steward_app.gui.widgets.surfaces import frame
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.migrate import new as new_files
from steward_app.services.migrate.model import Entry, Status
from steward_app.services.migrate.run.proposed import Proposed, asks_for, proposed_undo

if TYPE_CHECKING:
    from steward_app.gui.pages.migrations.page import MigrationsPage


class UndoFileDialog(Asking):
    """Statements that are to take a migration back: proposed, read and changed by a person, then written."""

    def __init__(self, page: MigrationsPage, folder: Path, entry: Entry, proposed: Proposed) -> None:
        self._folder, self._entry = folder, entry
        self.sql = SqlEditor(tr("SQL that takes it back"))
        self.sql.setPlaceholderText(tr("What leads back to what was before"))
        self.sql.edit_sql(proposed.text)
        self.notes = [Label(note, tone=Tone.WARNING, wrap=True) for note in proposed.notes]
        fix(self.sql, least=220)
        label = Label(tr("SQL that takes it back"))
        label.setBuddy(self.sql)
        super().__init__(
            page,
            tr("A file that takes back {migration}").format(migration=f"{number(entry)} {title(entry)}"),
            tr(
                "It is written beside the migration, and runs when that is taken back. The statements lead back to the"
                " schema before it, tried on an empty copy. Read them first."
            )
            if proposed.statements
            else tr("It is written beside the migration, and runs when that is taken back."),
            tr("Write the file"),
            boxed(vbox(label, frame("field", vbox(self.sql, margins=(1, 1, 1, 1))), gap=6)),
            *self.notes,
        )
        self.sql.run_wanted.connect(self.submit)
        self.sql.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Write it."""
        text, folder, version = self.sql.edited, self._folder, self._entry.version
        if not text.strip():
            nothing = tr("A file without a statement would take nothing back.")
            self.show_wrong(UsageError(ErrorCode.BAD_REQUEST, nothing))
            return
        self.ask(
            tr("Writing the file"),
            lambda _: new_files.create(folder, "", text, undo_of=version),
            self._written,
        )

    def _written(self, path: Path) -> None:
        self.accept()
        message = Message(
            tr("{file} is written").format(file=shown_name(path.name)), shown_name(str(path.parent))
        )
        self.page.context.toast(message)
        self.page.refresh(())


def write_undo_file(page: MigrationsPage) -> None:
    """Propose what takes the chosen migration back."""
    row, standing = page.list.current, page.standing
    if row is None or standing is None:
        return
    entry, found = row.entry, standing.status

    def propose() -> None:
        values, catalog = dict(page.values), page.context.catalog

        def work(context: Context) -> Proposed:
            with open_read(found.path) as session, session.under(context):
                return proposed_undo(session, found, entry, values, context, catalog)

        def show(proposed: Proposed) -> None:
            UndoFileDialog(page, found.folder, entry, proposed).open()

        page.run(tr("Looking for the way back"), work, show)

    with_values(page, asks_for(found, entry), propose)


def no_undo_file(found: Status | None, entry: Entry | None) -> str:
    """Why no file that takes a migration back can be written; "" where one can."""
    if found is None or entry is None or entry.migration is None or not entry.version:
        return tr("Choose a migration with a version first.")
    return tr("It has a file that takes it back already.") if entry.undo is not None else ""
