"""A store in a folder: on a drive, a stick, a network folder that the system has connected."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from steward_app.kernel.errors import Failure, StewardError
from steward_app.kernel.progress import Context
from steward_app.storage import local
from steward_app.storage.disk import disk
from steward_app.storage.objects import failures
from steward_app.storage.objects.gathering import Gathering, arriving
from steward_app.storage.objects.model import ObjectInfo, check_name, check_prefix, folder_of, is_name

_SHARED = 0o022  # a folder that others may write to is shared with them, and so is what we put there


class FolderStore:
    """Objects as files under one folder, each written under a temporary name, synced and renamed."""

    transfers = 2

    def __init__(self, root: Path, *, create: bool = False) -> None:
        """`create` makes the folder, in a folder that is there. Raises `Failure` (STORE_MISSING, NO_PERMISSION)."""
        self._root = root
        with self._told():
            if create and not self._is_there():
                with suppress(FileExistsError):
                    disk().make_directory(root, private=True)
                disk().fsync_directory(root.parent)
            status = root.stat()
            os.scandir(root).close()  # may it be read, and is it a folder
        self._place = (status.st_dev, status.st_ino)
        self._private = not status.st_mode & _SHARED

    @property
    def where(self) -> str:
        return str(self._root)

    def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
        context = context or Context()
        target = self._path(name)
        with self._told(name):
            self._check_place()
            self._make_folders(target.parent)
            new = local.staged(target, private=self._private)
        with new:
            for chunk in _chunks(data):
                context.checkpoint()
                with self._told(name):
                    new.write(chunk)
            context.checkpoint()
            with self._told(name):
                self._check_place()
                new.finish()

    def get(self, name: str, context: Context | None = None, *, most_bytes: int | None = None) -> bytes:
        gathered = Gathering(self.where, name, most_bytes)
        for chunk in self._read(name, context or Context()):
            gathered.add(chunk)
        return gathered.whole()

    def get_to(
        self, name: str, target: Path, context: Context | None = None, *, most_bytes: int | None = None
    ) -> None:
        with arriving(self.where, name, target, most_bytes) as add:
            for chunk in self._read(name, context or Context()):
                add(chunk)

    def info(self, name: str, context: Context | None = None) -> ObjectInfo | None:
        path = self._path(name)
        with self._told(name):
            self._check_place()
            status = _status(path)
        return _info(name, status) if status else None

    def list(self, prefix: str = "", context: Context | None = None) -> Iterator[ObjectInfo]:
        with self._told():
            self._check_place()
        for name, entry in self._walk(folder_of(check_prefix(prefix)), context or Context()):
            if name.startswith(prefix) and is_name(name):
                with self._told(name):
                    status = _status(Path(entry.path))
                if status:  # else it was deleted meanwhile
                    yield _info(name, status)

    def delete(self, name: str, context: Context | None = None) -> None:
        path = self._path(name)
        with self._told(name):
            self._check_place()
            if path.parent.is_dir():
                self._make_folders(path.parent)
                disk().delete(path)
                disk().fsync_directory(path.parent)

    def sweep(self, before: datetime, context: Context | None = None) -> int:
        with self._told():
            self._check_place()
        count = 0
        for name, entry in self._walk("", context or Context()):
            with self._told(name):
                status = _status(Path(entry.path)) if local.is_temporary(entry.name) else None
                if status and status.st_mtime < before.timestamp():
                    disk().delete(self._root / name)
                    count += 1
        return count

    def free_bytes(self) -> int | None:
        with self._told():
            self._check_place()
        return local.free_bytes(self._root)

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"FolderStore({self.where!r})"

    def _path(self, name: str) -> Path:
        return self._root / check_name(name)

    def _check_place(self) -> None:
        """Raise where the folder is gone, or is no longer the one that was opened: an empty place to mount a drive."""
        status = self._root.stat()
        if (status.st_dev, status.st_ino) != self._place:
            raise failures.folder_replaced(self.where)

    def _make_folders(self, folder: Path) -> None:
        """Make the folders between the root and an object; never the root. Nothing is written through a link."""
        missing = []
        while folder != self._root:
            if folder.is_symlink():
                raise failures.leads_out(self.where, folder.relative_to(self._root).as_posix())
            if not folder.is_dir():
                missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            with suppress(FileExistsError):  # another writer was faster
                disk().make_directory(each, private=self._private)
            disk().fsync_directory(each.parent)

    def _read(self, name: str, context: Context) -> Iterator[bytes]:
        path = self._path(name)
        with self._told(name):
            self._check_place()
            try:
                file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115
            except FileNotFoundError:
                raise failures.object_missing(self.where, name) from None
        with file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise failures.object_missing(self.where, name)
            while True:
                context.checkpoint()
                with self._told(name):
                    chunk = file.read(1 << 20)
                if not chunk:
                    return
                yield chunk

    def _walk(self, folder: str, context: Context) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Every file under a folder of the store, with its name in the store. Links to folders are not followed."""
        context.checkpoint()
        path = self._root / folder
        with self._told(folder):
            try:
                with os.scandir(path) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except FileNotFoundError:
                self._check_place()
                return
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if is_name(name):
                    yield from self._walk(name, context)
            else:
                yield name, entry

    @contextmanager
    def _told(self, name: str = "") -> Iterator[None]:
        """Say what the system reports in words about this store."""
        try:
            try:
                yield
            except StewardError as error:
                if not isinstance(error.__cause__, OSError):
                    raise
                raise error.__cause__ from None
        except OSError as error:
            raise self._failure(error, name) from error

    def _failure(self, error: OSError, name: str) -> Failure:
        match error.errno:
            case _ if not self._is_there():
                return failures.folder_missing(self.where)
            case errno.ENOTDIR:
                return failures.not_a_folder(self.where)
            case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
                return failures.full(self.where, name)
            case errno.EACCES | errno.EPERM | errno.EROFS:
                return failures.no_permission(self.where, name)
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        return failures.broken(self.where, reason)

    def _is_there(self) -> bool:
        try:
            self._root.stat()
        except PermissionError:
            return True
        except OSError:  # gone, or a drive that no longer answers
            return False
        return True


def _without_waiting(path: str, flags: int) -> int:
    """A pipe in the place of an object would keep whoever opens it waiting for ever."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _chunks(data: bytes | Path) -> Iterator[bytes]:
    """At least one piece, so that an empty object is written too."""
    yield b"" if isinstance(data, Path) else data
    if isinstance(data, Path):
        yield from local.read_chunks(data)


def _status(path: Path) -> os.stat_result | None:
    """None where no file has the name."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _info(name: str, status: os.stat_result) -> ObjectInfo:
    return ObjectInfo(name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))
