"""A restore point in the making: which rung of the ladder it has reached, and how far it is to the next."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.layout import hbox, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.progress import ProgressBar, progress_text
from steward_app.gui.widgets.steps import Steps
from steward_app.gui.widgets.surfaces import Card
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Progress

_RUNGS = ("Taken", "Checked")  # what the service says when one is reached begins so


class ClimbCard(Card):
    """Taken, checked, proven; with the way to stop."""

    def __init__(self, stop: Callable[[], None], parent: QWidget | None = None) -> None:
        self._steps = Steps([_tr("Take"), _tr("Check"), _tr("Prove")])
        self._words = Label(role="small", tone=Tone.MUTED, elide=True)
        self._bar = ProgressBar()
        stop_button = Button(_tr("Stop"), stop, small=True)
        row = hbox(vbox(self._words, self._bar, gap=6), stop_button, gap=16)
        row.setStretch(0, 1)
        super().__init__(
            _tr("A restore point is being made"), self._steps, row, icon="copy-check", gap=12, parent=parent
        )

    @property
    def rung(self) -> int:
        """How many rungs are reached."""
        return self._steps.now

    def begin(self) -> None:
        """Nothing is reached yet."""
        self._steps.show_step(0)
        self.show_progress(Progress())

    def show_progress(self, progress: Progress) -> None:
        """What the service says it is doing. A rung once reached stays reached."""
        note = progress.note
        for number, rung in enumerate(_RUNGS, 1):
            if note.startswith(f"{rung}. ") and number > self._steps.now:
                self._steps.show_step(number)
        doing = (_tr("Taking a copy"), _tr("Comparing it with the database"), _tr("Restoring it to scratch"))
        counted = progress_text(progress) if progress.total is not None or progress.done else ""
        words = doing[min(self._steps.now, 2)]
        self._words.say(f"{words}, {counted}" if counted else words)
        self._bar.show_progress(progress)


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
