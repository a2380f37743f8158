"""The rules of a table: conditions, unique columns, foreign keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from steward_app.gui.format import name_alone
from steward_app.gui.layout import boxed, grid
from steward_app.gui.pages.schema_map.editor.columns import state_of
from steward_app.gui.pages.schema_map.editor.fields import CodeField, Labelled, tr
from steward_app.gui.pages.schema_map.editor.parts import Part, PartsTab
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.controls import Combo
from steward_app.gui.widgets.table import Column
from steward_app.services.migrate.draft.model import Draft, Rule, RuleKind
from steward_app.services.migrate.edit.text import written

_ACTIONS = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")
_CONFLICTS = ("", "ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE")
_LATE = "DEFERRABLE INITIALLY DEFERRED"


class Pick(Labelled):
    """A choice from a few, each with the value it stands for."""

    def __init__(self, label: str, choices: Iterable[tuple[str, str]]) -> None:
        self.combo = Combo(label)
        for words, value in choices:
            self.combo.addItem(words, value)
        super().__init__(label, self.combo)

    def show_value(self, value: str) -> None:
        """Show another one; one that is not listed is listed as it is written."""
        if self.combo.findData(value) < 0:
            self.combo.addItem(value.lower(), value)
        self.combo.setCurrentIndex(self.combo.findData(value))

    @property
    def value(self) -> str:
        """The one chosen."""
        return str(self.combo.currentData())


class RulesTab(PartsTab[Rule]):
    """CHECK, UNIQUE and FOREIGN KEY; each is a rule of the table once it is changed."""

    part = "rule"

    def __init__(self, tables: Iterable[str]) -> None:
        super().__init__(
            tr("Rules"),
            (
                Column[Part[Rule]](tr("Rule"), _says),
                Column[Part[Rule]](
                    tr("Kind"), lambda part: Cell(kind_words(part.what.kind), tone=Tone.MUTED), 112
                ),
                Column[Part[Rule]](tr("State"), state_of, 104),
            ),
            tr("This table declares no rules yet."),
        )
        self.name = self._code("name", tr("Name of the rule"), tr("none"))
        self.body = self._code("body", tr("Condition, as SQL"))
        self.columns = self._code("body", tr("Columns, with commas between"))
        self.parent_table = self._code("parent", tr("Points to the table"), "", tables)
        self.parent_columns = self._code("parent_columns", tr("Its columns"), tr("the primary key"))
        actions = [(words.lower(), words) for words in _ACTIONS]
        self.on_delete = self._pick("on_delete", tr("When a row there is deleted"), actions)
        self.on_update = self._pick("on_update", tr("When its key is changed"), actions)
        times = [(tr("at once"), ""), (tr("at the end of the transaction"), _LATE)]
        self.deferrable = self._pick("deferrable", tr("Checked"), times)
        conflicts = [(words.lower() or tr("the statement fails"), words) for words in _CONFLICTS]
        self.conflict = self._pick("conflict", tr("When a row breaks it"), conflicts)
        self._build()

    def _build(self) -> None:
        form: QGridLayout = grid(gap=(12, 10))
        top = Qt.AlignmentFlag.AlignTop
        form.addWidget(self.body, 0, 0, 1, 2)
        form.addWidget(self.columns, 1, 0, 1, 2)
        form.addWidget(self.parent_table, 2, 0, top)
        form.addWidget(self.parent_columns, 2, 1, top)
        form.addWidget(self.on_delete, 3, 0)
        form.addWidget(self.on_update, 3, 1)
        form.addWidget(self.deferrable, 4, 0)
        form.addWidget(self.conflict, 4, 1)
        form.addWidget(self.name, 5, 0, 1, 2)
        form.setColumnStretch(0, 1)
        form.setColumnStretch(1, 1)
        self.new = {
            kind: Button(words, lambda kind=kind: self.add_rule(kind), icon="plus", small=True)  # type: ignore[misc]
            for kind, words in (
                (RuleKind.CHECK, tr("Condition")),
                (RuleKind.UNIQUE, tr("Unique")),
                (RuleKind.LINK, tr("Foreign key")),
            )
        }
        self.build(boxed(form), *self.new.values())

    def _code(self, field: str, label: str, placeholder: str = "", known: Iterable[str] = ()) -> CodeField:
        made = CodeField(label, placeholder, known)
        made.edit.textEdited.connect(lambda text: self._set(field, text))
        return made

    def _pick(self, field: str, label: str, choices: Iterable[tuple[str, str]]) -> Pick:
        made = Pick(label, choices)
        made.combo.activated.connect(lambda _: self._set(field, made.value))
        return made

    def _set(self, field: str, value: str) -> None:
        if self.current is not None and getattr(self.current.what, field) != value:
            self.put(replace(self.current.what, **{field: value}))  # type: ignore[arg-type]

    def add_rule(self, kind: RuleKind) -> None:
        """One more, whose body is asked for."""
        self.add(Rule(kind))
        (self.body if kind is RuleKind.CHECK else self.columns).edit.setFocus()

    def parts(self, draft: Draft) -> tuple[Rule, ...]:
        return draft.rules

    def with_parts(self, parts: tuple[Rule, ...]) -> Draft:
        return replace(self.draft, rules=parts)

    def was(self, part: Rule) -> object:
        return part.was

    def fill(self, part: Rule) -> None:
        check, link = part.kind is RuleKind.CHECK, part.kind is RuleKind.LINK
        self.fields = {"body": self.body if check else self.columns, "parent": self.parent_table}
        self.columns.know(written(column.name) for column in self.draft.columns)
        for field, text in (
            (self.name, part.name),
            (self.body, part.body),
            (self.columns, part.body),
            (self.parent_table, part.parent),
            (self.parent_columns, part.parent_columns),
        ):
            field.show_text(text)
        self.on_delete.show_value(part.on_delete)
        self.on_update.show_value(part.on_update)
        self.deferrable.show_value(part.deferrable)
        self.conflict.show_value(part.conflict)
        self.body.setVisible(check)
        self.columns.setVisible(not check)
        self.conflict.setVisible(part.kind is RuleKind.UNIQUE)
        for control in (
            self.parent_table,
            self.parent_columns,
            self.on_delete,
            self.on_update,
            self.deferrable,
        ):
            control.setVisible(link)


def kind_words(kind: RuleKind) -> str:
    """What a kind of rule is called."""
    return {
        RuleKind.CHECK: tr("condition"),
        RuleKind.UNIQUE: tr("unique"),
        RuleKind.LINK: tr("foreign key"),
    }[kind]


def _says(part: Part[Rule]) -> Cell:
    rule = part.what
    words: Any = rule.body if rule.kind is not RuleKind.LINK else f"{rule.body} → {rule.parent}"
    return Cell(name_alone(words), mono=True, tone=Tone.MUTED if part.state == "gone" else Tone.TEXT)
