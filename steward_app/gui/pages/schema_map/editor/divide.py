"""The dialogs in which a table is split, and another merged into it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

from steward_app.db import ReadSession
from steward_app.db.names import fold
from steward_app.gui.bridge import JobHandle
from steward_app.gui.format import name_alone, plural, shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.schema_map.editor.fields import CodeField, tr
from steward_app.gui.pages.schema_map.editor.rules import Pick
from steward_app.gui.pages.schema_map.editor.start import Start
from steward_app.gui.pages.schema_map.editor.trying import AddingDialog, Finish, Look
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import Tick
from steward_app.gui.widgets.surfaces import Scroll
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services.migrate.draft.adding import add_division, rows_of, try_division
from steward_app.services.migrate.draft.change_list import ChangeList
from steward_app.services.migrate.draft.divide import Division, Partner, partners, unmatched
from steward_app.services.migrate.draft.matching import Matched
from steward_app.services.migrate.draft.model import Place
from steward_app.services.migrate.draft.preview import Preview
from steward_app.services.migrate.edit.model import MergeTable, SplitTable
from steward_app.services.schema.model import Column, Table


class _DivisionDialog(AddingDialog):
    """What splitting and merging have in common: fields that say one edit.

    Attributes:
        fields: what can be wrong, by the place where it is.
    """

    def __init__(self, words: str, start: Start) -> None:
        super().__init__(words, start)
        self.fields: dict[Place, CodeField | Pick] = {}

    @property
    @abstractmethod
    def edit(self) -> Division:
        """What the fields say."""

    def look(self) -> Look:
        changes, edit = self.start.changes, self.edit
        return lambda session, context: try_division(session, changes, edit, context)

    def finish(self) -> Finish[ChangeList]:
        changes, edit = self.start.changes, self.edit
        return lambda session, context: add_division(session, changes, edit, context)

    def show_fields(self) -> None:
        wrong = {each.place: each.sentence for each in reversed(self.problems)}
        for place, field in self.fields.items():
            field.set_wrong(wrong.get(place, ""))

    def where(self, place: Place) -> str:
        return ""

    def go(self, place: Place) -> None:
        if place in self.fields:
            self.fields[place].control.setFocus()

    def _code(self, place: Place, label: str, text: str) -> CodeField:
        field = CodeField(label)
        field.show_text(text)
        field.edit.textChanged.connect(lambda _: self.edited())
        self.fields[place] = field
        return field


class SplitDialog(_DivisionDialog):
    """Which columns of a table move into a new one, and what that is called."""

    def __init__(self, table: Table, start: Start) -> None:
        named = shown_name(table.name)
        super().__init__(tr("Split {table}").format(table=named), start)
        self._table = table
        says = tr(
            "The chosen columns move into a new table, with the rules and indexes that are about them alone."
            " A row of it belongs to each row of {table}."
        )
        key = table.primary_key.columns[0] if table.primary_key else ""
        self.into = self._code(
            Place("table", field="into"), tr("Name of the new table"), f"{table.name}_details"
        )
        self.key = self._code(
            Place("table", field="key"), tr("Its column that points back"), f"{table.name}_{key}"
        )
        self.ticks = {column.name: self._tick(column, key) for column in table.columns if not column.hidden}
        self._none = Label(tone=Tone.DANGER, wrap=True)
        names = hbox(self.into, self.key, gap=12)
        head = vbox(
            Label(says.format(table=named), tone=Tone.MUTED, wrap=True),
            names,
            Label(tr("Columns that move"), role="heading"),
            self._none,
            gap=12,
            margins=(20, 8, 20, 8),
        )
        listed = Scroll(boxed(vbox(*self.ticks.values(), None, gap=8, margins=(20, 4, 20, 16))))
        left = vbox(boxed(head), listed)
        left.setStretch(1, 1)
        self.build(boxed(left))
        self._begins = self.edit
        self.edited()

    def _tick(self, column: Column, key: str) -> Tick:
        said = f"  {column.declared_type.lower()}" if column.declared_type else ""
        tick = Tick(f"{name_alone(column.name)}{said}")
        if column.name == key:
            tick.setEnabled(False)
            tick.setToolTip(tr("It names the row and stays."))
        tick.toggled.connect(lambda _: self.edited())
        return tick

    @property
    def edit(self) -> SplitTable:
        columns = tuple(name for name, tick in self.ticks.items() if tick.isChecked())
        return SplitTable(self._table.name, self.into.edit.text(), columns, self.key.edit.text())

    @property
    def unchanged(self) -> bool:
        return self.edit == self._begins

    def begin_again(self) -> None:
        for tick in self.ticks.values():
            tick.setChecked(False)
        self.into.show_text(self._begins.into)
        self.key.show_text(self._begins.key)

    def show_fields(self) -> None:
        super().show_fields()
        place = Place("table", field="columns")
        self._none.say(next((each.sentence for each in self.problems if each.place == place), ""))
        self._none.setVisible(bool(self._none.plain))

    def go(self, place: Place) -> None:
        super().go(place)
        if place.field == "columns":
            next((tick for tick in self.ticks.values() if tick.isEnabled()), self.into).setFocus()


class MergeDialog(_DivisionDialog):
    """Which table goes into another, and what its columns are called there."""

    def __init__(self, table: Table, start: Start) -> None:
        named = shown_name(table.name)
        super().__init__(tr("Merge a table into {table}").format(table=named), start)
        self._table = table
        pointing = partners(start.schema, table)
        self.partners = [partner for partner in pointing if not partner.why_not]
        self._counting: JobHandle | None = None
        self._rows: Matched | None = None
        says = tr(
            "The columns of a table that points to {table}, at most a row to each, move into it with their rules"
            " and indexes. That table goes."
        )
        choices = [(name_alone(each.table.name), str(number)) for number, each in enumerate(self.partners)]
        self.merged = Pick(tr("Table that goes"), [(tr("none chosen"), ""), *choices])
        self.merged.combo.currentIndexChanged.connect(lambda _: self._chosen())
        self.fields[Place("table", field="merged")] = self.merged
        self.counted = Label(tone=Tone.MUTED, wrap=True)
        self.complete = Tick(tr("Each row must have one, and what must have a value still must"))
        self.complete.toggled.connect(lambda _: self.edited())
        self._names = vbox(gap=12)
        cannot = [
            Label(f"{shown_name(each.table.name)}: {each.why_not}", tone=Tone.MUTED, wrap=True)
            for each in pointing
            if each.why_not
        ]
        inside = vbox(
            Label(says.format(table=named), tone=Tone.MUTED, wrap=True),
            self.merged,
            self.counted,
            self.complete,
            boxed(self._names),
            *((Label(tr("Cannot be merged"), role="heading"), *cannot) if cannot else ()),
            None,
            gap=12,
            margins=(20, 8, 20, 16),
        )
        self.build(Scroll(boxed(inside)))
        self._chosen()

    @property
    def partner(self) -> Partner | None:
        """The table that goes, once it is chosen."""
        return self.partners[int(self.merged.value)] if self.merged.value else None

    @property
    def edit(self) -> MergeTable:
        goes = self.partner
        if goes is None:
            return MergeTable(self._table.name, "", "")
        names = tuple(
            (goes.table.columns[place.number].name, field.edit.text())
            for place, field in self.fields.items()
            if isinstance(field, CodeField)
        )
        return MergeTable(
            self._table.name, goes.table.name, goes.key, names, complete=self.complete.isChecked()
        )

    @property
    def unchanged(self) -> bool:
        return self.partner is None

    def look(self) -> Look:
        edit, rows, tried = self.edit, self._rows, super().look()

        def look(session: ReadSession, context: Context) -> Preview:
            if not edit.merged:
                return Preview("", "")
            found = tried(session, context)
            in_rows = tuple(unmatched(edit, rows)) if rows is not None else ()
            return replace(found, problems=(*in_rows, *found.problems))

        return look

    def begin_again(self) -> None:
        self.merged.combo.setCurrentIndex(0)

    def _chosen(self) -> None:
        """Another table goes: ask what its columns are called, and count its rows."""
        for place in [place for place in self.fields if place.part == "column"]:
            field = self.fields.pop(place)
            field.hide()
            field.deleteLater()
        there = {fold(column.name) for column in self._table.columns}
        goes = self.partner
        for column in goes.table.columns if goes else ():
            if goes and fold(column.name) in there and column.name != goes.key:
                label = tr("{column} is called").format(column=shown_name(column.name))
                place = Place("column", column.position, "name")
                self._names.addWidget(self._code(place, label, f"{goes.table.name}_{column.name}"))
        self._rows = None
        self.preview.forget()
        self.complete.setVisible(goes is not None)
        self._may_be_complete(None)
        self.counted.say(tr("The rows are being counted.") if goes else "")
        self._count()
        self.edited()

    def _count(self) -> None:
        if self._counting is not None:
            self._counting.drop()
            self._counting = None
        file, goes = self._context.file, self.partner
        if goes is None:
            return
        changes, edit = self.start.changes, MergeTable(self._table.name, goes.table.name, goes.key)

        def work(context: Context) -> Matched | None:
            with file.read() as session:
                return rows_of(session, changes, edit, context)

        self._counting = self._context.jobs.run(
            self,
            tr("Counting rows that belong together"),
            work,
            self._show_rows,
            on_failure=self.preview.show_error,
            on_end=self._counted,
            file=file.id,
            quiet=True,
        )

    def _counted(self) -> None:
        self._counting = None

    def _show_rows(self, rows: Matched | None) -> None:
        self._rows = rows
        edit = self.edit
        if rows is None:
            self.counted.say(
                tr("What runs before this makes the values that point. A rehearsal counts the rows.")
            )
            self.edited()
            return
        none = plural(rows.without, tr("row of {stays} has none"), tr("rows of {stays} have none"))
        some = f"{none} {tr('in {goes}. What comes along is empty there.')}"
        words = some if rows.without else tr("Each row of {stays} has one in {goes}.")
        self.counted.say(words.format(stays=shown_name(edit.table), goes=shown_name(edit.merged)))
        self._may_be_complete(rows)
        self.edited()

    def _may_be_complete(self, rows: Matched | None) -> None:
        may = rows is not None and not rows.without
        self.complete.blockSignals(True)
        self.complete.setEnabled(may)
        self.complete.setChecked(may)
        self.complete.setToolTip("" if may or rows is None else tr("There are rows without one."))
        self.complete.blockSignals(False)

    @property
    def settled(self) -> bool:
        return super().settled and self._counting is None
