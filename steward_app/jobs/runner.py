"""Runs calls of services on threads: one writer and many readers per file. No Qt."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import count
from typing import Any, TypeVar

from steward_app.jobs.job import Job, Watcher
from steward_app.jobs.model import JobInfo, JobState
from steward_app.kernel import clock
from steward_app.kernel.progress import Context

T = TypeVar("T")

_READERS = 16  # threads for jobs that only read, made as they are needed
_REMEMBERED = 200  # ended jobs kept for the list


class JobRunner:
    """Starts jobs and knows all that have not ended. Safe to use from any thread.

    Jobs that write to one file run one after another, in the order they came; jobs that read run beside them.
    """

    def __init__(self, *, readers: int = _READERS) -> None:
        self._readers = ThreadPoolExecutor(readers, "steward-reader")
        self._writers: dict[str, ThreadPoolExecutor] = {}
        self._live: dict[int, Job[Any]] = {}
        self._history: deque[JobInfo] = deque(maxlen=_REMEMBERED)
        self._ids = count(1)
        self._lock = threading.Lock()
        self._closed = False

    def submit(
        self,
        title: str,
        work: Callable[[Context], T],
        *,
        file: str = "",
        writes: bool = False,
        watcher: Watcher | None = None,
    ) -> Job[T]:
        """Queue a call. After `close()` the job is stopped before it starts.

        Args:
            title: verb and object, for the strip.
            work: called with the job's `Context` on a worker thread.
            file: what it belongs to: the id or path of a database.
            writes: True when it may change the file.
            watcher: told of every change of the job; must be quick, and may be called on any thread.
        """
        info = JobInfo(next(self._ids), title, file, writes, JobState.QUEUED, clock.now())
        job = Job(info, work, watcher)
        with self._lock:
            refused = self._closed
            if not refused:
                self._live[info.id] = job
                self._pool(file, writes).submit(self._run, job)
        if refused:
            job.cancel()
        return job

    def live(self, file: str | None = None) -> tuple[JobInfo, ...]:
        """The jobs that have not ended, oldest first; of one file when it is given."""
        with self._lock:
            jobs = tuple(self._live.values())
        infos = (job.info for job in jobs)
        return tuple(info for info in infos if not info.state.ended and file in (None, info.file))

    def history(self) -> tuple[JobInfo, ...]:
        """The last jobs that ended, newest first, without their results."""
        with self._lock:
            return tuple(reversed(self._history))

    def stop(self, file: str | None = None, *, timeout: float | None = None) -> bool:
        """Cancel the jobs of a file (of all files for None) and wait for them. False when time ran out."""
        with self._lock:
            jobs = [job for job in self._live.values() if file in (None, job.info.file)]
        for job in jobs:
            job.cancel()
        waiting: list[Future[Any]] = [job.future for job in jobs]
        return not wait(waiting, timeout).not_done

    def close(self) -> None:
        """Take no more jobs, cancel what can be cancelled and wait for all of it."""
        with self._lock:
            self._closed = True
            pools = (self._readers, *self._writers.values())
        self.stop()
        for pool in pools:
            pool.shutdown(wait=True)

    def _pool(self, file: str, writes: bool) -> ThreadPoolExecutor:
        if not writes:
            return self._readers
        if file not in self._writers:
            self._writers[file] = ThreadPoolExecutor(1, "steward-writer")
        return self._writers[file]

    def _run(self, job: Job[Any]) -> None:
        try:
            job.run()
        finally:
            with self._lock:
                del self._live[job.info.id]
                self._history.append(job.info)
