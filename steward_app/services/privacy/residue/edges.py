"""Strings across the edges of pages: a long row goes on elsewhere, and what crosses over is nowhere whole.

The page that follows may be there in several states: in the file, in frames of the write-ahead log, in records of the
journal. An edge is joined with each of them, but of very many with those that lie nearest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from steward_app.db.anatomy import Edges
from steward_app.db.raw_files import Frames, RawFile, Records
from steward_app.db.sidefiles import JOURNAL, WAL
from steward_app.services.privacy.residue.forms import LONGEST
from steward_app.services.privacy.residue.matcher import Matcher

MAIN: Final = ""
_REACH = LONGEST - 1
_NEAREST = 4  # states of a page before and behind an edge that are joined with it, of each side file
_POINTER = 4  # bytes of an overflow page before what it holds


Near = Callable[[str, int], bytes]
"""What stands at a place of a file, where it is at hand."""


class Head(NamedTuple):
    """Where the first bytes of a page lie: in which file, by its suffix, and from which byte on."""

    suffix: str
    at: int
    is_newest: bool


class Join(NamedTuple):
    """How a string came about that crosses an edge.

    Attributes:
        edge: where the page before ends.
        kept: how many bytes before the edge are of that page; those that a string may reach back.
        head: where the following page begins, in the file in which it lies.
        end: where the string ends there.
        rest: that file, by its suffix.
        is_old: the page before is of the newest state, but the following page of an earlier one.
    """

    edge: int
    kept: int
    head: int
    end: int
    rest: str
    is_old: bool


class Hit(NamedTuple):
    """A string that stands somewhere.

    Attributes:
        suffix: of the side file, "" for the database.
        at: the byte of the file where it begins.
        string: its number.
    """

    suffix: str
    at: int
    string: int
    join: Join | None = None


class States:
    """Where all states of the pages lie.

    Attributes:
        page_size_bytes: of all of them.
        last: the number of the last page of all.
    """

    def __init__(
        self, files: Mapping[str, RawFile], frames: Frames, journal: Records | None, page_size_bytes: int
    ) -> None:
        self._files, self._frames, self.page_size_bytes = files, frames, page_size_bytes
        self._pages = files[MAIN].size // page_size_bytes
        self._journal = journal
        self._places: dict[int, dict[str, list[int]]] = {}
        for suffix, found in self.side_files():
            for page, at in found:
                self._places.setdefault(page, {}).setdefault(suffix, []).append(at)
        self.last = max([self._pages, *self._places])

    def side_files(self) -> Iterator[tuple[str, list[tuple[int, int]]]]:
        """The pages in each side file, by number and place."""
        if self._frames.pages:
            yield WAL, [(page, self._frames.offset(n)) for n, page in enumerate(self._frames.pages, 1)]
        if self._journal:
            yield JOURNAL, self._journal.found

    def is_newest(self, suffix: str, at: int, page: int) -> bool:
        """Is a page that lies there the one that counts?"""
        frame = self._frames.newest.get(page)
        if frame is None:
            return suffix == MAIN
        return suffix == WAL and self._frames.offset(frame) == at

    def heads(self, page: int, suffix: str, at: int, near: Near) -> dict[bytes, Head]:
        """The first bytes that a page holds, in the states near a place."""
        if page not in self._places and 0 < page <= self._pages:  # most of them
            place = (page - 1) * self.page_size_bytes
            return {self._head(MAIN, place, near): Head(MAIN, place + _POINTER, True)}
        found: dict[bytes, Head] = {}
        for other, place in self.near(page, suffix, at):
            head = self._head(other, place, near)
            each = Head(other, place + _POINTER, self.is_newest(other, place, page))
            if each.is_newest:
                found[head] = each
            else:
                found.setdefault(head, each)
        return found

    def near(self, page: int, suffix: str, at: int) -> Iterator[tuple[str, int]]:
        """Where the states of a page lie: of each file those nearest to a place, and the one that counts."""
        own = [(MAIN, [(page - 1) * self.page_size_bytes])] if 0 < page <= self._pages else []
        for other, places in (*own, *self._places.get(page, {}).items()):
            middle = bisect_left(places, at) if other == suffix else len(places)
            newest = self._frames.newest.get(page)
            chosen = {*places[max(middle - _NEAREST, 0) : middle + _NEAREST]}
            if other == WAL and newest is not None:
                chosen.add(self._frames.offset(newest))
            for place in sorted(chosen):
                yield other, place

    def around(self, hit: Hit, join: Join) -> tuple[bytes, int]:
        """The bytes on both sides of an edge, and how many of them stand before the string that crosses it."""
        before = self._files[hit.suffix].read(join.edge - join.kept, join.kept).rjust(_REACH, b"\0")
        behind = self._files[join.rest].read(join.head, _REACH).ljust(_REACH, b"\0")
        return before + behind + bytes(LONGEST), hit.at - join.edge + _REACH

    def _head(self, suffix: str, place: int, near: Near) -> bytes:
        start = place + _POINTER
        return near(suffix, start) or self._files[suffix].read(start, _REACH).ljust(_REACH, b"\0")


class Joins:
    """The edges of some pages that lie one behind the other in a file.

    Args:
        places: where each page of the window begins in the file.
        numbers: of the pages.
        window: their bytes, one page after the other; more may follow.
    """

    def __init__(
        self,
        states: States,
        suffix: str,
        places: Sequence[int],
        numbers: list[int],
        window: bytes,
        edges: Edges,
    ) -> None:
        self._states, self._suffix, self._places = states, suffix, places
        self._numbers, self._window, self._edges = numbers, window, edges

    def find(self, matcher: Matcher) -> list[Hit]:
        """The strings that cross an edge."""
        edges, size = self._edges, self._states.page_size_bytes
        pieces: list[bytes] = []
        of: list[tuple[int, int, Head, bool]] = []
        for row, end, follows in zip(
            edges.rows.tolist(), edges.ends.tolist(), edges.follows.tolist(), strict=True
        ):
            at = row * size + end
            before = self._window[max(at - _REACH, row * size) : at]
            place = self._places[row]
            newest = self._states.is_newest(self._suffix, place, self._numbers[row])
            for head, rest in self._states.heads(follows, self._suffix, place, self._near).items():
                pieces.append(before.rjust(_REACH, b"\0") + head + bytes(LONGEST))
                of.append((place + end, len(before), rest, newest and not rest.is_newest))
        found = []
        for place, string in matcher.find(b"".join(pieces).lower()) if pieces else ():
            edge, within = divmod(place, 2 * _REACH + LONGEST)
            over = within + matcher.length(string) - _REACH
            if within < _REACH and over > 0:
                end, kept, rest, is_old = of[edge]
                join = Join(end, kept, rest.at, rest.at + over, rest.suffix, is_old)
                found.append(Hit(self._suffix, end - _REACH + within, string, join))
        return found

    def _near(self, suffix: str, at: int) -> bytes:
        """Bytes of the window itself; it lies in one piece in the database, but not in a side file."""
        start = at - self._places[0]
        inside = suffix == self._suffix == MAIN and 0 <= start <= len(self._window) - _REACH
        return self._window[start : start + _REACH] if inside else b""
