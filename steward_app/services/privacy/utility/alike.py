"""Columns of both files made comparable: what has an order is told by its place in it, and codes by their beginnings.

Else a relation that is the same in both files would look changed: days cut in tenths on one side, and years taken as so
many words on the other.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from steward_app.db import Session, qualified, quote
from steward_app.db.distinct import distinct as different_rows
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.columns import NULL, Columns, Form, code_of, distinct
from steward_app.services.privacy.utility.coarser import beginning, by_beginning, lowest
from steward_app.services.privacy.utility.statistics import in_tenths
from steward_app.services.schema import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from steward_app.services.privacy.columns import Codes, Numbers

MOST_WORDS: Final = 50
"""Different values of a column of words in the original: of more, hardly one is seen often enough."""
_MOST_COARSER: Final = 10_000
_MOST_CODES: Final = 50_000
_MOST = 0.5


@dataclass(frozen=True, slots=True)
class Ordered:
    """A column whose values have an order in both files.

    Attributes:
        before, after: the place of each row in it; NaN where a value has none.
        same: both files hold numbers of one kind, not coarser ones.
    """

    before: Numbers
    after: Numbers
    same: bool


@dataclass(frozen=True, slots=True)
class Words:
    """A column of values without an order, as a code for each row."""

    before: Codes
    after: Codes


class BothFiles:
    """Columns of a table as they were read of both files, and the files, to ask what coarser values stand for."""

    def __init__(self, source: tuple[Session, Table, Columns], copy: tuple[Session, Table, Columns]) -> None:
        self._source, self._copy = source, copy
        self.before, self.after = source[2], copy[2]

    def column(self, name: str) -> Ordered | Words | None:
        """A column made comparable; None where there is nothing to relate to others."""
        old, new = self.before.codes[name], self.after.codes[name]
        if name in self.before.numbers:
            return self._ordered(name) or Words(in_tenths(self.before.numbers[name]), new)
        if (cut := self._beginnings(name)) is not None:
            return cut
        return Words(old, new) if 2 <= distinct(old) <= MOST_WORDS else None

    def _ordered(self, name: str) -> Ordered | None:
        import numpy as np

        numbers, form = self.before.numbers[name], self.before.forms[name]
        if name in self.after.numbers:
            return Ordered(numbers, self.after.numbers[name], form is self.after.forms[name])
        codes = self.after.codes[name]
        coarser = _values(*self._copy[:2], name, _MOST_COARSER)
        found = _looked_up(codes, {value: lowest(value, form) for value in coarser}, math.nan)
        return Ordered(numbers, found, same=False) if _most(codes, np.isfinite(found)) else None

    def _beginnings(self, name: str) -> Words | None:
        """Codes of which the copy holds beginnings: both files by these; group 0 has none of them."""
        import numpy as np

        old, new = self.before.codes[name], self.after.codes[name]
        if self.before.forms[name] is not Form.TEXT or _most(new, np.isin(new, old)):
            return None
        starred = {value: beginning(value) for value in _values(*self._copy[:2], name, _MOST_COARSER)}
        codes = _values(*self._source[:2], name, _MOST_CODES) if any(starred.values()) else ()
        number = {each: place for place, each in enumerate(sorted({*starred.values()} - {""}), 1)}
        which = by_beginning(number)
        cut = _looked_up(new, {value: number.get(each, 0) for value, each in starred.items()}, 0)
        if not codes or not _most(new, cut > 0):
            return None
        whole = _looked_up(old, {value: number.get(which(value), 0) for value in codes}, 0)
        return Words(whole.astype(np.int64), cut.astype(np.int64))


def _values(session: Session, table: Table, name: str, most: int) -> tuple[SqlValue, ...]:
    """The different values of a column; () for more than `most`."""
    column = f"{quote(table.name)}.{quote(name)}"
    texts = f"CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB) ELSE {column} END"
    rows = different_rows(session, (texts, f"typeof({column})"), f"FROM {qualified(table.name)}")
    found = tuple(islice(rows, most + 1))
    if isinstance(rows, Generator):
        rows.close()
    return tuple(
        value.decode("utf-8", "surrogateescape") if kind == "text" and isinstance(value, bytes) else value
        for value, kind in (found if len(found) <= most else ())
    )


def _looked_up(codes: Codes, known: Mapping[SqlValue, float], other: float) -> Numbers:
    """What is known of the value of each row, and `other` where nothing is."""
    import numpy as np

    by_code = sorted((code_of(value), number) for value, number in known.items())
    if not by_code:
        return np.full(len(codes), other)
    keys = np.array([code for code, _ in by_code], np.int64)
    numbers = np.array([number for _, number in by_code], np.float64)
    places = np.minimum(np.searchsorted(keys, codes), len(keys) - 1)
    return np.where(keys[places] == codes, numbers[places], other)


def _most(codes: Codes, told: NDArray[np.bool_]) -> bool:
    """Whether most values, of those that are not NULL, are told."""
    filled = codes != NULL
    return bool(filled.any()) and float(told[filled].mean()) >= _MOST
