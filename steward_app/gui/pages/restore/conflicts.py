"""What stands in the way of rows that come back, and its answers. Nothing of now is overwritten by default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from steward_app.db import fold
from steward_app.gui.flow import Flow
from steward_app.gui.format import integer
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.pages.restore.contents import told_wide
from steward_app.gui.pages.restore.words import answer_words, conflict_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import Combo, Segments
from steward_app.gui.widgets.states import IconLabel, StateLabel
from steward_app.gui.widgets.surfaces import Card, hairline
from steward_app.gui.widgets.text import Label, bold
from steward_app.kernel.values import Key
from steward_app.services.restore import Answer, Choice, Conflict, ConflictKind

_ONE_BY_ONE = 8
"""So many rows of a table are answered one by one; more are answered together."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the card: one row, or all rows of a table that are in the same trouble."""

    conflict: Conflict
    key: Key | None

    @property
    def id(self) -> tuple[ConflictKind, str, Key | None]:
        return self.conflict.kind, fold(self.conflict.table), self.key


class ConflictCard(Card):
    """A line each, with what can be answered.

    Signals:
        answered: a `Choice` of the steward.
    """

    answered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._state = StateLabel(_tr("All answered"), Tone.SUCCESS)
        self._lines = vbox()
        super().__init__(_tr("Conflicts"), boxed(self._lines), state=self._state, flush=True, parent=parent)
        self.database: Path | None = None
        self._asked: tuple[Asked, ...] = ()
        self._answers: dict[tuple[ConflictKind, str, Key | None], Segments | Combo] = {}

    @property
    def asked(self) -> tuple[Asked, ...]:
        """What is shown."""
        return self._asked

    def show_conflicts(self, conflicts: Sequence[Conflict]) -> None:
        """Show them, those to be answered first; the card hides when there are none."""
        asked = _lines_of(conflicts)
        if [each.id for each in asked] != [each.id for each in self._asked]:
            self._build(asked)
        self._asked = asked
        for each in asked:
            self._show_answer(each)
        open_ones = sum(each.conflict.blocks for each in asked)
        self.say_beside(integer(len(asked)))
        if open_ones:
            words = _tr("{n} to answer").format(n=integer(open_ones))
            self._state.show_state(words, Tone.WARNING)
        else:
            self._state.show_state(_tr("All answered"), Tone.SUCCESS)
        self.setVisible(bool(asked))

    def answer(self, asked: Asked, answer: Answer) -> None:
        """Say what shall be done about a line."""
        conflict = asked.conflict
        self.answered.emit(Choice(conflict.kind, answer, conflict.table, asked.key or ()))

    def take_focus(self) -> None:
        """Put the focus on the first line that is to be answered."""
        for each in self._asked:
            if each.conflict.blocks and each.id in self._answers:
                self._answers[each.id].setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def _build(self, asked: Sequence[Asked]) -> None:
        clear(self._lines)
        self._answers = {}
        for each in asked:
            self._lines.addWidget(hairline())
            self._lines.addWidget(self._line(each))

    def _line(self, asked: Asked) -> QWidget:
        erased = asked.conflict.kind is ConflictKind.ERASED
        which, rest = conflict_words(asked.conflict, asked.key, self.database)
        icon, tone = ("ban", Tone.PERSONAL) if erased else ("triangle-alert", Tone.WARNING)
        mark = boxed(vbox(IconLabel(icon, tone, 14), None, margins=(0, 3, 0, 0)))
        told = Label(bold(which), f" {rest}", wrap=True)
        told.setAlignment(Qt.AlignmentFlag.AlignTop)
        words = hbox(mark, told, gap=8)
        words.setStretch(1, 1)
        if erased or not asked.conflict.answers:
            side: QWidget = Label(_tr("Stays out, cannot be chosen"), tone=Tone.MUTED)
        else:
            side = self._answers[asked.id] = self._control(asked, f"{which} {rest}")
        return boxed(Flow(told_wide(words), side, gap=12, margins=(16, 6, 16, 6)))

    def _control(self, asked: Asked, name: str) -> Segments | Combo:
        answers = asked.conflict.answers
        if len(answers) <= 2:
            segments = Segments(name, *((each.value, answer_words(each)) for each in answers))
            segments.chosen.connect(lambda key: self.answer(asked, Answer(key)))
            return segments
        combo = Combo(name, map(answer_words, answers))
        combo.setPlaceholderText(_tr("Not answered yet"))
        combo.activated.connect(lambda place: self.answer(asked, answers[place]))
        return combo

    def _show_answer(self, asked: Asked) -> None:
        control, answer = self._answers.get(asked.id), asked.conflict.answer
        if isinstance(control, Segments):
            control.choose(answer.value if answer else "")
        elif control is not None:
            control.setCurrentIndex(asked.conflict.answers.index(answer) if answer else -1)


def _lines_of(conflicts: Sequence[Conflict]) -> tuple[Asked, ...]:
    """A line a row where they are few, else a line a table; in an order that answers do not change."""
    groups: dict[tuple[ConflictKind, str], list[Conflict]] = {}
    for conflict in conflicts:
        groups.setdefault((conflict.kind, fold(conflict.table)), []).append(conflict)
    lines: list[Asked] = []
    for found in groups.values():
        rows = sum(each.rows for each in found)
        known = sum(len(each.sample_keys) for each in found)
        alone = found[0].kind is not ConflictKind.TABLE_GONE
        if alone and rows <= _ONE_BY_ONE and known == rows:
            lines += [Asked(each, key) for each in found for key in each.sample_keys]
        else:
            together = found[0] if len(found) == 1 else _joined(found, rows)
            lines.append(Asked(together, None))
    kinds = list(ConflictKind)
    return tuple(
        sorted(lines, key=lambda each: (kinds.index(each.conflict.kind), each.id[1], repr(each.key)))
    )


def _joined(found: Sequence[Conflict], rows: int) -> Conflict:
    """The same trouble of one table, answered otherwise for some rows: to be answered once more, for all."""
    first = found[0]
    answer = None if any(each.blocks for each in found) else first.answer
    return Conflict(first.kind, first.table, rows, answer, first.answers, first.key_columns)


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
