"""How links run: orthogonal, from column row to column row, around the boxes.

Boxes stand in vertical strips. Between strips lie channels, where links run up and down on tracks of their own;
through a strip they pass in the gaps between its boxes. Links to the same column of the same table share their
tracks, so that a hub has one trunk and not twenty fan lines. This is channel routing as in circuit layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from steward_app.services.schema.erd.model import Box, Link, Point, Rect
from steward_app.services.schema.erd.tracks import Wire, assign_tracks

MARGIN = 10.0
"""Least distance between a link and a box that it passes."""
_STUB = 18.0  # room for a crow's foot before the first corner
_LANE = 7.0

Bundle = tuple[str, float]
"""Links to the same row of the same parent: its name and the height of the row."""


@dataclass(slots=True)
class _Strip:
    left: float
    right: float
    boxes: list[Rect]
    lanes: dict[int, dict[Bundle, float]] = field(default_factory=dict)  # gap -> bundle -> wanted height

    def gaps(self) -> list[tuple[float, float]]:
        """The free heights from top to bottom; the first and the last are open to one side."""
        edges = [float("-inf")]
        for rect in sorted(self.boxes, key=lambda rect: rect.y):
            if rect.y - MARGIN > edges[-1]:
                edges += [rect.y - MARGIN, rect.bottom + MARGIN]
            else:
                edges[-1] = max(edges[-1], rect.bottom + MARGIN)
        edges.append(float("inf"))
        return list(zip(edges[::2], edges[1::2], strict=True))


@dataclass(slots=True)
class _Run:
    """One link on its way: where it starts and ends, and the gaps it takes through the strips between."""

    link: Link
    start: Point
    end: Point
    first: int  # channel it leaves the child into
    last: int  # channel it reaches the parent from
    bundle: Bundle
    leftward: bool  # from the child's left side to the parent's right side
    aside: bool  # within one strip: leaves and arrives at the right side
    gaps: list[tuple[int, int]] = field(default_factory=list)  # (strip, gap) in order


def route(
    boxes: Mapping[str, Box], positions: Mapping[str, Point], links: Sequence[Link]
) -> dict[str, tuple[Point, ...]]:
    """The corners of every link between boxes that have a place, from the child's row to the parent's row."""
    routes: dict[str, tuple[Point, ...]] = {}
    for part in _connected(links, positions):
        names = {name for link in part for name in (link.child, link.parent)}
        rects = {
            name: Rect(positions[name].x, positions[name].y, boxes[name].width, boxes[name].height)
            for name in names
        }
        routes |= _route_component(boxes, rects, part)
    return routes


def _route_component(
    boxes: Mapping[str, Box], rects: Mapping[str, Rect], links: Sequence[Link]
) -> dict[str, tuple[Point, ...]]:
    strips = _strips(rects)
    strip_of = {name: _strip_of(rect, strips) for name, rect in rects.items()}
    runs = [_run(link, boxes, rects, strip_of) for link in links]
    gaps = [strip.gaps() for strip in strips]
    for run in runs:
        _choose_gaps(run, strips, gaps)
    for strip, free in zip(strips, gaps, strict=True):
        _settle_lanes(strip, free)
    heights = {run.link.id: _heights(run, strips) for run in runs}
    xs = _tracks(runs, heights, strips)
    return {run.link.id: _corners(run, heights[run.link.id], xs) for run in runs}


def _strips(rects: Mapping[str, Rect]) -> list[_Strip]:
    """The columns of boxes, from left to right.

    A box across two columns, where somebody dragged it, does not make one of them: links pass above and below it in
    both, and may run behind it only between them.
    """
    strips: list[_Strip] = []
    for rect in sorted(
        rects.values(), key=lambda rect: (rect.right, rect.x)
    ):  # as many columns as can stand apart
        if not strips or rect.x >= strips[-1].right:
            strips.append(_Strip(rect.x, rect.right, []))
    for rect in sorted(rects.values(), key=lambda rect: rect.x):
        met = [strip for strip in strips if rect.x < strip.right and rect.right > strip.left]
        for strip in met:
            strip.boxes.append(rect)
        if len(met) == 1:
            _widen(strips, strips.index(met[0]), rect)
    return strips


def _widen(strips: Sequence[_Strip], number: int, rect: Rect) -> None:
    """Let a column be as wide as a box in it, where that leaves room before the next."""
    strip, room = strips[number], 2 * _STUB
    if number == 0 or rect.x >= strips[number - 1].right + room:
        strip.left = min(strip.left, rect.x)
    if number + 1 == len(strips) or rect.right + room <= strips[number + 1].left:
        strip.right = max(strip.right, rect.right)


def _strip_of(rect: Rect, strips: Sequence[_Strip]) -> int:
    """The column of a box: the one it covers most of."""
    return max(
        range(len(strips)),
        key=lambda number: min(rect.right, strips[number].right) - max(rect.x, strips[number].left),
    )


def _run(
    link: Link, boxes: Mapping[str, Box], rects: Mapping[str, Rect], strip_of: Mapping[str, int]
) -> _Run:
    child, parent = rects[link.child], rects[link.parent]
    child_strip, parent_strip = strip_of[link.child], strip_of[link.parent]
    start_y = child.y + (boxes[link.child].port(link.child_columns[0]) if link.child_columns else 14)
    end_y = parent.y + (boxes[link.parent].port(link.parent_columns[0]) if link.parent_columns else 14)
    leftward = child_strip > parent_strip
    aside = child_strip == parent_strip
    start_x = child.x if leftward else child.right
    end_x = parent.right if leftward or aside else parent.x
    return _Run(
        link,
        Point(start_x, start_y),
        Point(end_x, end_y),
        first=child_strip if leftward else child_strip + 1,
        last=parent_strip + 1 if leftward or aside else parent_strip,
        bundle=(link.parent, end_y),
        leftward=leftward,
        aside=aside,
    )


def _choose_gaps(run: _Run, strips: Sequence[_Strip], gaps: Sequence[Sequence[tuple[float, float]]]) -> None:
    """Take, in each strip between child and parent, the gap nearest to the straight line that is not yet full."""
    crossed = range(run.first - 1, run.last - 1, -1) if run.leftward else range(run.first, run.last)
    y = run.start.y
    for done, strip in enumerate(crossed, start=1):
        wanted = y + (run.end.y - y) * done / (len(crossed) + 1)
        lanes = strips[strip].lanes
        free = gaps[strip]

        def cost(
            gap: int, free: Sequence[tuple[float, float]] = free, strip: int = strip, at: float = wanted
        ) -> float:
            low, high = free[gap]
            taken = strips[strip].lanes.get(gap, {})
            full = run.bundle not in taken and (len(taken) + 1) * _LANE > high - low
            return abs(min(max(at, low), high) - at) + (400.0 if full else 0.0)

        best = min(range(len(free)), key=cost)
        low, high = free[best]
        y = min(max(wanted, low), high)
        lanes.setdefault(best, {}).setdefault(run.bundle, y)
        run.gaps.append((strip, best))


def _settle_lanes(strip: _Strip, gaps: Sequence[tuple[float, float]]) -> None:
    """Give each bundle in a gap a height of its own, in the order of the heights they wish for."""
    for gap, lanes in strip.lanes.items():
        low, high = gaps[gap]
        order = sorted(lanes, key=lambda bundle: (lanes[bundle], bundle))
        if low == float("-inf"):
            low = high - _LANE * (len(order) - 1) - max(0.0, high - max(lanes.values()))
        room = high - low if high != float("inf") else float("inf")
        pitch = min(_LANE, room / max(len(order) - 1, 1))
        size = pitch * (len(order) - 1)
        middle = sum(lanes.values()) / len(lanes) - size / 2
        first = max(low, min(middle, high - size))
        for number, bundle in enumerate(order):
            lanes[bundle] = first + pitch * number


def _heights(run: _Run, strips: Sequence[_Strip]) -> list[float]:
    """Heights of the link's horizontal pieces, from child to parent."""
    return [run.start.y, *(strips[strip].lanes[gap][run.bundle] for strip, gap in run.gaps), run.end.y]


def _channels(run: _Run) -> range:
    return range(run.first, run.last - 1, -1) if run.leftward else range(run.first, run.last + 1)


def _tracks(
    runs: Sequence[_Run], heights: Mapping[str, Sequence[float]], strips: Sequence[_Strip]
) -> dict[tuple[int, Bundle], float]:
    """The place of every bundle's vertical piece in every channel it runs through."""
    wires: dict[int, dict[Bundle, Wire]] = {}
    for run in runs:
        ys = heights[run.link.id]
        for number, channel in enumerate(_channels(run)):
            wire = wires.setdefault(channel, {}).setdefault(run.bundle, Wire())
            into, out = ys[number], ys[number + 1]
            wire.join(into, from_left=run.aside or not run.leftward)
            wire.join(out, from_left=run.aside or run.leftward)
    xs: dict[tuple[int, Bundle], float] = {}
    for channel, bundles in wires.items():
        left = strips[channel - 1].right if channel > 0 else strips[0].left - 2 * _STUB - _LANE * len(bundles)
        right = (
            strips[channel].left
            if channel < len(strips)
            else strips[-1].right + 2 * _STUB + _LANE * len(bundles)
        )
        keys = sorted(bundles)
        places = assign_tracks([bundles[key] for key in keys], left + _STUB, right - _STUB)
        xs |= {(channel, key): place for key, place in zip(keys, places, strict=True)}
    return xs


def _corners(run: _Run, ys: Sequence[float], xs: Mapping[tuple[int, Bundle], float]) -> tuple[Point, ...]:
    points = [run.start]
    for number, channel in enumerate(_channels(run)):
        x = xs[channel, run.bundle]
        points += [Point(x, ys[number]), Point(x, ys[number + 1])]
    points.append(run.end)
    return tuple(_simplified(points))


def _simplified(points: Sequence[Point]) -> list[Point]:
    """Without doubled corners and corners on a straight line."""
    kept: list[Point] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and (kept[-2].x == kept[-1].x == point.x or kept[-2].y == kept[-1].y == point.y):
            kept[-1] = point
        else:
            kept.append(point)
    return kept


def _connected(links: Sequence[Link], positions: Mapping[str, Point]) -> list[list[Link]]:
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    placed = [link for link in links if link.child in positions and link.parent in positions]
    for link in placed:
        parent[root(link.child)] = root(link.parent)
    parts: dict[str, list[Link]] = {}
    for link in placed:
        parts.setdefault(root(link.child), []).append(link)
    return list(parts.values())
