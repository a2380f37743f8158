"""The storage floor's way to the disk, through the breaker."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faults.breaker import Breaker, Broken, Full
from steward_app.storage.disk import Disk


class BreakingDisk(Disk):
    """The real disk, broken where the breaker says."""

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker
        self._open: dict[int, tuple[Path, int]] = {}

    def open_new(self, path: Path, *, private: bool) -> int:
        with _in_the_systems_words(path):
            self._breaker.step(grows=True)
        descriptor = super().open_new(path, private=private)
        self._breaker.disk.write(path.absolute(), 0, b"")
        self._open[descriptor] = path.absolute(), 0
        return descriptor

    def open_existing(self, path: Path) -> int:
        descriptor = super().open_existing(path)
        self._open[descriptor] = path.absolute(), 0
        return descriptor

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        path, offset = self._open[descriptor]
        with _in_the_systems_words(path):
            short = self._breaker.step(grows=True)
        taken = super().write(descriptor, data[: (len(data) + 1) // 2] if short else data)
        self._breaker.disk.write(path, offset, bytes(data[:taken]))
        self._open[descriptor] = path, offset + taken
        return taken

    def write_at(self, descriptor: int, data: bytes | memoryview, offset: int) -> int:
        path, _ = self._open[descriptor]
        self._open[descriptor] = path, os.lseek(descriptor, offset, os.SEEK_SET)
        return self.write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        path, _ = self._open[descriptor]
        with _in_the_systems_words(path):
            self._breaker.step()
        self._breaker.disk.sync(path)  # and spare the machine the real one: nobody cuts its power

    def close(self, descriptor: int) -> None:
        self._open.pop(descriptor)
        super().close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        self._named(source)
        super().rename(source, target)
        self._breaker.disk.rename(source.absolute(), target.absolute())

    def rename_new(self, source: Path, target: Path) -> None:
        self._named(source)
        super().rename_new(source, target)
        self._breaker.disk.rename(source.absolute(), target.absolute())

    def delete(self, path: Path) -> None:
        self._named(path)
        super().delete(path)
        self._breaker.disk.delete(path.absolute())

    def make_directory(self, path: Path, *, private: bool) -> None:
        with _in_the_systems_words(path):
            self._breaker.step(grows=True)
        super().make_directory(path, private=private)

    def fsync_directory(self, path: Path) -> None:
        self._named(path)
        self._breaker.disk.sync_folder(path.absolute())

    def _named(self, path: Path) -> None:
        with _in_the_systems_words(path):
            self._breaker.step()


@contextmanager
def _in_the_systems_words(path: Path) -> Iterator[None]:
    try:
        yield
    except Full:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from None
    except Broken:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path)) from None
