"""The hierarchies: ranges, dates, prefixes, lists, countries, networks."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Protocol

from steward_app.kernel.plan import Json
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.dates import LAST_OF_TWO, Clock, WrittenDay, day_of, read_day
from steward_app.services.privacy.month_names import Series

ANY = "*"
AS_IT_IS = "as it is"
DATE_LEVELS = ("month", "year", "decade")
_SMALLEST = -(2**63)  # that SQLite holds as a whole number


class Hierarchy(Protocol):
    """Coarser values by level."""

    @property
    def titles(self) -> tuple[str, ...]:
        """What each level is, from `AS_IT_IS` to `ANY`."""
        ...

    def at(self, values: Sequence[SqlValue], level: int) -> list[SqlValue]:
        """The values at a level, in the same order. Equal values give equal ones."""
        ...

    def options(self) -> dict[str, Json]:
        """What a rule of the policy says to mean it; `from_options` reads it."""
        ...


@dataclass(frozen=True, slots=True)
class Ranges:
    """Numbers by ranges whose borders are multiples of a step.

    Attributes:
        steps: each a multiple of the one before.
    """

    steps: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.steps or any(step <= 0 for step in self.steps):
            raise ValueError("ranges need steps above 0")
        for small, large in zip(self.steps, self.steps[1:], strict=False):
            if large <= small or not math.isclose(large / small, round(large / small)):
                raise ValueError("each step of ranges must be a multiple of the one before")

    @property
    def titles(self) -> tuple[str, ...]:
        return (AS_IT_IS, *(f"ranges of {_number(step)}" for step in self.steps), ANY)

    def at(self, values: Sequence[SqlValue], level: int) -> list[SqlValue]:
        if 0 < level <= len(self.steps):
            step = self.steps[level - 1]
            return [_or_any(value, lambda v: _range(v, step)) for value in values]
        return _edge(values, level)

    def lowest(self, values: Sequence[SqlValue], level: int) -> list[SqlValue]:
        """As `at`, but a number is told by the lower border of its range, as a number of its own storage class."""
        if not 0 < level <= len(self.steps):
            return [None if level else value for value in values]
        return [_lower(value, self.steps[level - 1]) for value in values]

    def options(self) -> dict[str, Json]:
        return {"hierarchy": "ranges", "steps": [whole(step) for step in self.steps]}


@dataclass(frozen=True, slots=True)
class Dates:
    """Dates by month, quarter, year, five years, decade.

    Attributes:
        month_first: "03/04/2020" is the 4th of March.
        clock: how numbers tell days; None: they do not.
        last: the last year that two digits mean; not kept in a policy, since the values of a column tell it.
        months: the list that the names of months are from; neither kept.
    """

    levels: tuple[str, ...] = DATE_LEVELS
    month_first: bool = False
    clock: Clock | None = None
    last: int = LAST_OF_TWO
    months: Series = ""

    def __post_init__(self) -> None:
        unknown = [level for level in self.levels if level not in _PERIODS]
        if unknown or not self.levels:
            raise ValueError(f"dates become coarser by: {', '.join(_PERIODS)}")
        if sorted(self.levels, key=list(_PERIODS).index) != list(self.levels):
            raise ValueError("the levels of dates go from the finest to the coarsest")

    @property
    def titles(self) -> tuple[str, ...]:
        return (AS_IT_IS, *self.levels, ANY)

    def at(self, values: Sequence[SqlValue], level: int) -> list[SqlValue]:
        if 0 < level <= len(self.levels):
            period = self.levels[level - 1]
            return [_or_any(value, lambda v: self._label(v, period)) for value in values]
        return _edge(values, level)

    def first_day(self, ordinal: int, level: int) -> int:
        """The first day of the period of that level in which a day lies."""
        day, period = date.fromordinal(ordinal), self.levels[level - 1]
        years = {"five years": 5, "decade": 10}.get(period, 1)
        month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1}.get(period, 1)
        return date(max(day.year // years * years, 1), month, 1).toordinal()

    def written(self, text: str) -> WrittenDay | None:
        """The day with which a text begins."""
        return read_day(text, month_first=self.month_first, last=self.last, months=self.months)

    def day(self, value: SqlValue) -> int | None:
        """The day that a value tells, as an ordinal."""
        if isinstance(value, str):
            written = self.written(value)
            return written.ordinal if written else None
        return day_of(value, self.clock) if self.clock and isinstance(value, int | float) else None

    def _label(self, value: SqlValue, period: str) -> str | None:
        ordinal = self.day(value)
        return _PERIODS[period](date.fromordinal(ordinal)) if ordinal else None

    def options(self) -> dict[str, Json]:
        said: dict[str, Json] = {"hierarchy": "dates", "levels": list(self.levels)}
        if self.month_first:
            said["month_first"] = True
        if self.clock:
            said["clock"] = str(self.clock)
        return said


def _quarter(day: date) -> str:
    return f"{day.year:04d}-Q{(day.month + 2) // 3}"


_PERIODS: Mapping[str, Callable[[date], str]] = {
    "month": lambda day: f"{day.year:04d}-{day.month:02d}",
    "quarter": _quarter,
    "year": lambda day: f"{day.year:04d}",
    "five years": lambda day: f"{day.year // 5 * 5:04d}-{day.year // 5 * 5 + 4:04d}",
    "decade": lambda day: f"{day.year // 10 * 10:04d}-{day.year // 10 * 10 + 9:04d}",
}


@dataclass(frozen=True, slots=True)
class Prefix:
    """Codes by their beginning: 12345, 1234*, 123**. The length stays, so that the form does.

    Attributes:
        keep: how many characters stay at each level, falling.
    """

    keep: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.keep or min(self.keep) < 1 or sorted(set(self.keep), reverse=True) != list(self.keep):
            raise ValueError("a prefix keeps fewer characters at each level, and at least 1")

    @property
    def titles(self) -> tuple[str, ...]:
        return (AS_IT_IS, *(f"first {count}" for count in self.keep), ANY)

    def at(self, values: Sequence[SqlValue], level: int) -> list[SqlValue]:
        if 0 < level <= len(self.keep):
            count = self.keep[level - 1]
            return [_or_any(value, lambda v: _starred(v, count)) for value in values]
        return _edge(values, level)

    def options(self) -> dict[str, Json]:
        return {"hierarchy": "prefix", "keep": list(self.keep)}


@dataclass(frozen=True, slots=True)
class Listed:
    """Values with the coarser ones listed: a file as ARX writes it, or a list in the policy.

    Attributes:
        coarser: for each value, written as text, the coarser ones from level 1 on; all of one length.
        file: where it came from, as the policy names it, or "".
        names: of the levels between, or ().
    """

    coarser: Mapping[str, tuple[str, ...]]
    file: str = ""
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len({len(levels) for levels in self.coarser.values()}) != 1:
            raise ValueError(
                "every value of a hierarchy needs the same number of coarser values, at least one"
            )

    @property
    def _depth(self) -> int:
        return len(next(iter(self.coarser.values())))

    @property
    def titles(self) -> tuple[str, ...]:
        depth = self._depth - 1 if all(levels[-1] == ANY for levels in self.coarser.values()) else self._depth
        names = self.names or tuple(f"level {number}" for number in range(1, depth + 1))
        return (AS_IT_IS, *names[:depth], ANY)

    def at(self, values: Sequence[SqlValue], level: int) -> list[SqlValue]:
        if 0 < level < len(self.titles) - 1:
            return [_or_any(value, lambda v: self._above(v, level)) for value in values]
        return _edge(values, level)

    def _above(self, value: SqlValue, level: int) -> str | None:
        levels = self.coarser.get(value.strip() if isinstance(value, str) else str(value))
        return levels[level - 1] if levels else None

    def options(self) -> dict[str, Json]:
        if self.file:
            return {"hierarchy": "file", "file": self.file}
        return {
            "hierarchy": "values",
            "values": {value: list(levels) for value, levels in self.coarser.items()},
        }


@dataclass(frozen=True, slots=True)
class Countries:
    """Countries, by English name or code of two or three letters, become their continent."""

    @property
    def titles(self) -> tuple[str, ...]:
        return (AS_IT_IS, "continent", ANY)

    def at(self, values: Sequence[SqlValue], level: int) -> list[SqlValue]:
        if level != 1:
            return _edge(values, level)
        known = _continents()
        return [
            _or_any(value, lambda v: known.get(v.strip().casefold()) if isinstance(v, str) else None)
            for value in values
        ]

    def options(self) -> dict[str, Json]:
        return {"hierarchy": "countries"}


@dataclass(frozen=True, slots=True)
class Networks:
    """Network addresses become the network they are in; the host is zero, so that it is still an address."""

    levels: tuple[tuple[int, int], ...] = field(default=((24, 64), (16, 48), (8, 32)))

    @property
    def titles(self) -> tuple[str, ...]:
        return (AS_IT_IS, *(f"/{four} and /{six}" for four, six in self.levels), ANY)

    def at(self, values: Sequence[SqlValue], level: int) -> list[SqlValue]:
        if not 0 < level <= len(self.levels):
            return _edge(values, level)
        return [_or_any(value, lambda v: _network(v, *self.levels[level - 1])) for value in values]

    def options(self) -> dict[str, Json]:
        return {"hierarchy": "networks"}


def _edge(values: Sequence[SqlValue], level: int) -> list[SqlValue]:
    return list(values) if level <= 0 else [None if value is None else ANY for value in values]


def _or_any(value: SqlValue, coarser: Callable[[SqlValue], SqlValue]) -> SqlValue:
    if value is None:
        return None
    found = coarser(value)
    return ANY if found is None else found


def _float(value: SqlValue) -> float | None:
    if isinstance(value, bytes) or value is None:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _range(value: SqlValue, step: float) -> str | None:
    number = _float(value)
    if number is None:
        return None
    parts = number / step
    if not math.isfinite(parts):
        return None  # so large that its ranges have no width
    low = math.floor(parts) * step
    if float(step).is_integer():
        return _between(int(low), int(low + step) - 1) if step > 1 else str(int(low))
    return _between(low, low + step)


def _between(low: float, high: float) -> str:
    return f"{_number(low)}{'-' if low >= 0 else ' to '}{_number(high)}"


def _lower(value: SqlValue, step: float) -> SqlValue:
    number = _float(value)
    if number is None:
        return None
    parts = number / step
    if not math.isfinite(parts):
        return None  # as in `_range`
    low = math.floor(parts) * step
    if isinstance(value, int):
        return min(max(int(low), _SMALLEST), -_SMALLEST - 1)
    return float(low) if isinstance(value, float) else _number(low)


def _starred(value: SqlValue, count: int) -> str | None:
    if isinstance(value, bytes):
        return None
    text = str(value).strip()
    kept, left = [], count
    for letter in text:
        known = letter.isalnum()
        kept.append(letter if left > 0 or not known else ANY)
        left -= known
    return "".join(kept) or None


def _network(value: SqlValue, four: int, six: int) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        return None
    bits = four if address.version == 4 else six
    return str(ipaddress.ip_network((address, bits), strict=False).network_address)


@lru_cache(maxsize=1)
def _continents() -> Mapping[str, str]:
    from faker.providers.date_time import Provider

    return {
        name.casefold(): country.continent
        for country in Provider.countries
        for name in (country.name, country.alpha_2_code, country.alpha_3_code)
    }


def whole(number: float) -> int | float:
    """A number without a fraction as an integer."""
    return int(number) if float(number).is_integer() else number


def _number(number: float) -> str:
    return f"{round(number, 10):g}" if abs(number) < 1e6 else str(whole(number))
