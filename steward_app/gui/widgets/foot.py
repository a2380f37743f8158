"""The line at the bottom: words and buttons or, while something runs, how far it is and the way to stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication, QFrame, QStackedWidget, QWidget

from steward_app.gui.bridge import JobHandle
from steward_app.gui.flow import Flow
from steward_app.gui.layout import boxed, hbox, stretch, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.progress import ProgressBar, progress_text
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context, Progress

T = TypeVar("T")


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
        self._buttons: tuple[Button, ...] = ()
        self._words = Label(tone=Tone.MUTED, elide=True)
        self._gerund = ""
        self._doing = Label(role="small", tone=Tone.MUTED, elide=True)
        self._bar = ProgressBar()
        self._left, self._right = hbox(self._words, gap=8), hbox(gap=8)
        self.hold(*buttons, before=before)
        resting = Flow(stretch(boxed(self._left)), boxed(self._right), gap=8)
        running = hbox(vbox(self._doing, self._bar, gap=4), Button(_tr("Stop"), stop), gap=16)
        running.setStretch(0, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(boxed(resting))
        self._stack.addWidget(boxed(running))
        self.setLayout(hbox(self._stack, margins=(24, 12, 24, 12)))

    def hold(self, *buttons: Button, before: tuple[Button, ...] = ()) -> None:
        """Put buttons beside the words; for a foot that was made without."""
        self._buttons = buttons
        for place, button in enumerate(before):
            self._left.insertWidget(place, button)
        self._left.setStretch(len(before), 1)
        for button in buttons:
            self._right.addWidget(button)

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


class JobFoot(FootLine):
    """A foot that tells of jobs of its own, one at a time. The focus goes on from it when one has ended.

    It is made before its buttons, which ask it whether something runs; `hold` puts them in.

    Args:
        run: `Page.run`, or what starts a job as it does.
    """

    def __init__(self, run: Callable[..., JobHandle]) -> None:
        super().__init__(self.stop)
        self._run = run
        self._job: JobHandle | None = None
        self._stopped = False

    @property
    def busy(self) -> bool:
        """Whether something runs; not any more while what came of it is shown."""
        return self._job is not None

    def start(
        self,
        title: str,
        work: Callable[[Context], T],
        done: Callable[[T], None],
        *,
        on_failure: Callable[[StewardError], None],
        on_stopped: Callable[[], None] | None = None,
        on_end: Callable[[], None],
        writes: bool = False,
    ) -> None:
        """Run a job. That it was stopped is said here, unless `on_stopped` does it."""
        self._stopped = False

        def stopped() -> None:
            self._job = None
            self._stopped = on_stopped is None
            if on_stopped is not None:
                on_stopped()

        self._job = self._run(
            title,
            work,
            self._over(done),
            on_failure=self._over(on_failure),
            on_stopped=stopped,
            on_progress=self.show_progress,
            on_end=lambda: self._ended(on_end),
            writes=writes,
        )
        self.show_running(title)

    def stop(self) -> None:
        """Stop what runs."""
        if self._job is not None:
            self._job.cancel()

    def give_up(self) -> None:
        """Nobody wants what is being read any more; what writes goes on."""
        if self._job is not None and not self._job.info.writes:
            self._job.drop()
            self._job = None
            self.show_rest()

    def _over(self, told: Callable[[T], None]) -> Callable[[T], None]:
        """What can be done next is asked while it is told what came of the job."""

        def tell(outcome: T) -> None:
            self._job = None
            told(outcome)

        return tell

    def _ended(self, on_end: Callable[[], None]) -> None:
        held = self.holds_focus
        self.show_rest()
        on_end()
        if self._stopped:
            self.say(_tr("Stopped. Nothing was changed."))
        if held:
            self.take_focus()


def _tr(text: str) -> str:
    return QCoreApplication.translate("foot", text)
