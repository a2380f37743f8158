"""Arranging a diagram: ranks from a child process, places and routes from here. Positions a person made are kept."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from steward_app.kernel.progress import Context
from steward_app.services.schema.erd.model import Box, Diagram, Layout, Point, Rect
from steward_app.services.schema.erd.place import (
    CHANNEL,
    LABELLED,
    apart,
    components,
    pack,
    place_component,
    place_new,
)
from steward_app.services.schema.erd.route import route

_WORKER = Path(__file__).with_name("worker.py")


def arrange(diagram: Diagram, context: Context | None = None) -> Layout:
    """Places for all boxes and routes for all links, from nothing. The same diagram gives the same layout.

    Graphviz runs in a child process that dies when `context` is cancelled. Where it cannot run, ranks come from
    the longest path to a table that points nowhere.
    """
    (layout,) = arrange_all((diagram,), context)
    return layout


def arrange_all(diagrams: Sequence[Diagram], context: Context | None = None) -> tuple[Layout, ...]:
    """`arrange` for several small diagrams, with one child process for all of them."""
    parts = [components(diagram) for diagram in diagrams]
    ranks = iter(_ranks([part for of_diagram in parts for part in of_diagram], context))
    layouts = []
    for diagram, of_diagram in zip(diagrams, parts, strict=True):
        linked = {box.table for members, _ in of_diagram for box in members}
        alone = [box for box in diagram.boxes if box.table not in linked]
        placed = [
            place_component(members, links, next(ranks), _channel(diagram)) for members, links in of_diagram
        ]
        layouts.append(routed(diagram, pack(placed, alone, {box.table: box for box in diagram.boxes})))
    return tuple(layouts)


def keep(diagram: Diagram, positions: Mapping[str, Point], context: Context | None = None) -> Layout:
    """The boxes where they were; only those without a position are placed, beside their neighbours.

    Boxes that grew (they show more columns, or got some) and would lie on each other are pushed apart. With no
    position known this is `arrange`.
    """
    known = {box.table: positions[box.table] for box in diagram.boxes if box.table in positions}
    if not known:
        return arrange(diagram, context)
    boxes = {box.table: box for box in diagram.boxes}
    known = apart(boxes, known)
    for box in diagram.boxes:
        if box.table not in known:
            taken = [_rect(boxes[name], point) for name, point in known.items()]
            near = [
                _rect(boxes[other], known[other])
                for link in diagram.links
                if box.table in (link.child, link.parent)
                for other in (link.child, link.parent)
                if other in known
            ]
            known[box.table] = place_new(box, near, taken, _channel(diagram))
    return routed(diagram, known)


def routed(diagram: Diagram, positions: Mapping[str, Point]) -> Layout:
    """The layout with these positions and routes for every link, for after a box was moved."""
    boxes = {box.table: box for box in diagram.boxes}
    return Layout(dict(positions), route(boxes, positions, diagram.links))


def _channel(diagram: Diagram) -> float:
    return LABELLED if any(link.mark for link in diagram.links) else CHANNEL


def _rect(box: Box, point: Point) -> Rect:
    return Rect(point.x, point.y, box.width, box.height)


def _ranks(
    parts: list[tuple[list[Box], list[tuple[int, int]]]], context: Context | None
) -> list[list[tuple[float, float]]]:
    request = [
        {"boxes": [[box.width, box.height] for box in members], "links": [list(link) for link in links]}
        for members, links in parts
    ]
    if not request:
        return []
    answer = _ask_worker(json.dumps(request), context)
    if answer is None:
        return [_longest_paths(members, links) for members, links in parts]
    return [[(float(rank), float(y)) for rank, y in part] for part in json.loads(answer)]


def _ask_worker(request: str, context: Context | None) -> str | None:
    """The worker's answer, or None when Graphviz is missing or died of the graph."""
    context = context or Context()
    # -I keeps the child from importing anything that lies in the current folder
    command = [sys.executable, "-I", str(_WORKER)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        try:
            with context.on_cancel(child.kill):
                context.checkpoint()
                answer, _ = child.communicate(request)
        finally:
            child.kill()
    context.checkpoint()
    return answer if child.returncode == 0 else None


def _longest_paths(boxes: list[Box], links: list[tuple[int, int]]) -> list[tuple[float, float]]:
    """Ranks without Graphviz: how many links a table is away from one that points nowhere; cycles are cut."""
    parents: dict[int, list[int]] = {}
    for child, parent in links:
        if child != parent:
            parents.setdefault(child, []).append(parent)
    rank: dict[int, int] = {}
    for start in range(len(boxes)):
        stack = [(start, iter(parents.get(start, [])))]
        open_now = {start}
        while stack:
            number, rest = stack[-1]
            following = next((p for p in rest if p not in rank and p not in open_now), None)
            if following is None:
                stack.pop()
                open_now.discard(number)
                rank[number] = 1 + max((rank[p] for p in parents.get(number, []) if p in rank), default=-1)
            else:
                open_now.add(following)
                stack.append((following, iter(parents.get(following, []))))
    below: dict[int, float] = {}
    placed = []
    for number, box in enumerate(boxes):
        top = below.get(rank[number], 0.0)
        below[rank[number]] = top + box.height + 28
        placed.append((float(rank[number]), top + box.height / 2))
    return placed
