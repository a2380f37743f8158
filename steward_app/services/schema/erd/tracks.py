"""Tracks of a channel: where the vertical pieces of bundles of links run side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

_PITCH = 8.0
_NEAR = 4.0  # two horizontal pieces nearer than this look like one line
_OVERLAP, _COLLISION, _CROSSING = 200.0, 40.0, 1.0
_MANY = 90  # above this many bundles the cost of crossings is not worth its time


@dataclass(slots=True)
class Wire:
    """A bundle in a channel: heights at which links join it from the left and from the right side."""

    left: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    top: float = float("inf")
    bottom: float = float("-inf")

    def join(self, y: float, *, from_left: bool) -> None:
        """Let a horizontal piece meet the wire at a height, once."""
        side = self.left if from_left else self.right
        if y not in side:
            side.append(y)
        self.top = min(self.top, y)
        self.bottom = max(self.bottom, y)


def assign_tracks(wires: Sequence[Wire], left: float, right: float) -> list[float]:
    """The x of each wire between `left` and `right`, so that wires do not lie on each other and cross seldom."""
    if not wires:
        return []
    width = max(right - left, 1.0)
    count = min(len(wires), max(1, int(width / _PITCH) + 1)) if len(wires) > 1 else 1
    pitch = min(_PITCH, width / count)
    first = left + (width - pitch * (count - 1)) / 2
    on_track: list[list[Wire]] = [[] for _ in range(count)]
    chosen = [0] * len(wires)
    for number in sorted(range(len(wires)), key=lambda number: wires[number].top - wires[number].bottom):
        costs = _costs(wires[number], on_track, detailed=len(wires) <= _MANY)
        chosen[number] = min(range(count), key=costs.__getitem__)
        on_track[chosen[number]].append(wires[number])
    return [first + pitch * track for track in chosen]


def _costs(wire: Wire, on_track: Sequence[Sequence[Wire]], *, detailed: bool) -> list[float]:
    """How badly a wire would stand on each track, given the wires that have theirs."""
    top, bottom = wire.top - _NEAR, wire.bottom + _NEAR
    overlaps, as_left, as_right = (
        [],
        [],
        [],
    )  # per track: the price of sharing it, of standing left, of standing right
    for others in on_track:
        share = left = right = 0.0
        for other in others:
            if top < other.bottom and other.top < bottom:
                share += _OVERLAP
                if detailed:
                    left += _side_by_side(wire, other)
                    right += _side_by_side(other, wire)
        overlaps.append(share)
        as_left.append(left)
        as_right.append(right)
    before = list(accumulate(as_right, initial=0.0))
    after = sum(as_left)
    costs = []
    for track, share in enumerate(overlaps):
        after -= as_left[track]
        costs.append(share + before[track] + after)
    return costs


def _side_by_side(near: Wire, far: Wire) -> float:
    """The price of `near` standing left of `far`: what joins from the other side must cross."""
    price = 0.0
    for y in near.right:
        price += _CROSSING * (far.top < y < far.bottom)
        price += _COLLISION * sum(abs(y - other) < _NEAR for other in far.left)
    for y in far.left:
        price += _CROSSING * (near.top < y < near.bottom)
    return price
