"""Carries news of jobs from worker threads to the window. The only threaded Qt code in the program.

One long-lived mailbox: workers put the newest state of their job into it and ring once; Qt delivers in the
window's thread. The mailbox owns the handles, so a handle that a page drops cannot be written to after its
death, and a job that ends before the page connects still delivers. A page that is gone receives nothing.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal, Slot

from steward_app.jobs import Job, JobInfo, JobRunner, JobState
from steward_app.kernel.errors import Cancelled, ErrorCode, StewardError
from steward_app.kernel.progress import Context, Progress
from steward_app.kernel.receipt import Receipt

T = TypeVar("T")

WORTH_SHOWING_S = 0.3  # what ends sooner is not shown while it runs, nor kept when it went well
_REMEMBERED = 50  # ended jobs kept for the list above the strip


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a job, for the strip: "3.2 MB new in 3 stores".

    `wrong` says that somebody must look, `partly` that something could not be done.
    """

    text: str
    wrong: bool = False
    partly: bool = False


class JobHandle(QObject):
    """What a page holds while a job runs. Lives in the window's thread; owned by the center.

    Signals:
        progressed: a `Progress`; several reports may arrive as the last of them.
        succeeded: the result.
        failed: a `StewardError`; a fault of ours comes as one too.
        cancelled: it was stopped.
        finished: after one of the three.
    """

    progressed = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    finished = Signal()

    def __init__(self, job: Job[Any], owner: QObject | None, parent: QObject) -> None:
        super().__init__(parent)
        self.job = job
        self.owner = owner
        self.dropped = False
        self.tell: Callable[[Any], Told] | None = None
        self._shown: Progress | None = None

    @property
    def info(self) -> JobInfo:
        """How the job stands now."""
        return self.job.info

    @property
    def running(self) -> bool:
        """True until the job has ended."""
        return not self.job.info.state.ended

    @Slot()
    def cancel(self) -> None:
        """Ask the job to stop; `cancelled` follows, or `succeeded` where it was too late."""
        self.job.cancel()

    def drop(self) -> None:
        """Ask the job to stop, and hear nothing of it any more."""
        self.dropped = True
        self.cancel()

    def wanted(self) -> bool:
        """False when nobody is left to tell."""
        return not self.dropped and (self.owner is None or shiboken6.isValid(self.owner))

    def with_words(self, info: JobInfo) -> JobInfo:
        """What is known of the job with what came of it. Called by the center."""
        if info.state is not JobState.DONE or self.tell is None:
            return info
        told = self.tell(self.job.future.result())
        return replace(info, message=told.text, wrong=told.wrong, partly=told.partly)

    def tell_progress(self, info: JobInfo) -> None:
        """Pass on a progress that is new. Called by the center."""
        if info.progress is not None and info.progress is not self._shown:
            self._shown = info.progress
            self.progressed.emit(info.progress)

    def tell_end(self) -> None:
        """Pass on how it ended. Called by the center, once."""
        error = self.job.future.exception()
        if error is None:
            self.succeeded.emit(self.job.future.result())
        elif isinstance(error, Cancelled):
            self.cancelled.emit()
        else:
            self.failed.emit(as_steward_error(error))
        if shiboken6.isValid(self):
            self.finished.emit()


class JobCenter(QObject):
    """One for the window: starts jobs, keeps their handles alive, delivers their news.

    Signals:
        changed: a `JobInfo`, for the strip; quiet jobs are not announced.
        received: the `Receipt` of an operation that changed something, before its page is told.
        faulted: an exception that is a fault of ours.
    """

    changed = Signal(object)
    received = Signal(object)
    faulted = Signal(object)
    _rung = Signal()

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        # PySide looks into modules while they are imported, which fails for this one where two threads do it at once.
        import pydantic.main  # noqa: F401

        super().__init__(parent)
        self.runner = runner
        self._handles: dict[int, JobHandle] = {}
        self._quiet: set[int] = set()
        self._ended: deque[JobInfo] = deque(maxlen=_REMEMBERED)
        self._mail: dict[int, JobInfo] = {}
        self._lock = threading.Lock()
        self._rung.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def start(
        self,
        title: str,
        work: Callable[[Context], T],
        *,
        file: str = "",
        writes: bool = False,
        owner: QObject | None = None,
        quiet: bool = False,
        tell: Callable[[T], Told] | None = None,
    ) -> JobHandle:
        """Queue a call of a service and return at once.

        Args:
            title: verb and object: "Checking riverside.db".
            work: called with a `Context` on a worker thread; touches no widget.
            file: id of the database it belongs to.
            writes: True when it may change the file.
            owner: who is told; when it is destroyed, nobody is.
            quiet: True for short reads of what is on the screen, which the strip does not show.
            tell: what came of it, from its result; called in the window's thread.
        """
        job = self.runner.submit(title, work, file=file, writes=writes, watcher=self._post)
        handle = JobHandle(job, owner, self)
        handle.tell = tell
        self._handles[job.info.id] = handle
        if quiet:
            self._quiet.add(job.info.id)
        return handle

    def run(
        self,
        owner: QObject,
        title: str,
        work: Callable[[Context], T],
        on_success: Callable[[T], None] | None = None,
        *,
        on_failure: Callable[[StewardError], None] | None = None,
        on_stopped: Callable[[], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_end: Callable[[], None] | None = None,
        file: str = "",
        writes: bool = False,
        quiet: bool = False,
        tell: Callable[[T], Told] | None = None,
    ) -> JobHandle:
        """`start`, with what to do with its news; none of it is called once `owner` is gone."""
        handle = self.start(title, work, file=file, writes=writes, owner=owner, quiet=quiet, tell=tell)
        listeners = (
            (handle.succeeded, on_success),
            (handle.failed, on_failure),
            (handle.cancelled, on_stopped),
            (handle.progressed, on_progress),
            (handle.finished, on_end),
        )
        for signal, listener in listeners:
            if listener is not None:
                signal.connect(_hearing(listener))
        return handle

    def drop(self, file: str) -> None:
        """Stop the jobs of a file and deliver nothing of them: a result disappears with its file."""
        for handle in tuple(self._handles.values()):
            if handle.info.file == file:
                handle.drop()

    def cancel(self, job_id: int) -> None:
        """Ask a job to stop, by its number."""
        if (handle := self._handles.get(job_id)) is not None:
            handle.cancel()

    def live(self) -> tuple[JobInfo, ...]:
        """The jobs of the strip that have not ended, oldest first."""
        return tuple(info for info in self.runner.live() if info.id not in self._quiet)

    def ended(self) -> tuple[JobInfo, ...]:
        """The jobs of the strip that ended, newest first."""
        return tuple(self._ended)

    @property
    def idle(self) -> bool:
        """True when every job has ended and its news were delivered."""
        return not self._handles

    def close(self) -> None:
        """Stop everything, wait for it, deliver nothing more."""
        for handle in self._handles.values():
            handle.dropped = True
        self.runner.close()

    def _post(self, info: JobInfo) -> None:
        """On a worker's thread: keep the newest state of the job, and ring when nothing was waiting."""
        with self._lock:
            waiting = bool(self._mail)
            self._mail[info.id] = info
        if not waiting:
            self._rung.emit()

    @Slot()
    def _deliver(self) -> None:
        with self._lock:
            mail, self._mail = self._mail, {}
        for info in mail.values():
            handle = self._handles.get(info.id)
            if handle is None:
                continue
            info = handle.with_words(info)
            if info.id not in self._quiet and not handle.dropped:
                self.changed.emit(info)
            if handle.wanted():
                handle.tell_progress(info)
            if info.state.ended:
                self._settle(handle, info)

    def _settle(self, handle: JobHandle, info: JobInfo) -> None:
        del self._handles[info.id]
        if info.id not in self._quiet and _worth_keeping(info):
            self._ended.appendleft(info)
        self._quiet.discard(info.id)
        error = handle.job.future.exception()
        if error is None and isinstance(result := handle.job.future.result(), Receipt):
            self.received.emit(result)
        if handle.wanted():
            handle.tell_end()
        if info.state is JobState.FAILED and not isinstance(error, StewardError):
            self.faulted.emit(error)
        handle.deleteLater()


def _hearing(listener: Callable[..., None]) -> Callable[..., None]:
    """What to connect a signal to. A function is kept alive by the connection; a method of a plain object is not."""

    def hear(*news: object) -> None:
        listener(*news)

    return hear


def _worth_keeping(info: JobInfo) -> bool:
    """A short read that went well is not news."""
    quick = info.ended_at is not None and info.seconds(info.ended_at) < WORTH_SHOWING_S
    return info.writes or info.wrong or info.partly or info.state is not JobState.DONE or not quick


def as_steward_error(error: BaseException) -> StewardError:
    """The error as a steward is told of it; a fault of ours is said to be one."""
    if isinstance(error, StewardError):
        return error
    return StewardError(
        ErrorCode.INTERNAL,
        "This did not work because of a fault in Data Steward.",
        hint="The details are in the log.",
    )
