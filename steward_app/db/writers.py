"""Which commits are ours: write sessions of this process, told to whoever watches the file.

`data_version` changes on every connection but the one that committed. So the write session's own connection tells
whether anybody else committed while it was open, and a watcher that looks just before that answer knows that all it
sees until then is ours. https://www.sqlite.org/pragma.html#pragma_data_version
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import apsw

from steward_app.db.place import FileId


class Watcher(Protocol):
    """Somebody who watches a file. Called from the thread that writes."""

    def writer_opened(self) -> None:
        """A write session begins. Look now: what changed up to here is not its doing."""

    def writer_closing(self) -> None:
        """It has committed all it will. Look now."""

    def writer_closed(self, *, alone: bool) -> None:
        """`alone`: nobody else committed between its beginning and your last look."""


_watchers: dict[FileId, list[Watcher]] = {}
_lock = threading.Lock()


@contextmanager
def watching(file_id: FileId, watcher: Watcher) -> Iterator[None]:
    """In the block, the watcher is told of every write session of this process on the file."""
    with _lock:
        _watchers.setdefault(file_id, []).append(watcher)
    try:
        yield
    finally:
        with _lock:
            _watchers[file_id].remove(watcher)
            if not _watchers[file_id]:
                del _watchers[file_id]


def begin(file_id: FileId, connection: apsw.Connection) -> Callable[[], None]:
    """A write session begins; call what comes back just before its connection is closed."""
    with _lock:
        watchers = tuple(_watchers.get(file_id, ()))
    if not watchers:
        return lambda: None
    before = _version(connection)
    for watcher in watchers:
        watcher.writer_opened()

    def ending() -> None:
        for watcher in watchers:
            watcher.writer_closing()
        after = _version(connection)
        for watcher in watchers:
            watcher.writer_closed(alone=before is not None and before == after)

    return ending


def _version(connection: apsw.Connection) -> int | None:
    try:
        found = connection.execute("PRAGMA main.data_version").fetchone()
    except apsw.Error:  # locked by another program: then nothing is known
        return None
    return int(found[0]) if found and isinstance(found[0], int) else None
