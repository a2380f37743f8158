"""Opening a file: for reading, which never changes it; for writing; and new. `opening` chooses how."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import apsw

from steward_app.db import connect, notices, sidefiles
from steward_app.db.copying import Moved
from steward_app.db.errors import translated
from steward_app.db.header import NEWEST_FORMAT, Header, read_start
from steward_app.db.opening import Opening, checked_header, left_beside
from steward_app.db.place import Place, locate, must_be_new
from steward_app.db.session import ReadSession, WriteSession
from steward_app.db.state import OpenState
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context

_ATTEMPTS = 5  # a file that another program changes while we look is looked at anew


def open_read(path: Path, context: Context | None = None) -> ReadSession:
    """A read-only session on a user's file; `session.state` says how it was opened and what is worth knowing.

    Args:
        path: any path a user may type; links are followed.
        context: for the rare opening that copies the file first: progress and cancel.

    Raises a `StewardError` that names the file, what is wrong with it and what to do. The file is never changed.
    """
    context = context or Context()
    for _ in range(_ATTEMPTS):
        context.checkpoint()
        place = locate(path)
        try:
            with translated(path), ExitStack() as resources:
                opening = Opening(place, context, resources)
                connection, state = opening.run()
                source = _Source(path, state, opening.connect, resources.pop_all())
            return source.session(connection)
        except Moved:
            continue
    raise notices.keeps_changing(place)


def open_write(path: Path) -> WriteSession:
    """A session that may write to an existing file. Foreign keys are enforced.

    A hot journal is rolled back by this, as SQLite does for every writer. Raises a `StewardError` where the file cannot
    be written, or is damaged so that writing would make it worse.
    """
    place, header = _place_to_write(path)
    with translated(path), ExitStack() as resources:
        resources.callback(sidefiles.using(place, writing=True))
        connection = connect.writer(place.file)
        resources.callback(connection.close, True)
        connection.execute("SELECT count(*) FROM main.sqlite_schema").fetchone()
        if connection.readonly("main"):
            raise _why_read_only(place, header)
        return WriteSession(connection, path, file_id=place.id, on_close=resources.pop_all().close)


def create(path: Path) -> WriteSession:
    """A session on a new file of ours (sample, scratch, catalog). Raises `Failure` when the path is taken."""
    must_be_new(path)
    with translated(path):
        connection = apsw.Connection(str(path.absolute()), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(connect.BUSY_TIMEOUT_MS)
        connection.execute("PRAGMA foreign_keys = ON")
    return WriteSession(connection, path, file_id=locate(path).id)


class _Source:
    """What the sessions of one opening share: the way to connect, and what goes away with the last of them."""

    def __init__(
        self, path: Path, state: OpenState, opener: Callable[[bool], apsw.Connection], resources: ExitStack
    ) -> None:
        self._path = path
        self._state = state
        self._connect = opener
        self._resources = resources
        self._sessions = 0
        self._lock = threading.Lock()

    def session(self, connection: apsw.Connection) -> ReadSession:
        """A session over a connection that is open already."""
        with self._lock:
            self._sessions += 1
        return ReadSession(connection, self._path, self._state, again=self._again, on_close=self._closed)

    def _again(self, waits: bool) -> ReadSession:
        with translated(self._path):
            return self.session(self._connect(waits))

    def _closed(self) -> None:
        with self._lock:
            self._sessions -= 1
            last = self._sessions == 0
        if last:
            self._resources.close()


def _place_to_write(path: Path) -> tuple[Place, Header | None]:
    for _ in range(_ATTEMPTS):
        place = locate(path)
        with translated(path):
            start = read_start(place.file)
        header = checked_header(place, start)
        if not place.may_write:
            raise notices.not_writable(place)
        try:
            spoiled = header is None if start else bool(left_beside(place))
        except Moved:
            continue
        if spoiled:
            raise notices.cannot_be_written_safely(place)
        return place, header
    raise notices.keeps_changing(place)


def _why_read_only(place: Place, header: Header | None) -> Failure:
    if header and header.write_version > NEWEST_FORMAT:
        return notices.newer_format(place, f"write format {header.write_version}")
    return notices.not_writable(place)
