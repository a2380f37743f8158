"""What was read once and holds until the file changes: schema snapshots, profiles, counts (cache-aside)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar, cast

from steward_app.kernel import clock

T = TypeVar("T")
Stamp = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    stamp: Stamp
    made_at: datetime
    value: object


class Cache:
    """Values by key, each with the stamp of what it was read from: the longest unused goes first, old ones go too.

    Safe from any thread. A value that several threads want at once is made once; the others wait.
    """

    def __init__(self, *, most: int = 64, lives: timedelta = timedelta(minutes=10)) -> None:
        self._most = most
        self._lives = lives
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._making: dict[Hashable, threading.RLock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, stamp: Callable[[], Stamp], make: Callable[[], T]) -> T:
        """The value of a key, made when there is none with the stamp that holds now.

        The stamp is taken before the value is made: a change in between makes it stale, never wrong.
        """
        with self.making(key):
            now = stamp()
            with self._lock:
                entry = self._entries.get(key)
                if entry and entry.stamp == now and clock.now() - entry.made_at < self._lives:
                    self._entries.move_to_end(key)
                    return cast("T", entry.value)
            value = make()
            with self._lock:
                self._entries[key] = _Entry(now, clock.now(), value)
                self._entries.move_to_end(key)
                while len(self._entries) > self._most:
                    old, _ = self._entries.popitem(last=False)
                    if old != key:
                        self._making.pop(old, None)
            return value

    def making(self, key: Hashable) -> threading.RLock:
        """Held by whoever makes the value of a key; the same thread may make it while it makes another."""
        with self._lock:
            return self._making.setdefault(key, threading.RLock())

    def keep(self, key: Hashable, stamp: Stamp, value: object) -> None:
        """Keep a value that was made elsewhere, with the stamp that held when its making began."""
        with self._lock:
            self._entries[key] = _Entry(stamp, clock.now(), value)
            self._entries.move_to_end(key)

    def kept(self, key: Hashable, stamp: Stamp) -> object | None:
        """The value kept for a key, however old, when its stamp still holds; else None."""
        with self._lock:
            entry = self._entries.get(key)
            return entry.value if entry and entry.stamp == stamp else None

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
