"""What a string that stands in the bytes of a file is: an original value that is left, one that the plan permits, or
chance.

Rows, indexes and the schema come first: there a value counts where it stands for itself, and not as part of a longer
word. Then what is left over from earlier states, where records run into each other and no word has a border: there
every string counts, unless a row of the file holds the same bytes, by permission or as part of the same longer word.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from steward_app.db.any_text import in_utf_8
from steward_app.db.records import Field, integer
from steward_app.db.sidefiles import WAL
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.encoded_texts import in_the_clear
from steward_app.services.privacy.json_values import any_json, of_jsonb
from steward_app.services.privacy.made_up_addresses import without_made_up_addresses
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.abroad import PhonesAbroad
from steward_app.services.privacy.residue.crowds import Near, reading
from steward_app.services.privacy.residue.edges import Hit
from steward_app.services.privacy.residue.forms import (
    LONGEST,
    Form,
    holds,
    holds_abroad,
    is_weak,
    is_word,
    number_bytes,
    text_of,
    words_around,
)
from steward_app.services.privacy.residue.hits import HitStore
from steward_app.services.privacy.residue.in_latin import in_latin
from steward_app.services.privacy.residue.leftovers import Leftovers
from steward_app.services.privacy.residue.locate import Leftover, Locator, Spot
from steward_app.services.privacy.residue.model import Where
from steward_app.services.privacy.residue.objects import Objects
from steward_app.services.privacy.residue.permissions import Leave, Permissions
from steward_app.services.privacy.residue.pieces import covers, is_whole_in
from steward_app.services.privacy.residue.sweep import Body
from steward_app.services.privacy.residue.tally import Tally
from steward_app.services.privacy.residue.values import Round
from steward_app.services.privacy.residue.wanted import Wanted, WantedStrings

_MOST_WORDS: Final = 200_000
_WORDS_OF_ONE: Final = 64
_AROUND = 256  # bytes of a field that are looked at on both sides of a string, and some for the value itself
_WORD = 6 * LONGEST  # bytes of a word before a string, in UTF-16 or with the escapes of JSON
_BESIDE = 2  # bytes on both sides of a string that lies over the edges of fields
_BY_CHANCE = 8  # letters under which what two fields make where they meet says nothing
_LONG = 16  # letters from which on it is no chance, wherever the edge is
_AT_AN_EDGE = 4  # of them beside the field that has most: “Town 12” before a token “3f…” is no “Town 123”


class Judge:
    """Judges the strings of one round, and remembers what rows explain."""

    def __init__(
        self,
        body: Body,
        objects: Objects,
        permissions: Permissions,
        round_: Round,
        wanted: WantedStrings,
        tally: Tally,
        context: Context,
    ) -> None:
        self._body, self._objects, self._tally = body, objects, tally
        self._locator = Locator(body, objects)
        self._permissions, self._round, self._wanted = permissions, round_, wanted
        self._codec = self._locator.codec
        self._abroad = PhonesAbroad(body.session, objects, round_.values, context)
        self._permitted: set[int] = set()
        self._words: dict[tuple[int, bool], set[bytes]] = {}
        self._as_words: set[int] = set()
        self._holders: dict[int, set[str]] = {}
        self._many_words = 0
        self._done: set[tuple[int, int, int]] = set()
        self._document: tuple[tuple[int, int, int], str] = ((0, 0, 0), "")

    @property
    def explained(self) -> set[int]:
        """Numbers of values that rows hold with permission, or as a word in another case."""
        return self._permitted | self._as_words

    @property
    def explained_by_parts(self) -> set[int]:
        """And of values that rows hold as parts of longer words."""
        return self.explained | {value for value, is_piece in self._words if not is_piece}

    def judge(self, hits: HitStore, context: Context) -> None:
        """Count every string that was found: in rows page by page, then what is left over."""
        order = hits.order()
        later = Leftovers(hits, self._wanted)
        before = -1
        for count, (place, home, hit) in enumerate(
            hits.by_home(order, self._body.anatomy, self._body.frames)
        ):
            if count % 256 == 0:
                context.checkpoint()
            if home != before:
                before = home
                self._done.clear()
            self._first(hit, place, later)
        for count, (hit, leftover) in enumerate(later.each(order)):
            if count % 256 == 0:
                context.checkpoint()
            self._leftover(hit, leftover)
        self._phones_otherwise()

    def _phones_otherwise(self) -> None:
        """Count telephone numbers that are written otherwise, in columns of which the bytes told none."""
        for place, held in self._abroad.otherwise(self._tally.is_told):
            said = {value: self._permissions.leave(place, self._round.of[value]).reason for value in held}
            left = [value for value in held if said[value] is None]
            for value in held.keys() - set(left):
                self._tally.allowed(place, said[value] or "", held[value])
            if left:
                of = [each for value in left for each in self._permissions.places(self._round.of[value])]
                hits = sum(held[value] for value in left)
                self._tally.found_cells(Where.CELL, place, hits, len(left), of)

    def _first(self, hit: Hit, place: int, later: Leftovers) -> None:
        """Judge a string in a row, and keep one that is left over for later."""
        spot = self._locator.spot(hit)
        numbers = self._wanted.numbers(hit.string, partial(self._near, hit, spot))
        if not numbers:
            self._tally.chance += 1  # of many that share it none: nobody knows whose it is
        for number in numbers:
            wanted = self._wanted[number]
            if not isinstance(spot, Spot):
                if not (spot.in_head and wanted.form is Form.NUMBER):
                    later.add(place, number, spot)
            elif wanted.form is Form.PIECE:
                self._remember(spot, wanted)
            elif spot.owner.where in (Where.STATISTICS, Where.FULL_TEXT):
                if spot.owner.name not in self._tally.full_text_read:  # whose words are compared one by one
                    later.add(place, number, Leftover(spot.page, spot.owner.where, spot.owner.name))
            else:
                self._live(spot, wanted)

    def _near(self, hit: Hit, spot: Spot | Leftover) -> Near:
        """Reads what stands near a string: in a row the bytes of the row, else of the file."""
        if isinstance(spot, Spot) and spot.at >= 0:
            return reading(self._locator.payload(spot), spot.at)
        if hit.join:
            around, before = self._body.states.around(hit, hit.join)
            return reading(lambda at, count: around[at : at + count], before)
        return reading(self._body.files[hit.suffix].read, hit.at)

    def _live(self, spot: Spot, wanted: Wanted) -> None:
        """A string in a row, an index entry or the schema."""
        field = self._locator.field(spot, wanted.length) if spot.at >= 0 else None
        number = field.number if field else -1
        column = spot.owner.column(number) if field else spot.owner.rowid if spot.at < 0 else ""
        key = (spot.cell.start, number, wanted.value)
        if key in self._done:
            return
        place = Place(spot.owner.table, column)
        computed = not column and spot.owner.where is Where.INDEX
        leave = self._permissions.leave(place, self._round.of[wanted.value], computed=computed)
        leave = leave.beside(partial(self._locator.word, spot)) if leave.rows else leave
        text, held, reason = "", False, leave.reason
        if reason is None or wanted.form is Form.NUMBER:  # else it may stand there in any case
            text = self._text(spot, field, wanted) if field else ""
            held = self._held_by(spot, field, wanted, text, place)
            if wanted.form is Form.NUMBER and not held:
                return
            if field and held:
                reason = self._in_json(spot, field, wanted.value, place, leave)
                if reason is None and self._is_within_a_word(field, wanted.value, place):
                    text, held = self._document[1], False
        if reason is not None:
            self._permitted.add(wanted.value)
            self._tally.allowed(place, reason, index=spot.owner.name if computed else "")
        elif held:
            self._tally.found(
                spot.owner.where,
                "",
                spot.owner.name,
                column,
                wanted.value,
                spot.page,
                path=self._path(spot, field, wanted.value, place, leave),
                of=self.places(wanted.value),
            )
        else:
            self._by_chance(spot, wanted, text)
            if field is None:
                self._remember(spot, wanted)
                if is_weak(text_of(self._round.values[wanted.value])):
                    self._holders.setdefault(wanted.value, set()).add(spot.owner.name)
            return
        self._done.add(key)

    def _held_by(self, spot: Spot, field: Field | None, wanted: Wanted, text: str, place: Place) -> bool:
        """Does the value stand there for itself?"""
        value = self._round.values[wanted.value]
        if wanted.form is Form.NUMBER:
            data = self._data(spot, field) if field else self._locator.head(spot)
            if field is None:
                return spot.at < 0 and any(data.endswith(raw) for raw in number_bytes(value))
            is_number = field.serial == 7 or integer(field.serial, data) is not None
            return is_number and data in {raw[-field.size :] for raw in number_bytes(value)}
        if field is None:
            return self._as_written(spot, wanted, value) or not self._locator.is_whole(spot)
        if wanted.form is Form.BLOB:
            return True
        plain = text_of(value)
        if not field.is_text:
            whole = self._locator.payload(spot)(field.start, field.size) if wanted.form is Form.PART else b""
            return wanted.form is not Form.PART or is_whole_in(whole, value)
        if spot.owner.where is Where.SCHEMA:
            written = self._objects.written(text)
            return field.number == 4 and any(
                holds(each, plain, any_case=False) or holds_abroad(each, plain) for each in written
            )
        return self.holds(text, wanted.value, place)

    def holds(self, text: str, number: int, place: Place) -> bool:
        """Does a text of a place hold a value, and not by chance?"""
        plain = text_of(self._round.values[number])
        own = self._permissions.is_own(place, self._round.of[number])
        if is_weak(plain) and not own:
            return False
        any_case = own or not is_word(plain)
        if holds(text, plain, any_case=any_case):
            bare = text if "@" in plain else without_made_up_addresses(text)
            return bare == text or holds(bare, plain, any_case=any_case)
        return holds_abroad(text, plain) and (own or self._abroad.count_in(place))

    def places(self, number: int) -> Iterator[Place]:
        """The places of the original that a value comes from."""
        return self._permissions.places(self._round.of[number])

    def reason(self, place: Place, number: int, document: str = "") -> str | None:
        """Why a value may stand anywhere at a place, or None where it may not.

        Args:
            document: the text that has it encoded or with escapes. It asks for what stands there.
        """
        leave = self._permissions.leave(place, self._round.of[number])
        if not document:
            return leave.reason
        value = text_of(self._round.values[number])
        return self._permissions.in_json(
            leave, place, document, value, lambda text: self.holds(text, number, place), in_the_clear
        )

    def _in_json(self, spot: Spot, field: Field, number: int, place: Place, leave: Leave) -> str | None:
        """Why a value may stand in a document of JSON where it stands, or None where it may not."""
        if leave.inside is None:
            return leave.reason
        at = (spot.page, spot.cell.start, field.number)
        if self._document[0] != at:
            data = self._locator.payload(spot)(field.start, field.size)
            written = None if field.is_text else of_jsonb(self._body.session, data)
            codec = self._codec if field.is_text else "utf-8"
            self._document = (at, _decoded(data, codec) if written is None else written)
        value = text_of(self._round.values[number])
        return self._permissions.in_json(
            leave, place, self._document[1], value, lambda text: self.holds(text, number, place)
        )

    def _path(self, spot: Spot, field: Field | None, number: int, place: Place, leave: Leave) -> str:
        """Where in the JSON of a cell, which `_in_json` read, a value stands that may not; "" where that is none."""
        if field is None or spot.owner.where is not Where.CELL:
            return ""
        document = self._document[1]
        return self._permissions.path(leave, place, document, lambda text: self.holds(text, number, place))

    def _is_within_a_word(self, field: Field, number: int, place: Place) -> bool:
        """Whether the JSON that bytes are, which `_in_json` read, has a value only as a part of longer words."""
        document = self._document[1]
        return (
            not field.is_text and any_json(document) is not None and not self.holds(document, number, place)
        )

    def is_within(self, data: bytes, number: int) -> bool:
        """Does a long value stand whole in some bytes, in any encoding?"""
        return is_whole_in(data, self._round.values[number])

    def _text(self, spot: Spot, field: Field, wanted: Wanted) -> str:
        """The text of a field around a string; of the schema, all of it."""
        if not field.is_text:
            return ""
        reach = 6 * len(text_of(self._round.values[wanted.value])) + _AROUND
        if spot.owner.where is Where.SCHEMA:
            reach = field.size
        data = self._data(spot, field, reach)
        return _decoded(data, self._codec)

    def _data(self, spot: Spot, field: Field, reach: int = _AROUND) -> bytes:
        start = max(field.start, spot.at - reach // 2 * 2 - (spot.at - field.start) % 2)
        end = min(field.start + field.size, spot.at + 2 * reach)
        return self._locator.payload(spot)(start, end - start)

    def _leftover(self, hit: Hit, left: Leftover) -> None:
        """A string in what is left over, or in copies that SQLite made of rows."""
        wanted = self._wanted[hit.string]
        around, before = self._around(hit)
        if wanted.form is Form.NUMBER:
            raw = number_bytes(
                self._round.values[wanted.value], as_row=False
            )  # five bytes are there by chance
            if not any(around.startswith(each, before) for each in raw):
                return
        if wanted.value in self._permitted:
            self._tally.allowed_leftovers += 1
        elif self._is_explained(hit, wanted, around, before, left):
            self._tally.chance += 1
        else:
            frame = self._body.frames.at(hit.at)[0] if hit.suffix == WAL else 0
            self._tally.found(left.where, hit.suffix, left.told_with, "", wanted.value, left.page, frame)

    def _around(self, hit: Hit) -> tuple[bytes, int]:
        """The bytes around a string, and how many of them stand before it."""
        if hit.join:
            return self._body.states.around(hit, hit.join)
        before = min(hit.at, _WORD)
        return self._body.files[hit.suffix].read(hit.at - before, 4 * _WORD), before

    def _is_explained(self, hit: Hit, wanted: Wanted, around: bytes, before: int, left: Leftover) -> bool:
        """Does a row hold the same bytes, which are no value there; of a weak value, a row of the same tree?"""
        if left.owner and left.owner in self._holders.get(wanted.value, ()):
            return True
        if wanted.form is Form.PART and self._is_whole(hit, wanted):
            return False
        key = wanted.value, wanted.form is Form.PIECE
        first = before + (self._codec == "utf-16-le")  # with the zero before it, “Zoë” is big-endian, too
        return any(covers(around, first, wanted.length, word) for word in self._words.get(key, ()))

    def _is_whole(self, hit: Hit, wanted: Wanted) -> bool:
        """Whether a long value, of which the beginning or the end was found, stands there to its other end."""
        whole = _encoded(text_of(self._round.values[wanted.value]), self._codec).lower()
        read = self._body.files[hit.suffix].read
        starts = (hit.at, hit.at + wanted.length - len(whole))
        return any(at >= 0 and read(at, len(whole)).lower() == whole for at in starts)

    def _by_chance(self, spot: Spot, wanted: Wanted, text: str) -> None:
        """Remember what explains a string that stands in a row and is no value there: old pages may have it, too."""
        self._tally.chance += 1
        value = text_of(self._round.values[wanted.value])
        if wanted.form is Form.PART:
            self._remember(spot, wanted)
        for word, written in words_around(text, value):
            if word.lower() not in (value.lower(), *in_latin(value)):
                self._explain(wanted, _encoded(written, self._codec))
            elif is_weak(value):
                self._holders.setdefault(wanted.value, set()).add(spot.owner.name)
            else:
                self._as_words.add(wanted.value)
                self._explain(wanted, _encoded(written, self._codec))

    def _remember(self, spot: Spot, wanted: Wanted) -> None:
        """Remember the bytes of a string and some beside it."""
        known = self._words.get((wanted.value, wanted.form is Form.PIECE), ())
        if spot.at >= 0 and len(known) < _WORDS_OF_ONE:
            field = self._locator.field(spot, wanted.length)  # outside of it, old states may have other bytes
            first, last = (field.start, field.start + field.size) if field else (0, spot.cell.payload)
            start, end = max(first, spot.at - _BESIDE), min(last, spot.at + wanted.length + _BESIDE)
            self._explain(wanted, self._locator.payload(spot)(start, end - start))

    def _explain(self, wanted: Wanted, around: bytes) -> None:
        words = self._words.setdefault((wanted.value, wanted.form is Form.PIECE), set())
        if self._many_words < _MOST_WORDS and len(words) < _WORDS_OF_ONE and around not in words:
            self._many_words += 1
            words.add(around)

    def _as_written(self, spot: Spot, wanted: Wanted, value: SqlValue) -> bool:
        """Whether a string over the edges of fields is the value to the letter, and not “Margaret” before “Hall”."""
        if self._locator.begins_in_header(spot):  # where SQLite writes how long the fields are
            return False
        raw = self._locator.payload(spot)(spot.at, wanted.length)
        stands = _decoded(raw, self._codec).rstrip("\ufffd")  # the last letter of UTF-16 may be half of one
        plain = text_of(value)
        if wanted.form is not Form.TEXT:
            return True
        if len(plain) < _BY_CHANCE or not any(map(str.isalpha, plain)):
            return False
        letter = len("x".encode(self._codec))
        if len(plain) < _LONG and self._locator.beside(spot, wanted.length) < _AT_AN_EDGE * letter:
            return False
        return not is_word(stands) or stands in (plain, plain.upper(), plain.lower())


def _decoded(data: bytes, codec: str) -> str:
    """What some bytes say; those that are no UTF-8 stand as halves of surrogate pairs, as in the values."""
    return data.decode(codec, "surrogateescape" if codec == "utf-8" else "replace")


def _encoded(text: str, codec: str) -> bytes:
    """What `_decoded` reads as a text."""
    return in_utf_8(text) if codec == "utf-8" else text.encode(codec, "surrogatepass")
