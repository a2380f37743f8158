"""A link on the map: its line, the signs at its ends, and what stands on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneMouseEvent, QStyleOptionGraphicsItem, QWidget

from steward_app.gui import fonts, icons
from steward_app.gui.format import integer, shown_name
from steward_app.gui.look import colour
from steward_app.gui.pages.schema_map import changes
from steward_app.gui.pages.schema_map.items import NAMES_ONLY_BELOW, Emphasis, Hand
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.text import tip
from steward_app.services.schema.erd.marks import end_marks, free_labels, label_places
from steward_app.services.schema.erd.model import Cardinality, Link, Point
from steward_app.services.schema.erd.svg import depth, link_words


class LinkItem(QGraphicsItem):
    """A foreign key, from the child's row to the parent's. Orphans and keys that cannot work are never dimmed."""

    def __init__(self, link: Link, parent_end: Cardinality, hand: Hand) -> None:
        super().__init__()
        self.link = link
        self._parent_end = parent_end
        self._hand = hand
        self.emphasis = Emphasis.PLAIN
        self.words = _short_words(link)
        self.route: tuple[Point, ...] = ()
        self._path = QPainterPath()
        self._label = QRectF()
        self.setZValue(self._depth())
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        ours, theirs = ", ".join(link.child_columns), ", ".join(link.parent_columns)
        said = f": {', '.join((link.mark.word, *link.mark.told))}" if link.mark else ""
        self.setToolTip(tip(shown_name(f"{link.child} ({ours}) → {link.parent} ({theirs}){said}")))

    @property
    def broken(self) -> bool:
        """True where rows have no parent or SQLite cannot use the key."""
        return bool(self.link.problem or self.link.orphans)

    def show_route(self, route: tuple[Point, ...], label: Point | None = None) -> None:
        """Run along these corners, with the label at a place of its own."""
        self.prepareGeometryChange()
        self.route = route
        self._path = _rounded(route)
        self._label = QRectF()
        if self.words and route:
            place = label or label_places(route)[0]
            width = QFontMetricsF(_label_font()).horizontalAdvance(self.words) + (26 if self.broken else 12)
            self._label = QRectF(place.x - width / 2, place.y - 9, width, 18)
            self.setZValue(self._depth())
        self.update()

    def show_emphasis(self, emphasis: Emphasis) -> None:
        """Stand out more or less."""
        if emphasis is not self.emphasis:
            self.emphasis = emphasis
            self.setZValue(self._depth())
            self.update()

    def _depth(self) -> float:
        """Links run below the boxes; what is broken, or has a mark, is never hidden by one."""
        if self.broken or self.link.mark:
            return 1.5 + depth(self.link) / 10
        return 0.5 if self.emphasis in (Emphasis.CHOSEN, Emphasis.NEAR) else 0.0

    def boundingRect(self) -> QRectF:
        spread = self._label.width()  # a label grows when the map is small
        return (
            self._path.boundingRect()
            .united(self._label.adjusted(-spread, -20, spread, 20))
            .adjusted(-8, -8, 8, 8)
        )

    def shape(self) -> QPainterPath:
        stroker = QPainterPathStroker()
        stroker.setWidth(10)
        outline = stroker.createStroke(self._path)
        outline.addRect(self._label)
        return outline

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        if len(self.route) < 2:
            return
        strong = self.emphasis in (Emphasis.CHOSEN, Emphasis.NEAR)
        ink = colour(self.tone)
        pen = QPen(ink, 1.75 if self.emphasis is Emphasis.CHOSEN else 1.5 if strong or self.broken else 1.25)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        scale = option.levelOfDetailFromTransform(painter.worldTransform())
        dashed = self.link.inferred or self.broken or changes.gone(self.link.mark)
        if dashed:
            pen.setDashPattern([4, 2.5])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        if scale >= NAMES_ONLY_BELOW:
            pen.setStyle(Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            self._paint_marks(painter)
        if self.words and (scale >= NAMES_ONLY_BELOW * 0.7 or self.broken):
            self._paint_label(painter, scale)

    @property
    def tone(self) -> str:
        """The token of its colour."""
        return link_tone(self.link, self.emphasis)

    def _paint_marks(self, painter: QPainter) -> None:
        route = self.route
        for at, towards, cardinality in (
            (route[0], route[1], self.link.child_end),
            (route[-1], route[-2], self._parent_end),
        ):
            strokes, rings = end_marks(at, towards, cardinality)
            for stroke in strokes:
                painter.drawLine(QPointF(stroke.start.x, stroke.start.y), QPointF(stroke.end.x, stroke.end.y))
            painter.setBrush(colour("base"))
            for ring in rings:
                painter.drawEllipse(QPointF(ring.centre.x, ring.centre.y), ring.radius, ring.radius)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_label(self, painter: QPainter, scale: float) -> None:
        label, words = self._label, self.words
        if scale < NAMES_ONLY_BELOW and (self.link.problem or self.link.mark):
            # its words would cover the names of the tables
            label = QRectF(label.center().x() - 10, label.y(), 20, label.height())
            words = self.link.mark.sign if self.link.mark and not self.broken else ""
        painter.save()
        if scale < NAMES_ONLY_BELOW:  # as large as it can be read
            painter.translate(label.center())
            grown = min(2.5, NAMES_ONLY_BELOW * 1.6 / scale)
            painter.scale(grown, grown)
            painter.translate(-label.center())
        painter.setPen(QPen(colour(self.tone), 1))
        painter.setBrush(colour("danger_tint" if self.broken else changes.tint_of(self.link.mark, "base")))
        painter.drawRoundedRect(label, 3, 3)
        painter.setFont(_label_font())
        painter.setPen(colour("danger" if self.broken else changes.tone_of(self.link.mark, "muted")))
        if self.broken:
            icons.paint_scaled(painter, "circle-x", Tone.DANGER, QRectF(label.x() + 4, label.y() + 3, 12, 12))
            label = label.adjusted(20, 0, -6, 0)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, words)
        painter.restore()

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self._hand.choose_link(self.link.id)


def link_tone(link: Link, emphasis: Emphasis) -> str:
    """The token of a link's colour: what is broken, or has a mark, is never dimmed."""
    if link.problem or link.orphans:
        return "danger"
    if link.mark is not None:
        return changes.tone_of(link.mark, "")
    if emphasis in (Emphasis.CHOSEN, Emphasis.NEAR):
        return "accent"
    return "pressed" if emphasis is Emphasis.DIMMED else "control"


def labels_of(links: Iterable[Link], routes: Mapping[str, tuple[Point, ...]]) -> dict[str, Point]:
    """Where the labels of links stand."""
    return free_labels({link.id: _short_words(link) for link in links}, routes)


def _short_words(link: Link) -> str:
    """What stands on the link, short enough for the space between two tables; the inspector says it in full."""
    return integer(link.orphans) if link.orphans and not link.problem else link_words(link)


def _label_font() -> QFont:
    return fonts.body(1.0, size=11, weight=QFont.Weight.DemiBold)


def _rounded(route: tuple[Point, ...], radius: float = 4.0) -> QPainterPath:
    """The route as a path whose corners are softened."""
    path = QPainterPath()
    if not route:
        return path
    path.moveTo(route[0].x, route[0].y)
    for before, corner, after in zip(route, route[1:], route[2:], strict=False):
        into = min(radius, (abs(corner.x - before.x) + abs(corner.y - before.y)) / 2)
        out = min(radius, (abs(after.x - corner.x) + abs(after.y - corner.y)) / 2)
        path.lineTo(_towards(corner, before, into))
        path.quadTo(QPointF(corner.x, corner.y), _towards(corner, after, out))
    path.lineTo(route[-1].x, route[-1].y)
    return path


def _towards(start: Point, end: Point, distance: float) -> QPointF:
    dx, dy = end.x - start.x, end.y - start.y
    length = abs(dx) + abs(dy) or 1.0
    return QPointF(start.x + dx / length * distance, start.y + dy / length * distance)
