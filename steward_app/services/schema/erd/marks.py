"""The signs at the ends of a link, as plain strokes: crow's foot, bar and circle. Drawn alike in every format."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from steward_app.services.schema.erd.model import Cardinality, Link, Point, Rect

REACH = 16.0
"""How far from the box the signs reach, in pixels."""
_SPREAD = 5.5
_BAR = 4.5
_CIRCLE = 3.5
_LETTER, _AROUND, _LABEL_HEIGHT = 6.2, 26.0, 20.0  # of a label: its letters, what stands around them
_CELL = 64.0


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


def label_places(route: Sequence[Point]) -> tuple[Point, ...]:
    """Places for a link's label, the best first: in the middle of a piece, longer ones first, then beside it."""
    pieces = sorted(
        itertools.pairwise(route),
        key=lambda piece: -abs(piece[0].x - piece[1].x) - abs(piece[0].y - piece[1].y),
    )
    between = [
        Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)
        for share in (0.5, 0.3, 0.7)
        for start, end in pieces
    ]
    return tuple(dict.fromkeys((label_place(route), *between)))


def free_labels(words: Mapping[str, str], routes: Mapping[str, Sequence[Point]]) -> dict[str, Point]:
    """Where labels stand, by the id of their link: on it and, where there is room, not on another label."""
    taken: dict[tuple[int, int], list[Rect]] = {}
    places: dict[str, Point] = {}
    for key, text in words.items():
        route = routes.get(key, ())
        if not text or len(route) < 2:
            continue
        width = len(text) * _LETTER + _AROUND
        free = label_places(route)
        rects = [Rect(at.x - width / 2, at.y - _LABEL_HEIGHT / 2, width, _LABEL_HEIGHT) for at in free]
        chosen = next((number for number, rect in enumerate(rects) if not _hits(rect, taken)), 0)
        places[key] = free[chosen]
        for cell in _cells(rects[chosen]):
            taken.setdefault(cell, []).append(rects[chosen])
    return places


def _hits(rect: Rect, taken: Mapping[tuple[int, int], list[Rect]]) -> bool:
    return any(rect.overlaps(other) for cell in _cells(rect) for other in taken.get(cell, ()))


def _cells(rect: Rect) -> list[tuple[int, int]]:
    """The squares of a grid that it touches, so that only neighbours are compared."""
    across = range(int(rect.x // _CELL), int(rect.right // _CELL) + 1)
    down = range(int(rect.y // _CELL), int(rect.bottom // _CELL) + 1)
    return list(itertools.product(across, down))
