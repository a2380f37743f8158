"""What is known of a job, as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from steward_app.kernel.progress import Progress


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"  # asked to stop, not yet stopped
    FINISHING = "finishing"  # committing: too late to stop
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def ended(self) -> bool:
        return self in (JobState.DONE, JobState.FAILED, JobState.STOPPED)


@dataclass(frozen=True, slots=True)
class JobInfo:
    """A job as it stood at one moment.

    Attributes:
        id: counts up from 1 within the process.
        title: verb and object: "Checking riverside.db".
        file: what the job belongs to (id or path of a database), or "" for none.
        writes: True when it may change the file; such jobs of one file run one after another.
        progress: the last one reported, or None.
        queued_at, started_at, ended_at: in UTC; None for what has not come yet.
        message: why it failed, a sentence; of one that is done, what came of it, a few words; "" otherwise. Never a
            value of a row.
        wrong: it is done, and what it found needs a person.
        partly: it is done, and something it was for could not be done.
    """

    id: int
    title: str
    file: str
    writes: bool
    state: JobState
    queued_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    progress: Progress | None = None
    message: str = ""
    wrong: bool = False
    partly: bool = False

    @property
    def can_cancel(self) -> bool:
        """True as long as asking it to stop has an effect."""
        return self.state in (JobState.QUEUED, JobState.RUNNING)

    def seconds(self, at: datetime) -> float:
        """How long it has run, or ran, by the clock; 0 before it starts."""
        if self.started_at is None:
            return 0.0
        return max(0.0, ((self.ended_at or at) - self.started_at).total_seconds())
