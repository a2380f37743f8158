"""An open file, as the window and the command line have it. No window is needed for it, and no thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, cast

from steward_app import db
from steward_app.db import writers
from steward_app.kernel.errors import Cancelled, ErrorCode, Refused
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.document.cache import Cache
from steward_app.services.document.model import Change, ChangeKind, Identity
from steward_app.services.document.pool import SessionPool
from steward_app.services.document.watch import Watch

T = TypeVar("T")

_WAIT_S = 0.05  # between two looks at the wish to stop, while another makes what is wanted


def open_document(path: Path, context: Context | None = None) -> Document:
    """Open a file to look at it. Nothing heavy is started; a damaged page is noticed where it is found at once.

    Raises a `StewardError` that names the file, what is wrong with it and what to do.
    """
    return Document(path, context or Context())


class Document:
    """A file that is open: who it is, how it was opened, whether it may be changed, and what changes.

    Made by `open_document`. Every method may be called from any thread. Closing it leaves the folder as it was.
    """

    def __init__(self, path: Path, context: Context) -> None:
        self.path = path
        self._lock = threading.RLock()  # held while the file is opened anew: never taken by poll()
        self._cache = Cache()
        self._read_only = True
        self._writing = threading.Lock()
        self._closed = False
        self._generation = 0
        self._opening = _Opening(path, context, self._generation)

    @property
    def identity(self) -> Identity:
        """Which file it is."""
        return self._opening.identity

    @property
    def id(self) -> str:
        """Names this file among all others on this computer, however it is reached; jobs are kept apart by it."""
        return str(self.identity.id)

    @property
    def state(self) -> db.OpenState:
        """How it was opened."""
        return self._opening.state

    @property
    def notices(self) -> tuple[Finding, ...]:
        """What a steward should know about it from the start, worst first."""
        return self._opening.notices

    # Reading

    @contextmanager
    def read(self) -> Iterator[db.ReadSession]:
        """A session for one piece of work on one thread; it goes back when the block ends, for the next to use.

        Raises `Failure` when the file is gone from its path or was replaced, `Cancelled` when the document is closed
        (in the block too: a statement that runs then is interrupted).
        """
        pool = self._current().pool
        session = pool.borrow()
        try:
            session.check_identity()
            yield session
        finally:
            pool.give_back(session)

    def cached(
        self,
        key: Hashable,
        make: Callable[[db.ReadSession], T],
        *,
        rows_of: Collection[str] | None = (),
    ) -> T:
        """What `make` reads from the file, read once and kept until the file changes.

        Args:
            key: names what is read, with its options: `("profile", table)`.
            make: reads it; it is given a session, in a snapshot, and its value must not be changed by anybody.
            rows_of: tables whose rows it depends on, None for any; nothing when it depends on the schema alone.
        """

        def read() -> T:
            with self.read() as session, session.snapshot():
                return make(session)

        return self._cache.get(key, lambda: self._current().watch.stamp(rows_of), read)

    def remembering(self, key: Hashable, make: Callable[[], T], context: Context) -> T:
        """Make something long and heavy (a check), and keep it as long as no row of the file changes.

        Who asks while another makes the same waits for it and shares it. Raises `Cancelled` when told to stop waiting.
        """
        waited = False
        making = self._cache.making(key)
        while not making.acquire(timeout=_WAIT_S):
            waited = True
            context.checkpoint()
        try:
            if waited and (shared := self.remembered(key)) is not None:
                return cast("T", shared)
            stamp = self._current().watch.stamp(None)
            value = make()
            self._cache.keep(key, stamp, value)
            return value
        finally:
            making.release()

    def remembered(self, key: Hashable) -> object | None:
        """What `remembering` kept, or None when there is nothing or the file changed since it began."""
        return self._cache.kept(key, self._current().watch.stamp(None))

    # Writing

    @property
    def read_only(self) -> bool:
        """True until the steward allows changes; the switch of this document alone."""
        return self._read_only

    def allow_writing(self) -> None:
        """Allow changes from here on. Raises `Refused` when this file cannot be written as it was opened."""
        if not self.state.writable:
            raise Refused(
                ErrorCode.READ_ONLY,
                f"{quoted(self.path.name)} can only be read: {self.state.why_not_writable}.",
                hint="The file is unchanged. Copy what you need to a new file to change it there.",
            )
        self._read_only = False

    def forbid_writing(self) -> None:
        """Back to reading only. What is being written is finished."""
        self._read_only = True

    @contextmanager
    def write(self) -> Iterator[db.WriteSession]:
        """A session that may change the file, one at a time.

        Raises `Refused` while the switch is on read-only (READ_ONLY) or another part of the program writes
        (BUSY_ELSEWHERE); `Failure` when the file is gone, replaced or locked.
        """
        if self._read_only:
            raise Refused(
                ErrorCode.READ_ONLY,
                f"{quoted(self.path.name)} is open for reading only.",
                hint="Nothing was changed. Allow changes to this file first.",
            )
        if not self._writing.acquire(blocking=False):
            raise Refused(
                ErrorCode.BUSY_ELSEWHERE,
                f"Another operation is changing {quoted(self.path.name)}.",
                hint="Nothing was changed. Wait until it has finished, then try again.",
            )
        try:
            with db.open_write(self.path) as writing:
                self._current().watch.check_identity()  # what was opened for writing is what is shown
                yield writing
        finally:
            self._writing.release()

    def touched(self, tables: Collection[str]) -> None:
        """Say which tables an operation of ours changed (a receipt's): what is kept about them is read anew."""
        self._current().watch.touched(tables)

    # Watching

    def poll(self) -> Change | None:
        """What happened to the file since the last call, or None. Cheap enough to be called every second.

        Never waits for another program. After REPLACED, open the path anew to see the other file.
        """
        if self._closed:
            return None
        watch = self._opening.watch
        watch.look()
        change = watch.take()
        if change is not None and change.kind is not ChangeKind.DATA:
            self._cache.clear()
        return change

    # Ending

    def close(self) -> None:
        """Close every session and remove what looking left beside the file. What still reads is stopped."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._cache.clear()
        self._opening.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _current(self) -> _Opening:
        """The opening to work with: a new one where the old does not show the file any more."""
        with self._lock:
            if self._closed:
                raise Cancelled(f"{quoted(self.path.name)} was closed.")
            if self._opening.watch.outdated:
                self._opening.watch.check_identity()
                self._generation += 1
                new = _Opening(self.path, Context(), self._generation)
                self._opening.close()
                self._opening = new
                self._read_only = self._read_only or not new.state.writable
            return self._opening


class _Opening:
    """What belongs to one opening of the file: its sessions, and the one that watches."""

    def __init__(self, path: Path, context: Context, generation: int) -> None:
        with ExitStack() as resources:
            first = db.open_read(path, context)
            self.pool = SessionPool(first)
            resources.callback(self.pool.close)
            self.state = first.state
            found = first.state.notices + db.first_notices(first)
            self.notices = tuple(sorted(found, key=lambda finding: finding.severity.rank))
            place = db.locate(path)
            first.check_identity()
            self.identity = Identity(path, place.file, place.id, place.size_bytes, place.modified_ns)
            held = resources.enter_context(first.sibling(waits=False))
            self.watch = Watch(self.identity, held, generation)
            resources.callback(self.watch.close)
            resources.enter_context(writers.watching(self.state.id, self.watch))
            self._resources = resources.pop_all()

    def close(self) -> None:
        self._resources.close()
