"""Where in a database a byte of its files lies: in which field of which row or index, or in what is left over."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.db.anatomy import PageKind
from steward_app.db.any_text import legible
from steward_app.db.names import fold
from steward_app.db.records import Cell, Field, Layout, ReadPayload, fields, integer, layout
from steward_app.db.sidefiles import JOURNAL, SHM, WAL
from steward_app.services.privacy.residue.edges import Hit
from steward_app.services.privacy.residue.model import Where
from steward_app.services.privacy.residue.objects import Objects, Owner
from steward_app.services.privacy.residue.sweep import Body

_CODECS = {"UTF-8": "utf-8", "UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}
_UNREADABLE = {"utf-8": "surrogateescape"}  # of other encodings there is no such way
_EARLIER = {"": Where.SUPERSEDED, WAL: Where.WAL, JOURNAL: Where.JOURNAL}


@dataclass(frozen=True, slots=True)
class Spot:
    """A byte of a live row, index entry or the like.

    Attributes:
        page: of the cell, also where the byte is on an overflow page of it.
        at: which byte of the payload; negative in the head of the cell, where the number of the row stands.
    """

    owner: Owner
    page: int
    cell: Cell
    at: int


_OF_A_PAGE = frozenset(
    {Where.GAP, Where.FREEBLOCK, Where.OVERFLOW, Where.RESERVED, Where.STATISTICS, Where.FULL_TEXT}
)
"""What is told with the table or index of its page."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """A byte of an earlier state.

    Attributes:
        page: 0 where it is on none.
        owner: the table or index to which the page belongs now, "" for none.
        in_head: among the pointers to cells at the beginning of a page, which are numbers of their own.
    """

    page: int
    where: Where
    owner: str = ""
    in_head: bool = False

    @property
    def told_with(self) -> str:
        """The table or index that it is told with, or ""."""
        return self.owner if self.where in _OF_A_PAGE else ""


class Locator:
    """Finds out where bytes lie. Quickest when it is asked page by page.

    Attributes:
        codec: of the texts.
    """

    def __init__(self, body: Body, objects: Objects) -> None:
        self._body, self._objects = body, objects
        self.codec = _CODECS.get(str(body.session.value("PRAGMA main.encoding")), "utf-8")
        self._number, self._page, self._layout = 0, b"", None  # type: tuple[int, bytes, Layout | None]
        self._record: tuple[int, int] = (0, 0)
        self._fields: list[Field] = []

    def spot(self, hit: Hit) -> Spot | Leftover:
        """Where a string begins."""
        found = self._spot(hit)
        if isinstance(found, Spot) and hit.join and hit.join.is_old:
            return self._leftover(found.page, _EARLIER[hit.join.rest])
        return found

    def _spot(self, hit: Hit) -> Spot | Leftover:
        size, body, frames = self._body.page_size, self._body, self._body.frames
        if hit.suffix == SHM:
            return Leftover(0, Where.SHM)
        if hit.suffix == JOURNAL:
            return self._leftover(body.records.at(hit.at) if body.records else 0, Where.JOURNAL)
        if hit.suffix == WAL:
            frame, within = frames.at(hit.at) if frames.pages else (0, 0)
            page = frames.pages[frame - 1] if 0 < frame <= len(frames.pages) else 0
            newest = page and within >= 0 and frames.newest.get(page) == frame
            return self._on_page(page, within) if newest else self._leftover(page, Where.WAL)
        page, within = hit.at // size + 1, hit.at % size
        if page in frames.newest:
            return self._leftover(page, Where.SUPERSEDED)
        return self._on_page(page, within)

    def _leftover(self, page: int, where: Where, *, in_head: bool = False) -> Leftover:
        owner = self._objects.owner(self._body.anatomy.root(page))
        return Leftover(page, where, owner.name if owner else "", in_head)

    def head(self, spot: Spot) -> bytes:
        """The bytes of a cell before its payload."""
        self._read(spot.page)
        return self._page[spot.cell.start : spot.cell.payload_start]

    def field(self, spot: Spot, length: int) -> Field | None:
        """The field in which a string of so many bytes lies whole; None where there is none."""
        ends = spot.at + length
        return next((f for f in self._of(spot) if f.start <= spot.at and ends <= f.start + f.size), None)

    def beside(self, spot: Spot, length: int) -> int:
        """How many bytes of a string lie outside the field that has most of it."""
        ends = spot.at + length
        inside = (min(f.start + f.size, ends) - max(f.start, spot.at) for f in self._of(spot))
        return length - max(inside, default=0)

    def begins_in_header(self, spot: Spot) -> bool:
        """Whether a byte stands before the first field of a record."""
        found = self._of(spot)
        return bool(found) and spot.at < found[0].start

    def word(self, spot: Spot, column: str) -> str | None:
        """What the row of a spot has in a column, as text; None where that is not known, as of an index."""
        for field in self._of(spot) if spot.owner.where is Where.CELL else ():
            if fold(spot.owner.column(field.number)) == fold(column):
                data = self.payload(spot)(field.start, field.size)
                if field.is_text:
                    return legible(data.decode(self.codec, _UNREADABLE.get(self.codec, "replace")))
                return str(integer(field.serial, data) or "")
        return None

    def is_whole(self, spot: Spot) -> bool:
        """Whether the fields of a record fill its cell to the last byte, as those of a sound one do."""
        found = self._of(spot)
        return bool(found) and found[-1].start + found[-1].size == spot.cell.payload

    def _of(self, spot: Spot) -> list[Field]:
        """The fields of a record: those of the last one are kept, since strings come row by row."""
        record = (spot.page, spot.cell.start)
        if record != self._record:
            self._record, self._fields = record, fields(self.payload(spot), spot.cell.payload)
        return self._fields

    def payload(self, spot: Spot) -> ReadPayload:
        """Reads the payload of a cell, over its overflow pages."""
        self._read(spot.page)
        local = self._page[spot.cell.payload_start : spot.cell.payload_start + spot.cell.local]
        anatomy, body = self._body.anatomy, self._body
        chain, a_page = [spot.cell.overflow], anatomy.usable - 4

        def read(offset: int, count: int) -> bytes:
            parts = [local[offset : offset + count]]
            got, at = len(parts[0]), max(offset - len(local), 0)
            while got < count:
                while len(chain) <= at // a_page and len(chain) <= anatomy.pages:
                    chain.append(anatomy.next(chain[-1]))
                page = chain[at // a_page] if at // a_page < len(chain) else 0
                if not 0 < page <= anatomy.pages:
                    break
                start = 4 + at % a_page
                parts.append(body.page(page)[start : min(start + count - got, anatomy.usable)])
                got, at = got + len(parts[-1]), at + len(parts[-1])
            return b"".join(parts)

        return read

    def _on_page(self, page: int, at: int) -> Spot | Leftover:
        anatomy = self._body.anatomy
        kind = anatomy.kind(page)
        if kind in (PageKind.FREE, PageKind.TRUNK):
            return Leftover(page, Where.FREELIST)
        if at >= anatomy.usable:
            return self._leftover(page, Where.RESERVED)
        owner = (
            self._objects.owner(anatomy.root(page)) if kind in (PageKind.TREE, PageKind.OVERFLOW) else None
        )
        if owner is None:
            return Leftover(page, Where.UNREACHED)
        if kind is PageKind.OVERFLOW:
            return self._in_chain(page, at, owner)
        found = self._read(page)
        if found is None:
            return Leftover(page, Where.UNREACHED)
        cell = found.cell_around(at)
        if cell is not None:
            return Spot(owner, page, cell, at - cell.payload_start)
        in_gap = found.gap[0] <= at < found.gap[1]
        return self._leftover(page, Where.GAP if in_gap else Where.FREEBLOCK, in_head=at < found.gap[0])

    def _in_chain(self, page: int, at: int, owner: Owner) -> Spot | Leftover:
        tree, start, depth = self._body.anatomy.chain(page)
        found = self._read(tree)
        cell = found.cell_from(start) if found else None
        if cell is None:
            return self._leftover(page, Where.OVERFLOW)
        offset = cell.local + depth * (self._body.anatomy.usable - 4) + at - 4
        return (
            Spot(owner, tree, cell, offset) if offset < cell.payload else self._leftover(page, Where.OVERFLOW)
        )

    def _read(self, page: int) -> Layout | None:
        if self._number != page:
            self._number, self._page = page, self._body.page(page)
            self._layout = layout(self._page, self._body.anatomy.usable, 100 if page == 1 else 0)
        return self._layout
