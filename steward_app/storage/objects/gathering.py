"""An object's bytes as they come: never more than there can be of it, in memory and on this computer's disk.

Whoever keeps a store may send what was never written there, without end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

from steward_app.storage import local
from steward_app.storage.objects import failures

MOST_BYTES: Final = 64 << 20
"""A pack is about 32 MB and a frame (16 MB at most); whoever has more under its name has something else there."""


class Gathering:
    """Pieces of one object in memory, until it is whole. Raises `Failure` (DAMAGED) when there is more than can be."""

    def __init__(self, where: str, name: str, most_bytes: int | None) -> None:
        self._whole = BytesIO()  # half the work of joining pieces
        self._measure = _Measure(where, name, MOST_BYTES if most_bytes is None else most_bytes)

    def add(self, piece: bytes) -> None:
        """One more piece."""
        self._whole.write(self._measure.passed(piece))

    def whole(self) -> bytes:
        """All of it."""
        return self._whole.getvalue()


@contextmanager
def arriving(
    where: str, name: str, target: Path, most_bytes: int | None
) -> Iterator[Callable[[bytes], None]]:
    """What takes the pieces of an object into a file, which is there, whole, when the block has ended.

    A tenth of the disk's free space stays free, whatever is sent. Raises `Failure`: DAMAGED where there is more than
    can be, DISK_FULL.
    """
    measure = _Measure(where, name, most_bytes, local.free_bytes(target.parent) * 9 // 10)
    with local.staged(target, private=True) as new:
        new.write(b"")
        yield lambda piece: new.write(measure.passed(piece))
        new.finish()


class _Measure:
    """Counts."""

    def __init__(self, where: str, name: str, most_bytes: int | None, room_bytes: int | None = None) -> None:
        self._where, self._name = where, name
        self._most, self._room = most_bytes, room_bytes
        self._count = 0

    def passed(self, piece: bytes) -> bytes:
        self._count += len(piece)
        if self._most is not None and self._count > self._most:
            raise failures.too_large(self._where, self._name)
        if self._room is not None and self._count > self._room:
            raise failures.no_room(self._where, self._name)
        return piece
