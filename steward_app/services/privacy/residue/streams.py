"""Compressed streams that open piece by piece: zlib, gzip, what zip has of it, bzip2, xz, and zstd.

Made for damaged and hostile data: no more than so many bytes come out, and what came out before the damage is kept.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from enum import Enum
from typing import Final, Protocol

import zstandard


class Kind(Enum):
    """How a stream is packed."""

    ZLIB = "zlib"
    GZIP = "gzip"
    DEFLATE = "deflate"  # zlib without its head, as in zip
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"


SIGNS: Final = (
    (b"\x1f\x8b\x08", Kind.GZIP),
    (b"BZh", Kind.BZIP2),
    (b"\xfd7zXZ\x00", Kind.XZ),
    (b"\x28\xb5\x2f\xfd", Kind.ZSTD),
)
"""The bytes that streams with bytes of their own begin with."""

_BITS = {Kind.ZLIB: 15, Kind.GZIP: 31, Kind.DEFLATE: -15}  # as zlib calls them
_PIECE = 256  # bytes that are opened at a time: of what breaks off, all before the break counts
_MEMORY = (
    128 << 20
)  # bytes: the strongest settings of xz and, but for one that has to be asked for, of zstd need less
_ERRORS = (zlib.error, OSError, ValueError, EOFError, lzma.LZMAError, zstandard.ZstdError)


def kind_of(data: bytes) -> Kind | None:
    """How a stream is packed that begins with bytes of its own; zlib has none."""
    return next((kind for sign, kind in SIGNS if data.startswith(sign)), None)


def is_zlib(data: bytes) -> bool:
    """Whether some bytes can be the head of zlib data (RFC 1950)."""
    head = int.from_bytes(data[:2], "big")
    return len(data) > 1 and head % 31 == 0 and head >> 8 & 0x0F == 8 and head >> 12 <= 7 and not head & 0x20


def why_closed(data: bytes) -> str:
    """Why sound data does not open here, in words; "" where nothing speaks against it."""
    if kind_of(data) is not Kind.ZSTD:
        return ""
    try:
        head = zstandard.get_frame_parameters(data)
    except zstandard.ZstdError:
        return ""
    if head.dict_id:
        return "zstd that needs a dictionary"
    return f"zstd that needs more than {_MEMORY >> 20} MB of memory" if head.window_size > _MEMORY else ""


class _Opener(Protocol):
    """What the modules of all kinds have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Zstd:
    """zstd, called as the others are. It knows no bound for what comes out, so what goes in has to be little."""

    def __init__(self) -> None:
        self._stream = zstandard.ZstdDecompressor(max_window_size=_MEMORY).decompressobj()

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._stream.decompress(data)


class Stream:
    """A stream as it opens.

    Attributes:
        data: what came out so far.
        whole: it came to its end, and its checksum, where it has one, is right.
        is_full: more would come out, but there is no room for it.
        rest: the bytes that stand behind its end.
    """

    def __init__(self, kind: Kind, most_bytes: int) -> None:
        self._most = most_bytes
        self._zlib = zlib.decompressobj(_BITS[kind]) if kind in _BITS else None
        self._opener: _Opener = self._zlib or _opener(kind)
        self.data = bytearray()
        self.whole = self.is_full = False
        self.rest = b""

    def take(self, data: bytes) -> bool:
        """Open more; False where it is broken there, has no more room, or came to its end."""
        opener = self._opener
        for at in range(0, len(data), _PIECE):
            try:
                self.data += opener.decompress(data[at : at + _PIECE], max(1, self._most - len(self.data)))
            except _ERRORS:
                return False
            if opener.eof:
                self.whole, self.rest = True, opener.unused_data + data[at + _PIECE :]
                return False
            if len(self.data) >= self._most:
                self.is_full = True
                return False
        return True

    def fits(self, data: bytes) -> bool:
        """Whether some bytes can be what follows. Only zlib can try that without taking them: of others it is said."""
        if self._zlib is None:
            return True
        try:
            self._zlib.copy().decompress(data[:_PIECE], self._most)
        except zlib.error:
            return False
        return True


def _opener(kind: Kind) -> _Opener:
    if kind is Kind.BZIP2:
        return bz2.BZ2Decompressor()
    if kind is Kind.XZ:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, _MEMORY)
    return _Zstd()
