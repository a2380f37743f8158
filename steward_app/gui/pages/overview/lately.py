"""What was done with the file lately, from the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QLocale

from steward_app.catalog.journal import Event
from steward_app.gui.format import time, to_qt
from steward_app.gui.layout import clear, grid
from steward_app.gui.pages.journal.words import result, what
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import link
from steward_app.gui.widgets.surfaces import Card
from steward_app.gui.widgets.text import Label
from steward_app.kernel import clock


class Lately(Card):
    """A line an event: when, and what came of it."""

    def __init__(self, open_journal: Callable[[], None]) -> None:
        self._lines = grid(gap=(16, 4))
        super().__init__(
            _tr("Lately"), self._lines, None, state=link(_tr("Open Journal"), open_journal, onward=True)
        )

    def show_events(self, events: Sequence[Event]) -> None:
        """Show these, newest first; or that nothing was done yet."""
        clear(self._lines)
        if not events:
            nothing = _tr("Nothing was done with this file yet. Looking at it leaves no trace.")
            self._lines.addWidget(Label(nothing, tone=Tone.MUTED, wrap=True), 0, 0, 1, 3)
            return
        for number, event in enumerate(events):
            lead, text = what(event)
            _, tone, _ = result(event)
            words = Label(text, tone=Tone.DANGER if tone is Tone.DANGER else Tone.TEXT, elide=True)
            self._lines.addWidget(Label(_short(clock.from_text(event.at)), tone=Tone.MUTED), number, 0)
            self._lines.addWidget(Label(lead, role="medium"), number, 1)
            self._lines.addWidget(words, number, 2)
        self._lines.setColumnStretch(2, 1)


def _short(moment: datetime) -> str:
    """The time today, the day before."""
    local = moment.astimezone()
    if local.date() == clock.now().astimezone().date():
        return time(moment)
    return QLocale().toString(to_qt(moment).date(), _tr("d MMM"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("overview", text)
