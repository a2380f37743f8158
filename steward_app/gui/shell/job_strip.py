"""The job strip: one line, always there, that says what works now or what ended last. Opens to the list."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QWidget

from steward_app.gui.bridge import WORTH_SHOWING_S, JobCenter
from steward_app.gui.format import elapsed, integer, seconds, time
from steward_app.gui.layout import boxed, clear, fix, hbox, vbox
from steward_app.gui.look import look
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.progress import ProgressBar, progress_text
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.surfaces import Scroll, hairline
from steward_app.gui.widgets.text import Label
from steward_app.jobs import JobInfo, JobState
from steward_app.kernel import clock
from steward_app.kernel.progress import Progress

_TICK_MS = 100
_LISTED = 30

_ENDED: dict[JobState, tuple[str, Tone]] = {
    JobState.DONE: ("check", Tone.SUCCESS),
    JobState.FAILED: ("circle-x", Tone.DANGER),
    JobState.STOPPED: ("square", Tone.MUTED),
}
_PARTLY = ("triangle-alert", Tone.WARNING)


class JobLine(QWidget):
    """One job in a line: icon, what, bar, how far, how long, Cancel."""

    def __init__(self, jobs: JobCenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job = 0
        self._icon = IconLabel("", Tone.MUTED, 14)
        self._title = Label(role="strong-small")
        self._bar = fix(ProgressBar(), width=232)
        self._words = Label(role="small", tone=Tone.MUTED, elide=True)
        self._time = Label(role="small", tone=Tone.MUTED)
        self._cancel = Button(self.tr("Cancel"), self._ask_to_stop, small=True)
        row = hbox(self._icon, self._title, self._bar, self._words, self._time, self._cancel, gap=12)
        row.setStretch(3, 1)
        self.setLayout(row)

    def show_job(self, info: JobInfo) -> None:
        """Show a job as it stands."""
        self._job = info.id
        self._title.say(info.title)
        running = not info.state.ended
        self._bar.setVisible(running)
        self._cancel.setVisible(running)
        if not running:
            self._show_ended(info)
            return
        self._icon.show_icon("play" if info.state is not JobState.QUEUED else "clock", Tone.ACCENT)
        self._bar.show_progress(info.progress or Progress())
        self._words.say(self._how_far(info))
        self._time.say("" if info.state is JobState.QUEUED else elapsed(info.seconds(clock.now())))
        self._cancel.disable("" if info.can_cancel else self._too_late(info.state))

    def show_nothing(self, words: str) -> None:
        """No job has run yet."""
        self._icon.show_icon("", Tone.MUTED)
        self._title.say("")
        self._words.say(words)
        self._time.say("")
        self._bar.hide()
        self._cancel.hide()

    def _show_ended(self, info: JobInfo) -> None:
        icon, tone = _ENDED[JobState.FAILED if info.wrong else info.state]
        if info.partly and not info.wrong:
            icon, tone = _PARTLY
        self._icon.show_icon(icon, tone)
        self._words.say(ended_text(info))
        self._time.say("")

    def _how_far(self, info: JobInfo) -> str:
        words = {
            JobState.QUEUED: self.tr("Waiting"),
            JobState.STOPPING: self.tr("Stopping"),
            JobState.FINISHING: self.tr("Finishing"),
        }
        return words.get(info.state) or progress_text(info.progress or Progress())

    def _too_late(self, state: JobState) -> str:
        if state is JobState.FINISHING:
            return self.tr("The change is being written to the file. It ends in a moment.")
        return self.tr("It is stopping.")

    def _ask_to_stop(self) -> None:
        self._words.say(self.tr("Stopping"))
        self._cancel.disable(self._too_late(JobState.STOPPING))
        self._jobs.cancel(self._job)


class JobStrip(QFrame):
    """32 high at the bottom of the window.

    Signals:
        opened: the list above the strip was opened or closed.
    """

    opened = Signal(bool)

    def __init__(self, jobs: JobCenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "strip")
        self.setAccessibleName(self.tr("Jobs"))
        self._jobs = jobs
        self._shown: set[int] = set()
        self._last: JobInfo | None = None
        self._line = JobLine(jobs)
        self._next = Label(role="small", tone=Tone.MUTED)
        self._waiting = Label(role="small", tone=Tone.MUTED)
        self._toggle = Button(self.tr("Show all jobs"), kind=Kind.PLAIN_ICON, icon="chevron-up", small=True)
        self._toggle.setCheckable(True)
        self._toggle.toggled.connect(self.opened)
        self._toggle.toggled.connect(self._turn_arrow)
        row = hbox(self._line, self._next, self._waiting, self._toggle, gap=12, margins=(16, 0, 12, 0))
        row.setStretch(0, 1)
        self.setLayout(row)
        fix(self, height=look().measures.strip)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._show)
        jobs.changed.connect(self._changed)
        self._show()

    def _turn_arrow(self, opened: bool) -> None:
        self._toggle.show_icon_named("chevron-down" if opened else "chevron-up")

    def toggle(self) -> None:
        """Open or close the list above."""
        self._toggle.toggle()

    def show_next(self, words: str) -> None:
        """What will be done by itself, and when; "" for nothing."""
        self._next.say(words)

    def forget(self) -> None:
        """Another file: what ended last was not about it. The list above keeps everything."""
        self._last = None
        self._show()

    @Slot(object)
    def _changed(self, info: JobInfo) -> None:
        if info.state.ended and (
            info.id in self._shown
            or info.writes
            or info.wrong
            or info.partly
            or info.state is not JobState.DONE
            or self._long(info)
        ):
            self._last = info
            self._shown.discard(info.id)
        self._show()

    def _long(self, info: JobInfo) -> bool:
        return info.seconds(clock.now()) >= WORTH_SHOWING_S

    @Slot()
    def _show(self) -> None:
        live = self._jobs.live()
        worth = [info for info in live if self._worth(info)]
        if live and not self._tick.isActive():
            self._tick.start()
        elif not live:
            self._tick.stop()
        if worth:
            self._shown.add(worth[0].id)
            self._line.show_job(worth[0])
        elif self._last is not None:
            self._line.show_job(self._last)
        else:
            self._line.show_nothing("")
        self._waiting.say(self._waiting_words(len(worth)))

    def _worth(self, info: JobInfo) -> bool:
        return (clock.now() - info.queued_at).total_seconds() >= WORTH_SHOWING_S

    def _waiting_words(self, running: int) -> str:
        if running == 0:
            return self.tr("No jobs running")
        if running == 1:
            return self.tr("Nothing waiting")
        return self.tr("{count} more").format(count=integer(running - 1))


class JobList(QFrame):
    """Above the strip: the jobs that run and those that ended, newest first."""

    def __init__(self, jobs: JobCenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "strip")
        self._jobs = jobs
        self._column = vbox(margins=(16, 4, 12, 4))
        self._scroll = Scroll(boxed(self._column))
        self.setLayout(vbox(self._scroll))
        fix(self, height=200)
        jobs.changed.connect(self._changed)

    @Slot(object)
    def _changed(self, info: JobInfo) -> None:
        if self.isVisible():
            self.show_jobs()

    def show_jobs(self) -> None:
        """Read the list again."""
        clear(self._column)
        live = tuple(reversed(self._jobs.live()))
        infos = (*live, *self._jobs.ended())[:_LISTED]
        for number, info in enumerate(infos):
            if number:
                self._column.addWidget(hairline())
            line = JobLine(self._jobs)
            line.show_job(info)
            self._column.addWidget(fix(line, height=32))
        if not infos:
            self._column.addWidget(Label(self.tr("No jobs yet."), role="small", tone=Tone.MUTED))
        self._column.addStretch(1)


def ended_text(info: JobInfo) -> str:
    """How a job ended: "Finished 10:40, 1.9 s, 3.2 MB new", "Stopped. Nothing was changed.", or the failure."""
    if info.state is JobState.STOPPED:
        return QCoreApplication.translate("JobStrip", "Stopped. Nothing was changed.")
    if info.state is JobState.FAILED:
        return info.message
    ended = info.ended_at or clock.now()
    words = QCoreApplication.translate("JobStrip", "Finished {time}, {duration}")
    told = words.format(time=time(ended), duration=seconds(info.seconds(ended)))
    return f"{told}, {info.message}" if info.message else told
