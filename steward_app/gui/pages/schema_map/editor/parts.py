"""A view of the schema editor: a list of parts of the table above, the fields of the chosen one below."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from steward_app.gui.layout import boxed, fix, hbox, vbox
from steward_app.gui.pages.schema_map.editor.fields import Labelled, tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.surfaces import Scroll, hairline
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.services.migrate.draft.model import Draft, Problem

P = TypeVar("P")
_LIST_HEIGHT = 208


@dataclass(frozen=True)
class Part(Generic[P]):
    """A line of the list: a part of the draft, or with `number` -1 one of the file that goes."""

    number: int
    what: P
    state: Literal["", "new", "changed", "gone"] = ""
    wrong: str = ""

    @property
    def key(self) -> object:
        return self.number if self.number >= 0 else self.what


class PartsTab(QWidget, Generic[P]):
    """What columns, rules and texts have in common.

    Signals:
        edited: the draft is another one now.
    """

    edited = Signal(object)
    part = ""

    def __init__(self, name: str, columns: Sequence[Column[Part[P]]], nothing: str) -> None:
        super().__init__()
        self.title = name
        self.base, self.draft = Draft(""), Draft("")
        self._problems: tuple[tuple[int, Problem], ...] = ()
        self.list = SimpleTable[Part[P]](name, columns, key=lambda part: part.key, side=20)
        self.list.horizontalHeader().setSectionsClickable(False)
        self.list.chosen.connect(lambda _: self._chosen())
        self.drop = Button(tr("Drop"), self._drop, icon="trash-2", small=True)
        self._nothing = boxed(vbox(Label(nothing, tone=Tone.MUTED, wrap=True), margins=(20, 12, 20, 0)))
        self.fields: dict[str, Labelled] = {}
        self._filling = False
        self._buttons = hbox(gap=8, margins=(20, 8, 20, 8))
        self._form = boxed(vbox(margins=(20, 12, 20, 16)))
        below = boxed(vbox(self._nothing, self._form, None))
        whole = vbox(
            fix(self.list, height=_LIST_HEIGHT), hairline(), boxed(self._buttons), hairline(), Scroll(below)
        )
        whole.setStretch(4, 1)
        self.setLayout(whole)

    def build(self, form: QWidget, *buttons: Button) -> None:
        """Put in the fields, and the buttons that stand before "Drop"."""
        layout = self._form.layout()
        assert layout is not None
        layout.addWidget(form)
        for button in (*buttons, self.drop):
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)

    def show_draft(self, base: Draft, draft: Draft, problems: Sequence[Problem] = ()) -> None:
        """Show a draft, and what is wrong with it at its fields."""
        self.base, self.draft = base, draft
        mine = (each for each in problems if each.place.part == self.part)
        placed = ((self.place_of(each.place.number), each) for each in mine)
        self._problems = tuple((number, each) for number, each in placed if number >= 0)
        chosen = self.list.current
        self.list.set_rows(self._listed())
        if chosen is None and self.list.rows:
            self.list.choose(self.list.rows[0])
        self._chosen()

    def choose(self, number: int) -> None:
        """Show one of them."""
        self.list.choose(next((row for row in self.list.rows if row.number == number), None))

    @property
    def current(self) -> Part[P] | None:
        """The one whose fields are shown, unless it goes."""
        chosen = self.list.current
        return chosen if chosen is not None and chosen.number >= 0 else None

    def place_of(self, number: int) -> int:
        """The number here of what a problem's place calls by its number in the draft."""
        return number

    @abstractmethod
    def parts(self, draft: Draft) -> tuple[P, ...]:
        """The parts of a draft."""

    @abstractmethod
    def with_parts(self, parts: tuple[P, ...]) -> Draft:
        """The draft with other parts."""

    @abstractmethod
    def was(self, part: P) -> object:
        """What names a part in the file; false where it is new."""

    @abstractmethod
    def fill(self, part: P) -> None:
        """Show a part in the fields."""

    def put(self, part: P) -> None:
        """The chosen part says something else."""
        chosen = self.current
        if chosen is not None and not self._filling:
            parts = list(self.parts(self.draft))
            parts[chosen.number] = part
            self._change(tuple(parts), chosen.number)

    def add(self, part: P) -> None:
        """One more, at the end."""
        parts = (*self.parts(self.draft), part)
        self._change(parts, len(parts) - 1)

    def shift(self, by: int) -> None:
        """The chosen one stands further up or down."""
        chosen = self.current
        parts = list(self.parts(self.draft))
        if chosen is not None and 0 <= chosen.number + by < len(parts):
            parts.insert(chosen.number + by, parts.pop(chosen.number))
            self._change(tuple(parts), chosen.number + by)

    def _drop(self) -> None:
        chosen = self.list.current
        if chosen is None:
            return
        parts = self.parts(self.draft)
        if chosen.number < 0:
            self._change((*parts, chosen.what), len(parts))
        else:
            left = (*parts[: chosen.number], *parts[chosen.number + 1 :])
            self._change(left, min(chosen.number, len(left) - 1))

    def _change(self, parts: tuple[P, ...], number: int) -> None:
        self.draft = self.with_parts(parts)
        self.list.set_rows(self._listed())
        self.choose(number)
        self._chosen()
        self.edited.emit(self.draft)

    def _listed(self) -> list[Part[P]]:
        before = {self.was(part): part for part in self.parts(self.base)}
        wrong = {number: each.sentence for number, each in reversed(self._problems)}
        listed = [
            Part(at, part, self._state(part, before.get(self.was(part))), wrong.get(at, ""))
            for at, part in enumerate(self.parts(self.draft))
        ]
        kept = {self.was(part) for part in self.parts(self.draft)}
        return listed + [Part(-1, part, "gone") for was, part in before.items() if was not in kept]

    def _state(self, part: P, before: P | None) -> Literal["", "new", "changed"]:
        return "new" if before is None else "" if part == before else "changed"

    def _chosen(self) -> None:
        row, part = self.list.current, self.current
        self._form.setVisible(part is not None)
        self._nothing.setVisible(not self.list.rows)
        gone = row is not None and row.number < 0
        self.drop.set_words(tr("Put back") if gone else tr("Drop"))
        self.drop.show_icon_named("undo-2" if gone else "trash-2")
        self.drop.disable("" if row is not None else tr("Choose one first."))
        if part is None:
            return
        self._filling = True
        self.fill(part.what)
        self._filling = False
        here = [each for number, each in self._problems if number == part.number]
        for key, field in self.fields.items():
            field.set_wrong(next((each.sentence for each in here if each.place.field == key), ""))


def icon_button(words: str, icon: str, run: object) -> Button:
    """A small button with an icon alone."""
    assert callable(run)
    return Button(words, run, icon=icon, kind=Kind.ICON, small=True)
