"""Where boxes stand: columns of boxes from Graphviz's ranks, packed so that the picture is as wide as a screen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from steward_app.services.schema.erd.model import Box, Diagram, Point, Rect

BOX_GAP = 36.0
"""Between two boxes of a column: room for five links to pass."""
CHANNEL = 48.0
"""Least width between two columns of boxes."""
LABELLED = 88.0
"""The same where words stand on the links between them."""
_LANE = 7.0  # further room between columns for each bundle of links that runs there
_COMPONENT_GAP = 56.0
_ASPECT = 1.6  # width to height of the picture aimed at
_LEAST_HEIGHT = 640.0
_CELL = 256.0
_STEP = 24.0


def components(diagram: Diagram) -> list[tuple[list[Box], list[tuple[int, int]]]]:
    """The parts of a diagram that no link connects: their boxes, and links as (child, parent) places in the list.

    The largest comes first; tables without any link are not among them.
    """
    parent = {box.table: box.table for box in diagram.boxes}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    links = [link for link in diagram.links if link.child in parent and link.parent in parent]
    for link in links:
        parent[root(link.child)] = root(link.parent)
    linked = {name for link in links for name in (link.child, link.parent)}
    parts: dict[str, list[Box]] = {}
    for box in diagram.boxes:
        if box.table in linked:
            parts.setdefault(root(box.table), []).append(box)
    found = []
    for boxes in sorted(parts.values(), key=len, reverse=True):
        place = {box.table: number for number, box in enumerate(boxes)}
        pairs = {(place[link.child], place[link.parent]) for link in links if link.child in place}
        found.append((boxes, sorted(pairs)))
    return found


def place_component(
    boxes: Sequence[Box],
    links: Sequence[tuple[int, int]],
    ranks: Sequence[Sequence[float]],
    channel: float = CHANNEL,
) -> dict[str, Point]:
    """Corners of the boxes of one component, from (0, 0), given Graphviz's (rank, y) for each box.

    Args:
        channel: least width between two columns.
    """
    strips = _strips(boxes, ranks)
    strip_of = {number: place for place, strip in enumerate(strips) for number in strip}
    tallest = max(_stack_height(boxes, strip) for strip in strips)
    low = min(y for _, y in ranks)
    span = max(max(y for _, y in ranks) - low, 1.0)
    scale = min(1.0, tallest / span)
    positions: dict[str, Point] = {}
    x = 0.0
    for place, strip in enumerate(strips):
        wanted = [(ranks[number][1] - low) * scale - boxes[number].height / 2 for number in strip]
        heights = [boxes[number].height for number in strip]
        for number, y in zip(strip, spread(wanted, heights), strict=True):
            positions[boxes[number].table] = Point(x, y)
        bundles = {parent for child, parent in links if _passes(strip_of[child], strip_of[parent], place)}
        x += max(boxes[number].width for number in strip) + channel + _LANE * min(len(bundles), 24)
    top = min(point.y for point in positions.values())
    return {name: Point(point.x, round(point.y - top)) for name, point in positions.items()}


def spread(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Tops of boxes in one column, in order, as near to the wanted ones as they can stand without touching.

    Pools neighbours that would overlap into blocks that move as one (isotonic regression), so no box drifts far.
    """
    blocks: list[tuple[float, float, int]] = []  # sum of wanted offsets, height with gaps, members
    for top, height in zip(wanted, heights, strict=True):
        total, size, members = top, height + BOX_GAP, 1
        while blocks and blocks[-1][0] / blocks[-1][2] + blocks[-1][1] > total / members:
            before, before_size, before_members = blocks.pop()
            total = before + total - members * before_size
            size += before_size
            members += before_members
        blocks.append((total, size, members))
    tops: list[float] = []
    for total, _, members in blocks:
        y = total / members
        for height in heights[len(tops) : len(tops) + members]:
            tops.append(y)
            y += height + BOX_GAP
    return tops


def pack(
    parts: Sequence[Mapping[str, Point]], alone: Sequence[Box], boxes: Mapping[str, Box]
) -> dict[str, Point]:
    """Components on shelves, tallest first, and the tables without links in a grid below them."""
    sizes = [_extent(part, boxes) for part in parts]
    area = sum((w + _COMPONENT_GAP) * (h + _COMPONENT_GAP) for w, h in sizes)
    area += sum((box.width + CHANNEL) * (box.height + BOX_GAP) for box in alone)
    width = max([math.sqrt(area * _ASPECT), *(w for w, _ in sizes)], default=0.0)
    positions: dict[str, Point] = {}
    x = y = shelf = 0.0
    for part, (w, h) in sorted(zip(parts, sizes, strict=True), key=lambda entry: -entry[1][1]):
        if x > 0 and x + w > width:
            x, y, shelf = 0.0, y + shelf + _COMPONENT_GAP, 0.0
        positions |= {name: Point(point.x + x, point.y + y) for name, point in part.items()}
        x, shelf = x + w + _COMPONENT_GAP, max(shelf, h)
    y += shelf + _COMPONENT_GAP if positions else 0.0
    x = shelf = 0.0
    for box in sorted(alone, key=lambda box: (-box.height, box.table)):
        if x > 0 and x + box.width > width:
            x, y, shelf = 0.0, y + shelf + BOX_GAP, 0.0
        positions[box.table] = Point(x, y)
        x, shelf = x + box.width + CHANNEL, max(shelf, box.height)
    return positions


def apart(boxes: Mapping[str, Box], positions: Mapping[str, Point]) -> dict[str, Point]:
    """The positions, where boxes that grew since would lie on each other those further down pushed below.

    They keep their order and their distance from the left; a box that touches no other stays.
    """
    placed: dict[str, Point] = {}
    taken: dict[tuple[int, int], list[Rect]] = {}
    for name in sorted(positions, key=lambda name: (positions[name].y, positions[name].x, name)):
        if (box := boxes.get(name)) is None:
            continue
        rect = Rect(positions[name].x, positions[name].y, box.width, box.height)
        while hits := [
            other for cell in _cells(rect) for other in taken.get(cell, ()) if rect.overlaps(other)
        ]:
            rect = Rect(rect.x, max(other.bottom for other in hits) + BOX_GAP, rect.width, rect.height)
        placed[name] = Point(rect.x, rect.y)
        for cell in _cells(rect):
            taken.setdefault(cell, []).append(rect)
    return placed


def _cells(rect: Rect) -> list[tuple[int, int]]:
    """The squares of a grid that it touches, so that only neighbours are compared."""
    across = range(int(rect.x // _CELL), int(rect.right // _CELL) + 1)
    down = range(int(rect.y // _CELL), int(rect.bottom // _CELL) + 1)
    return [(x, y) for x in across for y in down]


def place_new(box: Box, near: Sequence[Rect], taken: Sequence[Rect], channel: float = CHANNEL) -> Point:
    """A free place for one box as near as possible to its neighbours (or below everything), touching nothing.

    Args:
        channel: width between it and them, where there is room.
    """
    if not taken:
        return Point(0.0, 0.0)
    if near:
        x = sum(rect.right for rect in near) / len(near) + channel
        y = sum(rect.y for rect in near) / len(near)
    else:
        x, y = min(rect.x for rect in taken), max(rect.bottom for rect in taken) + BOX_GAP
    return free_near(Rect(x, y, box.width, box.height), taken)


def free_near(wanted: Rect, taken: Sequence[Rect]) -> Point:
    """Where a box can stand that touches nothing, as near as possible to where it is wanted (or below everything)."""
    for ring in range(400):
        for dx, dy in _ring(ring):
            x, y = round(wanted.x + dx * _STEP), round(wanted.y + dy * _STEP)
            here = Rect(x, y, wanted.width, wanted.height)
            if not any(here.grown(BOX_GAP / 2).overlaps(rect) for rect in taken):
                return Point(here.x, here.y)
    return Point(min(rect.x for rect in taken), max(rect.bottom for rect in taken) + BOX_GAP)


def _ring(ring: int) -> list[tuple[int, int]]:
    if ring == 0:
        return [(0, 0)]
    edge = range(-ring, ring + 1)
    cells = {(dx, dy) for dx in edge for dy in (-ring, ring)} | {
        (dx, dy) for dx in (-ring, ring) for dy in edge
    }
    return sorted(cells, key=lambda cell: (abs(cell[0]) + abs(cell[1]), -cell[0], cell[1]))


def _strips(boxes: Sequence[Box], ranks: Sequence[Sequence[float]]) -> list[list[int]]:
    """Boxes by rank, each rank from top to bottom; a rank too tall for the picture becomes several columns."""
    by_rank: dict[float, list[int]] = {}
    for number, (rank, _) in enumerate(ranks):
        by_rank.setdefault(rank, []).append(number)
    area = sum((box.width + 2 * CHANNEL) * (box.height + BOX_GAP) for box in boxes)
    limit = max(_LEAST_HEIGHT, math.sqrt(area / _ASPECT) * 1.15)
    strips = []
    for rank in sorted(by_rank):
        members = sorted(by_rank[rank], key=lambda number: ranks[number][1])
        parts = math.ceil(_stack_height(boxes, members) / limit)
        strips += [members[part::parts] for part in range(parts)]
    return strips


def _stack_height(boxes: Sequence[Box], numbers: Sequence[int]) -> float:
    return sum(boxes[number].height + BOX_GAP for number in numbers)


def _passes(child: int, parent: int, strip: int) -> bool:
    """Whether a link between two columns runs through the channel at the right of a column."""
    return min(child, parent) <= strip < max(child, parent) or child == parent == strip


def _extent(part: Mapping[str, Point], boxes: Mapping[str, Box]) -> tuple[float, float]:
    return (
        max(point.x + boxes[name].width for name, point in part.items()),
        max(point.y + boxes[name].height for name, point in part.items()),
    )
