"""Original values in compressed data that earlier states left: in free pages, deleted cells, journals and logs.

No row leads there any more. So the beginnings of such data are looked for in what is left over, and it is opened from
there: on its page, then on the overflow pages that follow, as far as they still hold what they did. What comes out is
searched also where the end is gone.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from steward_app.db.anatomy import PageKind
from steward_app.db.sidefiles import JOURNAL, WAL
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.blobs import values_in
from steward_app.services.privacy.residue.edges import MAIN, Hit
from steward_app.services.privacy.residue.judge import Judge, told_with
from steward_app.services.privacy.residue.locate import Leftover, Locator
from steward_app.services.privacy.residue.matcher import Matcher
from steward_app.services.privacy.residue.model import Looked, NotSearched
from steward_app.services.privacy.residue.objects import Objects
from steward_app.services.privacy.residue.packed import MOST, inside
from steward_app.services.privacy.residue.sweep import Body
from steward_app.services.privacy.residue.tally import Tally
from steward_app.services.privacy.residue.wanted import WantedStrings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NOWHERE: Final = Place("", "")
_FILES: Final = (MAIN, WAL, JOURNAL)
_ZIP: Final = b"PK\x03\x04"
_ZIP_HEAD = 30  # bytes of the head of a file in an archive, before its name
_DEFLATED = 8
_POINTER = 4  # bytes that name the page on which a row goes on
_PIECE = 256  # bytes that are opened at a time: of what breaks off, all before the break counts
_SAYS_SOMETHING = 200  # bytes that come out of what only looks compressed are fewer
_MOST_ENDS = 32  # places on a page from which a row may go on elsewhere that are tried
_AT_ONCE = 256  # pages
_WINDOW: Final = 1 << 20


class PackedLeftovers:
    """Compressed data in what is left over. Made when the first reading is over: it tells what the pages are for."""

    def __init__(self, body: Body, objects: Objects, tally: Tally) -> None:
        self._body, self._tally = body, tally
        self._locator = Locator(body, objects)
        self._file, self._at, self._page_at = array("B"), array("q"), array("q")
        self._known = False
        self._broken = self._bytes = 0

    def search(
        self,
        matcher: Matcher,
        wanted: WantedStrings,
        judge: Judge,
        explained: set[int],
        context: Context,
    ) -> None:
        """Open it, and count the values of one round in it.

        Args:
            explained: numbers of the values that may stand in compressed data.
        """
        if not self._known:
            self._find(context)
            self._known = True
        self._broken = self._bytes = 0
        fine = judge.explained | explained
        for file, at, page_at in zip(self._file, self._at, self._page_at, strict=True):
            context.checkpoint()
            suffix = _FILES[file]
            spot = self._locator.spot(Hit(suffix, at, 0))
            if not isinstance(spot, Leftover):
                continue
            data, whole = _Stream(self._body, suffix, at, page_at, spot.page).opened()
            if not whole:
                if len(data) < _SAYS_SOMETHING:
                    continue
                self._broken += 1
            found = inside(data)
            self._bytes += sum(map(len, found.parts))
            numbers = {
                each for part in found.parts for each in values_in(part, _NOWHERE, matcher, wanted, judge)
            }
            frame = self._body.frames.at(at)[0] if suffix == WAL else 0
            for value in sorted(numbers):
                if value in fine:
                    self._tally.allowed_leftovers += 1
                else:
                    self._tally.found(spot.where, suffix, told_with(spot), "", value, spot.page, frame)

    def searched(self) -> tuple[Looked, ...]:
        """How much was opened."""
        return (Looked("what compressed data of earlier states holds", self._bytes),) if self._bytes else ()

    def not_searched(self) -> tuple[NotSearched, ...]:
        """What is gone in part."""
        what = "the rest of compressed data in free pages, deleted cells, journals and logs"
        why = "a part of it is gone; what comes before that was searched"
        return (NotSearched(what, why, self._broken),) if self._broken else ()

    def _find(self, context: Context) -> None:
        """The places where compressed data may begin."""
        for suffix, places in self._left_over():
            waiting = iter(places)
            while some := list(islice(waiting, _AT_ONCE)):
                context.checkpoint()
                self._find_on(suffix, some)

    def _left_over(self) -> Iterator[tuple[str, Iterator[int]]]:
        """Where pages begin that hold, or may hold besides, what is of an earlier state."""
        import numpy as np

        body, size = self._body, self._body.page_size
        kinds = body.anatomy.of_kind(PageKind.FREE, PageKind.TRUNK, PageKind.UNREACHED)
        newer = np.array(sorted(body.frames.newest), np.int64)
        pages = np.unique(np.concatenate([kinds, newer, *body.loose]))
        yield MAIN, ((number - 1) * size for number in pages.tolist())
        for suffix, found in body.states.side_files():
            yield suffix, (at for _, at in found)

    def _find_on(self, suffix: str, places: Sequence[int]) -> None:
        import numpy as np

        size = self._body.page_size
        read = self._body.files[suffix].read
        pages = b"".join(read(at, size).ljust(size, b"\0") for at in places)
        begins = np.sort(np.concatenate(list(_beginnings(np.frombuffer(pages, np.uint8)))))
        found = [
            at for at in begins.tolist() if _may_be(pages[at : min(at + _PIECE, (at // size + 1) * size)])
        ]
        self._page_at.extend(places[at // size] for at in found)
        self._at.extend(places[at // size] + at % size for at in found)
        self._file.frombytes(bytes((_FILES.index(suffix),)) * len(found))


def _beginnings(data: NDArray[np.uint8]) -> Iterator[NDArray[np.int64]]:
    """Where zlib data, gzip data, or a file of an archive may begin."""
    import numpy as np

    padded = np.concatenate([data, np.zeros(4, np.uint8)])
    at = np.flatnonzero(data == 0x78)
    yield at[(padded[at + 1].astype(np.int64) + (0x78 << 8)) % 31 == 0]
    for sign in (b"\x1f\x8b\x08", _ZIP):
        at = np.flatnonzero(data == sign[0])
        for place, byte in enumerate(sign[1:], 1):
            at = at[padded[at + place] == byte]
        yield at


def _may_be(data: bytes) -> bool:
    """Whether some bytes open at all: of those that only look like a beginning, most do not."""
    start, bits = _begins(data)
    return bits != 0 and _Inflated(bits).fits(data[start:])


class _Stream:
    """Compressed data that begins somewhere, and goes on where its row did."""

    def __init__(self, body: Body, suffix: str, at: int, page_at: int, page: int) -> None:
        self._body, self._suffix, self._at, self._page = body, suffix, at, page
        self._here = body.files[suffix].read(at, max(0, page_at + body.anatomy.usable - at))

    def opened(self) -> tuple[bytes, bool]:
        """What comes out, and whether it is whole."""
        start, bits = _begins(self._here)
        if bits == 0:
            return b"", False
        best = _Inflated(bits)
        best.take(self._here[start:])
        for end, follows in islice(self._ends(start), _MOST_ENDS):
            if best.whole:
                break
            other = _Inflated(bits)
            if other.take(self._here[start:end]):
                self._follow(other, follows)
            if other.whole or other.size > best.size:
                best = other
        return bytes(best.data), best.whole

    def _ends(self, start: int) -> Iterator[tuple[int, int]]:
        """Where a row may break off on this page, and the page that it goes on on; the end of the page first."""
        last = self._body.states.last
        for end in range(len(self._here) - _POINTER, start, -1):
            follows = int.from_bytes(self._here[end : end + _POINTER], "big")
            if 1 < follows <= last and follows != self._page:
                yield end, follows

    def _follow(self, inflated: _Inflated, page: int) -> None:
        """Open what stands on the overflow pages from one on, as long as it fits to what came before."""
        seen = {self._page}
        while page and page not in seen and not inflated.whole:
            seen.add(page)
            fits = next((each for each in self._states(page) if inflated.fits(each[_POINTER:])), None)
            if fits is None or not inflated.take(fits[_POINTER:]):
                return
            page = int.from_bytes(fits[:_POINTER], "big")

    def _states(self, page: int) -> Iterator[bytes]:
        """The bytes of a page: of its states near by in the same file, then of others."""
        body = self._body
        states = body.states.near(page, self._suffix, self._at)
        for suffix, at in sorted(states, key=lambda state: (state[0] != self._suffix, state)):
            yield body.files[suffix].read(at, body.anatomy.usable)


def _begins(data: bytes) -> tuple[int, int]:
    """Where the packed bytes begin behind their head, and how zlib calls their kind; 0 for none."""
    if not data.startswith(_ZIP):
        return 0, 31 if data[:1] == b"\x1f" else 15
    head = data[:_ZIP_HEAD]
    if len(head) < _ZIP_HEAD or int.from_bytes(head[8:10], "little") != _DEFLATED:
        return 0, 0
    return _ZIP_HEAD + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), -15


class _Inflated:
    """What came out so far.

    Attributes:
        whole: it came to its end, and its checksum, where it has one, is right.
    """

    def __init__(self, bits: int) -> None:
        self._stream = zlib.decompressobj(bits)
        self.data = bytearray()
        self.whole = False

    @property
    def size(self) -> int:
        return len(self.data)

    def take(self, data: bytes) -> bool:
        """Open more; False where it is broken there, or comes to its end."""
        for at in range(0, len(data), _PIECE):
            try:
                self.data += self._stream.decompress(data[at : at + _PIECE], MOST)
            except zlib.error:
                return False
            if self._stream.eof or self.size > MOST:
                self.whole = self._stream.eof
                return False
        return True

    def fits(self, data: bytes) -> bool:
        """Whether some bytes can be what follows."""
        trial = self._stream.copy()
        try:
            trial.decompress(data[:_PIECE], MOST)
        except zlib.error:
            return False
        return True
