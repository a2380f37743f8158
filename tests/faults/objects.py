"""The way to any store of objects, through the breaker: `open_objects` gives one of these in a process that is broken.

Where the store is a folder, the disk's own steps are counted too (disk.py); on a server, these are all there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from faults.breaker import Breaker, Broken, Full
from steward_app.kernel.progress import Context
from steward_app.storage.objects import ObjectInfo, ObjectStore
from steward_app.storage.objects.failures import Cut, for_good, full


class BreakingObjects:
    """A store, broken where the breaker says: before a put, get, info, list, delete or sweep, in a store's words.

    Cut short, a step is done and its answer lost: the object is there, and the program was told that it failed.
    """

    def __init__(self, store: ObjectStore, breaker: Breaker) -> None:
        self._store = store
        self._breaker = breaker

    @property
    def where(self) -> str:
        return self._store.where

    @property
    def transfers(self) -> int:
        return 1  # the steps come in the same order each time, and nothing is written after a power cut

    def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
        with self._step(name, grows=True):
            self._store.put(name, data, context)

    def get(self, name: str, context: Context | None = None, *, most_bytes: int | None = None) -> bytes:
        with self._step(name):
            return self._store.get(name, context, most_bytes=most_bytes)

    def get_to(
        self, name: str, target: Path, context: Context | None = None, *, most_bytes: int | None = None
    ) -> None:
        with self._step(name):
            self._store.get_to(name, target, context, most_bytes=most_bytes)

    def info(self, name: str, context: Context | None = None) -> ObjectInfo | None:
        with self._step(name):
            return self._store.info(name, context)

    def list(self, prefix: str = "", context: Context | None = None) -> Iterator[ObjectInfo]:
        with self._step(prefix):
            pass
        yield from self._store.list(prefix, context)

    def delete(self, name: str, context: Context | None = None) -> None:
        with self._step(name):
            self._store.delete(name, context)

    def sweep(self, before: datetime, context: Context | None = None) -> int:
        with self._step(""):
            return self._store.sweep(before, context)

    def free_bytes(self) -> int | None:
        return self._store.free_bytes()

    def close(self) -> None:
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _step(self, name: str, *, grows: bool = False) -> Iterator[None]:
        try:
            answer_lost = self._breaker.step(grows=grows)
        except Full:
            raise full(self.where, name) from None
        except Broken:
            raise for_good(Cut(self.where), 4) from None
        yield
        if answer_lost:
            raise for_good(Cut(self.where), 4)
