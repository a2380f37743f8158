"""The session on which the rows of a table are read: one of the file as it is, or one of an earlier time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, Protocol

from steward_app.db import ReadSession
from steward_app.gui.bridge import JobHandle
from steward_app.kernel.values import Key
from steward_app.services.audit.past.marks import Mark
from steward_app.services.rows import Grid, Page

OpenSession = Callable[[], AbstractContextManager[ReadSession]]


class Past(Protocol):
    """Rows of an earlier time: read on a session of their own, with what tells them from those of now."""

    @property
    def session(self) -> ReadSession:
        """On which their source can be read."""

    def reading(self) -> AbstractContextManager[None]:
        """Around everything that is read of them."""

    def look_at(self, page: Page) -> None:
        """Find out what differs from now on a page; on the worker's thread, within `reading`."""

    def mark_of(self, key: Key) -> Mark | None:
        """How a row that was looked at differs from now."""

    def close(self) -> None:
        """Give the session back: nobody reads these rows any more."""


class Lease:
    """The session of a table: kept as long as the table, given back when the last work on it has ended.

    Attributes:
        past: whose session it is, where the rows are those of an earlier time.
        grid: the last one that was opened on it.
    """

    def __init__(self, open_session: OpenSession, past: Past | None = None) -> None:
        self._open = open_session
        self._stack = ExitStack()
        self._session = past.session if past is not None else None
        if past is not None:
            self._stack.callback(past.close)
        self.past = past
        self.grid: Grid | None = None
        self.running: JobHandle | None = None

    def session(self) -> ReadSession:
        """The session, opened on first use. On the worker's thread."""
        if self._session is None:
            self._session = self._stack.enter_context(self._open())
        return self._session

    def reading(self) -> AbstractContextManager[None]:
        """Around everything that is read on it."""
        return self.past.reading() if self.past is not None else nullcontext()

    def look_at(self, found: Any) -> None:
        """Find out what differs from now, where pages were read."""
        for page in found if isinstance(found, tuple) else (found,):
            if self.past is not None and isinstance(page, Page):
                self.past.look_at(page)

    @property
    def working(self) -> bool:
        """True while something is read on it."""
        return self.running is not None and not self.running.job.future.done()

    def release(self, *_: object) -> None:
        """Stop what works and close the session after it."""
        running, self.running = self.running, None
        if running is not None and not running.job.future.done():
            running.job.future.add_done_callback(lambda future: self._stack.close())
            running.job.cancel()
        else:
            self._stack.close()


def release_all(leases: list[Lease]) -> None:
    """Give every session back."""
    for lease in leases:
        lease.release()
