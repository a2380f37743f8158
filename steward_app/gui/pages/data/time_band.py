"""The band over the rows that tells, and changes, of which time they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from steward_app.gui.flow import Flow
from steward_app.gui.layout import boxed, fix, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.pages.data.narrow import Narrow
from steward_app.gui.pages.data.time_slider import TimeSlider
from steward_app.gui.pages.data.time_words import read_moment, told, written
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.controls import TextField
from steward_app.gui.widgets.states import Pill, StateLabel
from steward_app.gui.widgets.surfaces import hairline
from steward_app.gui.widgets.text import Label, tip
from steward_app.services.audit.past.steps import TimeLine

_FIELD, _WORDS = 196, 336
_SLIDER, _SLIDER_COMPACT = 180, 96
_COMPACT_BELOW = 780


class TimeBand(QFrame):
    """Badge, moment, how much differs, slider, and the way back to now.

    Signals:
        asked: a moment that was typed, or where the handle came to rest; None for now.
        refused: what is wrong with what was typed, a sentence; "" when it is put right.
        differing_wanted: the rows that differ are asked for.
        setup_wanted: a history is to be set up.
        left: the band is not wanted any more.
    """

    asked = Signal(object)
    refused = Signal(str)
    differing_wanted = Signal()
    setup_wanted = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "chrome")
        self.setAccessibleName(self.tr("Time travel"))
        self._shown: datetime | None = None
        self.badge = Pill(self.tr("As it is now"), Tone.MUTED, "clock")
        self.field = TextField(self.tr("Moment, local time"), self.tr("now"))
        self.words = Label(tone=Tone.MUTED, role="small", elide=True)
        self.differing = link("", self.differing_wanted.emit)
        self.slider = TimeSlider()
        self.to_now = Button(self.tr("Now"), lambda: self.asked.emit(None))
        self.close_button = Button(
            self.tr("Close time travel"), self.left.emit, kind=Kind.PLAIN_ICON, icon="x"
        )
        self.told = StateLabel("", Tone.WARNING, role="small", elide=True)
        self._left = boxed(vbox(hbox(self.field, None), hbox(self.differing, self.words, gap=0), gap=4))
        fix(self.field, width=_FIELD)
        self._left.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        items = (self.badge, self._left, self.slider, self.to_now, self.close_button)
        row = Flow(*items, gap=16, margins=(24, 8, 24, 8))
        self.setup = link(self.tr("Set up history"), self.setup_wanted.emit)
        self.setup.hide()
        self._told_row = boxed(hbox(self.told, self.setup, gap=12, margins=(24, 0, 24, 8)))
        self._told_row.hide()
        self.differing.hide()
        self.setLayout(vbox(row, self._told_row, hairline()))
        self.field.returnPressed.connect(self._typed)
        self.slider.moved.connect(self._drawn)
        self.slider.settled.connect(self.asked)
        self._words, self._compact = ("", "", ""), False
        self._set_compact(False)
        Narrow(self, _COMPACT_BELOW, self._set_compact)
        self.show_at(None)

    def _set_compact(self, compact: bool) -> None:
        """Where there is little room, there are fewer words and a shorter slider."""
        self._compact = compact
        fix(self._left, width=_FIELD if compact else _WORDS)
        self.slider.set_least(_SLIDER_COMPACT if compact else _SLIDER)
        self.say(*self._words)

    def show_line(self, line: TimeLine | None) -> None:
        """The time line of the table that is shown."""
        self.slider.show_line(line)
        self.slider.setVisible(line is not None)

    def show_at(self, moment: datetime | None) -> None:
        """Which time is meant; what was typed and not taken goes."""
        self._shown = moment
        self.slider.show_at(moment)
        if not self.slider.dragging:
            self._show_moment(moment)
        self.to_now.disable(self.tr("You are looking at the rows as they are now.") if moment is None else "")

    def show_badge(self, *, earlier: bool) -> None:
        """Whether the rows that stand there are those of an earlier time."""
        if earlier:
            self.badge.show_state(self.tr("As it was"), Tone.WARNING, "clock")
        else:
            self.badge.show_state(self.tr("As it is now"), Tone.MUTED, "clock")

    def say(self, words: str, differing: str = "", short: str = "") -> None:
        """What stands below the moment; `differing` (in a narrow page `short`) leads to the rows that differ."""
        self._words = (words, differing, short)
        self.words.say(words)
        self.differing.set_words(differing)
        if self._compact or self.differing.sizeHint().width() > px(_WORDS):
            self.differing.set_words(short or differing)
        self.differing.setToolTip(differing)
        self.differing.setVisible(bool(differing))

    def tell(self, sentences: Sequence[str], *, setup: bool = False) -> None:
        """What cannot be told of the rows of then; nothing hides the line. `setup` offers to set a history up."""
        self.setup.setVisible(setup)
        self.told.show_state(" ".join(sentences), Tone.WARNING)
        self.told.setToolTip(tip("\n".join(sentences)))
        self._told_row.setVisible(bool(sentences))

    def mark_wrong(self, sentence: str) -> None:
        """Say at the field what is wrong with it; "" when it is right."""
        self.field.set_wrong(sentence)
        self.refused.emit(sentence)

    def _show_moment(self, moment: datetime | None) -> None:
        self.field.setText("" if moment is None else written(moment))
        self.field.setToolTip(self.tr("Type a day and a time.") if moment is None else told(moment))
        self.field.set_wrong("")

    def _drawn(self, moment: datetime | None) -> None:
        """The handle is on its way: where it is, is written, and nothing is read."""
        self._show_moment(moment)

    def _typed(self) -> None:
        text = self.field.text().strip()
        moment = read_moment(text) if text else None
        if text and moment is None:
            self.mark_wrong(self.tr("Write a moment as 2026-11-20 10:05, in local time."))
            return
        self.mark_wrong("")
        self.asked.emit(moment)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc takes back what was typed, else it leaves the earlier time."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.field.hasFocus() and self.field.text() != (
            "" if self._shown is None else written(self._shown)
        ):
            self._show_moment(self._shown)
            self.refused.emit("")
        else:
            self.left.emit()
