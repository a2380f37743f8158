"""From the least to the greatest of many numbers, and whether they rise, without keeping any of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import mul, sub
from typing import Final

from steward_app.services.privacy.discover.profile import Range

_LEFT_OUT: Final = 3  # numbers that may be given out for each that is there
_SEVERAL: Final = 8


class Span:
    """Gathers numbers, weighted by how often each stands."""

    def __init__(self) -> None:
        self._least, self._greatest = math.inf, -math.inf
        self._total, self.count = 0.0, 0

    def add(self, value: float, count: int = 1) -> None:
        """A number. Infinities are left out: they say nothing."""
        if not math.isfinite(value):
            return
        self._least = min(self._least, value)
        self._greatest = max(self._greatest, value)
        self._total += value * count
        self.count += count

    def add_all(self, counted: Mapping[int, int] | Mapping[float, int]) -> None:
        """Many at once. Infinities are left out here, too."""
        if not all(map(math.isfinite, counted)):
            counted = {value: count for value, count in counted.items() if math.isfinite(value)}
        if counted:
            self._least = min(self._least, min(counted))
            self._greatest = max(self._greatest, max(counted))
            self._total += sum(map(mul, counted, counted.values()))
            self.count += sum(counted.values())

    @property
    def width(self) -> float:
        """Between the least and the greatest."""
        return self._greatest - self._least if self.count else 0.0

    def range(self, *, whole: bool = False) -> Range | None:
        """Least, greatest and mean, or None where there were none.

        Args:
            whole: as they are (lengths, years), else rounded outwards to two digits, since they are values of rows.
        """
        if not self.count:
            return None
        mean = self._total / self.count
        if whole:
            return Range(self._least, self._greatest, round(mean, 2))
        return Range(_outwards(self._least, math.floor), _outwards(self._greatest, math.ceil), _rounded(mean))


class Rising:
    """Whether whole numbers rise from row to row, and by what their steps can be divided."""

    def __init__(self) -> None:
        self._rises = True
        self._first: int | None = None
        self._last = self._step = self._count = 0

    @property
    def rises(self) -> bool:
        """Each was greater than the one before."""
        return self._rises

    def stop(self) -> None:
        """Something else stood among them."""
        self._rises = False

    def add(self, numbers: Sequence[int]) -> None:
        """Some numbers, in the order of the rows."""
        if not self._rises or not numbers:
            return
        before = numbers[:-1] if self._first is None else [self._last, *numbers[:-1]]
        steps = list(map(sub, numbers[-len(before) :], before)) if before else []
        self._rises = min(steps, default=1) > 0
        self._step = math.gcd(self._step, *steps)
        self._first = numbers[0] if self._first is None else self._first
        self._last, self._count = numbers[-1], self._count + len(numbers)

    def counts(self, rows: int) -> bool:
        """As numbers that a program gives out: few are left out."""
        return self._few_left_out(2, rows, 1)

    def counts_by_steps(self, rows: int) -> bool:
        """The same, by one or by more at a time: 1000, 1010, 1020."""
        return self._few_left_out(_SEVERAL, rows, self._step)

    def _few_left_out(self, least: int, rows: int, step: int) -> bool:
        if not self._rises or self._count < least or self._first is None:
            return False
        return self._last - self._first <= _LEFT_OUT * rows * step


def _outwards(value: float, towards: object) -> float:
    unit = _unit(value)
    if not unit:
        return value
    return (math.floor if towards is math.floor else math.ceil)(value / unit) * unit


def _rounded(value: float) -> float:
    unit = _unit(value)
    return round(value / unit) * unit if unit else value


def _unit(value: float) -> float:
    """What the second digit counts: 10 for 123, 0.1 for 4.56."""
    if not value or not math.isfinite(value):
        return 0.0
    exponent = math.floor(math.log10(abs(value))) - 1
    return 10.0**exponent if -300 < exponent < 300 else 0.0
