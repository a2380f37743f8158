"""Dates by so many days, the same for all dates of one person, in every table, text form and clock.

A row that leads to nobody moves by an amount of its own: one for all of them would take all back, once one is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.dates import Clock, WrittenDay, moved, read_day
from steward_app.services.privacy.transform.keyed import Prf, packed
from steward_app.services.privacy.transform.model import Batch, Column

_REMEMBERED = 200_000
_LABEL = "days"


class Offsets:
    """By how many days the dates of each person, or row, move: never 0, at most `days` forward or back."""

    def __init__(self, key: bytes, domain: str, days: int, canonical: Callable[[SqlValue], SqlValue]) -> None:
        self._prf = Prf(key, f"{_LABEL}:{domain}")
        self._days = days
        self._canonical = canonical
        self._known: dict[Row, int] = {}

    def of(self, people: Sequence[Row]) -> list[int]:
        """For each person, named by the values of a key."""
        new = [person for person in set(people) if person not in self._known]
        if new:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
                new = list(set(people))
            named = [packed([self._canonical(value) for value in person]) for person in new]
            first, _ = self._prf.words(named)
            drawn = (first % (2 * self._days)).tolist()
            moves = [each - self._days if each < self._days else each - self._days + 1 for each in drawn]
            self._known.update(zip(new, moves, strict=True))
        return [self._known[person] for person in people]


@dataclass(frozen=True, slots=True)
class Moves:
    """By how many days the rows of a batch move: those of one person alike, each that is nobody's by its own.

    Attributes:
        people: where in a batch the key of the person stands.
        rows: where what names the row stands; () where every row is somebody's.
    """

    of_people: Offsets
    people: Sequence[int]
    of_rows: Offsets
    rows: Sequence[int] = ()

    def of(self, batch: Batch) -> list[int]:
        """In days, for each row."""
        people = batch.rows_of(self.people)
        moves = self.of_people.of(people)
        nobodys = [at for at, person in enumerate(people) if None in person] if self.rows else []
        if nobodys:
            rows = batch.rows_of(self.rows)
            own = self.of_rows.of([rows[at] for at in nobodys])
            for at, days in zip(nobodys, own, strict=True):
                moves[at] = days
        return moves


class Shift:
    """The step of one column of dates.

    Args:
        read: finds the day with which a text begins.
        clock: how the numbers of the column tell moments; None where they do not, and are taken away.
        otherwise: what stands for a value that is no date; NULL, or what is empty.
    """

    def __init__(
        self,
        moves: Moves,
        read: Callable[[str], WrittenDay | None] = read_day,
        *,
        clock: Clock | None = None,
        otherwise: Callable[[SqlValue], SqlValue],
    ) -> None:
        self._moves = moves
        self._day = read
        self._clock = clock
        self._otherwise = otherwise
        self._read: dict[str, WrittenDay | None] = {}
        self._ordinals: dict[str, int] = {}

    def __call__(self, values: Column, batch: Batch) -> Column:
        moves = self._moves.of(batch)
        return [self._moved(value, days) for value, days in zip(values, moves, strict=True)]

    def _moved(self, value: SqlValue, days: int) -> SqlValue:
        if isinstance(value, str):
            return self._text(value, days)
        if value is None:
            return None
        if isinstance(value, bytes):
            try:
                text = self._text(value.decode(), days)
            except UnicodeDecodeError:
                return self._otherwise(value)
            return text.encode() if isinstance(text, str) else text
        return moved(value, self._clock, days) if self._clock else self._otherwise(value)

    def _text(self, value: str, days: int) -> SqlValue:
        if value[4:5] == "-" == value[7:8] and not value[10:11].isdigit():
            head = value[:10]
            ordinal = self._ordinals.get(head)
            if ordinal is None:
                ordinal = self._ordinal(head)
            if ordinal > 0:
                try:
                    return date.fromordinal(ordinal + days).isoformat() + value[10:]
                except ValueError:
                    pass  # out of the calendar: the long way keeps it in
        return self._long_way(value, days)

    def _ordinal(self, head: str) -> int:
        try:
            ordinal = date.fromisoformat(head).toordinal() if head.isascii() else 0
        except ValueError:
            ordinal = 0
        if len(self._ordinals) > _REMEMBERED:
            self._ordinals.clear()
        self._ordinals[head] = ordinal
        return ordinal

    def _long_way(self, value: str, days: int) -> SqlValue:
        if value not in self._read:
            if len(self._read) > _REMEMBERED:
                self._read.clear()
            self._read[value] = self._day(value)
        written = self._read[value]
        if written is not None:
            return written.written(written.ordinal + days)
        number = _number(value)
        if number is not None and self._clock:
            return str(moved(number, self._clock, days))
        return self._otherwise(value) if value.strip() else value


def _number(text: str) -> int | float | None:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e18 else None
