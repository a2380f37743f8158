"""Original values in compressed data that earlier states left: in free pages, deleted cells, journals and logs.

No row leads there any more. So the beginnings of such data are looked for in what is left over, and it is opened from
there: on its page, then on the overflow pages that follow, as far as they still hold what they did. What comes out is
searched also where the end is gone.

A PDF is many streams, of which each is found by itself. Which belong to one document is not known any more: what one
shows is read with the tables of letters that lie nearest.
"""

from __future__ import annotations

from array import array
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from steward_app.db.anatomy import PageKind
from steward_app.db.sidefiles import JOURNAL, WAL
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue import pdf
from steward_app.services.privacy.residue.blobs import values_in
from steward_app.services.privacy.residue.edges import MAIN, Hit
from steward_app.services.privacy.residue.judge import Judge
from steward_app.services.privacy.residue.left_streams import LeftStream, beginnings
from steward_app.services.privacy.residue.locate import Leftover, Locator, Spot
from steward_app.services.privacy.residue.matcher import Matcher
from steward_app.services.privacy.residue.model import Looked, NotSearched
from steward_app.services.privacy.residue.objects import Objects
from steward_app.services.privacy.residue.packed import MOST, TOO_LONG, Opened, inside
from steward_app.services.privacy.residue.sweep import Body
from steward_app.services.privacy.residue.tally import Tally
from steward_app.services.privacy.residue.wanted import WantedStrings

_NOWHERE: Final = Place("", "")
_FILES: Final = (MAIN, WAL, JOURNAL)
_AT_ONCE = 256  # pages
_TABLES_ASIDE = pdf.MOST_TABLES // 2
_STATES: Final = "free pages, deleted cells, journals and logs"


class PackedLeftovers:
    """Compressed data in what is left over. Made when the first reading is over: it tells what the pages are for."""

    def __init__(self, body: Body, objects: Objects, tally: Tally) -> None:
        self._body, self._tally = body, tally
        self._locator = Locator(body, objects)
        self._file, self._at, self._page_at = array("B"), array("q"), array("q")
        self._known = False
        self._broken = self._bytes = 0
        self._unread: Counter[str] = Counter()

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
        self._unread.clear()
        look = _Look(matcher, wanted, judge, judge.explained | explained)
        showing, tables = array("q"), array("q")
        for number in range(len(self._at)):
            context.checkpoint()
            spot = self._spot(number)
            if not isinstance(spot, Leftover):
                continue
            left = self._opened(number, spot.page)
            if left.is_chance:
                continue
            if left.unread:
                self._unread[left.unread] += 1
                continue
            if left.is_full:
                self._unread[TOO_LONG] += 1
            elif not left.whole:
                self._broken += 1
            if pdf.shows_text(left.data):
                showing.append(number)
                continue
            if pdf.table_in(left.data):
                tables.append(number)
            self._count(number, spot, inside(left.data), look)
        self._search_pdf(showing, tables, look, context)

    def searched(self) -> tuple[Looked, ...]:
        """How much was opened."""
        return (Looked("what compressed data of earlier states holds", self._bytes),) if self._bytes else ()

    def not_searched(self) -> tuple[NotSearched, ...]:
        """What is gone in part, and what could not be opened."""
        what = f"the rest of compressed data in {_STATES}"
        why = "a part of it is gone; what comes before that was searched"
        broken = (NotSearched(what, why, self._broken),) if self._broken else ()
        kinds = (
            NotSearched(f"{kind} in {_STATES}", "these are not opened", many)
            for kind, many in sorted(self._unread.items())
        )
        return (*broken, *kinds)

    def _search_pdf(
        self, showing: Sequence[int], tables: Sequence[int], look: _Look, context: Context
    ) -> None:
        """Search what shows text, with the tables of letters that lie before and behind it."""
        table = lru_cache(2 * pdf.MOST_TABLES)(self._table)
        for number in showing:
            context.checkpoint()
            spot = self._spot(number)
            if isinstance(spot, Leftover):
                middle = bisect(tables, number)
                near = tables[max(0, middle - _TABLES_ASIDE) : middle + _TABLES_ASIDE]
                data = self._opened(number, spot.page).data
                found = inside(data)
                shown = pdf.read_stream(data, [table(each) for each in near], MOST)
                found.parts += [text.encode("utf-8", "replace") for text in shown.texts]
                if shown.has_unread:
                    found.unread.add("streams of PDF")
                self._count(number, spot, found, look)

    def _spot(self, number: int) -> Spot | Leftover:
        return self._locator.spot(Hit(_FILES[self._file[number]], self._at[number], 0))

    def _opened(self, number: int, page: int) -> LeftStream:
        return LeftStream(
            self._body, _FILES[self._file[number]], self._at[number], self._page_at[number], page
        )

    def _table(self, number: int) -> pdf.Table:
        spot = self._spot(number)
        return pdf.table_in(self._opened(number, spot.page).data)

    def _count(self, number: int, spot: Leftover, found: Opened, look: _Look) -> None:
        """Count the values that stand in what came out."""
        self._bytes += sum(map(len, found.parts))
        self._unread.update(found.unread)
        suffix, at = _FILES[self._file[number]], self._at[number]
        frame = self._body.frames.at(at)[0] if suffix == WAL else 0
        for value in sorted(look.values_in(found)):
            if value in look.fine:
                self._tally.allowed_leftovers += 1
            else:
                self._tally.found(spot.where, suffix, spot.told_with, "", value, spot.page, frame)

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
        size = self._body.page_size
        read = self._body.files[suffix].read
        found = beginnings(b"".join(read(at, size).ljust(size, b"\0") for at in places), size)
        self._page_at.extend(places[at // size] for at in found)
        self._at.extend(places[at // size] + at % size for at in found)
        self._file.frombytes(bytes((_FILES.index(suffix),)) * len(found))


@dataclass(frozen=True, slots=True)
class _Look:
    """The values that are looked for in one round.

    Attributes:
        fine: numbers of those that may stand in compressed data.
    """

    matcher: Matcher
    wanted: WantedStrings
    judge: Judge
    fine: set[int]

    def values_in(self, found: Opened) -> set[int]:
        return {
            each
            for part in found.parts
            for each in values_in(part, _NOWHERE, self.matcher, self.wanted, self.judge)
        }
