"""What a string that stands in the bytes of a file is: an original value that is left, one that the plan permits, or
chance.

Rows, indexes and the schema come first: there a value counts where it stands for itself, and not as part of a longer
word. Then what is left over from earlier states, where records run into each other and no word has a border: there
every string counts, unless a row of the file holds the same bytes, by permission or as part of the same longer word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from steward_app.db.anatomy import PageKind
from steward_app.db.records import Cell, Field, Layout, ReadPayload, fields, integer, layout
from steward_app.db.sidefiles import JOURNAL, SHM, WAL
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.forms import (
    LONGEST,
    Form,
    holds,
    is_weak,
    is_word,
    number_bytes,
    text_of,
    words_around,
)
from steward_app.services.privacy.residue.model import Searched, Where
from steward_app.services.privacy.residue.objects import Objects, Owner
from steward_app.services.privacy.residue.sweep import Body, Hit
from steward_app.services.privacy.residue.tally import Tally
from steward_app.services.privacy.residue.values import Round

_LITERAL = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\b\d[\d.]*", re.DOTALL)
_MOST_WORDS: Final = 200_000
_MOST_FIELD = 1 << 26  # bytes of one value that are read to look at it whole


@dataclass(slots=True)
class _Spot:
    """Where in a live page a string begins: the owner of the page, the cell, and the byte of its payload."""

    owner: Owner
    page: int
    cell: Cell
    at: int  # negative: in the head of the cell, where the number of the row stands


@dataclass(slots=True)
class _Seen:
    """What rows hold with permission or by chance, by number of the value."""

    permitted: set[int] = field(default_factory=set)
    by_chance: set[int] = field(default_factory=set)
    words: dict[int, set[bytes]] = field(default_factory=dict)
    count: int = 0


class Judge:
    """Judges the strings of one round."""

    def __init__(
        self, body: Body, objects: Objects, places: Sequence[Searched], tally: Tally, context: Context
    ) -> None:
        self._body, self._objects, self._places, self._tally = body, objects, places, tally
        self._context = context
        self._permitted = [{p.place: p.reason for p in each.permitted} for each in places]
        self._codec = str(body.session.value("PRAGMA main.encoding")).lower().replace("16le", "16-le")
        self._codec = self._codec.replace("16be", "16-be")
        self._layouts: tuple[int, bytes, Layout | None] = (0, b"", None)

    def judge(self, hits: Iterable[Hit], round_: Round, of: Sequence[tuple[int, Form]]) -> _Seen:
        """Count all strings that were found.

        Args:
            of: for every string the number of its value, and its form.
        """
        seen = _Seen()
        rest: list[tuple[Hit, int, Where]] = []
        late: list[tuple[Hit, _Spot]] = []
        done: set[tuple[int, int, int, int]] = set()
        for count, hit in enumerate(sorted(set(hits))):
            if count % 256 == 0:
                self._context.checkpoint()
            spot = self._spot(hit)
            if isinstance(spot, tuple):
                rest.append((hit, *spot))
            elif spot.owner.where in (Where.STATISTICS, Where.FULL_TEXT):
                late.append((hit, spot))
            else:
                self._live(hit, spot, round_, of, seen, done)
        for hit, spot in late:
            self._late(hit, spot, round_, of, seen)
        for hit, page, where in rest:
            self._leftover(hit, page, where, round_, of, seen)
        return seen

    # Where it stands

    def _spot(self, hit: Hit) -> _Spot | tuple[int, Where]:
        """The live cell in which a string begins, or the page and what else it stands in."""
        size, frames = self._body.page_size, self._body.frames
        if hit.suffix == JOURNAL:
            return 0, Where.JOURNAL
        if hit.suffix == SHM:
            return 0, Where.SHM
        if hit.suffix == WAL:
            frame, within = frames.at(hit.at)
            page = frames.pages[frame - 1] if 0 < frame <= len(frames.pages) else 0
            if not page or frames.newest.get(page) != frame or within < 0:
                return page, Where.WAL
            return self._on_page(page, within)
        page, within = hit.at // size + 1, hit.at % size
        if page in frames.newest:
            return page, Where.SUPERSEDED
        return self._on_page(page, within)

    def _on_page(self, page: int, at: int) -> _Spot | tuple[int, Where]:
        anatomy = self._body.anatomy
        kind = anatomy.kind(page)
        if kind in (PageKind.FREE, PageKind.TRUNK):
            return page, Where.FREELIST
        if at >= anatomy.usable:
            return page, Where.RESERVED
        owner = self._objects.owner(anatomy.root(page))
        if owner is None or kind in (PageKind.UNREACHED, PageKind.POINTERS, PageKind.LOCK):
            return page, Where.UNREACHED
        if kind is PageKind.OVERFLOW:
            return self._in_chain(page, at, owner)
        found = self._layout(page)
        if found is None:
            return page, Where.UNREACHED
        cell = next((each for each in found.cells if each.start <= at < each.end), None)
        if cell is not None:
            return _Spot(owner, page, cell, at - cell.payload_start)
        return page, Where.GAP if found.gap[0] <= at < found.gap[1] else Where.FREEBLOCK

    def _in_chain(self, page: int, at: int, owner: Owner) -> _Spot | tuple[int, Where]:
        tree, start, depth = self._body.anatomy.chain(page)
        found = self._layout(tree)
        cell = next((each for each in found.cells if each.start == start), None) if found else None
        if cell is None:
            return page, Where.OVERFLOW
        offset = cell.local + depth * (self._body.anatomy.usable - 4) + at - 4
        return _Spot(owner, tree, cell, offset) if offset < cell.payload else (page, Where.OVERFLOW)

    def _layout(self, page: int) -> Layout | None:
        if self._layouts[0] != page:
            raw = self._body.page(page)
            self._layouts = page, raw, layout(raw, self._body.anatomy.usable, 100 if page == 1 else 0)
        return self._layouts[2]

    def _payload(self, spot: _Spot) -> ReadPayload:
        """Reads the payload of a cell, over its overflow pages."""
        self._layout(spot.page)
        local = self._layouts[1][spot.cell.payload_start : spot.cell.payload_start + spot.cell.local]
        anatomy, body = self._body.anatomy, self._body
        a_page = anatomy.usable - 4
        chain = [spot.cell.overflow]

        def read(offset: int, count: int) -> bytes:
            parts = [local[offset : offset + count]]
            got, at = len(parts[0]), max(offset - len(local), 0)
            while got < count and chain:
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

    # What it is

    def _live(
        self,
        hit: Hit,
        spot: _Spot,
        round_: Round,
        of: Sequence[tuple[int, Form]],
        seen: _Seen,
        done: set[tuple[int, int, int, int]],
    ) -> None:
        number, form = of[hit.string]
        read = self._payload(spot)
        text, found = "", None
        if spot.at < 0:
            cell = self._layouts[1][spot.cell.start : spot.cell.payload_start]
            column, where_field = spot.owner.rowid, -1
            held = form is Form.NUMBER and any(
                cell.endswith(raw) for raw in number_bytes(round_.values[number])
            )
        else:
            found = next(
                (f for f in fields(read, spot.cell.payload) if f.start <= spot.at < f.start + f.size), None
            )
            if found is None:
                return  # in the head of the record: chance
            column, where_field = spot.owner.column(found.number), found.number
        key = (spot.page, spot.cell.start, where_field, number)
        if key in done:
            return
        place = Place(spot.owner.table, column)
        value = round_.values[number]
        own = any(self._same(self._places[each].place, place) for each in round_.of[number])
        if found is not None:
            data = read(found.start, min(found.size, _MOST_FIELD))
            held, text = self._held(spot, found, data, value, form, own)
        if form is Form.NUMBER and not held:
            return
        reason = self._reason(place, round_.of[number])
        if reason is not None:
            done.add(key)
            seen.permitted.add(number)
            self._tally.allowed(place, reason)
        elif held:
            done.add(key)
            page = spot.page
            self._tally.found(spot.owner.where, "", spot.owner.name, column, number, page)
        else:
            done.add(key)
            self._by_chance(seen, number, text, text_of(value))

    def _held(
        self, spot: _Spot, found: Field, data: bytes, value: SqlValue, form: Form, own: bool
    ) -> tuple[bool, str]:
        """Does a field hold a value? And its text."""
        if form is Form.NUMBER:
            number = integer(found.serial, data)
            if number is not None or found.serial == 7:
                return data in {raw[-len(data) :] for raw in number_bytes(value)}, ""
            return False, ""
        if not found.is_text:
            whole = form is not Form.PART or text_of(value).lower().encode() in data.lower()
            return found.is_blob and whole, ""
        text = data.decode(self._codec, "surrogateescape" if self._codec == "utf-8" else "replace")
        wanted = text_of(value)
        if form is Form.BLOB:
            return True, text
        if spot.owner.where is Where.SCHEMA:
            if found.number != 4:
                return False, text
            literals = (each.replace("''", "'") for each in _LITERAL.findall(text))
            return any(holds(each, wanted, any_case=False) for each in literals), text
        if is_weak(wanted) and not own:
            return False, text
        return holds(text, wanted, any_case=own or not is_word(wanted)), text

    def _late(
        self, hit: Hit, spot: _Spot, round_: Round, of: Sequence[tuple[int, Form]], seen: _Seen
    ) -> None:
        number, form = of[hit.string]
        if spot.owner.where is Where.FULL_TEXT and spot.owner.name in self._tally.full_text_read:
            return  # its words are compared one by one
        self._count_leftover(hit, number, form, round_, seen, spot.page, spot.owner.where, spot.owner.name)

    def _leftover(
        self,
        hit: Hit,
        page: int,
        where: Where,
        round_: Round,
        of: Sequence[tuple[int, Form]],
        seen: _Seen,
    ) -> None:
        number, form = of[hit.string]
        self._count_leftover(hit, number, form, round_, seen, page, where, "")

    def _count_leftover(
        self,
        hit: Hit,
        number: int,
        form: Form,
        round_: Round,
        seen: _Seen,
        page: int,
        where: Where,
        name: str,
    ) -> None:
        value = round_.values[number]
        around = self._body.files[hit.suffix].read(max(hit.at - LONGEST, 0), 4 * LONGEST)
        if form is Form.NUMBER:
            raw = around[min(hit.at, LONGEST) :]
            if not any(raw.startswith(each) for each in number_bytes(value)):
                return
        if number in seen.permitted:
            self._tally.allowed_leftovers += 1
        elif any(word in around for word in seen.words.get(number, ())) or (
            form is Form.PART and number in seen.by_chance
        ):
            self._tally.chance += 1
        else:
            frame = self._body.frames.at(hit.at)[0] if hit.suffix == WAL else 0
            self._tally.found(where, hit.suffix, name, "", number, page, frame)

    def _by_chance(self, seen: _Seen, number: int, text: str, value: str) -> None:
        self._tally.chance += 1
        seen.by_chance.add(number)
        words = seen.words.setdefault(number, set())
        for word in words_around(text, value):
            if seen.count < _MOST_WORDS and len(words) < 64:
                seen.count += 1
                words.add(word.encode(self._codec, "surrogatepass"))

    def _reason(self, place: Place, of: tuple[int, ...]) -> str | None:
        """Why a value of some places may stand at a place, or None where it may not."""
        for number in of:
            for permitted, reason in self._permitted[number].items():
                if self._same(permitted, place):
                    return reason
        return None

    @staticmethod
    def _same(a: Place, b: Place) -> bool:
        return a.column.lower() == b.column.lower() and a.table.lower() == b.table.lower()
