"""Read sessions that come back: one for each piece of work at a time, used again by the next."""

from __future__ import annotations

import threading

from steward_app import db
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.text import quoted

_KEPT = 4  # sessions kept for later; more may work at once


class SessionPool:
    """Sessions on one opening of one file. Safe from any thread; a session belongs to whoever borrowed it.

    Another session on the same opening must stay open as long as the pool is used.
    """

    def __init__(self, first: db.ReadSession) -> None:
        self._first = first  # the others are made from it, and share its scratch copy
        self._free = [first]
        self._lent: set[db.ReadSession] = set()
        self._closed = False
        self._lock = threading.Lock()

    def borrow(self) -> db.ReadSession:
        """A session, to be given back. Raises `Cancelled` when the document was closed."""
        with self._lock:
            self._refuse_closed()
            session = self._free.pop() if self._free else None
            if session is not None:
                self._lent.add(session)
                return session
        session = self._first.sibling()
        with self._lock:
            if not self._closed:
                self._lent.add(session)
                return session
        session.close()
        raise self._was_closed()

    def give_back(self, session: db.ReadSession) -> None:
        """Keep it for the next, or close it where it is not as new."""
        keep = session.reset()
        with self._lock:
            self._lent.discard(session)
            keep = keep and not self._closed and len(self._free) < _KEPT
            if keep:
                self._free.append(session)
        if not keep:
            session.close()

    def close(self) -> None:
        """Interrupt the statements that run and close what is free; a lent session is closed when it comes back."""
        with self._lock:
            self._closed = True
            for session in self._lent:
                session.interrupt()
            free, self._free = self._free, []
        for session in free:
            session.close()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise self._was_closed()

    def _was_closed(self) -> Cancelled:
        return Cancelled(f"{quoted(self._first.path.name)} was closed.")
