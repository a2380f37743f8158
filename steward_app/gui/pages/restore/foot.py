"""The line at the bottom of the restore: what is running or that nothing is changed yet, and the way on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication, QFrame, QStackedWidget, QWidget

from steward_app.gui.flow import Flow
from steward_app.gui.layout import boxed, hbox, stretch, vbox
from steward_app.gui.pages.restore.commands import Own
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.progress import ProgressBar, progress_text
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Progress


class FootLine(QFrame):
    """Words and buttons, or a line of progress with the way to stop.

    Args:
        stop: stops what runs.
        before: buttons at the left of the words.
        buttons: at the right of them.
    """

    def __init__(
        self,
        stop: Callable[[], None],
        *buttons: Button,
        before: tuple[Button, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "foot")
        self._buttons = buttons
        self._words = Label(tone=Tone.MUTED, elide=True)
        self._gerund = ""
        self._doing = Label(role="small", tone=Tone.MUTED, elide=True)
        self._bar = ProgressBar()
        left = hbox(*before, self._words, gap=8)
        left.setStretch(len(before), 1)
        resting = Flow(stretch(boxed(left)), boxed(hbox(*buttons, gap=8)), gap=8)
        running = hbox(vbox(self._doing, self._bar, gap=4), Button(_tr("Stop"), stop), gap=16)
        running.setStretch(0, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(boxed(resting))
        self._stack.addWidget(boxed(running))
        self.setLayout(hbox(self._stack, margins=(24, 12, 24, 12)))

    @property
    def words(self) -> str:
        """What it says at its left."""
        return self._words.plain

    def say(self, words: str) -> None:
        """What it says at its left, until the next step."""
        self._words.say(words)

    def show_running(self, gerund: str) -> None:
        """Something runs."""
        self._gerund = gerund
        self.show_progress(Progress())
        self._stack.setCurrentIndex(1)

    def show_progress(self, progress: Progress) -> None:
        """How far it is."""
        note = progress.note if progress.total is None and not progress.done else ""
        text = note or progress_text(progress)
        self._doing.say(f"{self._gerund}. {text}" if text else self._gerund)
        self._bar.show_progress(progress)

    @property
    def holds_focus(self) -> bool:
        """Whether the focus is on one of its buttons."""
        focused = QApplication.focusWidget()
        return focused is not None and self.isAncestorOf(focused)

    def take_focus(self) -> None:
        """Put the focus on the way on: the last button that is there."""
        for button in self._buttons:
            if button.property("kind") == "primary" and button.isVisible() and button.isEnabled():
                button.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_rest(self) -> None:
        """Nothing runs any more."""
        self._stack.setCurrentIndex(0)

    def show_buttons(self, *shown: Button) -> None:
        """Show these of its buttons."""
        for button in self._buttons:
            button.setVisible(button in shown)
        self._words.say(_tr("Nothing is changed yet."))
        self.show_rest()


class Foot(FootLine):
    """Buttons of the step that is shown."""

    def __init__(
        self,
        own: Own,
        stop: Callable[[], None],
        allow: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        self.plan_button = Button(action=own.plan, kind=Kind.PRIMARY)
        self.apply_button = Button(action=own.apply, kind=Kind.PRIMARY)
        self.rehearse_button = Button(action=own.rehearse)
        self.back_button, self.cancel_button = Button(action=own.back), Button(action=own.cancel)
        self.allow_button = Button(_tr("Allow changes"), allow, icon="lock-open")
        super().__init__(
            stop,
            self.back_button,
            self.rehearse_button,
            self.allow_button,
            self.plan_button,
            self.apply_button,
            before=(self.cancel_button,),
            parent=parent,
        )
        self.show_choosing(own.plan.title)

    def show_choosing(self, verb: str, *, first: bool = True) -> None:
        """A step before the plan; `verb` leads on, and `first` has no way back."""
        self.plan_button.set_words(verb)
        self.show_buttons(*(() if first else (self.back_button,)), self.plan_button)
        self.cancel_button.setVisible(not first)

    def show_plan(self, verb: str, *, can_rehearse: bool) -> None:
        """The step of the plan; `verb` is the plan's own button."""
        self.apply_button.set_words(verb)
        rehearse = (self.rehearse_button,) if can_rehearse else ()
        self.show_buttons(self.back_button, *rehearse, self.apply_button)
        self.cancel_button.show()

    def offer_switch(self, offered: bool) -> None:
        """Whether changes of the file can be allowed from here."""
        came_from_it = self.allow_button.hasFocus()
        self.allow_button.setVisible(offered)
        if came_from_it and not offered:
            self.take_focus()


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
