"""What was looked at in a restore point, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.catalog.points import Point, PointState
from steward_app.gui.format import when
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.pages.backups.words import STATES, moment, state_word
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.plan_view import check_line
from steward_app.gui.widgets.states import IconLabel, StateLabel
from steward_app.gui.widgets.surfaces import Card
from steward_app.gui.widgets.text import Label
from steward_app.kernel.clock import from_text
from steward_app.kernel.plan import Check


class ChecksCard(Card):
    """The proof of the chosen point, a line a check."""

    def __init__(self) -> None:
        self._state = StateLabel(icon="circle")
        self._lines = vbox(gap=6)
        super().__init__(_tr("Proof"), self._lines, None, icon="shield-check", state=self._state, gap=6)

    def show_point(self, point: Point, checks: Sequence[Check], problems: Sequence[str]) -> None:
        """Show what is known of a point.

        Args:
            checks: of the last look at it, or of its making.
            problems: what the last look found wrong, a sentence each; then `checks` may be of an earlier one.
        """
        tone, icon = STATES[point.state]
        self._state.show_state(state_word(point.state), tone, icon)
        self.say_beside(_tr("of {when}").format(when=moment(point)))
        clear(self._lines)
        self._lines.addWidget(Label(_told(point), tone=Tone.MUTED, wrap=True))
        for problem in problems:
            self._lines.addWidget(_problem(problem))
        if not problems:
            for check in checks:
                self._lines.addWidget(check_line(check))


def _told(point: Point) -> str:
    """What its state means for somebody who wants to return to it."""
    at = when(from_text(point.state_at))
    return {
        PointState.TAKEN: _tr("The copy of {made} is there. Nobody looked into it yet."),
        PointState.CHECKED: _tr(
            "Read to its last byte {at}. It was not restored yet; that would be the proof."
        ),
        PointState.PROVEN: _tr("Restored to scratch and compared. Last looked into {at}."),
        PointState.FAILED: _tr(
            "Found wrong {at}. The database itself is unchanged; do not rely on this copy."
        ),
        PointState.MISSING: _tr("Missed {at}: the copy is no longer where it was put. Bring it back there."),
    }[point.state].format(at=at, made=moment(point))


def _problem(text: str) -> QWidget:
    mark = boxed(vbox(IconLabel("circle-x", Tone.DANGER, 14), None, margins=(0, 3, 0, 0)))
    row = hbox(mark, Label(text, wrap=True, selectable=True), gap=8)
    row.setStretch(1, 1)
    return boxed(row)


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
