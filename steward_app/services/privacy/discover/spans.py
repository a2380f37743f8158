"""From the least to the greatest of many numbers, without keeping any of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from operator import mul

from steward_app.services.privacy.discover.profile import Range


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

    def add_all(self, counted: Mapping[int, int]) -> None:
        """Many at once."""
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
