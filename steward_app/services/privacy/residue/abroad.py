"""Telephone numbers behind the code of a country, and as whole numbers: originals, or parts of others by chance.

Among many numbers of orders or articles there are some that end as one of many telephone numbers does and begin with
the code of its country. So a column counts where it holds telephone numbers, by its name or by most of its values, or
where more of its numbers are originals than chance gives: a million numbers begin alike, and so many originals do.

Cells that are numbers (600123456, 34600123456) are read as well, where one of the first rows has one that is long
enough: their bytes stand everywhere by chance, and nobody knows what code stands before them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.distinct import distinct
from steward_app.db.query import readable
from steward_app.db.raw_rows import RawRows
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.references import is_beyond_chance
from steward_app.services.privacy.residue.forms import is_weak, text_of
from steward_app.services.privacy.residue.objects import Objects
from steward_app.services.privacy.written_phones import (
    LEAST,
    grouped,
    homes,
    is_abroad,
    is_behind_code,
    known,
)
from steward_app.services.rows.shipped_headers import shipped_headers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole: TypeAlias = NDArray[np.int64]

_PHONE: Final = "phone"
_CODE: Final = 6  # digits that may stand before a number: 00, the code of a country, the zero of an area
_LONGEST: Final = 17  # digits: as many as a number has with its code, and 00 before it
_RUN: Final = re.compile(rf"(?<![0-9])[0-9]{{{LEAST + 1},{_LONGEST}}}(?![0-9])")
_SHORT: Final = (
    "CASE WHEN typeof({0}) = 'text' AND length({0}) <= 2000 AND {0} GLOB '*[0-9][-() ./]*[0-9]*'"
    " AND NOT json_valid({0}) THEN CAST({0} AS BLOB) END"
)
"""SQL: a text that may have a number with signs between its digits; in JSON, what stands at a path may be permitted."""
_LAST: Final = 6
_AS_MANY: Final = 10**_LAST  # numbers that differ in their last digits alone
_TRIED: Final = 500  # numbers
_NEARLY_ALL: Final = 0.95
_SPARSE: Final = 1_000  # numbers to one that is there: those of orders are closer together
_FIRST_ROWS: Final = 1_000
_AT_ONCE: Final = 100_000
_IS_LONG: Final = (
    f"typeof({{0}}) IN ('integer', 'real') AND {{0}} >= {10 ** (LEAST - 1)} AND {{0}} < {10**_LONGEST}"
    " AND {0} = CAST({0} AS INTEGER)"
)
"""SQL: whether a cell is a whole number of as many digits as a telephone number has."""


@dataclass(slots=True)
class _Numbers:
    """The numbers of a column that may be telephone numbers by their length.

    Attributes:
        expected: how many of them are originals by chance.
        first: the first different ones.
    """

    count: int = 0
    expected: float = 0.0
    least: int = 10**_LONGEST
    greatest: int = 0
    first: set[str] = field(default_factory=set)

    def add(self, run: str, chance: float) -> None:
        """One of them, and how likely it is an original."""
        number = int(run)
        self.count += 1
        self.expected += chance
        self.least, self.greatest = min(self.least, number), max(self.greatest, number)
        if len(self.first) < _TRIED:
            self.first.add(run)

    def add_all(self, found: Sequence[int], expected: float) -> None:
        """Several different ones, and how many of them are originals by chance."""
        self.count += len(found)
        self.expected += expected
        self.least, self.greatest = min((self.least, *found)), max((self.greatest, *found))
        some = found[:: len(found) // _TRIED + 1]  # they are in order
        self.first.update(map(str, some[: _TRIED - len(self.first)]))

    def are_phones(self) -> bool:
        """Whether nearly all have the code of a country and a number that it gives out, and are not counted up."""
        if self.greatest - self.least < _SPARSE * self.count:
            return False
        return sum(map(is_abroad, self.first)) >= _NEARLY_ALL * len(self.first)

    def have_beyond_chance(self, originals: int) -> bool:
        """Whether so many originals among them are more than chance gives."""
        return is_beyond_chance(self.count, originals / self.count, min(1.0, self.expected / self.count))


def _is_called(place: Place) -> bool:
    """Whether a column is called one of telephone numbers."""
    return any(match.kind == _PHONE for match in shipped_headers().read(place.column).matches)


class PhonesAbroad:
    """Tells of each column whether telephone numbers behind the code of a country count in it.

    Args:
        session: on the file that is searched.
        values: the originals that are looked for together.
    """

    def __init__(
        self, session: ReadSession, objects: Objects, values: Sequence[SqlValue], context: Context
    ) -> None:
        self._session, self._objects = session, objects
        self._values, self._context = values, context
        self._told: dict[Place, bool] = {}

    def count_in(self, place: Place) -> bool:
        """Whether those in a column are originals; of what an index computes, those in any column of its table.

        They are where nothing tells of chance: where they stand in no text of the column, but in a compressed BLOB.
        """
        if place not in self._told:
            columns = [place.column] if place.column else self._columns(place.table)
            told = [self._counts(Place(place.table, column)) for column in columns]
            self._told[place] = True in told or False not in told
        return self._told[place]

    def otherwise(self, is_told: Callable[[Place], bool]) -> Iterator[tuple[Place, Counter[int]]]:
        """The columns that hold originals as whole numbers, or with other signs between their digits.

        Each with how often every value stands there, by its number.

        Args:
            is_told: whether others were found in a column as they are written: then it is left out.
        """
        for table, columns in self._objects.tables() if self._homes else ():
            names = [name for name, _ in columns if not is_told(Place(table, name))]
            places = [Place(table, name) for name in self._with_long_numbers(table, names)]
            found = [(place, self._held_as_numbers(place)) for place in places]
            places = [Place(table, name) for name in self._with_signs_between(table, names)]
            found += [(place, self._held_in_texts(place)) for place in places]
            yield from ((place, held) for place, held in found if held)

    def _with_signs_between(self, table: str, names: Sequence[str]) -> list[str]:
        """The columns of which one of the first rows has an original in a text, with signs between its digits."""
        if not names or table.startswith("sqlite_"):
            return []
        raw = RawRows(self._session, kept=())
        terms = ", ".join(_SHORT.format(quote(name)) for name in names)
        columns = ", ".join(map(quote, names))
        sql = f"SELECT {terms} FROM (SELECT {columns} FROM {qualified(table)} LIMIT {_FIRST_ROWS})"
        try:
            with readable(table):
                rows = self._session.all(sql)
        except Failure:
            return []
        return [
            name
            for name, cells in zip(names, zip(*rows, strict=True), strict=False)
            if any(
                home for cell in cells if isinstance(cell, bytes) for _, home in self._written(raw.text(cell))
            )
        ]

    def _held_in_texts(self, place: Place) -> Counter[int]:
        """The originals in the texts of a column, with signs between their digits, where that is no chance."""
        raw, term = RawRows(self._session, kept=()), _SHORT.format(quote(place.column))
        numbers, held, originals = _Numbers(), Counter[int](), set[str]()
        try:
            with self._session.under(self._context), readable(place.table):
                sql = f"SELECT {term} AS short FROM {qualified(place.table)} WHERE short IS NOT NULL"
                for (cell,) in self._session.execute(sql):
                    for run, home in self._written(raw.text(cell)) if isinstance(cell, bytes) else ():
                        numbers.add(
                            run,
                            sum(self._chance(run[-many:]) for many in self._of_length if many <= len(run)),
                        )
                        if home:
                            originals.add(home)
                            held[self._homes[home]] += 1
        except Failure:
            return Counter()
        return held if held and self._is_no_chance(place, numbers, len(originals)) else Counter()

    def _written(self, text: str) -> Iterator[tuple[str, str]]:
        """The numbers of a text with signs between their digits, each with the original that it is, or ""."""
        for runs in grouped(text):
            home = next((home for run in runs if (home := known(run.digits, self._homes))), "")
            yield max((run.digits for run in runs), key=len), home

    def _with_long_numbers(self, table: str, names: Sequence[str]) -> list[str]:
        """The columns of which one of the first rows has a whole number that is long enough."""
        if not names or table.startswith("sqlite_"):
            return []
        terms = ", ".join(f"max({_IS_LONG.format(quote(name))})" for name in names)
        columns = ", ".join(map(quote, names))
        sql = f"SELECT {terms} FROM (SELECT {columns} FROM {qualified(table)} LIMIT {_FIRST_ROWS})"
        try:
            with readable(table):
                row = self._session.one(sql)
        except Failure:
            return []  # what SQLite cannot read is told where the whole of it is searched
        return [name for name, is_long in zip(names, row or (), strict=False) if is_long]

    def _held_as_numbers(self, place: Place) -> Counter[int]:
        """The originals that the whole numbers of a column are, where that is no chance."""
        import numpy as np

        column = quote(place.column)
        table, is_long = qualified(place.table), _IS_LONG.format(column)
        numbers, held, originals = _Numbers(), Counter[int](), set[str]()
        try:
            with self._session.under(self._context), readable(place.table):
                rows = self._session.execute(f"SELECT CAST({column} AS INTEGER) FROM {table} WHERE {is_long}")
                while batch := [int(number or 0) for (number,) in islice(rows, _AT_ONCE)]:
                    self._context.checkpoint()
                    found, counts = np.unique(np.array(batch), return_counts=True)
                    chances, may_be = self._ends(found)
                    numbers.add_all(found[chances > 0].tolist(), float(chances.sum()))
                    for number, many in zip(found[may_be].tolist(), counts[may_be].tolist(), strict=True):
                        if home := known(str(number), self._homes):
                            originals.add(str(number))
                            held[self._homes[home]] += many
        except Failure:
            return Counter()
        return held if held and self._is_no_chance(place, numbers, len(originals)) else Counter()

    def _ends(self, found: Whole) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Of whole numbers, how likely each ends as an original does by chance, and whether it does."""
        import numpy as np

        chances, may_be = np.zeros(len(found)), np.zeros(len(found), dtype=bool)
        for length, numbers in self._by_length.items():
            low, parts = 10 ** (length - 1), found % 10**length
            fits = (parts >= low) & (found < low * 10 ** (_CODE + 1))
            heads = numbers // _AS_MANY
            near = np.searchsorted(heads, parts // _AS_MANY, "right") - np.searchsorted(
                heads, parts // _AS_MANY
            )
            chances += fits * np.maximum((near - 1) / _AS_MANY, len(numbers) / 10.0**length)
            may_be |= fits & np.isin(parts, numbers)
        return chances, may_be

    def _columns(self, table: str) -> list[str]:
        return [name for owner, columns in self._objects.tables() for name, _ in columns if owner == table]

    def _counts(self, place: Place) -> bool | None:
        """Whether those in a column are originals; None where its texts have none."""
        numbers = _Numbers()
        held: set[str] = set()
        try:
            for run in self._runs(place):
                parts = [run[at:] for at in range(1, _CODE + 1) if len(run) - at in self._of_length]
                if parts:
                    numbers.add(run, sum(map(self._chance, parts)))
                if any(part in self._homes and is_behind_code(run, part) for part in parts):
                    held.add(run)
        except Failure:
            return None
        if not held:
            return None
        return self._is_no_chance(place, numbers, len(held))

    @staticmethod
    def _is_no_chance(place: Place, numbers: _Numbers, originals: int) -> bool:
        return _is_called(place) or numbers.are_phones() or numbers.have_beyond_chance(originals)

    def _runs(self, place: Place) -> Iterator[str]:
        """The numbers in the cells of a column that have as many digits as a telephone number with a code."""
        column, raw = quote(place.column), RawRows(self._session, kept=())
        json = f"iif(json_valid({column}, 8), json({column}), NULL)"
        term = f"CAST(iif(typeof({column}) = 'blob', {json}, {column}) AS BLOB)"
        digits = f"{column} GLOB '*{'[0-9]' * (LEAST + 1)}*'"
        which = f"iif(typeof({column}) = 'text', {digits}, typeof({column}) = 'blob')"
        rest = f"FROM {qualified(place.table)} WHERE {which}"
        with self._session.under(self._context), readable(place.table):
            for (cell,) in distinct(self._session, (term,), rest):
                yield from _RUN.findall(raw.text(cell)) if isinstance(cell, bytes) else ()

    @cached_property
    def _homes(self) -> dict[str, int]:
        """The numbers of the originals within their country, each with the number of its value."""
        found: dict[str, int] = {}
        for at, text in enumerate(map(text_of, self._values)):
            for home in homes(text) if text and not is_weak(text) else ():
                found.setdefault(home, at)
        return found

    @cached_property
    def _by_length(self) -> dict[int, Whole]:
        """The numbers of the originals within their country, in order, by how many digits they have."""
        import numpy as np

        numbers = np.sort(np.array([int(home) for home in self._homes], dtype=np.int64))
        return {
            length: numbers[(numbers >= 10 ** (length - 1)) & (numbers < 10**length)]
            for length in self._of_length
        }

    @cached_property
    def _alike(self) -> Counter[tuple[int, str]]:
        """How many originals begin alike, but for their last digits; by their length."""
        return Counter((len(home), home[:-_LAST]) for home in self._homes)

    @cached_property
    def _of_length(self) -> Counter[int]:
        return Counter(map(len, self._homes))

    def _chance(self, part: str) -> float:
        """How likely some digits are an original: as many as begin alike, but for one, which may be what is judged."""
        near = self._alike[len(part), part[:-_LAST]] - 1
        return max(near / _AS_MANY, self._of_length[len(part)] / 10.0 ** len(part))
