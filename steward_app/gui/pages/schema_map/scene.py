"""The scene of the map: which tables and links there are, where they stand, which one is chosen."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, QTimer, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from steward_app.gui.look import colour
from steward_app.gui.pages.schema_map.changes import tone_of
from steward_app.gui.pages.schema_map.items import BoxItem, Emphasis
from steward_app.gui.pages.schema_map.links import LinkItem, labels_of, link_tone
from steward_app.services.privacy.classify.overlay import TableMark
from steward_app.services.schema.erd.layout import routed
from steward_app.services.schema.erd.marks import parent_ends
from steward_app.services.schema.erd.model import Box, Cardinality, Diagram, Layout, Link, Point, Rect
from steward_app.services.schema.erd.place import free_near
from steward_app.services.schema.erd.route import route

_BATCH_SECONDS = 0.008  # how long items are added before the event loop has its turn
_MARGIN = 64.0
_BESIDE = 1e6


class MapScene(QGraphicsScene):
    """Holds the items of one diagram.

    Signals:
        chosen: a table was chosen, or "" for none.
        link_chosen: id of a link that was chosen.
        opened: a table was asked for with a double click or Enter.
        moved: a table was dragged; the positions before.
        filled: every item stands.
        emphasised: other items stand out.
    """

    chosen = Signal(str)
    link_chosen = Signal(str)
    opened = Signal(str)
    moved = Signal(dict)
    filled = Signal()
    emphasised = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.diagram = Diagram((), ())
        self.boxes: dict[str, BoxItem] = {}
        self.links: dict[str, LinkItem] = {}
        self.choice = ""
        self._link = ""  # the one that is chosen instead of a table
        self.marks: Mapping[str, TableMark] = {}
        self._kept: frozenset[str] | None = None
        self._waiting: list[Box | Link] = []
        self._places: dict[str, Point] = {}
        self._routes: dict[str, tuple[Point, ...]] = {}
        self._labels: dict[str, Point] = {}
        self._parent_ends: dict[str, Cardinality] = {}
        self._found: frozenset[str] = frozenset()
        self._far = False
        self._from_afar: tuple[dict[str, list[QRectF]], dict[str, list[QLineF]]] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._add_some)

    def show_diagram(self, diagram: Diagram, layout: Layout) -> None:
        """Replace what is drawn. Items come in small batches, so that the window never stands still."""
        self._timer.stop()
        self.clear()
        self.diagram = diagram
        self._link = ""
        self.boxes, self.links = {}, {}
        self._places, self._routes = dict(layout.positions), dict(layout.routes)
        self._labels = labels_of(diagram.links, layout.routes)
        self._parent_ends = parent_ends(diagram.links)
        self._waiting = [*reversed(diagram.links), *reversed(diagram.boxes)]
        if self.choice not in self._places:
            self.choice = ""
        self._fit()
        self._add_some()
        if self._waiting:
            self._timer.start()

    def show_marks(self, marks: Mapping[str, TableMark]) -> None:
        """Mark personal data, by the names of tables; {} takes the marks away."""
        if marks != self.marks:
            self.marks = marks
            for box in self.boxes.values():
                box.update()

    @property
    def settled(self) -> bool:
        """True when every item stands."""
        return not self._waiting

    def positions(self) -> dict[str, Point]:
        """Where every table stands now."""
        return self._places | {name: Point(item.x(), item.y()) for name, item in self.boxes.items()}

    def layout(self) -> Layout:
        """Positions and routes as they are drawn."""
        return Layout(self.positions(), dict(self._routes))

    def show_layout(self, layout: Layout) -> None:
        """The same diagram, at other places."""
        for name, item in self.boxes.items():
            if (point := layout.positions.get(name)) is not None:
                item.setPos(point.x, point.y)
        self._routes, self._labels = dict(layout.routes), labels_of(self.diagram.links, layout.routes)
        for key, line in self.links.items():
            line.show_route(layout.routes.get(key, ()), self._labels.get(key))
        self._fit()

    def stand_back(self, far: bool) -> None:
        """From afar, where no name can be read, the ground paints all boxes and lines at once, and items nothing."""
        if far != self._far:
            self._far = far
            for item in self.items():
                item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, far)

    def paint_from_afar(self, painter: QPainter) -> None:
        """All tables and links in a few strokes: a thousand of them in a few milliseconds."""
        if not self._far:
            return
        if self._from_afar is None:
            self._from_afar = self._gathered()
        rects, lines = self._from_afar
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for tone, pieces in lines.items():
            pen = QPen(colour(tone), 0)
            painter.setPen(pen)
            painter.drawLines(pieces)
        painter.setPen(QPen(colour("control"), 0))
        for tone, boxes in rects.items():
            painter.setBrush(colour(tone))
            painter.drawRects(boxes)
        painter.restore()

    def _gathered(self) -> tuple[dict[str, list[QRectF]], dict[str, list[QLineF]]]:
        rects: dict[str, list[QRectF]] = {}
        lines: dict[str, list[QLineF]] = {}
        near = self._near()
        for box in self.diagram.boxes:
            place = self._places[box.table]
            tone = "accent" if box.table == self.choice or self._matched(box.table) else "pressed"
            if self._of_box(box.table, near) is Emphasis.DIMMED:
                tone = "base"
            tone = tone_of(box.mark, tone)
            rects.setdefault(tone, []).append(QRectF(place.x, place.y, box.width, box.height))
        for link in self.diagram.links:
            pieces = [QLineF(a.x, a.y, b.x, b.y) for a, b in pairwise(self._routes.get(link.id, ()))]
            lines.setdefault(link_tone(link, self._of_link(link)), []).extend(pieces)
        return rects, lines

    def choose(self, table: str) -> None:
        """Choose a table; its links and neighbours stand out, the rest steps back. "" chooses none."""
        if table and table not in self.boxes:
            return
        changed = table != self.choice or bool(self._link)
        self.choice, self._link = table, ""
        self._emphasise()
        if changed:
            self.chosen.emit(table)

    def choose_link(self, key: str) -> None:
        """Choose a link; its two tables stand out."""
        self._from_afar = None
        self.choice, self._link = "", key
        link = self.links[key].link
        ends = {link.child, link.parent}
        for name, item in self.boxes.items():
            item.show_emphasis(Emphasis.NEAR if name in ends else Emphasis.DIMMED)
        for other, line in self.links.items():
            line.show_emphasis(Emphasis.CHOSEN if other == key else Emphasis.DIMMED)
        self.emphasised.emit()
        self.link_chosen.emit(key)

    def keep_bright(self, tables: Iterable[str] | None) -> None:
        """Dim all but these tables; None for no such group."""
        self._kept = None if tables is None else frozenset(tables)
        self._emphasise()

    def matches(self, wanted: str) -> list[str]:
        """Tables that a few letters, folded, are in the name of, the best first, then those with such a column."""
        if not wanted:
            return []
        by_name = [box.table for box in self.diagram.boxes if wanted in box.table.casefold()]
        by_name.sort(key=lambda name: (not name.casefold().startswith(wanted), name.casefold()))
        by_column = [
            box.table
            for box in self.diagram.boxes
            if box.table not in by_name
            and any(row.column and wanted in row.name.casefold() for row in box.rows)
        ]
        return by_name + by_column

    def mark_matches(self, tables: Iterable[str]) -> None:
        """Put a frame round the tables a search found."""
        self._found = found = frozenset(tables)
        self._from_afar = None
        for name, item in self.boxes.items():
            if item.matched != (name in found):
                item.matched = name in found
                item.update()

    def links_of(self, table: str) -> list[Link]:
        """The links from or to a table."""
        return [link for link in self.diagram.links if table in (link.child, link.parent)]

    def nearest(self, dx: int, dy: int) -> str:
        """The table nearest to the chosen one in a direction; the top left one when none is chosen.

        What lies more beside than ahead is taken only where nothing else is.
        """
        if not self.boxes:
            return ""
        if not self.choice:
            return min(self.boxes, key=lambda name: self.boxes[name].x() + self.boxes[name].y())
        here = self.boxes[self.choice].sceneBoundingRect().center()

        def cost(name: str) -> float:
            away = self.boxes[name].sceneBoundingRect().center() - here
            along, aside = (away.x() * dx, away.y()) if dx else (away.y() * dy, away.x())
            if along <= 1:
                return float("inf")
            return along + 2 * abs(aside) + (_BESIDE if abs(aside) > along else 0.0)

        best = min(self.boxes, key=cost)
        return best if cost(best) < float("inf") else self.choice

    def open_table(self, table: str) -> None:
        """A table was asked for."""
        self.opened.emit(table)

    def dragged(self, item: BoxItem) -> None:
        """A table is on its way: its own links follow at once, the others wait until it is dropped."""
        links = self.links_of(item.box.table)
        ends = {name for link in links for name in (link.child, link.parent)}
        boxes = {name: self.boxes[name].box for name in ends}
        places = {name: Point(self.boxes[name].x(), self.boxes[name].y()) for name in ends}
        self._places[item.box.table] = places.get(item.box.table, Point(item.x(), item.y()))
        for key, corners in route(boxes, places, links).items():
            self._routes[key] = corners
            self.links[key].show_route(corners)

    def dropped(self, item: BoxItem, before: QPointF) -> None:
        """A table stands at its new place, or beside the one it was dropped on: every link finds its way anew."""
        self._step_aside(item)
        earlier = self.positions() | {item.box.table: Point(before.x(), before.y())}
        self.show_layout(routed(self.diagram, self.positions()))
        self.moved.emit(earlier)

    def _step_aside(self, item: BoxItem) -> None:
        def rect(one: BoxItem) -> Rect:
            return Rect(one.x(), one.y(), one.box.width, one.box.height)

        others = [rect(other) for other in self.boxes.values() if other is not item]
        if any(rect(item).overlaps(other) for other in others):
            place = free_near(rect(item), others)
            item.setPos(place.x, place.y)

    def _add_some(self) -> None:
        until = time.perf_counter() + _BATCH_SECONDS
        near = self._near()
        while self._waiting and time.perf_counter() < until:
            self._add(self._waiting.pop(), near)
        if not self._waiting:
            self._timer.stop()
            self.filled.emit()

    def _add(self, what: Box | Link, near: set[str]) -> None:
        item: BoxItem | LinkItem
        if isinstance(what, Box):
            item = self.boxes[what.table] = BoxItem(what, self)
            place = self._places[what.table]
            item.setPos(place.x, place.y)
            item.show_emphasis(self._of_box(what.table, near))
        else:
            item = self.links[what.id] = LinkItem(what, self._parent_ends[what.id], self)
            item.show_route(self._routes.get(what.id, ()), self._labels.get(what.id))
            item.show_emphasis(self._of_link(what))
        if self._far:
            item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self.addItem(item)

    def _fit(self) -> None:
        self._from_afar = None
        if not self._places:
            self.setSceneRect(0, 0, 1, 1)
            return
        corners = [(self._places[box.table], box) for box in self.diagram.boxes]
        left, top = min(place.x for place, _ in corners), min(place.y for place, _ in corners)
        right = max(place.x + box.width for place, box in corners)
        bottom = max(place.y + box.height for place, box in corners)
        self.setSceneRect(
            left - _MARGIN, top - _MARGIN, right - left + 2 * _MARGIN, bottom - top + 2 * _MARGIN
        )

    def _emphasise(self) -> None:
        self._from_afar = None
        near = self._near()
        for name, item in self.boxes.items():
            item.show_emphasis(self._of_box(name, near))
        for line in self.links.values():
            line.show_emphasis(self._of_link(line.link))
        self.emphasised.emit()

    def _near(self) -> set[str]:
        return {name for link in self.links_of(self.choice) for name in (link.child, link.parent)}

    def _matched(self, name: str) -> bool:
        return name in self._found

    def _of_box(self, name: str, near: set[str]) -> Emphasis:
        if self.choice:
            return (
                Emphasis.CHOSEN if name == self.choice else Emphasis.NEAR if name in near else Emphasis.DIMMED
            )
        return Emphasis.DIMMED if self._kept is not None and name not in self._kept else Emphasis.PLAIN

    def _of_link(self, link: Link) -> Emphasis:
        if self.choice:
            return Emphasis.NEAR if self.choice in (link.child, link.parent) else Emphasis.DIMMED
        inside = self._kept is None or {link.child, link.parent} <= self._kept
        return Emphasis.PLAIN if inside else Emphasis.DIMMED


def neighbours(diagram: Diagram) -> Mapping[str, frozenset[str]]:
    """For each table the tables it is linked with."""
    found: dict[str, set[str]] = {box.table: set() for box in diagram.boxes}
    for link in diagram.links:
        found.setdefault(link.child, set()).add(link.parent)
        found.setdefault(link.parent, set()).add(link.child)
    return {name: frozenset(others - {name}) for name, others in found.items()}
