"""The signs at the ends of a link, as plain strokes: crow's foot, bar and circle. Drawn alike in every format."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from steward_app.services.schema.erd.model import Cardinality, Point

REACH = 16.0
"""How far from the box the signs reach, in pixels."""
_SPREAD = 5.5
_BAR = 4.5
_CIRCLE = 3.5


@dataclass(frozen=True, slots=True)
class Stroke:
    start: Point
    end: Point


@dataclass(frozen=True, slots=True)
class Ring:
    centre: Point
    radius: float


def end_marks(
    at: Point, towards: Point, cardinality: Cardinality
) -> tuple[tuple[Stroke, ...], tuple[Ring, ...]]:
    """The strokes and rings at one end of a link.

    Args:
        at: where the link meets the box.
        towards: the link's next corner, at the same height.
    """
    way = 1.0 if towards.x >= at.x else -1.0

    def bar(distance: float) -> Stroke:
        x = at.x + way * distance
        return Stroke(Point(x, at.y - _BAR), Point(x, at.y + _BAR))

    if cardinality is Cardinality.MANY:
        tip = Point(at.x + way * 11, at.y)
        return tuple(Stroke(tip, Point(at.x, at.y + side)) for side in (-_SPREAD, _SPREAD)), ()
    if cardinality is Cardinality.EXACTLY_ONE:
        return (bar(6), bar(9.5)), ()
    return (bar(5),), (Ring(Point(at.x + way * (8 + _CIRCLE), at.y), _CIRCLE),)


def label_place(route: Sequence[Point]) -> Point:
    """Where a link's label stands: the middle of its longest upright piece, else of its longest piece."""
    pieces = list(itertools.pairwise(route))
    if not pieces:
        return route[0]
    upright = [piece for piece in pieces if piece[0].x == piece[1].x and piece[0].y != piece[1].y]
    start, end = max(
        upright or pieces, key=lambda piece: abs(piece[0].x - piece[1].x) + abs(piece[0].y - piece[1].y)
    )
    return Point((start.x + end.x) / 2, (start.y + end.y) / 2)
