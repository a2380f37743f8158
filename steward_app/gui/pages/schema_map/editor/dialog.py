"""The dialog in which a table is changed. It writes a migration file and never changes the database itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QWidget

from steward_app.gui.bridge import JobHandle
from steward_app.gui.context import PageContext
from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.pages.schema_map.editor.columns import ColumnsTab
from steward_app.gui.pages.schema_map.editor.fields import CodeField, tr
from steward_app.gui.pages.schema_map.editor.objects import ObjectsTab
from steward_app.gui.pages.schema_map.editor.parts import PartsTab
from steward_app.gui.pages.schema_map.editor.preview import PreviewPanel
from steward_app.gui.pages.schema_map.editor.rules import RulesTab
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.confirm import ask
from steward_app.gui.widgets.controls import LabelledField, Tabs, Tick
from steward_app.gui.widgets.surfaces import Views, frame, hairline
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services.migrate.draft.model import Draft, ObjectKind, Place, Problem
from steward_app.services.migrate.draft.preview import Preview, preview, title_of, write_migration
from steward_app.services.migrate.files import NewMigration
from steward_app.services.migrate.folder import folder_of
from steward_app.services.schema.model import Schema, TableKind

_WIDTH, _HEIGHT = 1200, 820
_PAUSE_MS = 180
Written = Callable[[NewMigration], None]


class SchemaEditor(QDialog):
    """A table field by field, with what becomes of it beside it.

    Args:
        base: the table as it is; an empty draft for a new one.
        schema: of the file, for the names there are.
        done: given the migration once its files are there.
    """

    def __init__(
        self, base: Draft, schema: Schema, context: PageContext, parent: QWidget, done: Written
    ) -> None:
        super().__init__(parent)
        self.base = base
        self.draft = base
        self._schema, self._context, self._done = schema, context, done
        self._looking: JobHandle | None = None
        self._writing: JobHandle | None = None
        self._title_typed = False
        self._problems: tuple[Problem, ...] = ()
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        words = tr("Change {table}").format(table=shown_name(base.was)) if base.was else tr("New table")
        self.setWindowTitle(words)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        self.columns = ColumnsTab()
        self.tabs, self.views = self._tabs()
        self._build(words)
        self.show_draft(base)

    def _tabs(self) -> tuple[Tabs, Mapping[str, PartsTab[Any]]]:
        names = [table.name for table in self._schema.tables if table.kind is TableKind.TABLE]
        views: dict[str, PartsTab[Any]] = {"columns": self.columns, "rules": RulesTab(names)}
        kinds: tuple[ObjectKind, ...] = ("index", "trigger", "view")
        objects = {str(kind): ObjectsTab(kind) for kind in kinds}
        named = ((kind, view.title) for kind, view in objects.items())
        tabs = Tabs(tr("Parts of the table"), ("columns", tr("Columns")), ("rules", tr("Rules")), *named)
        return tabs, views | objects

    def _build(self, words: str) -> None:
        self.name = CodeField(tr("Name of the table"))
        self.strict = Tick(tr("Strict types"))
        self.without_rowid = Tick(tr("Without rowid"))
        self.counts = Tick(tr("Numbers are never used twice"))
        self.counts.setToolTip("AUTOINCREMENT")
        self.gone = Tick(tr("Drop this table"))
        self.gone.setVisible(bool(self.base.was))
        self._stack = Views()
        for view in self.views.values():
            self._stack.addWidget(view)
            view.edited.connect(self._edited)
        self.tabs.chosen.connect(self.show_part)
        options = hbox(self.strict, self.without_rowid, self.counts, None, self.gone, gap=16)
        head = boxed(vbox(self.name, options, gap=10, margins=(20, 8, 20, 8)))
        left = vbox(head, boxed(vbox(self.tabs, margins=(20, 0, 20, 0))), self._stack)
        left.setStretch(2, 1)
        self.preview = PreviewPanel(self._go)
        self.title = LabelledField(tr("What the migration does"))
        self.title.edit.textEdited.connect(self._title_edited)
        right = vbox(self.preview, hairline(), boxed(vbox(self.title, margins=(20, 12, 20, 12))))
        right.setStretch(0, 1)
        both = hbox(boxed(left), hairline(upright=True), boxed(right), gap=0)
        both.setStretch(0, 10)
        both.setStretch(2, 11)
        top = boxed(vbox(Label(words, role="question", elide=True), margins=(20, 16, 20, 0)))
        whole = vbox(top, boxed(both), self._foot())
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.name.edit.textEdited.connect(lambda text: self._edited(replace(self.draft, name=text)))
        self.strict.toggled.connect(lambda on: self._edited(replace(self.draft, strict=on)))
        self.without_rowid.toggled.connect(lambda on: self._edited(replace(self.draft, without_rowid=on)))
        self.counts.toggled.connect(lambda on: self._edited(replace(self.draft, autoincrement=on)))
        self.gone.toggled.connect(lambda on: self._edited(replace(self.draft, gone=on)))

    def _foot(self) -> QWidget:
        self.write = Button(tr("Write migration"), self.submit, kind=Kind.PRIMARY, icon="file-text")
        self.anew = Button(tr("Start again"), lambda: self._edited(self.base), icon="rotate-ccw")
        self._says = Label(
            tr("Only a file is written. The database changes when the migration is applied."),
            tone=Tone.MUTED,
            elide=True,
        )
        row = hbox(
            self.anew, self._says, Button(tr("Cancel"), self.reject), self.write, margins=(20, 12, 20, 12)
        )
        row.setStretch(1, 1)
        return frame("foot", row)

    # The draft

    def show_draft(self, draft: Draft) -> None:
        """Show another draft in all the fields, and what it would do."""
        self._edited(draft)

    def _edited(self, draft: Draft) -> None:
        """The draft is another one: show it everywhere, and look what it does once the typing rests."""
        self.draft = draft
        self._show_draft()
        if not self._title_typed:
            changed = draft != self.base
            self.title.edit.setText(title_of(self.base, draft) if changed and draft.name else "")
        self._timer.start(_PAUSE_MS)
        self._reconsider()

    def _show_draft(self) -> None:
        draft = self.draft
        self.name.show_text(draft.name)
        ticks = (
            (self.strict, draft.strict),
            (self.without_rowid, draft.without_rowid),
            (self.counts, draft.autoincrement),
            (self.gone, draft.gone),
        )
        for tick, on in ticks:
            tick.blockSignals(True)
            tick.setChecked(on)
            tick.blockSignals(False)
        self.counts.setVisible(draft.autoincrement or _may_count(draft))
        for widget in (self.name, self.strict, self.without_rowid, self.counts, self._stack):
            widget.setEnabled(not draft.gone)
        wrong = [each for each in self._problems if each.place.part == "table"]
        self.name.set_wrong(wrong[0].sentence if wrong else "")
        for view in self.views.values():
            view.show_draft(self.base, draft, self._problems)
        self._count()

    def _count(self) -> None:
        """How many of each there are, beside the name of the view."""
        for key, view in self.views.items():
            number = len(view.parts(self.draft))
            self.tabs.set_text(key, f"{view.title}  {integer(number)}" if number else view.title)

    def show_part(self, key: str) -> None:
        """Show columns, rules, or one kind of objects."""
        self.tabs.choose(key)
        self._stack.setCurrentWidget(self.views[key])

    def _go(self, place: Place) -> None:
        """Show the field where something is in the way."""
        if place.part == "table":
            self.name.edit.setFocus()
            return
        for key, view in self.views.items():
            number = view.place_of(place.number)
            if view.part == place.part and number >= 0:
                self.show_part(key)
                view.choose(number)
                if place.field in view.fields:
                    view.fields[place.field].control.setFocus()

    # What it does

    def _look(self) -> None:
        if self._looking is not None:
            self._looking.drop()
        base, draft, file = self.base, self.draft, self._context.file

        def work(context: Context) -> Preview:
            with file.read() as session:
                return preview(session, base, draft, context)

        self._looking = self._context.jobs.run(
            self,
            tr("Trying the change on an empty copy"),
            work,
            self._show_preview,
            on_failure=self.preview.show_error,
            file=file.id,
            quiet=True,
        )

    def _show_preview(self, found: Preview) -> None:
        self._looking = None
        if self.draft == self.base:  # a new table begins empty, which is not wrong yet
            found = replace(found, problems=())
        self._show_problems(found.problems)
        self.preview.show_preview(found, self.draft)

    def _show_problems(self, problems: tuple[Problem, ...]) -> None:
        self._problems = problems
        self._show_draft()
        self._reconsider()

    def _reconsider(self) -> None:
        same = self.draft == self.base
        self.anew.disable(tr("Nothing is changed yet.") if same else "")
        if same:
            reason = tr("Nothing is changed yet.")
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
        base, draft, file, title = self.base, self.draft, self._context.file, self.title.edit.text().strip()

        def work(context: Context) -> NewMigration | tuple[Problem, ...]:
            folder: Path = folder_of(file.path, must_be_there=False)
            with file.read() as session:
                return write_migration(session, base, draft, folder, title, context)

        self.write.set_busy(tr("Writing the migration"))
        self._writing = self._context.jobs.run(
            self,
            tr("Writing a migration"),
            work,
            self._written,
            on_failure=self.preview.show_error,
            on_end=self._ended,
            file=file.id,
        )

    def _written(self, result: NewMigration | tuple[Problem, ...]) -> None:
        if isinstance(result, tuple):
            found = self.preview.preview
            self._show_problems(result)
            if found is not None:
                self.preview.show_preview(replace(found, problems=result), self.draft)
            self._go(result[0].place)
            return
        self.accept()
        self._done(result)

    def _ended(self) -> None:
        self._writing = None
        self.write.set_busy("")
        self._reconsider()

    def reject(self) -> None:
        """While the files are written this stops it; what was changed here is not thrown away unasked."""
        if self._writing is not None:
            self._writing.cancel()
        elif self.draft != self.base:
            words = tr("What you changed here is not written to a migration yet. The database is unchanged.")
            leave, stay = tr("Leave without writing"), tr("Go on editing")
            ask(self, tr("Leave the editor?"), words, leave, super().reject, stay=stay)
        else:
            super().reject()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        parent = self.parentWidget()
        window = parent.window() if parent is not None else self
        room = window.size()
        self.resize(min(px(_WIDTH), room.width() - px(32)), min(px(_HEIGHT), room.height() - px(32)))


def _may_count(draft: Draft) -> bool:
    key = draft.key
    return len(key) == 1 and key[0].declared_type.upper() == "INTEGER" and not draft.without_rowid
