"""Find in backups: in which restore points a row or a value exists, and when the last of them goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from steward_app.gui.flow import Flow
from steward_app.gui.format import day, integer, plural, shown_name, when
from steward_app.gui.layout import boxed, fix, hbox, vbox
from steward_app.gui.pages.restore.words import cells_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.controls import Combo, SearchField
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import Card, Scroll
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label, Part, bold
from steward_app.kernel.clock import from_text
from steward_app.kernel.values import Key
from steward_app.services.restore import FoundInPoints, RowQuestion, RowState, ValueQuestion
from steward_app.services.restore.find_model import Seen, ValuePlace
from steward_app.services.rows import Match, look_personal

_MATCHES = (Match.EXACT, Match.CONTAINS, Match.NUMBER)
_STATES, _PLACES, _NOTHING = range(3)


@dataclass(frozen=True, slots=True)
class Place:
    """A point in which something was found. `key` names the row that was looked for; () for a value."""

    point: str
    table: str
    key: Key = ()


class FindStep(QWidget):
    """A field, and below it what was found.

    Signals:
        wanted: a `ValueQuestion` that was typed.
        unlock_wanted: the steward has a key of a store that was not looked into.
        changed: another line is chosen, or something else is shown.
    """

    wanted = Signal(object)
    unlock_wanted = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.database: Path | None = None
        self._question: RowQuestion | ValueQuestion | None = None
        self.value = fix(
            SearchField(_tr("Value to find in the restore points"), _tr("A value, whole")), width=300
        )
        self.match = Combo(_tr("How it is compared"), (_tr("Exactly"), _tr("Contains"), _tr("Number")))
        search = Button(_tr("Find"), self._ask, icon="search")
        self._asked = Label(role="heading", elide=True)
        self._figure = Label(wrap=True)
        self._note = StateLabel("", Tone.WARNING, role="small", elide=True)
        self._note.hide()
        self.unlock = Button(_tr("Open the store"), self.unlock_wanted.emit, icon="lock-open", small=True)
        self.unlock.hide()
        self.states: SimpleTable[RowState] = SimpleTable(
            _tr("How the row was"), self._state_columns(), side=16
        )
        self.places: SimpleTable[ValuePlace] = SimpleTable(
            _tr("Where the value stood"), _place_columns(), side=16
        )
        self._nothing = Label(tone=Tone.MUTED, wrap=True)
        self._stack = QStackedWidget()
        for widget in (self.states, self.places, boxed(vbox(self._nothing, None, margins=(16, 0, 16, 12)))):
            self._stack.addWidget(widget)
        note = hbox(self._note, self.unlock, None, gap=12)
        told = boxed(vbox(self._asked, self._figure, note, gap=4, margins=(16, 0, 16, 4)))
        line = boxed(Flow(self.value, self.match, search, gap=8, margins=(16, 0, 16, 4)))
        card = Card(_tr("Find in backups"), line, told, self._stack, flush=True, gap=12)
        card.body.setStretch(2, 1)
        whole = vbox(card, margins=(24, 16, 24, 24))
        self.setLayout(vbox(Scroll(boxed(whole))))
        self.value.returnPressed.connect(self._ask)
        for table in (self.states, self.places):
            table.chosen.connect(lambda _: self.changed.emit())
        self._say_nothing(
            _tr(
                "Every restore point is looked into, in all stores. Nothing is changed, and nothing of what is "
                "found is kept."
            )
        )

    @property
    def chosen(self) -> Place | None:
        """What is chosen, to be brought back or compared with; None where there is nothing of it."""
        question, state, place = self._question, self.states.current, self.places.current
        if self._stack.currentIndex() == _STATES and isinstance(question, RowQuestion) and state is not None:
            return Place(state.last.point, question.table, question.key) if state.there else None
        if self._stack.currentIndex() == _PLACES and place is not None:
            return Place(place.last.point, place.table)
        return None

    def show_asked(self, question: RowQuestion | ValueQuestion, words: str) -> None:
        """Say what is looked for; what was found before is gone."""
        self._question = question
        self._asked.say(words)
        self._figure.say("")
        self._note.hide()
        self.unlock.hide()
        self._say_nothing("")
        if isinstance(question, RowQuestion):
            self.value.clear()

    def show_found(self, found: FoundInPoints, *, locked: bool = False) -> None:
        """Show what was found; `locked`: a key would open more."""
        self.unlock.setVisible(locked)
        self._figure.say(*_figure(found))
        self._say_note(found)
        if not found.holding:
            self._say_nothing("")
        elif found.states:
            self.states.set_rows(reversed(found.states))
            self.states.choose(next((each for each in self.states.rows if each.there), None))
            self._stack.setCurrentIndex(_STATES)
            self.states.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.places.set_rows(found.places)
            self.places.choose(found.places[0] if found.places else None)
            self._stack.setCurrentIndex(_PLACES)
            self.places.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _say_note(self, found: FoundInPoints) -> None:
        """What was not looked into, and why."""
        points = {each.point for each in found.not_searched}
        if points:
            why = found.not_searched[0].why
            told = plural(len(points), _tr("restore point was"), _tr("restore points were"))
            self._note.show_state(
                _tr("{points} not looked into: {why}").format(points=told, why=why), Tone.WARNING
            )
        self._note.setVisible(bool(points))

    def _say_nothing(self, words: str) -> None:
        self._nothing.say(words)
        self._stack.setCurrentIndex(_NOTHING)
        self.changed.emit()

    def _ask(self) -> None:
        text = self.value.text()
        if text.strip():
            self.wanted.emit(ValueQuestion(text, match=_MATCHES[max(0, self.match.currentIndex())]))

    def _state_columns(self) -> list[Column[RowState]]:
        def how(state: RowState) -> Cell:
            if not state.there:
                return Cell(_tr("not there"), tone=Tone.MUTED, icon="minus", icon_tone=Tone.MUTED)
            table = self._question.table if self._question else ""
            hidden = {each.column for each in look_personal(state.columns, table, self.database)}
            return Cell(cells_words(state.columns, state.cells, hidden))

        return [
            Column(_tr("From"), lambda state: _moment(state.first), 160, order=lambda state: state.first.made_at),
            Column(_tr("To"), lambda state: _moment(state.last), 160, order=lambda state: state.last.made_at),
            Column(_tr("Points"), lambda state: integer(state.points), 64, right=True),
            Column(_tr("How it was"), how),
        ]  # fmt: skip


def _place_columns() -> list[Column[ValuePlace]]:
    def rows(place: ValuePlace) -> str:
        count = integer(place.rows)
        return _tr("{n} or more").format(n=count) if place.capped else count

    return [
        Column(_tr("Table"), lambda place: Cell(shown_name(place.table), mono=True)),
        Column(_tr("Column"), lambda place: Cell(shown_name(place.column), mono=True)),
        Column(_tr("From"), lambda place: _moment(place.first), 160, order=lambda place: place.first.made_at),
        Column(_tr("To"), lambda place: _moment(place.last), 160, order=lambda place: place.last.made_at),
        Column(_tr("Points"), lambda place: integer(place.points), 64, right=True, order=lambda place: place.points),
        Column(_tr("Rows at most"), rows, 112, right=True, order=lambda place: place.rows),
    ]  # fmt: skip


def _figure(found: FoundInPoints) -> tuple[Part, ...]:
    """In how many points it is, and when the last of them goes."""
    points = plural(found.searched, _tr("restore point"), _tr("restore points"))
    if not found.searched and not found.not_searched:
        return (_tr("There is no restore point yet."),)
    erased = ""
    if found.erased:
        held = plural(found.erased, _tr("point holds"), _tr("points hold"))
        erased = _tr(" {held} it, and it was erased since: no restore brings it back.").format(held=held)
    if not found.holding or found.expiry is None:
        return bold(_tr("It is in none of {points}.").format(points=points)), erased
    told = _tr("It is in {n} of {points}.").format(n=integer(found.holding), points=points)
    if found.expiry.at:
        rest = _tr(" The last of them goes by {day} at the latest.").format(
            day=day(from_text(found.expiry.at))
        )
    else:
        rest = _tr(" The last of them does not go by itself: {why}.").format(why=_within(found.expiry.why))
    return bold(told), rest, erased


def _moment(seen: Seen) -> str:
    told = when(from_text(seen.made_at))
    return told[:1].upper() + told[1:]


def _within(sentence: str) -> str:
    """With a small letter, to stand within another."""
    return sentence[:1].lower() + sentence[1:]


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
