"""Values before and after, as a rehearsal left them in memory: the first on the card, all of them over the window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from steward_app.gui.format import plural, shown_name
from steward_app.gui.layout import boxed, shown_if, vbox
from steward_app.gui.pages.data.words import key_words
from steward_app.gui.pages.migrations.read import ExampleRows
from steward_app.gui.pages.migrations.words import tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.dialog import PageDialog, dialog_foot
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.services.migrate.rehearsal.examples import Example
from steward_app.services.rows import Cell as Value
from steward_app.services.rows.model import Storage


@dataclass(frozen=True, slots=True)
class Shown:
    """A value that changes, with the table it belongs to."""

    example: Example
    rows: ExampleRows

    @property
    def personal(self) -> bool:
        """Whether it is hidden until asked for."""
        return self.example.column in self.rows.personal


def all_of(examples: Sequence[ExampleRows]) -> tuple[Shown, ...]:
    """Every value that is in memory, table by table and column by column."""
    return tuple(Shown(each, rows) for rows in examples for each in rows.rows)


def first_of(values: Sequence[Shown], most: int) -> tuple[Shown, ...]:
    """Some of them, of as many columns as there is room for, in their order."""
    seen: Counter[tuple[str, str]] = Counter()
    ranked = []
    for place, each in enumerate(values):
        column = (each.rows.table.title, each.example.column)
        ranked.append((seen[column], place))
        seen[column] += 1
    return tuple(values[place] for place in sorted(place for _, place in sorted(ranked)[:most]))


class ExampleTable(SimpleTable[Shown]):
    """Values before and after; what is personal is not shown until it is asked for."""

    def __init__(
        self, name: str, values: Sequence[Shown], *, revealed: bool = False, side: float = 16
    ) -> None:
        self.revealed = revealed
        several = len({each.rows.table.title for each in values}) > 1
        super().__init__(name, self._columns(several), side=side, row_height=26)
        self.set_rows(values)
        self.reveal = shown_if(any(each.personal for each in values), link("", self.turn))
        self._say()

    def turn(self) -> None:
        """Show what is hidden, or hide it again."""
        self.revealed = not self.revealed
        self._say()
        self.viewport().update()

    def key_cell(self, shown: Shown) -> str:
        """The key of a row."""
        hidden = frozenset[str]() if self.revealed else shown.rows.personal
        return key_words(shown.example.key, shown.rows.table.key, hidden)

    def value_cell(self, shown: Shown, value: Value, tone: Tone) -> Cell:
        """A value, with its kind where that changes too."""
        if not self.revealed and shown.personal:
            return Cell(tr("Hidden, {kind}").format(kind=_kind(value)), tone=Tone.PERSONAL, icon="eye-off",
                        icon_tone=Tone.PERSONAL)  # fmt: skip
        kinds = {_kind(shown.example.before), _kind(shown.example.after)}
        words = cell_text(value)
        return Cell(
            f"{words}  ({_kind(value)})" if len(kinds) > 1 and value is not None else words, tone=tone
        )

    def _say(self) -> None:
        self.reveal.set_words(tr("Hide personal values") if self.revealed else tr("Show personal values"))

    def _columns(self, several: bool) -> tuple[Column[Shown], ...]:
        table = Column[Shown](
            tr("Table"), lambda each: Cell(shown_name(each.rows.table.title), mono=True), width=100
        )
        return (
            *((table,) if several else ()),
            Column[Shown](tr("Row"), self.key_cell, width=80),
            Column[Shown](
                tr("Column"), lambda each: Cell(shown_name(each.example.column), mono=True), width=116
            ),
            Column[Shown](tr("Before"), lambda each: self.value_cell(each, each.example.before, Tone.DANGER)),
            Column[Shown](tr("After"), lambda each: self.value_cell(each, each.example.after, Tone.SUCCESS)),
        )


class ExamplesDialog(PageDialog):
    """Every value that a rehearsal left in memory, over the window."""

    def __init__(self, page: QWidget, values: Sequence[Shown], *, revealed: bool) -> None:
        title = tr("Values that change")
        super().__init__(page, title)
        self.table = ExampleTable(title, values, revealed=revealed, side=20)
        words = tr(
            "{values}: the first of each column and kind of change. They are kept while this page is open, and in "
            "no file."
        )
        told = Label(
            words.format(values=plural(len(values), tr("value"), tr("values"))), tone=Tone.MUTED, wrap=True
        )
        head = vbox(Label(title, role="question", wrap=True), told, gap=8, margins=(20, 20, 20, 12))
        self.stay = Button(tr("Close"), self.accept)
        self.stay.setDefault(True)
        foot = dialog_foot(self.table.reveal, None, self.stay, gap=12)
        whole = vbox(boxed(head), self.table, foot)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.take(760, 620)


def _kind(value: Value) -> str:
    match value:
        case None:
            return tr("empty")
        case int() | float():
            return tr("number")
        case str():
            return tr("text")
        case _:
            return tr("text") if value.storage is Storage.TEXT else tr("BLOB")
