"""Long work on the command line: a bar on the error output when somebody watches, and Ctrl+C that stops it cleanly."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import wait
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from steward_app.cli.outcome import ExitCode
from steward_app.jobs import Job, JobRunner
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context, Progress
from steward_app.kernel.text import visible
from steward_app.storage.log import start_log

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

T = TypeVar("T")

_SHOW_AFTER = 0.3  # seconds: what ends sooner needs no bar
_REFRESH = 0.05


def work(title: str, call: Callable[[Context], T]) -> T:
    """Run a call of a service to its end and return its result, or raise what it raised.

    The call runs on a thread of its own. The first Ctrl+C cancels its context: it ends with `Cancelled`, or, once it
    has begun to commit, with its result. A second one ends the process at once; what was not committed is rolled back
    by the next program that opens the file.

    Args:
        title: what is being done: "Checking clinic.db".
        call: gets the context; opens, uses and closes its files itself.
    """
    with suppress(StewardError):  # looking at a file does not need a log; a fault says when it has none
        start_log("steward")
    runner = JobRunner(readers=1)
    with _Interrupts() as interrupts:
        interrupts.raise_if_left_over()
        job = runner.submit(title, call)
        try:
            with _Meter(title) as meter:
                _wait(job, meter, interrupts)
        finally:
            runner.close()
    return job.future.result()


def _wait(job: Job[T], meter: _Meter, interrupts: _Interrupts) -> None:
    """Until it ends. Raises KeyboardInterrupt when it was asked to stop in time and came to its end all the same."""
    asked = False
    while not wait([job.future], _REFRESH).done:
        meter.show(job.info.progress)
        if interrupts.heard == interrupts.count:
            continue
        interrupts.heard = interrupts.count
        if interrupts.heard > 1:
            meter.say("Ended. What was not finished is undone when the file is opened next.")
            os._exit(ExitCode.STOPPED)
        asked = job.info.can_cancel
        job.cancel()
        meter.say("Stopping …" if asked else "Too late to stop: it is being finished.")
    if asked and job.future.exception() is None:
        raise KeyboardInterrupt


class _Interrupts:
    """Counts Ctrl+C while the block runs. An exception could come at any line, and tell a lie about what was done.

    One that came in the very last moment of a call stops the next one before it begins: the plan is made, and is not
    carried out.
    """

    _left_over = 0

    def __init__(self) -> None:
        self.count = _Interrupts._left_over
        self.heard = 0

    def __enter__(self) -> _Interrupts:
        ours = threading.current_thread() is threading.main_thread()
        self._installed = ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._installed:
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        _Interrupts._left_over = min(1, self.count - self.heard)
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def raise_if_left_over(self) -> None:
        """Raise KeyboardInterrupt for one that the call before did not hear."""
        if self.count:
            self.heard = self.count
            raise KeyboardInterrupt

    def _note(self, *_: object) -> None:
        self.count += 1


class _Meter:
    """The bar, or nothing when the error output is not a terminal."""

    def __init__(self, title: str) -> None:
        self._title = visible(title)
        self._watched = sys.stderr.isatty()
        self._started = time.monotonic()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def show(self, progress: Progress | None) -> None:
        """Bring the bar up to date."""
        if not self._watched or time.monotonic() - self._started < _SHOW_AFTER:
            return
        if self._bar is None:
            self._bar = _new_bar()
            self._bar.start()
            self._task = self._bar.add_task(self._title, total=None, state="")
        assert self._task is not None
        step = progress or Progress()
        self._bar.update(self._task, completed=step.done, total=step.total, state=_state(step))
        self._bar.refresh()

    def say(self, sentence: str) -> None:
        """A line above the bar."""
        if self._bar is None:
            sys.stderr.write(sentence + "\n")
        else:
            self._bar.console.print(sentence)

    def __enter__(self) -> _Meter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def _new_bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[state]}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True, markup=False, highlight=False, emoji=False),
        auto_refresh=False,
        transient=True,
    )


def _state(step: Progress) -> str:
    """How far, in words: "12,480 of 50,000 rows  visits"."""
    number = f"{step.done:,}" if step.total is None else f"{step.done:,} of {step.total:,}"
    counted = f"{number} {step.unit}".rstrip() if step.done or step.total else ""
    return "  ".join(filter(None, (counted, visible(step.note, 40))))
