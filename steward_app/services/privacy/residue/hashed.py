"""Hashes of original values in rows: whoever has a list of values hashes it, so these lead where the values do.

Looked at are the columns of which one of the first rows has what may be a hash: alone, inside a text, as a BLOB, as a
whole number of 32 bits. Their hashes are read once, and compared with those of keys and of the values that lead to a
person, by their first eight bytes; what is hashed of a value is what an attack tries (`hashes`), without salts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.any_text import in_utf_8, legible_rows
from steward_app.db.query import readable
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.hashes import (
    ALGORITHMS,
    algorithms,
    beyond_chance,
    digest_of,
    digests_in,
    hashed_numbers,
    looks_hashed,
    spellings,
)
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.at_path import AtPath
from steward_app.services.privacy.residue.forms import is_weak, text_of
from steward_app.services.privacy.residue.judge import Judge
from steward_app.services.privacy.residue.model import NotSearched, Searched, Where
from steward_app.services.privacy.residue.objects import Objects
from steward_app.services.privacy.residue.tally import Tally
from steward_app.services.privacy.residue.values import Round

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Prefixes = NDArray[np.uint64]

Read = Callable[[SqlValue], Iterable[bytes]]

MOST_VALUES: Final = 500_000
"""Values that are hashed; a million would take as long as the rest of the search."""
_MOST_HASHES: Final = 5_000_000  # of a file; each takes eight bytes of memory
_FIRST_ROWS: Final = 1_000
_BEGINNING: Final = 4_096  # characters of a text that tell whether it has any inside
_LONGEST: Final = 1 << 20  # characters of a text that is read
_LARGEST_BLOB: Final = max(ALGORITHMS)
_SHORT: Final = 16  # bytes: shorter hashes are told only where a whole column has them
_COMPARED: Final = 8
_AT_ONCE: Final = 20_000


@dataclass(slots=True)
class _Column:
    """A column that has hashes.

    Attributes:
        lengths: of them, in bytes.
        read: those of a cell.
        prefixes: the first bytes of all, in order; `different`: how many of these.
    """

    place: Place
    lengths: frozenset[int]
    read: Read
    prefixes: dict[int, Prefixes] = field(default_factory=dict)
    different: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Hits:
    """What was found in a column: by number of the value, how many cells have a hash of it."""

    cells: dict[int, int] = field(default_factory=dict)
    tried: int = 0
    different: int = 0


class HashedValues:
    """The hashes that rows of a database hold. Made in the snapshot that is searched."""

    def __init__(
        self, session: ReadSession, objects: Objects, places: Sequence[Searched], tally: Tally
    ) -> None:
        self._session, self._objects, self._tally = session, objects, tally
        self._leading = frozenset(n for n, each in enumerate(places) if each.leads or each.key)
        self._kept = {
            (permitted.place, permitted.apart): None
            for each in places
            for permitted in each.permitted
            if permitted.place.path
        }
        self._columns: list[_Column] | None = None
        self._hashed = self._left = self._hashes = self._unread = 0

    def search(self, round_: Round, judge: Judge, context: Context) -> None:
        """Count the hashes of the values of one round."""
        if self._columns is None:
            self._columns = list(self._with_hashes(context)) if self._leading else []
        if not self._columns:
            return
        leading = [
            (number, text)
            for number, (value, of) in enumerate(zip(round_.values, round_.of, strict=True))
            if not self._leading.isdisjoint(of) and (text := text_of(value)) and not is_weak(text)
        ]
        some = leading[: max(0, MOST_VALUES - self._hashed)]
        self._hashed += len(some)
        self._left += len(leading) - len(some)
        found: dict[tuple[int, int], _Hits] = {}
        for start in range(0, len(some), _AT_ONCE):
            context.checkpoint()
            self._compare(some[start : start + _AT_ONCE], found)
        for (column, length), hits in found.items():
            self._tell(self._columns[column], length, hits, round_, judge)

    def not_searched(self) -> tuple[NotSearched, ...]:
        """What was too much."""
        values = NotSearched(
            "hashes of more of the keys, and of the values that lead to a person",
            f"{MOST_VALUES:,} are hashed",
            self._left,
        )
        cells = NotSearched(
            "cells with more of what may be hashes", f"{_MOST_HASHES:,} are compared", self._unread
        )
        return tuple(each for each in (values, cells) if each.count)

    def _with_hashes(self, context: Context) -> Iterator[_Column]:
        import numpy as np

        for table, columns in self._objects.tables():
            context.checkpoint()
            names = [name for name, _ in columns]
            if not names or table.startswith("sqlite_"):
                continue
            first = list(zip(*self._rows(table, names, context, _FIRST_ROWS), strict=True))
            for name, cells in zip(names, first, strict=False):
                column = _column(Place(table, name), cells)
                if column is None:
                    continue
                by_length: dict[int, bytearray] = {each: bytearray() for each in column.lengths}
                for digest in self._digests(column, context):
                    by_length[len(digest)] += digest[:_COMPARED].ljust(_COMPARED, b"\0")
                for length, data in by_length.items():
                    column.prefixes[length] = np.sort(np.frombuffer(bytes(data), np.uint64))
                    column.different[length] = len(np.unique(column.prefixes[length]))
                yield column

    def _digests(self, column: _Column, context: Context) -> Iterator[bytes]:
        """The hashes of a column, without those at paths of JSON where the rules let values stand."""
        place = column.place
        kept = [
            AtPath(at.path, apart)
            for at, apart in self._kept
            if (at.table.lower(), at.column.lower()) == (place.table.lower(), place.column.lower())
        ]
        for (value,) in self._rows(place.table, [place.column], context):
            digests = {each for each in column.read(value) if len(each) in column.lengths}
            if digests and kept and isinstance(value, str):
                digests -= {
                    each for at in kept for one in at.values(value) for each in digests_in(text_of(one))
                }
            if self._hashes >= _MOST_HASHES:
                self._unread += bool(digests)
                continue
            self._hashes += len(digests)
            yield from digests

    def _rows(
        self, table: str, names: Sequence[str], context: Context, most: int | None = None
    ) -> Iterator[Sequence[SqlValue]]:
        """Whole numbers, texts and BLOBs as long as hashes; of the first rows the beginnings of texts."""
        length = _LONGEST if most is None else _BEGINNING
        terms = ", ".join(
            f"CASE typeof({quote(name)}) WHEN 'text' THEN substr({quote(name)}, 1, {length:d}) WHEN 'integer' THEN"
            f" {quote(name)} WHEN 'blob' THEN iif(length({quote(name)}) <= {_LARGEST_BLOB:d}, {quote(name)}, NULL) END"
            for name in names
        )
        columns = ", ".join(map(quote, names))
        limit = "" if most is None else f" LIMIT {most:d}"
        sql = f"SELECT {terms} FROM (SELECT {columns} FROM {qualified(table)}{limit})"
        try:
            with self._session.under(context), readable(table):
                yield from legible_rows(self._session, sql)
        except Failure:
            return  # what SQLite cannot read is told where the whole of it is searched

    def _compare(self, values: Sequence[tuple[int, str]], found: dict[tuple[int, int], _Hits]) -> None:
        import numpy as np

        forms = [(number, in_utf_8(form)) for number, text in values for form in spellings(text)]
        numbers = np.fromiter((number for number, _ in forms), np.int64, len(forms))
        columns = self._columns or []
        for length in sorted({each for column in columns for each in column.lengths}):
            for name in algorithms(length):
                digest = digest_of(name, length)
                made = b"".join(digest(form)[:_COMPARED].ljust(_COMPARED, b"\0") for _, form in forms)
                prefixes = np.frombuffer(made, np.uint64)
                for at, column in enumerate(columns):
                    if length not in column.lengths:
                        continue
                    low = np.searchsorted(column.prefixes[length], prefixes, "left")
                    cells = np.searchsorted(column.prefixes[length], prefixes, "right") - low
                    hits = found.setdefault((at, length), _Hits())
                    hits.tried += len(forms)
                    some = np.flatnonzero(cells)
                    hits.different += len(some)
                    for number, count in zip(numbers[some].tolist(), cells[some].tolist(), strict=True):
                        hits.cells[number] = hits.cells.get(number, 0) + count

    def _tell(self, column: _Column, length: int, hits: _Hits, round_: Round, judge: Judge) -> None:
        if not beyond_chance(hits.different, column.different[length], hits.tried, length):
            return
        place, left, values, of = column.place, 0, 0, dict[Place, None]()
        for number, count in hits.cells.items():
            reason = judge.reason(place, number)
            if reason is not None:
                self._tally.allowed(place, f"{reason} (hashed)", count)
                continue
            left, values = left + count, values + 1
            of.update(dict.fromkeys(judge.places(number)))
        if left:
            self._tally.found_cells(Where.HASHED, place, left, values, of)


def _column(place: Place, cells: Sequence[SqlValue]) -> _Column | None:
    """A column with what its hashes are like, by its first cells; None where none may be one."""
    alike = hashed_numbers(cells) or looks_hashed(cells)
    if alike is not None and alike.length < _SHORT:
        decode = alike.decode
        return _Column(place, frozenset({alike.length}), lambda value: filter(None, (decode(value),)))
    lengths = {len(each) for value in cells for each in _inside(value)}
    return _Column(place, frozenset(lengths), _inside) if lengths else None


def _inside(value: SqlValue) -> Iterable[bytes]:
    """What may be hashes in a text, or a BLOB of their length."""
    if isinstance(value, bytes):
        return (value,) if len(value) >= _SHORT and len(value) in ALGORITHMS else ()
    return digests_in(value) if isinstance(value, str) and len(value) >= _SHORT else ()
