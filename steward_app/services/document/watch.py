"""What happened to an open file since the last look: by us, by another program, or to the file as a whole."""

from __future__ import annotations

import threading
from collections.abc import Collection

from steward_app import db
from steward_app.db import sidefiles
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.services.document.cache import Stamp
from steward_app.services.document.model import Change, ChangeKind, Identity

_GONE = {ErrorCode.NOT_FOUND: ChangeKind.DELETED, ErrorCode.FILE_REPLACED: ChangeKind.REPLACED}


class Watch:
    """Looks at one opening of one file, on a connection held for it that never waits. Safe from any thread.

    Changes add up until `take()`. A look costs one `stat` and one reading of `data_version`, some microseconds.
    """

    def __init__(self, identity: Identity, session: db.ReadSession, generation: int) -> None:
        self._identity = identity
        self._session = session
        self._generation = generation
        self._lock = threading.RLock()
        self._pending: Change | None = None
        self._missing: ChangeKind | None = None
        self._writers = 0
        self._seen_by_writer: int | None = None
        self._unsettled = False  # we committed, and nobody said yet to which tables
        self._epoch = 0
        self._epochs: dict[str, int] = {}
        self._marks = self._file_marks()
        self._version = session.data_version()
        self._cookie = session.count("PRAGMA main.schema_version")
        self._schema = self._schema_hash()
        self._closed = False
        self.outdated = False
        """True when the sessions do not show the file any more, and it must be opened anew."""

    def look(self) -> None:
        """See what happened."""
        with self._lock:
            if self._closed or self._is_missing() or self.outdated:
                return
            if self._writers:  # as long as we write, nobody can tell whose the commits are
                return
            if self._session.state.live:
                self._compare_version()
            else:
                self._compare_marks(own=False)

    def take(self) -> Change | None:
        """Everything that happened since it was taken last, as one change."""
        with self._lock:
            change, self._pending = self._pending, None
            return change

    def check_identity(self) -> None:
        """Raise `Failure` when the path does not lead to this file any more."""
        self._session.check_identity()

    def close(self) -> None:
        """Look no more."""
        with self._lock:
            self._closed = True
            self._session.close()

    def touched(self, tables: Collection[str]) -> None:
        """An operation of ours says which tables it changed."""
        names = frozenset(tables)
        with self._lock:
            self._unsettled = False
            for name in names:
                folded = db.fold(name)
                self._epochs[folded] = self._epochs.get(folded, 0) + 1
            if self._pending is not None and self._pending.own and self._pending.tables is None:
                self._pending = Change(self._pending.kind, own=True, tables=names)

    def stamp(self, rows_of: Collection[str] | None) -> Stamp:
        """Changes when the schema does, and when rows do: of the tables named, or of any table for None."""
        with self._lock:
            self.look()
            if self._unsettled:
                self._unsettled = False
                self._epoch += 1
            base = (self._generation, self._schema)
            if rows_of is None:
                return (*base, self._epoch, sum(self._epochs.values()))
            if not rows_of:
                return base
            names = sorted(db.fold(name) for name in rows_of)
            return (*base, self._epoch, *(self._epochs.get(name, 0) for name in names))

    # What our own write sessions tell (db.writers.Watcher)

    def writer_opened(self) -> None:
        with self._lock:
            if self._session.state.live:  # else what it has settled by opening the file is its doing
                self.look()
            self._writers += 1

    def writer_closing(self) -> None:
        with self._lock:
            self._seen_by_writer = None if self._closed else self._read_version()

    def writer_closed(self, *, alone: bool) -> None:
        with self._lock:
            self._writers -= 1
            seen = self._seen_by_writer
            if self._closed:
                return
            if not self._session.state.live:
                self._compare_marks(own=True)
            elif alone and seen is not None and seen != self._version:
                self._note(seen, own=True)

    # One look

    def _is_missing(self) -> bool:
        try:
            self._session.check_identity()
            missing = None
        except Failure as failure:
            missing = _GONE.get(failure.code)
            if missing is None:  # the network drive does not answer: nothing is known
                return True
        if missing is not self._missing:
            self._add(Change(missing or ChangeKind.RETURNED))
            self._missing = missing
        return missing is not None

    def _compare_version(self) -> None:
        version = self._read_version()
        if version is not None and version != self._version:
            self._note(version, own=False)

    def _read_version(self) -> int | None:
        """SQLite's data_version, or None when another program has the file locked just now."""
        try:
            return self._session.data_version()
        except Failure as failure:
            if failure.code is not ErrorCode.LOCKED:
                self._outdate()
            return None

    def _note(self, version: int, *, own: bool) -> None:
        try:
            cookie = self._session.count("PRAGMA main.schema_version")
            schema = self._schema if cookie == self._cookie else self._schema_hash()
        except Failure as failure:
            if failure.code is not ErrorCode.LOCKED:
                self._outdate()
            return  # seen again at the next look, since the version is not noted
        kind = ChangeKind.DATA if schema == self._schema else ChangeKind.SCHEMA
        self._version, self._cookie, self._schema = version, cookie, schema
        if own:
            self._unsettled = True
        else:
            self._epoch += 1
        self._add(Change(kind, own))

    def _compare_marks(self, *, own: bool) -> None:
        """A copy, or a file read without locks: SQLite cannot tell what changes, the file system can."""
        if self._file_marks() != self._marks:
            self._outdate(own=own)

    def _file_marks(self) -> tuple[int, ...]:
        file = self._identity.file
        try:
            found = file.stat()
        except OSError:  # gone in this very moment: told at the next look
            return ()
        sides = (sidefiles.size(file, suffix) or 0 for suffix in (sidefiles.WAL, sidefiles.JOURNAL))
        return (found.st_size, found.st_mtime_ns, *sides)

    def _outdate(self, *, own: bool = False) -> None:
        self.outdated = True
        self._epoch += 1
        self._add(Change(ChangeKind.DATA, own))

    def _schema_hash(self) -> str:
        try:
            return db.schema_hash(self._session)
        except UnicodeDecodeError:  # a tampered schema: not chained, the error holds the text
            return f"cookie {self._cookie}"

    def _add(self, change: Change) -> None:
        self._pending = change if self._pending is None else self._pending.and_then(change)
