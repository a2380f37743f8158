"""The dialog in which a table is changed field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from steward_app.gui.flow import Flow
from steward_app.gui.format import integer, shown_name
from steward_app.gui.layout import boxed, shown_if, vbox
from steward_app.gui.pages.schema_map.editor.columns import ColumnsTab
from steward_app.gui.pages.schema_map.editor.fields import CodeField, tr
from steward_app.gui.pages.schema_map.editor.objects import ObjectsTab
from steward_app.gui.pages.schema_map.editor.parts import PartsTab
from steward_app.gui.pages.schema_map.editor.rules import RulesTab
from steward_app.gui.pages.schema_map.editor.start import Start
from steward_app.gui.pages.schema_map.editor.trying import AddingDialog, Finish, Look
from steward_app.gui.widgets.controls import Tabs, Tick
from steward_app.gui.widgets.surfaces import Views
from steward_app.services.migrate.draft.adding import add_table, try_table
from steward_app.services.migrate.draft.change_list import ChangeList
from steward_app.services.migrate.draft.model import Draft, ObjectKind, Place
from steward_app.services.schema.model import TableKind


class SchemaEditor(AddingDialog):
    """A table field by field, with what becomes of it beside it.

    Args:
        base: the table as it is; an empty draft for a new one.
    """

    def __init__(self, base: Draft, start: Start) -> None:
        words = tr("Change {table}").format(table=shown_name(base.was)) if base.was else tr("New table")
        super().__init__(words, start)
        self.base = base
        self.draft = base
        self.columns = ColumnsTab()
        self.tabs, self.views = self._tabs()
        self._fields()
        self.show_draft(base)

    def _tabs(self) -> tuple[Tabs, Mapping[str, PartsTab[Any]]]:
        names = [table.name for table in self.start.schema.tables if table.kind is TableKind.TABLE]
        views: dict[str, PartsTab[Any]] = {"columns": self.columns, "rules": RulesTab(names)}
        kinds: tuple[ObjectKind, ...] = ("index", "trigger", "view")
        objects = {str(kind): ObjectsTab(kind) for kind in kinds}
        named = ((kind, view.title) for kind, view in objects.items())
        tabs = Tabs(tr("Parts of the table"), ("columns", tr("Columns")), ("rules", tr("Rules")), *named)
        return tabs, views | objects

    def _fields(self) -> None:
        self.name = CodeField(tr("Name of the table"))
        self.strict = Tick(tr("Strict types"))
        self.without_rowid = Tick(tr("Without rowid"))
        self.counts = Tick(tr("Numbers are never used twice"))
        self.counts.setToolTip("AUTOINCREMENT")
        self.gone = shown_if(bool(self.base.was), Tick(tr("Drop this table")))
        self._stack = Views()
        for view in self.views.values():
            self._stack.addWidget(view)
            view.edited.connect(self.show_draft)
        self.tabs.chosen.connect(self.show_part)
        options = Flow(self.strict, self.without_rowid, self.counts, None, self.gone, gap=16)
        head = boxed(vbox(self.name, boxed(options), gap=10, margins=(20, 8, 20, 8)))
        left = vbox(head, boxed(vbox(self.tabs, margins=(20, 0, 20, 0))), self._stack)
        left.setStretch(2, 1)
        self.build(boxed(left))
        self.name.edit.textEdited.connect(lambda text: self.show_draft(replace(self.draft, name=text)))
        self.strict.toggled.connect(lambda on: self.show_draft(replace(self.draft, strict=on)))
        self.without_rowid.toggled.connect(lambda on: self.show_draft(replace(self.draft, without_rowid=on)))
        self.counts.toggled.connect(lambda on: self.show_draft(replace(self.draft, autoincrement=on)))
        self.gone.toggled.connect(lambda on: self.show_draft(replace(self.draft, gone=on)))

    # The draft

    def show_draft(self, draft: Draft) -> None:
        """Show another draft in all the fields, and what it would do."""
        self.draft = draft
        self.edited()

    def begin_again(self) -> None:
        self.show_draft(self.base)

    @property
    def unchanged(self) -> bool:
        return self.draft == self.base

    def look(self) -> Look:
        changes, base, draft = self.start.changes, self.base, self.draft
        return lambda session, context: try_table(session, changes, base, draft, context)

    def finish(self) -> Finish[ChangeList]:
        changes, base, draft = self.start.changes, self.base, self.draft
        return lambda session, context: add_table(session, changes, base, draft, context)

    def show_fields(self) -> None:
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
        for widget in (self.name, self.strict, self.without_rowid, self.counts):
            widget.setEnabled(not draft.gone)
        wrong = [each for each in self.problems if each.place.part == "table"]
        self.name.set_wrong(wrong[0].sentence if wrong else "")
        for key, view in self.views.items():
            view.setEnabled(not draft.gone or key == "view")  # which may have to go before the table
            view.show_draft(self.base, draft, self.problems)
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

    def where(self, place: Place) -> str:
        draft = self.draft
        if place.part == "column" and place.number < len(draft.columns):
            return shown_name(draft.columns[place.number].name, 24) or tr("column {n}").format(
                n=place.number + 1
            )
        if place.part == "rule":
            return tr("rule {n}").format(n=place.number + 1)
        if place.part == "object" and place.number < len(draft.objects):
            return draft.objects[place.number].kind
        return shown_name(draft.name, 24) if place.part == "table" else ""

    def go(self, place: Place) -> None:
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


def _may_count(draft: Draft) -> bool:
    key = draft.key
    return len(key) == 1 and key[0].declared_type.upper() == "INTEGER" and not draft.without_rowid
