"""Numbers made less exact: rounded, or with noise of a stated distribution."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.cells import CellStep, as_text_in_bytes, every_class
from steward_app.services.privacy.transform.keyed import Prf, packed, uniform
from steward_app.services.privacy.transform.model import Batch, Column
from steward_app.services.privacy.transform.plain import each

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals: TypeAlias = NDArray[np.float64]

Otherwise = Callable[[SqlValue], SqlValue]

_NUMBER = re.compile(r"(?<![\w.])[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w])")
_LARGEST = (1 << 63) - 1


def rounded(step: float, otherwise: Otherwise) -> CellStep:
    """Numbers become the nearest multiple of a step; texts with numbers in them (a pair of coordinates) too."""
    places = decimals(step)

    def real(value: float) -> float:
        return round(float(round(value / step) * step), places) if math.isfinite(value) else value

    def integer(value: int) -> int:
        if float(step).is_integer():
            whole = int(step)
            return within((value + whole // 2) // whole * whole)
        return value

    def text(value: str) -> SqlValue:
        if not _NUMBER.search(value):
            return otherwise(value)
        return _NUMBER.sub(lambda found: f"{real(float(found[0])):.{places}f}", value)

    texts = each(text)
    return CellStep(
        every_class(
            texts, integers=each(integer), reals=each(real), blobs=as_text_in_bytes(texts, each(otherwise))
        )
    )


class Distribution(StrEnum):
    """How much is added. `scale` is the standard deviation, of `UNIFORM` the largest amount."""

    LAPLACE = "laplace"
    NORMAL = "normal"
    UNIFORM = "uniform"


@dataclass(frozen=True, slots=True)
class NoiseOptions:
    """What is added to a number.

    Attributes:
        scale: see `Distribution`; in the unit of the column, or with `relative` as a share of each value.
        low, high: results are brought back within these.
    """

    distribution: Distribution
    scale: float
    relative: bool = False
    low: float | None = None
    high: float | None = None


class Noise:
    """The step of one column. Keyed: the same value in the same row gets the same noise in every copy.

    Were it drawn anew for every copy, whoever has several could take the average and would be rid of it.

    Args:
        row: where in a batch stands what names the row.
    """

    def __init__(self, prf: Prf, options: NoiseOptions, row: Sequence[int], otherwise: Otherwise) -> None:
        self._prf = prf
        self._options = options
        self._row = tuple(row)
        self._otherwise = otherwise

    def __call__(self, values: Column, batch: Batch) -> Column:
        import numpy as np

        numbers = [number_in(value) for value in values]
        rows = batch.rows_of(self._row) if self._row else [()] * len(values)
        places = [place for place, number in enumerate(numbers) if number is not None]
        drawn = self._prf.words([packed((values[place], *rows[place])) for place in places])
        known = np.array([numbers[place] for place in places], dtype=np.float64)
        noisy = known + self._amounts(uniform(drawn[0]), uniform(drawn[1]), known)
        noisy = np.clip(noisy, self._options.low, self._options.high) if self._bounded else noisy
        found = [None if value is None else self._otherwise(value) for value in values]
        for place, number in zip(places, noisy.tolist(), strict=True):
            found[place] = like(values[place], number)
        return found

    @property
    def _bounded(self) -> bool:
        return self._options.low is not None or self._options.high is not None

    def _amounts(self, first: Reals, second: Reals, known: Reals) -> Reals:
        import numpy as np

        match self._options.distribution:
            case Distribution.LAPLACE:
                centred = first - 0.5
                unit = -np.sign(centred) * np.log1p(-2 * np.abs(centred)) / math.sqrt(2)
            case Distribution.NORMAL:
                unit = np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second)
            case _:
                unit = 2 * first - 1
        amounts: Reals = unit * self._options.scale * (np.abs(known) if self._options.relative else 1.0)
        return amounts


def number_in(value: SqlValue) -> float | None:
    """The finite number that a value is, or None."""
    if value is None or isinstance(value, bytes):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def like(value: SqlValue, number: float) -> SqlValue:
    """A number written as a value is: a whole one stays whole, a text keeps its decimal places."""
    if isinstance(value, int):
        return within(round(number))
    if isinstance(value, str):
        return f"{number:.{decimals_in(value)}f}"
    return number


def within(number: int) -> int:
    """A whole number that SQLite can hold."""
    return min(max(number, -_LARGEST - 1), _LARGEST)


def decimals(step: float) -> int:
    """How many decimal places a multiple of a step has."""
    return decimals_in(f"{step:.12f}".rstrip("0"))


def decimals_in(text: str) -> int:
    """How many digits stand after the point."""
    return len(text.strip().partition(".")[2])
