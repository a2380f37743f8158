"""SQLite's way to the disk, through the breaker. Made the default, it serves every connection of the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from faults.breaker import Breaker, Broken, Full

_CREATES_A_NAME = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL | apsw.SQLITE_OPEN_WAL


class BreakingVFS(apsw.VFS):
    """The system's VFS, broken where the breaker says."""

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker
        self._base = apsw.vfs_names()[0]
        super().__init__("breaking", self._base, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _BreakingFile(self._breaker, self._base, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        with _in_sqlites_words(apsw.SQLITE_IOERR_DELETE):
            self._breaker.step()
        super().xDelete(filename, syncdir)
        path = Path(filename)
        self._breaker.disk.delete(path)
        if syncdir:
            self._breaker.disk.sync_folder(path.parent)


class _BreakingFile(apsw.VFSFile):
    def __init__(
        self, breaker: Breaker, base: str, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        super().__init__(base, name, flags)
        self._breaker = breaker
        text = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._path = Path(text) if text else None
        self._syncs_its_folder = bool(flags[0] & _CREATES_A_NAME)

    def xLock(self, level: int) -> None:  # noqa: N802
        """SQLite asks in vain for more than a file opened for reading can give, and takes any error for no.

        apsw would carry all but one kind of error to whoever called SQLite.
        """
        try:
            super().xLock(level)
        except apsw.IOError as error:
            raise apsw.BusyError from error

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        with _in_sqlites_words(apsw.SQLITE_IOERR_WRITE):
            short = self._breaker.step(grows=offset + len(data) > self.xFileSize())
            if short:
                data = bytes(data[: len(data) // 2])
            super().xWrite(data, offset)
            if self._path:
                self._breaker.disk.write(self._path, offset, bytes(data))
            if short:
                raise Full

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        with _in_sqlites_words(apsw.SQLITE_IOERR_TRUNCATE):
            self._breaker.step()
        super().xTruncate(newsize)
        if self._path:
            self._breaker.disk.truncate(self._path, newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        with _in_sqlites_words(apsw.SQLITE_IOERR_FSYNC):
            self._breaker.step()
        if self._path:  # the real one is spared: nobody cuts the machine's power
            self._breaker.disk.sync(self._path)
            if (
                self._syncs_its_folder
            ):  # (os_unix.c, DIRSYNC), and with it all its names: a folder has no other sync
                self._breaker.disk.sync_folder(self._path.parent)


@contextmanager
def _in_sqlites_words(code: int) -> Iterator[None]:
    try:
        yield
    except Full:
        raise apsw.exception_for(apsw.SQLITE_FULL) from None
    except Broken:
        raise apsw.exception_for(code) from None
