"""The line below the timeline: the chosen point, what is known of it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from steward_app.catalog.points import Point
from steward_app.gui.actions import Action
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.backups.words import STATES, capital, facts, moment, state_word
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.states import Pill
from steward_app.gui.widgets.text import Label


class PointFoot(QWidget):
    """What is chosen is what its buttons act on."""

    def __init__(self, actions: Sequence[Action], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._when = Label(role="strong")
        self._state = Pill("")
        self._facts = Label(tone=Tone.MUTED, elide=True)
        words = hbox(self._when, self._state, self._facts, gap=12)
        words.setStretch(2, 1)
        buttons = hbox(*(Button(action=action, small=True) for action in actions), None, gap=8)
        row = Columns(boxed(words), boxed(buttons), below=900, shares=(1, 0), gap=12)
        self.setLayout(vbox(row))

    def show_point(self, point: Point, remark: str = "") -> None:
        """Show a point; `remark` stands in the place of its facts."""
        tone, icon = STATES[point.state]
        self._when.say(capital(moment(point)))
        self._state.show_state(state_word(point.state), tone, icon)
        self._facts.say(remark or facts(point))
