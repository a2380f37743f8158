"""Columns of one row are looked up together: orders and visits of one person have the same name, address and number.

One look tells what becomes of all of them, where each column by itself would have to be found in memory by its own
value. Which columns that pays for shows in the first rows: those of texts that come again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from sys import getsizeof
from typing import Any

from steward_app.kernel.values import Row
from steward_app.services.privacy.transform.cells import CellStep, Remembering
from steward_app.services.privacy.transform.joined import Joined
from steward_app.services.privacy.transform.model import Batch, Column, Step

_JUDGED_AFTER = 40_000  # rows; what a column remembers is judged a bit earlier
_NUMBERS = frozenset({int, float})


class _Numbers(Exception):
    """New rows have numbers, and none of them is remembered."""


class Together:
    """Columns of a table, and the steps that change them, each of which looks at its own cell alone.

    Attributes:
        places: of the columns, as in `TableTransform.steps`.
    """

    def __init__(self, steps: Mapping[int, CellStep]) -> None:
        self.places = tuple(steps)
        self._steps = steps
        self._of_rows = self.places
        self._seen, self._judged = 0, False
        self._joined: Joined | None = None
        self._can_be_joined = True
        self._remembering = Remembering(self._rows, size_of=_size)

    def changed(self, batch: Batch) -> Iterator[tuple[int, Column]]:
        """The new values of each of the columns, with its place."""
        columns = {place: batch.columns[place] for place in self.places}
        self._judge()
        self._seen += batch.size
        if self._judged and not self._remembering.mostly_new and batch.size:
            of_rows = zip(*(columns[place] for place in self._of_rows), strict=True)
            with suppress(_Numbers):
                found = self._remembering(list(of_rows))
                yield from zip(self._of_rows, zip(*found, strict=True), strict=True)
                for place in self._of_rows:
                    del columns[place]
        for place, column in columns.items():
            yield place, self._steps[place].changed(column)

    def joined(self, reads: Sequence[str], steps: Mapping[int, Step]) -> Joined | None:
        """How to read the next rows with fewer values; None where that does not pay, or cannot be.

        Args:
            reads: SQL of all columns.
            steps: of all that are changed.
        """
        if not self._judged or self._remembering.mostly_new or not self._can_be_joined:
            return None
        if self._joined is None:
            self._can_be_joined = all(isinstance(step, CellStep) for step in steps.values())
            if not self._can_be_joined:  # others look at what stands beside a cell
                return None
            self._joined = Joined(reads, self._of_rows, self._rows, _size)
            self._joined.remembering.most_bytes = self._remembering.most_bytes
            self._remembering.forget()
        elif self._joined.failed or self._joined.remembering.mostly_new:
            self._joined.remembering.forget()
            self._remembering.mostly_new = self._joined.remembering.mostly_new
            self._can_be_joined = False
            return None
        return self._joined

    def remember_at_most(self, size_bytes: int) -> None:
        """Hold no more memory than that for rows that were changed; 0 forgets them."""
        self._remembering.remember_at_most(size_bytes)
        if self._joined:
            self._joined.remembering.remember_at_most(size_bytes)

    def _judge(self) -> None:
        if self._judged or self._seen < _JUDGED_AFTER:
            return
        self._judged = True
        self._of_rows = tuple(place for place, step in self._steps.items() if step.of_texts_again)
        self._remembering.mostly_new = len(self._of_rows) < 2

    def _rows(self, rows: Sequence[Row]) -> Sequence[Row]:
        columns = dict(zip(self._of_rows, zip(*rows, strict=True), strict=True))
        if any(map(_has_numbers, columns.values())):
            raise _Numbers
        return list(
            zip(*(self._steps[place].changed(column) for place, column in columns.items()), strict=True)
        )


def together(steps: Mapping[int, Step]) -> Together | None:
    """What looks at its own cell alone and remembers, where that is more than one column."""
    cells = {place: step for place, step in steps.items() if isinstance(step, CellStep) and step.remembers}
    return Together(cells) if len(cells) > 1 else None


def _has_numbers(column: Column) -> bool:
    """Whether values may be equal that are of two types: 1 and 1.0 are one to a dictionary, and two to a technique."""
    return not _NUMBERS.isdisjoint(map(type, column))


def _size(row: tuple[Any, ...] | str) -> int:
    """Bytes of a row with its values: too much rather than too little, since columns remember some of them, too."""
    return getsizeof(row) + (0 if isinstance(row, str) else sum(map(getsizeof, row)))
