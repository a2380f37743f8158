"""Beginnings and ends that many long values share: what stands some way before or behind them tells whose they are.

Notes written on one form, or with one signature below them, would else be compared each with every place of all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.residue.forms import LONGEST, spellings

Near: TypeAlias = Callable[[int, int], bytes]
"""Reads so many bytes from a distance on; the distance is from the beginning of a string, and may be negative."""

MANY: Final = 8
"""Values that share a string, above which they are told apart."""

_SIZE: Final = 16
_SAMPLE: Final = 256
_BEHIND: Final = tuple(range(LONGEST, LONGEST + 64 * _SIZE, _SIZE))
_BEFORE: Final = tuple(range(-_SIZE, -65 * _SIZE, -_SIZE))


@dataclass(frozen=True, slots=True)
class _Side:
    """What stands at a distance of a string, and which values it leaves; less of it where a value is at its end."""

    distance: int
    values: dict[bytes, list[int]]
    sizes: tuple[int, ...] = field(default=())

    def among(self, near: Near) -> Iterable[int]:
        data = near(self.distance, _SIZE).lower()
        for size in self.sizes:
            found = (
                data[:size] if self.distance > 0 else data[len(data) - size :] if size <= len(data) else b""
            )
            if len(found) == size:
                yield from self.values.get(found, ())


@dataclass(frozen=True, slots=True)
class Crowd:
    """The values that share a string, told apart."""

    sides: tuple[_Side, ...]

    def members(self, near: Near) -> tuple[int, ...]:
        """The numbers of those whose other bytes stand there, too."""
        return tuple(dict.fromkeys(number for side in self.sides for number in side.among(near)))


def reading(read: Near, start: int) -> Near:
    """Reads near a string, from what reads at any place and the place at which it begins."""

    def near(distance: int, count: int) -> bytes:
        at = start + distance
        count = count + min(at, 0)  # before the first byte there is none
        return read(max(at, 0), count) if count > 0 else b""

    return near


def crowd_of(string: bytes, members: Sequence[tuple[int, SqlValue]]) -> Crowd:
    """How those that share a string are told apart.

    Args:
        string: a beginning or an end of them, with A to Z as small letters.
        members: a number and a value each.
    """
    wholes = [(number, raw.lower()) for number, value in members for raw in spellings(value)]
    begins = [(number, raw) for number, raw in wholes if raw.startswith(string)]
    ends = [(number, raw[::-1]) for number, raw in wholes if raw.endswith(string)]
    sides = (_side(begins, _BEHIND), _side(ends, _BEFORE))
    return Crowd(tuple(side for side in sides if side.values))


def _side(wholes: Sequence[tuple[int, bytes]], distances: Sequence[int]) -> _Side:
    """What tells most of them apart. Of ends, the values come back to front."""
    step = max(1, len(wholes) // _SAMPLE)
    some = [raw for _, raw in wholes[::step]]
    at = max(range(len(distances)), key=lambda place: len({_slice(raw, place) for raw in some}))
    values: dict[bytes, list[int]] = {}
    for number, raw in wholes:
        found = _slice(raw, at)
        values.setdefault(found if distances[at] > 0 else found[::-1], []).append(number)
    return _Side(distances[at], values, tuple(sorted({len(each) for each in values}, reverse=True)))


def _slice(raw: bytes, place: int) -> bytes:
    start = LONGEST + place * _SIZE
    return raw[start : start + _SIZE]
