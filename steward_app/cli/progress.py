"""Long work on the command line: a bar on the error output when somebody watches, and Ctrl+C that stops it cleanly."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import wait
from typing import TYPE_CHECKING, TypeVar

from steward_app.cli.outcome import ExitCode
from steward_app.jobs import Job, JobRunner
from steward_app.kernel.progress import Context, Progress
from steward_app.kernel.text import visible
from steward_app.storage.log import start_log

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

T = TypeVar("T")

_SHOW_AFTER = 0.3  # seconds: what ends sooner needs no bar
_REFRESH = 0.1


def work(title: str, call: Callable[[Context], T]) -> T:
    """Run a call of a service to its end and return its result, or raise what it raised.

    The call runs on a thread of its own. The first Ctrl+C cancels its context: it ends with `Cancelled`, or, once it
    has begun to commit, with its result. A second one ends the process at once; what was not committed is rolled back
    by the next program that opens the file.

    Args:
        title: what is being done: "Checking clinic.db".
        call: gets the context; opens, uses and closes its files itself.
    """
    start_log("steward")
    runner = JobRunner(readers=1)
    job = runner.submit(title, call)
    try:
        with _Meter(title) as meter:
            return _wait(job, meter)
    finally:
        runner.close()


def _wait(job: Job[T], meter: _Meter) -> T:
    asked = False
    while not job.future.done():
        try:
            wait([job.future], _REFRESH)  # never without end: that cannot be interrupted on every system
            meter.show(job.info.progress)
        except KeyboardInterrupt:
            if asked:
                meter.say("Ended. What was not finished is undone when the file is opened next.")
                os._exit(ExitCode.STOPPED)
            asked = True
            can_stop = job.info.can_cancel
            job.cancel()
            meter.say("Stopping …" if can_stop else "Too late to stop: it is being finished.")
    return job.future.result()


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
