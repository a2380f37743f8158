"""What runs now on the page: how far it is, and the way to stop it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import shown_name, size
from steward_app.gui.layout import fix, hbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.progress import ProgressBar, progress_text
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.surfaces import Card
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Progress


class RunningCard(Card):
    """One line: what, how far, Stop."""

    def __init__(self, stop: Callable[[], None], parent: QWidget | None = None) -> None:
        self._icon = IconLabel("", Tone.ACCENT)
        self._title = Label(role="strong")
        self._words = Label(role="small", tone=Tone.MUTED, elide=True)
        self._bar = fix(ProgressBar(), width=232)
        self._note = ""
        row = hbox(
            self._icon, self._title, self._words, self._bar, Button(_tr("Stop"), stop, small=True), gap=12
        )
        row.setStretch(2, 1)
        super().__init__("", row, parent=parent)

    def begin(self, title: str, icon: str) -> None:
        """Something begins."""
        self._icon.show_icon(icon, Tone.ACCENT)
        self._title.say(title)
        self.setAccessibleName(title)
        self._note = ""
        self.show_progress(Progress())

    def show_progress(self, progress: Progress) -> None:
        """What the service says of it."""
        if progress.note:
            self._note = shown_name(progress.note)
        self._words.say(", ".join(filter(None, (self._note, _counted(progress)))))
        self._bar.show_progress(progress)


def _counted(progress: Progress) -> str:
    """How far, in words; bytes as people say them."""
    if progress.unit == "bytes" and progress.total:
        return _tr("{done} of {all}").format(done=size(progress.done), all=size(progress.total))
    return progress_text(progress) if progress.total or progress.done else ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
