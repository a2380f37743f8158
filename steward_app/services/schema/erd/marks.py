"""The signs at the ends of a link, as plain strokes: crow's foot, bar and circle. Drawn alike in every format."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from steward_app.services.schema.erd.model import Cardinality, Link, Point

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


def parent_ends(links: Iterable[Link]) -> dict[str, Cardinality]:
    """The sign at the parent's end of each link, by id, as it is drawn.

    Links to the same column share their last piece, and signs that differ would lie on each other: where one of them
    may point to none, "none or one" holds for all that arrive there.
    """
    arriving: dict[tuple[str, tuple[str, ...]], list[Link]] = {}
    for link in links:
        arriving.setdefault((link.parent, link.parent_columns[:1]), []).append(link)
    drawn: dict[str, Cardinality] = {}
    for together in arriving.values():
        ends = {link.parent_end for link in together}
        end = ends.pop() if len(ends) == 1 else Cardinality.NONE_OR_ONE
        drawn |= {link.id: end for link in together}
    return drawn


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
