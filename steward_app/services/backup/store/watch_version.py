"""Whether a database was written since it was scanned, without reading it.

SQLite's `data_version`, asked on a connection held for it, changes with every commit of anybody else; it costs
microseconds and no lock is held between two questions. https://www.sqlite.org/pragma.html#pragma_data_version
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from steward_app.db import ReadSession, locate, open_read, sidefiles
from steward_app.kernel.errors import ErrorCode, Failure

Version = tuple[int, ...]
"""Two that are equal mean: nothing was written in between. Good for one `VersionWatch`."""


class VersionWatch:
    """Watches one database. Ask before a scan, and keep the answer when the scan was good.

        seen = None
        with VersionWatch(path) as watch:
            while ...:
                now = watch.version()
                if now is None or now != seen:
                    scan(path, ...)
                    seen = now

    It opens the file when it is asked first, and anew when another file lies at the path. Belongs to one thread.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._session: ReadSession | None = None
        self._openings = 0

    def version(self) -> Version | None:
        """What stands for the state of the file now; None where that is not known, since it is locked just now.

        Raises `Failure` when the file is gone or cannot be read at all.
        """
        try:
            self._open()
            if self._session is None:
                return _marks(self._path)
            return self._openings, self._session.data_version()
        except Failure as failure:
            if failure.code is not ErrorCode.LOCKED:
                self.close()
                raise
            return None

    def close(self) -> None:
        """Let go of the file. Closing twice is harmless."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        """Have a session on the file that lies there now; none where SQLite would not tell of changes."""
        if self._session is not None:
            try:
                self._session.check_identity()
                return
            except Failure as failure:
                if failure.code is not ErrorCode.FILE_REPLACED:
                    raise
                self.close()
        with open_read(self._path) as first:
            self._openings += 1
            if first.state.live:
                self._session = first.sibling(waits=False)


def _marks(path: Path) -> Version:
    """A file read without locks, or in a copy: the file system tells when it is written."""
    place = locate(path)
    sides = (sidefiles.size(place.file, suffix) or 0 for suffix in (sidefiles.WAL, sidefiles.JOURNAL))
    return (place.id.device, place.id.inode, place.size_bytes, place.modified_ns, *sides)
