"""The changes of the schema in the order in which they were made, what they lead to, and the migration they become."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.db import ReadSession
from steward_app.gui.flow import Flow
from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.layout import boxed, shown_if, vbox
from steward_app.gui.page import Page
from steward_app.gui.pages.schema_map.before_after import ChangesMap
from steward_app.gui.pages.schema_map.commands import cannot_change
from steward_app.gui.pages.schema_map.divide import why_not_merged, why_not_split
from steward_app.gui.pages.schema_map.editor.fields import tr
from steward_app.gui.pages.schema_map.editor.opening import open_merge, open_new, open_split, open_table
from steward_app.gui.pages.schema_map.editor.start import Start
from steward_app.gui.pages.schema_map.editor.trying import ChangeDialog, Finish, Look, Problems
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.controls import Combo, LabelledField
from steward_app.gui.widgets.surfaces import hairline
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.draft.change_list import ChangeList, take_away
from steward_app.services.migrate.draft.model import Place
from steward_app.services.migrate.draft.outlook import Outlook, outlook, write_all
from steward_app.services.migrate.draft.preview import Preview
from steward_app.services.migrate.draft.sentences import sentence_of, title_of
from steward_app.services.migrate.files import NewMigration
from steward_app.services.migrate.folder import folder_of
from steward_app.services.schema.model import Schema, Table


@dataclass(frozen=True)
class Line:
    """A change in the list, by its number from 0."""

    number: int
    sentence: str


class ChangesDialog(ChangeDialog[NewMigration]):
    """Changes over several tables. Each editor opened here begins from what the changes before it leave.

    Args:
        changes: the first ones.
        page: of the map.
        done: given the migration once its files are there.
    """

    def __init__(self, changes: ChangeList, page: Page, done: Callable[[NewMigration], None]) -> None:
        super().__init__(tr("Changes of the schema"), page.context, page)
        self.changes = changes
        self._done_with, self._title_typed = done, False
        self._schema: Schema | None = None
        self._waits = ""
        self.map = ChangesMap(page, large=True)
        self.list = SimpleTable[Line](
            tr("Changes, in the order in which they are made"),
            (
                Column[Line]("", lambda line: Cell(integer(line.number + 1), tone=Tone.MUTED), 44),
                Column[Line](tr("What changes"), lambda line: shown_name(line.sentence, 400)),
            ),
            key=lambda line: line.number,
            side=20,
        )
        self.list.horizontalHeader().setSectionsClickable(False)
        self.list.chosen.connect(lambda _: self.reconsider())
        self.back = Button(tr("Take back the last"), self.take_back, icon="undo-2", small=True)
        self.away = Button(tr("Take away"), self.take_away, icon="trash-2", small=True)
        self._build()
        self.take_changes(changes)

    def _build(self) -> None:
        self.table = Combo(tr("Table to change"), mono=True)
        self.table.currentIndexChanged.connect(lambda _: self.reconsider())
        self.change = Button(tr("Change"), lambda: self._open(open_table), icon="columns-3", small=True)
        self.split = Button(tr("Split"), lambda: self._open(open_split), icon="arrow-left-right", small=True)
        self.merge = Button(tr("Merge into it"), lambda: self._open(open_merge), icon="group", small=True)
        self.new = Button(tr("New table"), lambda: open_new(self._start()), icon="plus", small=True)
        more = vbox(
            Label(tr("Change more"), role="heading"),
            self.table,
            boxed(Flow(self.change, self.split, self.merge, self.new, gap=8)),
            gap=8,
            margins=(20, 12, 20, 16),
        )
        taken = boxed(Flow(self.back, self.away, gap=8, margins=(20, 8, 20, 8)))
        left = vbox(self.list, hairline(), taken, hairline(), boxed(more))
        left.setStretch(0, 1)
        self.title = LabelledField(tr("What the migration does"))
        self.title.edit.textEdited.connect(self._title_edited)
        verb = Button(tr("Write migration"), self.submit, kind=Kind.PRIMARY, icon="file-text")
        note = tr("Only a file is written. The database changes when the migration is applied.")
        self.waits = shown_if(False, Label(tone=Tone.MUTED, wrap=True))
        self.lay_out(boxed(left), verb, note, self.title, self.waits, map_=self.map)

    # The changes

    def take_changes(self, changes: ChangeList) -> None:
        """Show other changes, and what they lead to."""
        longer = len(changes.shown) > len(self.list.rows)
        self.changes = changes
        self._list_changes()
        if longer:
            self.list.choose(self.list.rows[-1])
        if not self._title_typed:
            self.title.edit.setText(title_of(changes.shown))
        self.edited()

    def take_back(self) -> None:
        """Without the last of them."""
        self.take_changes(self.changes.cut(len(self.changes.shown) - 1))

    def take_away(self) -> None:
        """Without the chosen one, unless a later one needs it."""
        chosen, changes = self.list.current, self.changes
        if chosen is None:
            return

        def work(session: ReadSession, context: Context) -> ChangeList:
            return take_away(session, changes, chosen.number, context)

        self.attempt(self.away, tr("Taking the change away"), work, self.take_changes)

    @property
    def lost_anew(self) -> str:
        number = plural(len(self.changes.shown), tr("change is"), tr("changes are"))
        return tr("{number} taken from the list. The database is unchanged.").format(number=number)

    def begin_again(self) -> None:
        self.take_changes(self.changes.cut(0))

    @property
    def unchanged(self) -> bool:
        return not self.changes.parts

    @property
    def doing(self) -> str:
        return tr("Writing a migration")

    @property
    def at_stake(self) -> str:
        return tr("These changes are not written to a migration yet. The database is unchanged.")

    def _title_edited(self, text: str) -> None:
        self._title_typed = bool(text.strip())
        self.title.set_wrong("")
        self.reconsider()

    def missing(self) -> str:
        return "" if self.title.edit.text().strip() else tr("Say what the migration does.")

    # What they lead to

    def look(self) -> Look:
        changes, path = self.changes, self._context.file.path
        return lambda session, context: outlook(
            session, changes, folder_of(path, must_be_there=False), context
        )

    def show_preview(self, found: Preview) -> None:
        super().show_preview(found)
        if isinstance(found, Outlook):
            self._schema = found.schema
            self._list_changes(found.idle)
            self._waits = found.waits
            begins = tr("It begins with the schema that comes after {waits}.")
            self.waits.say(begins.format(waits=found.waits) if found.waits else "")
            self.waits.setVisible(bool(found.waits))
            self._list_tables(found.schema)
            self.map.show_map(found.map)
            self.reconsider()

    def _list_changes(self, idle: Sequence[int] = ()) -> None:
        """The changes; those that change nothing say so."""
        lines = [Line(at, sentence_of(edit)) for at, edit in enumerate(self.changes.shown)]
        nothing = tr("{change}: it is so already, and is left out")
        self.list.set_rows(
            replace(line, sentence=nothing.format(change=line.sentence)) if line.number in idle else line
            for line in lines
        )

    def _list_tables(self, schema: Schema) -> None:
        names = [table.name for table in schema.tables if not cannot_change(table)]
        if names != [self.table.itemData(at) for at in range(self.table.count())]:
            chosen = self.table.currentData()
            self.table.blockSignals(True)
            self.table.clear()
            for name in names:
                self.table.addItem(shown_name(name), name)
            self.table.setCurrentIndex(max(0, self.table.findData(chosen)))
            self.table.blockSignals(False)

    def finish(self) -> Finish[NewMigration]:
        changes, path, title = self.changes, self._context.file.path, self.title.edit.text().strip()

        def write(session: ReadSession, context: Context) -> NewMigration | Problems:
            folder: Path = folder_of(path, must_be_there=False)
            return write_all(session, changes, folder, title, context)

        return write

    def take_result(self, result: NewMigration) -> None:
        self._done_with(result)

    # The next one

    @property
    def chosen(self) -> Table | None:
        """The table to be changed next, as the changes leave it."""
        name = self.table.currentData()
        return self._schema.table(name) if self._schema is not None and name else None

    def _start(self) -> Start:
        assert self._schema is not None
        return Start(self._schema, self.changes, self._context, self, self.take_changes, self._waits)

    def _open(self, opens: Callable[[Start, Table], None]) -> None:
        if self.chosen is None:
            return
        try:
            opens(self._start(), self.chosen)
        except StewardError as error:
            self.preview.show_error(error)

    def reconsider(self) -> None:
        super().reconsider()
        none = tr("Nothing is changed yet.") if self.unchanged else ""
        self.back.disable(none)
        self.away.disable(none or ("" if self.list.current else tr("Choose one first.")))
        waits = "" if self.settled and self._schema is not None else tr("The changes are being tried.")
        waits = waits or (tr("What is in the way comes first.") if self.problems else "")
        table = self.chosen
        cannot = waits or cannot_change(table)
        self.new.disable(waits)
        self.change.disable(cannot)
        self.split.disable(cannot or (why_not_split(table) if table else ""))
        schema = self._schema
        self.merge.disable(cannot or (why_not_merged(schema, table) if schema and table else ""))

    def show_fields(self) -> None:
        """Nothing is wrong in one place alone."""

    def where(self, place: Place) -> str:
        return ""

    def go(self, place: Place) -> None:
        """What is in the way is said beside the preview."""
