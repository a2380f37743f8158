"""An object's bytes in memory, as they come: never more than this program writes into one that is read so."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from steward_app.storage.objects import failures

MOST_BYTES: Final = 128 << 20
"""A pack is about 32 MB and a frame; whoever has more under its name has something else there."""


class Gathering:
    """Pieces of one object, until it is whole. Raises `Failure` (DAMAGED) when it grows beyond all measure."""

    def __init__(self, where: str, name: str) -> None:
        self._whole = BytesIO()  # half the work of joining pieces
        self._where, self._name = where, name

    def add(self, piece: bytes) -> None:
        """One more piece."""
        if self._whole.tell() + len(piece) > MOST_BYTES:
            raise failures.too_large(self._where, self._name)
        self._whole.write(piece)

    def whole(self) -> bytes:
        """All of it."""
        return self._whole.getvalue()
