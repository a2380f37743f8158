"""The original values of the changed columns, read in rounds that fit into memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from sys import getsizeof

from blake3 import blake3

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.distinct import distinct, shortened
from steward_app.db.query import readable
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.ends_of_codes import MOST, are_codes, ends_of_their_own, told_from_chance
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.at_path import AtPath
from steward_app.services.privacy.residue.cells import ShortValues
from steward_app.services.privacy.residue.forms import is_weak, piece_of, searchable, text_of
from steward_app.services.privacy.residue.in_json import KeyNumbers
from steward_app.services.privacy.residue.model import Originals, Searched
from steward_app.services.privacy.whole_names import whole_names
from steward_app.services.privacy.written_names import in_links

ROUND = 200_000
"""Values that are looked for in one reading of the file; each takes some 2,000 bytes of memory."""

_ROUND_BYTES = 64 << 20
_AS_NAME = 2  # values: a name has so many more strings
_DIGEST = 16
_FIRST = 1_000  # values that tell whether a column has codes

COMMON = frozenset(
    {"unknown", "unbekannt", "inconnu", "desconocido", "sconosciuto", "onbekend", "missing", "false", "other"}
    | {"andere", "female", "weiblich", "männlich", "divers", "nothing", "removed", "deleted", "redacted"}
    | {"anonymous", "undefined", "default", "active", "inactive"}
)
"""Words that columns hold where nothing is known; they are not looked for."""


@dataclass(slots=True)
class Round:
    """Values that are looked for together.

    Attributes:
        values: different ones.
        of: for each the places it comes from, by number.
    """

    values: list[SqlValue] = field(default_factory=list)
    of: list[tuple[int, ...]] = field(default_factory=list)


@dataclass(slots=True)
class Counts:
    """How many values of a place there are, and how they are looked for."""

    values: int = 0
    as_cells: int = 0
    not_searched: int = 0

    def told(self, place: Place) -> Originals:
        return Originals(place, self.values, self.as_cells, self.not_searched)


class Values:
    """All values of the places, in rounds. What is too short goes to `short`, the numbers of keys to `keys`."""

    def __init__(self, places: Sequence[Searched], short: ShortValues, keys: KeyNumbers) -> None:
        self.places = places
        self.counts: list[Counts] = [Counts() for _ in places]
        self.different = 0
        self.weak = 0
        self._short, self._keys = short, keys

    def rounds(self, source: ReadSession, context: Context) -> Iterator[Round]:
        """The values of columns of a database."""
        tables = Counter(each.place.table for each in self.places)
        context.report(0, None, unit="values", note=f"reading the originals of {len(tables)} tables")
        return self._rounds(
            (number, value)
            for number, each in enumerate(self.places)
            for value in _read(source, each, context)
        )

    def given(self, values: Iterable[SqlValue]) -> Iterator[Round]:
        """Values that the caller has, all of the first place."""
        return self._rounds(
            (0, piece_of(value) if isinstance(value, bytes) else value) for value in dict.fromkeys(values)
        )

    def _rounds(self, found: Iterable[tuple[int, SqlValue]]) -> Iterator[Round]:
        """BLOBs come as the piece that is looked for, once for each of those that share it."""
        numbers: dict[SqlValue, int] = {}
        current, size, count = Round(), 0, 0
        for place, value in found:
            number = numbers.get(value)
            known = number is not None and place in current.of[number]
            if (known and not isinstance(value, bytes)) or not self._counted(place, value):
                continue
            if number is None:
                if count >= ROUND or size > _ROUND_BYTES:
                    yield current
                    current, numbers, size, count = Round(), {}, 0, 0
                numbers[value] = len(current.values)
                current.values.append(value)
                current.of.append((place,))
                size += getsizeof(value)
                count += _AS_NAME if self.places[place].names else 1
                self.different += 1
                self.weak += is_weak(text_of(value))
            elif known:
                self.different += 1
            else:
                current.of[number] += (place,)
        if current.values:
            yield current
        for place, many in self._short.counts():
            self.counts[place].values += many
            self.counts[place].as_cells += many
            self.different += many

    def _counted(self, place: int, value: SqlValue) -> bool:
        """Count a value; whether its bytes are looked for everywhere."""
        counts = self.counts[place]
        if value is None or value == b"" or (isinstance(value, str) and not value.strip()):
            return False  # rules leave blanks as they are
        self._keys.add(place, value)
        common = isinstance(value, str) and value.strip().lower() in COMMON
        searched = not common and searchable(value)
        if not (common or searched or isinstance(value, bytes)):
            self._short.add(place, value)
            return False
        counts.values += 1
        counts.not_searched += not searched
        return searched


def _read(source: ReadSession, each: Searched, context: Context) -> Iterator[SqlValue]:
    if each.family:
        return _whole_names(source, each, context)
    return _ends(source, each, context) if each.ends else originals_of(source, each, context)


def originals_of(source: ReadSession, searched: Searched, context: Context) -> Iterator[SqlValue]:
    """The values of a column, each once, or those at a path in its JSON; of a BLOB the piece that is looked for."""
    place = searched.place
    codec = (
        str(source.value("PRAGMA main.encoding"))
        .replace("UTF-16le", "utf-16-le")
        .replace("UTF-16be", "utf-16-be")
    )
    column = quote(place.column)
    terms = (
        f"iif(typeof({column}) = 'text', CAST({column} AS BLOB), {shortened(source, column, _fingerprint)})",
        f"typeof({column}) = 'text'",
    )
    rest = f"FROM {qualified(place.table)} WHERE {column} IS NOT NULL"
    if place.path:
        terms = (f"CAST(json({column}) AS BLOB)", "1")
        rest = f"FROM {qualified(place.table)} WHERE json_valid({column}, 6)"
    among = searched.among
    if among:
        rest += f" AND {among.sql}"
    inside = AtPath(place.path, searched.apart) if place.path else None
    with source.under(context), readable(place.table):
        for value, is_text in distinct(source, terms, rest, among.bound if among else ()):
            if is_text and isinstance(value, bytes):
                text = value.decode(codec, "surrogateescape" if codec == "UTF-8" else "replace")
                yield from inside.values(text) if inside else (text,)
            elif isinstance(value, bytes):
                yield value[:-_DIGEST]
            else:
                yield value


def _ends(source: ReadSession, searched: Searched, context: Context) -> Iterator[SqlValue]:
    texts = (value for value in originals_of(source, searched, context) if isinstance(value, str))
    codes = list(islice(texts, _FIRST))
    if not are_codes(codes):
        return
    codes += islice(texts, MOST)
    ends = set(ends_of_their_own(codes)) if len(codes) < MOST else set()
    yield from sorted(ends) if told_from_chance(ends) else ()


def _whole_names(source: ReadSession, searched: Searched, context: Context) -> Iterator[SqlValue]:
    place = searched.place
    with source.under(context), readable(place.table):
        for name in whole_names(source, place.table, place.column, searched.family):
            if any(True for _ in in_links(name)):
                yield name


def _fingerprint(value: bytes) -> bytes:
    """The piece of a BLOB that is looked for, and what tells it from others with the same piece."""
    return piece_of(value) + blake3(value).digest(_DIGEST)
