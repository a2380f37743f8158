"""Telephone numbers behind the code of a country: those of the originals, or parts of other numbers by chance.

Among many numbers of orders or articles there are some that end as one of many telephone numbers does and begin with
the code of its country. So a column counts where it holds telephone numbers, by its name or by most of its values, or
where more of its numbers are originals than chance gives: a million numbers begin alike, and so many originals do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

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
from steward_app.services.privacy.written_phones import LEAST, at_home, is_abroad, is_behind_code
from steward_app.services.rows.shipped_headers import shipped_headers

_PHONE: Final = "phone"
_CODE: Final = 6  # digits that may stand before a number: 00, the code of a country, the zero of an area
_LONGEST: Final = 17  # digits: as many as a number has with its code, and 00 before it
_RUN: Final = re.compile(rf"(?<![0-9])[0-9]{{{LEAST + 1},{_LONGEST}}}(?![0-9])")
_LAST: Final = 6
_AS_MANY: Final = 10**_LAST  # numbers that differ in their last digits alone
_TRIED: Final = 500  # numbers
_NEARLY_ALL: Final = 0.95
_SPARSE: Final = 1_000  # numbers to one that is there: those of orders are closer together


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

    def are_phones(self) -> bool:
        """Whether nearly all have the code of a country and a number that it gives out, and are not counted up."""
        if self.greatest - self.least < _SPARSE * self.count:
            return False
        return sum(map(is_abroad, self.first)) >= _NEARLY_ALL * len(self.first)

    def have_beyond_chance(self, originals: int) -> bool:
        """Whether so many originals among them are more than chance gives."""
        return is_beyond_chance(self.count, originals / self.count, min(1.0, self.expected / self.count))


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
        called = any(match.kind == _PHONE for match in shipped_headers().read(place.column).matches)
        return called or numbers.are_phones() or numbers.have_beyond_chance(len(held))

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
    def _homes(self) -> frozenset[str]:
        texts = filter(None, map(text_of, self._values))
        return frozenset(home for text in texts if not is_weak(text) and (home := at_home(text)))

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
