"""One call of a service on a worker thread: its state, its context, its result."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Generic, TypeVar

from steward_app.jobs.model import JobInfo, JobState
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.progress import Context, Progress
from steward_app.storage.log import without_values

T = TypeVar("T")
Watcher = Callable[[JobInfo], None]

_log = logging.getLogger(__name__)
_BUG = "A fault in Data Steward stopped this. The log has the details."


class Job(Generic[T]):
    """Made by `JobRunner.submit`. Safe to use from any thread.

    `future` gives the result, or raises what the work raised; a stopped job raises `Cancelled`, whether it was
    queued or running. The watcher is told of every change, in order, on whatever thread it happens.
    """

    def __init__(self, info: JobInfo, work: Callable[[Context], T], watcher: Watcher | None) -> None:
        self.future: Future[T] = Future()
        self._info = info
        self._work = work
        self._watcher = watcher
        self._lock = threading.RLock()
        self._context = _JobContext(self)

    @property
    def info(self) -> JobInfo:
        """How it stands now."""
        return self._info

    def cancel(self) -> None:
        """Drop it when queued, interrupt it when running; too late once it commits. Returns at once."""
        with self._lock:
            if self._info.state is JobState.QUEUED:
                self._end(JobState.STOPPED, error=Cancelled())
                return
            if self._info.state is not JobState.RUNNING:
                return
            self._change(state=JobState.STOPPING)
        self._context.cancel()

    def run(self) -> None:
        """Do the work. Called by the runner, on its thread."""
        with self._lock:
            if self._info.state is not JobState.QUEUED:
                return
            self._change(state=JobState.RUNNING, started_at=clock.now())
        try:
            result = self._work(self._context)
        except Cancelled as error:
            self._end(JobState.STOPPED, error=error)
        except StewardError as error:
            self._end(JobState.FAILED, error=error, message=error.message)
        except BaseException as error:  # noqa: BLE001  whatever it is belongs to whoever waits for the result
            _log.error("job %d failed: %s", self._info.id, without_values(error))
            self._end(JobState.FAILED, error=error, message=_BUG)
        else:
            self._end(JobState.DONE, result=result)

    def _change(self, **fields: Any) -> None:
        with self._lock:
            self._info = replace(self._info, **fields)
            if self._watcher is not None:
                self._watcher(self._info)

    def _end(
        self,
        state: JobState,
        *,
        result: T | None = None,
        error: BaseException | None = None,
        message: str = "",
    ) -> None:
        """The result is there before anybody is told of the end."""
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)  # type: ignore[arg-type]  # T, when there was no error
        self._change(state=state, ended_at=clock.now(), message=message)

    def progressed(self, progress: Progress) -> None:
        """Called by the context, on the job's thread. A note holds until the next one: a watcher may miss reports."""
        with self._lock:
            if not self._info.state.ended:
                last = self._info.progress
                if last is not None and not progress.note:
                    progress = replace(progress, note=last.note)
                self._change(progress=progress)

    def finishing(self) -> None:
        """Called by the context when the work begins to commit."""
        self._change(state=JobState.FINISHING)


class _JobContext(Context):
    """A context whose job knows when it is too late to stop."""

    def __init__(self, job: Job[Any]) -> None:
        super().__init__(job.progressed)
        self._job = job

    def finishing(self) -> None:
        super().finishing()
        self._job.finishing()
