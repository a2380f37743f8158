"""The columns of a table, in their order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from steward_app.gui.format import name_alone
from steward_app.gui.layout import boxed, grid, hbox
from steward_app.gui.pages.schema_map.editor.fields import COLLATIONS, TYPES, CodeField, tr
from steward_app.gui.pages.schema_map.editor.parts import Part, PartsTab, icon_button
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.controls import Tick
from steward_app.gui.widgets.table import Column
from steward_app.services.migrate.draft.model import Draft, DraftColumn


class ColumnsTab(PartsTab[DraftColumn]):
    """Name, type, default, collation, computed value, key; add, drop and move."""

    part = "column"

    def __init__(self) -> None:
        super().__init__(
            tr("Columns"),
            (
                Column[Part[DraftColumn]](tr("Column"), _name),
                Column[Part[DraftColumn]](tr("Type"), _type, 112),
                Column[Part[DraftColumn]](tr("Says"), _says, 144),
                Column[Part[DraftColumn]](tr("State"), state_of, 104),
            ),
            tr("There is no column yet."),
        )
        self.name = self._code("name", tr("Name"))
        self.type = self._code("declared_type", tr("Type"), tr("none"), TYPES)
        self.default = self._code("default", tr("Default, as SQL"), tr("none"))
        self.collation = self._code("collation", tr("Texts compared by"), "BINARY", COLLATIONS)
        self.using = self._code("using", tr("Values become, as SQL"), tr("as SQLite converts them"))
        self.fill_with = self._code("fill", tr("Rows without a value get, as SQL"), "''")
        self.generated = self._code("generated", tr("Computed from, as SQL"), tr("not computed"))
        self.not_null = self._tick(tr("Must have a value"), "not_null")
        self.key = Tick(tr("Primary key"))
        self.key.toggled.connect(self._key_toggled)
        self.stored = self._tick(tr("Stored in the file"), "stored")
        self._build()

    def _build(self) -> None:
        form: QGridLayout = grid(gap=(12, 10))
        top = Qt.AlignmentFlag.AlignTop
        form.addWidget(self.name, 0, 0, top)
        form.addWidget(self.type, 0, 1, top)
        form.addWidget(self.using, 1, 0, 1, 2)
        form.addLayout(hbox(self.not_null, self.key, None, gap=20), 2, 0, 1, 2)
        form.addWidget(self.fill_with, 3, 0, 1, 2)
        form.addWidget(self.default, 4, 0, top)
        form.addWidget(self.collation, 4, 1, top)
        form.addWidget(self.generated, 5, 0, 1, 2)
        form.addWidget(self.stored, 6, 0, 1, 2)
        form.setColumnStretch(0, 1)
        form.setColumnStretch(1, 1)
        self.up = icon_button(tr("Move up"), "arrow-up", lambda: self.shift(-1))
        self.down = icon_button(tr("Move down"), "arrow-down", lambda: self.shift(1))
        self.new = Button(tr("Add a column"), self.add_column, icon="plus", small=True)
        self.build(boxed(form), self.new, self.up, self.down)

    def _code(self, field: str, label: str, placeholder: str = "", known: tuple[str, ...] = ()) -> CodeField:
        made = CodeField(label, placeholder, known)
        made.edit.textChanged.connect(lambda text: self._set(field, text))
        self.fields[field] = made
        return made

    def _tick(self, words: str, field: str) -> Tick:
        made = Tick(words)
        made.toggled.connect(lambda on: self._set(field, on))
        return made

    def _set(self, field: str, value: Any) -> None:
        if self.current is not None and getattr(self.current.what, field) != value:
            self.put(replace(self.current.what, **{field: value}))

    def add_column(self) -> None:
        """One more column, whose name is asked for."""
        taken = {column.name for column in self.draft.columns}
        number = next(n for n in range(1, len(taken) + 2) if f"column_{n}" not in taken)
        self.add(DraftColumn(f"column_{number}", declared_type="TEXT"))
        self.name.edit.setFocus()
        self.name.edit.selectAll()

    def _key_toggled(self, on: bool) -> None:
        chosen = self.current
        if chosen is None or on == bool(chosen.what.key):
            return
        self.put(replace(chosen.what, key=len(self.draft.columns) + 1 if on else 0))

    def parts(self, draft: Draft) -> tuple[DraftColumn, ...]:
        return draft.columns

    def with_parts(self, parts: tuple[DraftColumn, ...]) -> Draft:
        keys = sorted(part.key for part in parts if part.key)
        numbered = tuple(replace(part, key=keys.index(part.key) + 1) if part.key else part for part in parts)
        return replace(
            self.draft, columns=numbered, autoincrement=self.draft.autoincrement and len(keys) == 1
        )

    def was(self, part: DraftColumn) -> object:
        return part.was

    def fill(self, part: DraftColumn) -> None:
        before = next((each for each in self.base.columns if each.was == part.was), DraftColumn(""))
        self.name.show_text(part.name)
        self.type.show_text(part.declared_type)
        self.default.show_text(part.default)
        self.collation.show_text(part.collation)
        self.using.show_text(part.using)
        self.fill_with.show_text(part.fill)
        self.generated.show_text(part.generated)
        self.not_null.setChecked(part.not_null)
        self.key.setChecked(bool(part.key))
        self.stored.setChecked(part.stored)
        self.using.setVisible(
            bool(part.using) or (bool(part.was) and part.declared_type != before.declared_type)
        )
        asks = part.not_null and not part.generated and bool(self.draft.was)
        self.fill_with.setVisible(bool(part.fill) or (asks and not before.not_null and not part.default))
        self.stored.setVisible(bool(part.generated))
        self.default.setEnabled(not part.generated)
        at, last = self.draft.columns.index(part), len(self.draft.columns) - 1
        self.up.disable("" if at > 0 else tr("It is the first column."))
        self.down.disable("" if at < last else tr("It is the last column."))


def state_of(part: Part[Any]) -> Cell:
    """What becomes of a part; what is wrong comes first."""
    if part.wrong:
        return replace(state_cell(tr("not right"), Tone.DANGER, "circle-x"), spoken=part.wrong)
    return {
        "": Cell(""),
        "new": state_cell(tr("new"), Tone.SUCCESS, "plus"),
        "changed": state_cell(tr("changed"), Tone.ACCENT, "pencil"),
        "gone": state_cell(tr("goes"), Tone.DANGER, "trash-2"),
    }[part.state]


def _name(part: Part[DraftColumn]) -> Cell:
    tone = Tone.MUTED if part.state == "gone" else Tone.TEXT
    shown = name_alone(part.what.name)
    return Cell(shown, mono=True, bold=bool(part.what.key), tone=tone)


def _type(part: Part[DraftColumn]) -> Cell:
    return Cell(part.what.declared_type.lower() or tr("any"), tone=Tone.MUTED)


def _says(part: Part[DraftColumn]) -> Cell:
    column = part.what
    marks = (
        (tr("key"), bool(column.key)),
        (tr("not empty"), column.not_null and not column.key),
        (tr("default"), bool(column.default) and not column.generated),
        (tr("computed"), bool(column.generated)),
        (column.collation.lower(), bool(column.collation)),
    )
    return Cell(", ".join(words for words, holds in marks if holds), tone=Tone.MUTED, small=True)
