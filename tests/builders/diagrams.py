"""Diagrams for tests: generated ones, and one with every hostile name."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

from steward_app.services.schema.erd.model import Box, BoxRow, Diagram, Layout, Link, Rect

HOSTILE = [
    'a"b',
    "<img src=x onerror=alert(1)>",
    "line\nbreak",
    "\u202eright to left",
    "=cmd|' /C calc'!A0",
    "]];x",
    "%% comment",
    "{}",
    "\\",
    "`tick`",
    "!include /etc/passwd",
    "--",
    "'quote",
    "&amp;",
    "größe",
    "表",
]


@st.composite
def diagrams(draw: st.DrawFn, largest: int = 24) -> Diagram:
    """Tables with columns and any links between them: hubs, chains, cycles, links to itself, islands."""
    count = draw(st.integers(1, largest))
    columns = [draw(st.integers(1, 12)) for _ in range(count)]
    boxes = tuple(
        Box(
            f"t{n}",
            tuple(BoxRow(f"c{c}", "text") for c in range(columns[n])),
            float(draw(st.integers(160, 320))),
        )
        for n in range(count)
    )
    links = []
    for number in range(draw(st.integers(0, count * 2))):
        child, parent = draw(st.integers(0, count - 1)), draw(st.integers(0, count - 1))
        child_column, parent_column = (
            draw(st.integers(0, columns[child] - 1)),
            draw(st.integers(0, columns[parent] - 1)),
        )
        links.append(Link(f"t{child}", (f"c{child_column}",), f"t{parent}", (f"c{parent_column}",), number))
    return Diagram(boxes, tuple(links))


def hostile_diagram() -> Diagram:
    boxes = tuple(
        Box(name, (BoxRow("id", "integer", "key"), BoxRow(name, name, "link", nullable=True)), 200.0)
        for name in HOSTILE
    )
    links = tuple(Link(name, (name,), HOSTILE[0], ("id",), number) for number, name in enumerate(HOSTILE))
    return Diagram(boxes, links)


def overlapping(diagram: Diagram, layout: Layout) -> list[tuple[str, str]]:
    """Pairs of boxes that overlap."""
    rects = [(box.table, layout.rect(box)) for box in diagram.boxes]
    return [
        (a, b) for i, (a, first) in enumerate(rects) for b, second in rects[i + 1 :] if first.overlaps(second)
    ]


def pierced(diagram: Diagram, layout: Layout) -> list[tuple[str, str]]:
    """(link, table) where a link runs through a box."""
    rects = [(box.table, layout.rect(box)) for box in diagram.boxes]
    found = []
    for link in diagram.links:
        route = layout.routes[link.id]
        for start, end in itertools.pairwise(route):
            piece = Rect(
                min(start.x, end.x) + 0.01, min(start.y, end.y) + 0.01,
                max(abs(end.x - start.x) - 0.02, 0.001), max(abs(end.y - start.y) - 0.02, 0.001),
            )  # fmt: skip
            found += [(link.id, table) for table, rect in rects if piece.overlaps(rect)]
    return found
