"""Compressed streams in what is left over: where they begin, and how they go on where their rows did."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from steward_app.services.privacy.residue.packed import MOST
from steward_app.services.privacy.residue.short import places
from steward_app.services.privacy.residue.streams import (
    SIGNS,
    Kind,
    Stream,
    is_zlib,
    kind_of,
    why_closed,
)
from steward_app.services.privacy.residue.sweep import Body

if TYPE_CHECKING:
    pass

_ZIP: Final = b"PK\x03\x04"
_ZIP_HEAD = 30  # bytes of the head of a file in an archive, before its name
_DEFLATED = 8
_OF_PDF = re.compile(rb"stream\r?\n")  # some programs that write PDF begin zlib data as no other does
_POINTER = 4  # bytes that name the page on which a row goes on
_FIRST = 256  # bytes that tell whether something is compressed
_MOST_ENDS = 32  # places on a page from which a row may go on elsewhere that are tried
_SAYS_SOMETHING = 200  # bytes that come out of what only looks compressed are fewer
_LONG_SIGNS = (Kind.BZIP2, Kind.XZ, Kind.ZSTD)  # nothing begins as these do by chance


def beginnings(pages: bytes, page_size: int) -> list[int]:
    """The bytes of some pages at which compressed data may begin."""
    import numpy as np

    data = np.frombuffer(pages, np.uint8)
    at = np.flatnonzero(data[:-1] == 0x78)
    found = set(at[(data[at + 1].astype(np.int64) + (0x78 << 8)) % 31 == 0].tolist())
    for sign in (_ZIP, *(sign for sign, _ in SIGNS)):
        found.update(places(pages, sign))
    found.update(match.end() for match in _OF_PDF.finditer(pages))
    return [
        each for each in sorted(found) if _may_be(pages[each : min(each + _FIRST, _end(each, page_size))])
    ]


def _end(at: int, page_size: int) -> int:
    """The end of the page on which a byte is."""
    return (at // page_size + 1) * page_size


def _may_be(data: bytes) -> bool:
    """Whether some bytes open at all: of those that only look like a beginning, most do not."""
    start, kind = _begins(data)
    if kind is None:
        return False
    stream = Stream(kind, MOST)
    return stream.take(data[start:]) or stream.whole or why_closed(data) != ""


class LeftStream:
    """Compressed data that begins somewhere, and goes on where its row did.

    Attributes:
        data: what came out of it.
        whole: it came to its end.
        is_full: more would come out than is opened.
        unread: why sound data does not open here, in words, or "".
    """

    def __init__(self, body: Body, suffix: str, at: int, page_at: int, page: int) -> None:
        self._body, self._suffix, self._at, self._page = body, suffix, at, page
        self._here = body.files[suffix].read(at, max(0, page_at + body.anatomy.usable - at))
        self._follows = int.from_bytes(body.files[suffix].read(page_at, _POINTER), "big")
        start, kind = _begins(self._here)
        self.unread = why_closed(self._here)
        stream = self._opened(start, kind) if kind and not self.unread else None
        self.data = bytes(stream.data) if stream else b""
        self.whole = stream is not None and stream.whole
        self.is_full = stream is not None and stream.is_full
        self._has_long_sign = kind in _LONG_SIGNS

    @property
    def is_chance(self) -> bool:
        """Whether it only looked like compressed data."""
        return not self.whole and not self._has_long_sign and len(self.data) < _SAYS_SOMETHING

    def _opened(self, start: int, kind: Kind) -> Stream:
        best = Stream(kind, MOST)
        best.take(self._here[start:])
        for end, follows in islice(self._ends(start), _MOST_ENDS):
            if best.whole or best.is_full:
                break
            other = Stream(kind, MOST)
            if other.take(self._here[start:end]):
                self._follow(other, follows)
            if other.whole or len(other.data) > len(best.data):
                best = other
        return best

    def _ends(self, start: int) -> Iterator[tuple[int, int]]:
        """Where a row may break off on this page, and the page that it goes on on.

        First as if this were an overflow page, which names the next one in its first bytes. Then from the end of the
        page on.
        """
        if self._leads_on(self._follows):
            yield len(self._here), self._follows
        for end in range(len(self._here) - _POINTER, start, -1):
            follows = int.from_bytes(self._here[end : end + _POINTER], "big")
            if self._leads_on(follows):
                yield end, follows

    def _leads_on(self, page: int) -> bool:
        return 1 < page <= self._body.states.last and page != self._page

    def _follow(self, stream: Stream, page: int) -> None:
        """Open what stands on the overflow pages from one on, as long as it fits to what came before."""
        seen = {self._page}
        while page and page not in seen and not stream.whole:
            seen.add(page)
            fits = next((each for each in self._states(page) if stream.fits(each[_POINTER:])), None)
            if fits is None or not stream.take(fits[_POINTER:]):
                return
            page = int.from_bytes(fits[:_POINTER], "big")

    def _states(self, page: int) -> Iterator[bytes]:
        """The bytes of a page: of its states near by in the same file, then of others."""
        body = self._body
        states = body.states.near(page, self._suffix, self._at)
        for suffix, at in sorted(states, key=lambda state: (state[0] != self._suffix, state)):
            yield body.files[suffix].read(at, body.anatomy.usable)


def _begins(data: bytes) -> tuple[int, Kind | None]:
    """Where the packed bytes begin behind their head, and how they are packed; None for what is not."""
    if not data.startswith(_ZIP):
        return 0, kind_of(data) or (Kind.ZLIB if is_zlib(data) else None)
    head = data[:_ZIP_HEAD]
    if len(head) < _ZIP_HEAD or int.from_bytes(head[8:10], "little") != _DEFLATED:
        return 0, None
    start = _ZIP_HEAD + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    return start, Kind.DEFLATE
