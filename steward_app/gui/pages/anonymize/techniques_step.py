"""The second step: a technique for every column, with what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from steward_app.gui.layout import boxed, vbox
from steward_app.gui.pages.anonymize.option_field import OptionField
from steward_app.gui.pages.anonymize.technique_table import Row, TechniqueCombo, lost_words
from steward_app.gui.pages.anonymize.words import TECHNIQUES, level_words, place_words, technique_word
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Cell, name_cell
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.controls import Combo, SearchField
from steward_app.gui.widgets.surfaces import Inspector, Toolbar
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label, name
from steward_app.kernel.plan import Json
from steward_app.services.privacy.hierarchies import from_options, level_of
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform.options import ALLOWED

_OF_DATES = frozenset({"month_first", "clock"})
_UNSAID = frozenset({"kind", "why", "hierarchy", "steps", "levels", "keep", "values", "file", "level", "as"})
_WIDTH, _NARROW = 336, 960


class TechniquesStep(QWidget):
    """All columns with their rules; the one that is chosen can be changed beside the list.

    Signals:
        technique: a place, and the technique chosen for it.
        ruled: a `Rule` with other options.
    """

    technique = Signal(object, object)
    ruled = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self._shown: Row | None = None
        self.search = SearchField(self.tr("Find a column"), self.tr("Find a column"), width=200)
        self.table = SimpleTable[Row](
            self.tr("Technique for each column"),
            (
                Column[Row](self.tr("Column"), lambda row: name_cell(place_words(row.place)), width=236),
                Column[Row](self.tr("Technique"), _technique, width=106),
                Column[Row](self.tr("How"), lambda row: Cell(row.how, tone=Tone.MUTED)),
                Column[Row](
                    self.tr("Usefulness lost"),
                    lambda row: lost_words(row.lost),
                    width=122,
                    right=True,
                    order=lambda row: -1.0 if row.lost is None else row.lost,
                ),
            ),
            key=lambda row: row.place,
            row_height=30,
        )
        self.inspector = Inspector(self.tr("Technique of the column"), width=_WIDTH)
        left = vbox(12, Toolbar(self.search, None), self.table)
        left.setStretch(2, 1)
        self.setLayout(vbox(Beside(boxed(left), self.inspector, width=_WIDTH, below=_NARROW, gap=0)))
        self.search.textChanged.connect(lambda _: self._show())
        self.table.chosen.connect(self._show_row)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other rules."""
        self._rows = tuple(rows)
        self._show()

    def _show(self) -> None:
        wanted = self.search.text().casefold()
        self.table.set_rows(row for row in self._rows if wanted in place_words(row.place).casefold())
        if self.table.current is None and self.table.rows:
            self.table.choose(self.table.rows[0])
        self._show_row(self.table.current)

    def _show_row(self, row: Row | None) -> None:
        if row is None:
            self.inspector.show_content(Label(self.tr("No column is chosen."), tone=Tone.MUTED), None)
            self._shown = None
            return
        if row == self._shown:
            return
        self._shown = row
        combo = TechniqueCombo(row.place, row.technique)
        combo.currentIndexChanged.connect(lambda _: self.technique.emit(row.place, combo.technique))
        words = Label(row.how or self.tr("The values stay as they are."), tone=Tone.MUTED, wrap=True)
        self.inspector.show_content(
            Label(name(place_words(row.place), bold=True), wrap=True), combo, words, *self._options(row), None
        )

    def _options(self, row: Row) -> list[QWidget]:
        rule = row.rule
        if rule is None:
            return []
        fields: list[QWidget] = []
        if rule.technique is Technique.GENERALIZE and (level := self._level(rule)) is not None:
            words = Label(self.tr("How coarse"))
            words.setBuddy(level)
            fields.append(boxed(vbox(words, level, gap=6)))
        asked = ALLOWED[rule.technique] - _UNSAID
        if rule.technique is Technique.GENERALIZE and rule.options.get("hierarchy") != "dates":
            asked -= _OF_DATES
        return [*fields, *(self._field(rule, option) for option in sorted(asked))]

    def _level(self, rule: Rule) -> Combo | None:
        try:
            hierarchy = from_options(rule.options)
            now = level_of(hierarchy, rule.options)
        except (ValueError, OSError):
            return None
        combo = Combo(self.tr("How coarse"), map(level_words, hierarchy.titles))
        combo.setCurrentIndex(now)
        combo.currentIndexChanged.connect(lambda at: self._say(rule, "level", at))
        return combo

    def _field(self, rule: Rule, option: str) -> OptionField:
        return OptionField(option, rule.options.get(option), lambda value: self._say(rule, option, value))

    def _say(self, rule: Rule, option: str, value: Json) -> None:
        options: dict[str, Json] = {**rule.options, option: value}
        if value is None:
            del options[option]
        self.ruled.emit(replace(rule, options=options))


def _technique(row: Row) -> Cell:
    return Cell(technique_word(row.technique), icon=TECHNIQUES[row.technique][1], icon_tone=Tone.MUTED)
