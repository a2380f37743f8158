"""Techniques of some columns, each with a combo; and what each does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from steward_app.gui import icons
from steward_app.gui.layout import boxed, fix, grid, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.pages.anonymize.words import TECHNIQUES, how, place_words, share, technique_word, tr
from steward_app.gui.tab_order import put_behind
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import Combo
from steward_app.gui.widgets.surfaces import hairline
from steward_app.gui.widgets.text import Label
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Rule


@dataclass(frozen=True, slots=True)
class Row:
    """A column.

    Attributes:
        rule: None where it has none of its own.
        lost: the usefulness it loses, from 0 to 1; None where it was not measured.
        follows: the rule of a column that a foreign key binds it to, which then holds for it too.
        computed: from other columns, as they are in the copy.
    """

    place: Place
    rule: Rule | None
    lost: float | None
    follows: Rule | None = None
    computed: bool = False

    @property
    def technique(self) -> Technique:
        """What is done with it."""
        rule = self.rule or self.follows
        return rule.technique if rule else Technique.KEEP

    @property
    def how(self) -> str:
        """How that is done, in a few words; "" where the values stay as they are."""
        if self.rule is None and self.follows is not None:
            other = self.follows.place
            return tr("As {column}").format(column=place_words(other))
        if self.rule is None and self.computed:
            return tr("Computed from other columns")
        return how(self.rule)


class TechniqueCombo(Combo):
    """The techniques that a column can have, with their icons."""

    def __init__(self, place: Place, now: Technique) -> None:
        super().__init__(_tr_name(place))
        for technique, (_, icon) in TECHNIQUES.items():
            if technique is not Technique.JSON or now is Technique.JSON:
                self.addItem(icons.icon(icon, Tone.MUTED), technique_word(technique), technique)
        self.setIconSize(QSize(px(12), px(12)))
        self.show_technique(now)

    def show_technique(self, technique: Technique) -> None:
        """Show another one; tells nobody."""
        self.blockSignals(True)
        self.setCurrentIndex(self.findData(technique))
        self.blockSignals(False)

    @property
    def technique(self) -> Technique:
        """The one chosen."""
        return Technique(self.currentData())

    def wheelEvent(self, event: object) -> None:
        """The page scrolls; a technique is not changed by the way."""
        event.ignore()  # type: ignore[attr-defined]


class _Line:
    """What stands in the row of a column."""

    def __init__(self, row: Row) -> None:
        self.rule = hairline()
        self.place = _place_label(row.place)
        self.combo = fix(TechniqueCombo(row.place, row.technique), width=136, height=24)
        self.combo.setProperty("small", True)
        self.choice = boxed(hbox(self.combo, margins=(0, 3, 0, 3)))
        self.how = Label(tone=Tone.MUTED, elide=True)
        self.lost = Label()
        self.show_row(row)

    def offers(self, row: Row) -> bool:
        """Whether the technique of a row can be shown here; one of JSON is offered where there is one alone."""
        return (self.combo.technique is Technique.JSON) == (row.technique is Technique.JSON)

    def show_row(self, row: Row) -> None:
        """Show what is said of the column now."""
        self.combo.show_technique(row.technique)
        self.how.say(row.how)
        self.lost.say(lost_words(row.lost))
        self.lost.set_tone(Tone.TEXT if row.lost else Tone.MUTED)

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """All of it, from left to right; the line above first."""
        return self.rule, self.place, self.choice, self.how, self.lost


class TechniqueTable(QWidget):
    """A few columns with a combo each.

    Signals:
        changed: the place and the technique that was chosen for it.
    """

    changed = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid: QGridLayout = grid(gap=(12, 0), margins=(16, 0, 16, 8))
        self.setLayout(vbox(self._grid))
        self._lines: dict[Place, _Line] = {}
        heads = (self.tr("Column"), self.tr("Technique"), self.tr("How"), self.tr("Usefulness lost"))
        for at, head in enumerate(heads):
            label = fix(Label(head, role="medium", tone=Tone.MUTED), height=28)
            side = Qt.AlignmentFlag.AlignRight if at == len(heads) - 1 else Qt.AlignmentFlag.AlignLeft
            self._grid.addWidget(label, 0, at, side | Qt.AlignmentFlag.AlignVCenter)
        self._grid.setColumnMinimumWidth(0, px(156))
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(2, 3)

    @property
    def combos(self) -> Mapping[Place, TechniqueCombo]:
        """The choice of each column, from top to bottom."""
        return {place: line.combo for place, line in self._lines.items()}

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other columns; of those that stay only what is said of them changes, and their place."""
        before = self._lines
        kept = {row.place: line for row in rows if (line := before.get(row.place)) and line.offers(row)}
        for place, line in before.items():
            if kept.get(place) is not line:
                self._remove(line)
        self._lines = {row.place: kept.get(row.place) or self._made(row) for row in rows}
        for row in rows:
            self._lines[row.place].show_row(row)
        if list(self._lines.items()) != list(before.items()):
            for number, line in enumerate(self._lines.values()):
                self._put(line, 2 * number + 1)
            put_behind(self, tuple(self.combos.values()))

    def _made(self, row: Row) -> _Line:
        line, place = _Line(row), row.place
        combo = line.combo
        combo.currentIndexChanged.connect(lambda _: self.changed.emit(place, combo.technique))
        return line

    def _put(self, line: _Line, number: int) -> None:
        for widget in line.widgets:
            self._grid.removeWidget(widget)
        self._grid.addWidget(line.rule, number, 0, 1, 4)
        self._grid.addWidget(line.place, number + 1, 0)
        self._grid.addWidget(line.choice, number + 1, 1)
        self._grid.addWidget(line.how, number + 1, 2)
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._grid.addWidget(line.lost, number + 1, 3, side)

    def _remove(self, line: _Line) -> None:
        for widget in line.widgets:
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()


def lost_words(lost: float | None) -> str:
    """Usefulness lost: "2.1 %", "0"; "" where it was not measured."""
    return "" if lost is None else share(lost) if lost >= 0.0005 else "0"


def _place_label(place: Place) -> Label:
    return Label(place_words(place), role="mono", elide=True, middle=True)


def _tr_name(place: Place) -> str:
    return tr("Technique of {column}").format(column=place_words(place))
