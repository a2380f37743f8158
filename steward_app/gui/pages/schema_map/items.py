"""What the map draws: one item a table, one a link. They ask the palette when they paint and hold no colour."""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsSceneMouseEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from steward_app.gui import fonts, icons
from steward_app.gui.format import integer, name_alone, shown_name
from steward_app.gui.look import colour
from steward_app.gui.tokens import Tone
from steward_app.services.schema.erd.marks import end_marks, label_place
from steward_app.services.schema.erd.model import (
    HEAD_HEIGHT,
    ROW_HEIGHT,
    Box,
    BoxRow,
    Cardinality,
    Link,
    Point,
)
from steward_app.services.schema.erd.svg import link_words

FAR_BELOW = 0.16
"""Below this scale nothing can be read, and the scene paints everything at once."""
NAMES_ONLY_BELOW = 0.5
"""Below this scale a box shows its name alone, as large as it can."""
_SNAP = 4
_CORNER = 4.0
_KEY_ICONS = {"key": "key-round", "link": "link"}


class Emphasis(Enum):
    """How much an item stands out. Dimming changes colours, not opacity; names stay readable."""

    PLAIN = auto()
    CHOSEN = auto()
    NEAR = auto()
    DIMMED = auto()


class Hand(Protocol):
    """Who is told what a hand did to an item."""

    def choose(self, table: str) -> None: ...

    def choose_link(self, key: str) -> None: ...

    def open_table(self, table: str) -> None: ...

    def dragged(self, item: BoxItem) -> None: ...

    def dropped(self, item: BoxItem, before: QPointF) -> None: ...


class BoxItem(QGraphicsItem):
    """A table. Its place is its top left corner; moved by dragging, on a grid of 4 px."""

    def __init__(self, box: Box, hand: Hand) -> None:
        super().__init__()
        self.box = box
        self._hand = hand
        self.emphasis = Emphasis.PLAIN
        self.matched = False
        self._name = name_alone(box.table)
        self._grabbed: QPointF | None = None
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsMovable)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemSendsGeometryChanges)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setZValue(1)
        self.setToolTip(self._name)

    def show_emphasis(self, emphasis: Emphasis) -> None:
        """Stand out more or less."""
        if emphasis is not self.emphasis:
            self.emphasis = emphasis
            self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(-3, -3, self.box.width + 6, self.box.height + 6)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        whole = QRectF(0, 0, self.box.width, self.box.height)
        chosen, dimmed = self.emphasis is Emphasis.CHOSEN, self.emphasis is Emphasis.DIMMED
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("base"))
        painter.drawRoundedRect(whole, _CORNER, _CORNER)
        scale = option.levelOfDetailFromTransform(painter.worldTransform())
        if scale < NAMES_ONLY_BELOW:
            self._paint_name_alone(painter, whole, scale)
        else:
            self._paint_head(painter, chosen=chosen, dimmed=dimmed)
            for number, row in enumerate(self.box.rows):
                self._paint_row(painter, row, HEAD_HEIGHT + ROW_HEIGHT * number, dimmed=dimmed)
        edge = (
            "danger"
            if self.box.missing
            else "accent"
            if chosen or self.matched
            else "hairline"
            if dimmed
            else "control"
        )
        pen = QPen(colour(edge), 2 if chosen or self.matched else 1)
        if self.box.missing:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(whole, _CORNER, _CORNER)

    def _paint_name_alone(self, painter: QPainter, whole: QRectF, scale: float) -> None:
        painter.setBrush(colour("accent_tint" if self.emphasis is Emphasis.CHOSEN else "window"))
        painter.drawRoundedRect(whole, _CORNER, _CORNER)
        if scale * whole.width() < 28:
            return
        size = min(13 / scale, whole.width() * 1.5 / max(len(self._name), 4), whole.height() * 0.8)
        font = fonts.mono(1.0, size=size, weight=QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(colour("muted" if self.emphasis is Emphasis.DIMMED else "text"))
        painter.drawText(
            whole, Qt.AlignmentFlag.AlignCenter, self._elided(font, self._name, whole.width() - 8)
        )

    def _paint_head(self, painter: QPainter, *, chosen: bool, dimmed: bool) -> None:
        head = QRectF(0, 0, self.box.width, HEAD_HEIGHT)
        painter.setBrush(colour("accent_tint" if chosen else "base" if dimmed else "window"))
        painter.drawRoundedRect(head, _CORNER, _CORNER)
        if self.box.rows:
            painter.fillRect(QRectF(0, HEAD_HEIGHT - _CORNER, self.box.width, _CORNER), painter.brush())
            painter.fillRect(QRectF(0, HEAD_HEIGHT, self.box.width, 1), colour("hairline"))
        small = fonts.body(1.0, size=11)
        note = "  ".join(words for words in (*self.box.badges, _count(self.box)) if words)
        note_width = QFontMetricsF(small).horizontalAdvance(note) if note else 0.0
        inner = head.adjusted(10, 0, -10, 0)
        painter.setFont(small)
        painter.setPen(colour("danger" if self.box.missing else "control" if dimmed else "muted"))
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, note)
        font = fonts.mono(1.0, size=12, weight=QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(colour("accent" if chosen else "muted" if dimmed else "text"))
        shown = self._elided(font, self._name, inner.width() - note_width - (8 if note else 0))
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_row(self, painter: QPainter, row: BoxRow, top: float, *, dimmed: bool) -> None:
        line = QRectF(0, top + 1, self.box.width, ROW_HEIGHT)
        faint = colour("control" if dimmed else "muted")
        small = fonts.body(1.0, size=11)
        inner = line.adjusted(28, 0, -10, 0)
        if not row.column:
            painter.setFont(small)
            painter.setPen(faint)
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, row.name)
            return
        if row.key in _KEY_ICONS:
            icons.paint(painter, _KEY_ICONS[row.key], Tone.DIM if dimmed else Tone.MUTED, 10, top + 5, 12)
        elif row.key == "unique":
            painter.setFont(fonts.body(1.0, size=10, weight=QFont.Weight.DemiBold))
            painter.setPen(faint)
            painter.drawText(QRectF(10, top + 1, 12, ROW_HEIGHT), Qt.AlignmentFlag.AlignCenter, "U")
        kind = row.type + ("?" if row.nullable and row.type else "")
        kind = self._elided(small, kind, 120)
        painter.setFont(small)
        painter.setPen(faint)
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, kind)
        room = inner.width() - (QFontMetricsF(small).horizontalAdvance(kind) + 12 if kind else 0)
        font = fonts.mono(
            1.0, size=12, weight=QFont.Weight.DemiBold if row.key == "key" else QFont.Weight.Normal
        )
        font.setItalic("generated" in row.marks)
        painter.setFont(font)
        painter.setPen(colour("control" if dimmed else "text"))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, self._elided(font, shown_name(row.name), room))

    @staticmethod
    def _elided(font: QFont, text: str, width: float) -> str:
        return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, width)

    def itemChange(self, change: QGraphicsItem.GraphicsItemChange, value: object) -> object:
        if change is QGraphicsItem.GraphicsItemChange.ItemPositionChange and isinstance(value, QPointF):
            if self._grabbed is not None:
                return QPointF(round(value.x() / _SNAP) * _SNAP, round(value.y() / _SNAP) * _SNAP)
        elif change is QGraphicsItem.GraphicsItemChange.ItemPositionHasChanged and self._grabbed is not None:
            self._hand.dragged(self)
        return super().itemChange(change, value)

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self._grabbed = self.pos()
        self._hand.choose(self.box.table)
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        grabbed, self._grabbed = self._grabbed, None
        if grabbed is not None and grabbed != self.pos():
            self._hand.dropped(self, grabbed)

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self._hand.open_table(self.box.table)


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
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        ours, theirs = ", ".join(link.child_columns), ", ".join(link.parent_columns)
        self.setToolTip(shown_name(f"{link.child} ({ours}) → {link.parent} ({theirs})"))

    @property
    def broken(self) -> bool:
        """True where rows have no parent or SQLite cannot use the key."""
        return bool(self.link.problem or self.link.orphans)

    def show_route(self, route: tuple[Point, ...]) -> None:
        """Run along these corners."""
        self.prepareGeometryChange()
        self.route = route
        self._path = _rounded(route)
        self._label = QRectF()
        if self.words and route:
            place = label_place(route)
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
        """Links run below the boxes; what is broken is never hidden by one."""
        if self.broken:
            return 1.5
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
        dashed = self.link.inferred or self.broken
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
        if scale < NAMES_ONLY_BELOW and self.link.problem:  # its words would cover the names of the tables
            label, words = QRectF(label.center().x() - 10, label.y(), 20, label.height()), ""
        painter.save()
        if scale < NAMES_ONLY_BELOW:  # as large as it can be read
            painter.translate(label.center())
            grown = min(2.5, NAMES_ONLY_BELOW * 1.6 / scale)
            painter.scale(grown, grown)
            painter.translate(-label.center())
        painter.setPen(QPen(colour(self.tone), 1))
        painter.setBrush(colour("danger_tint" if self.broken else "base"))
        painter.drawRoundedRect(label, 3, 3)
        painter.setFont(_label_font())
        painter.setPen(colour("danger") if self.broken else colour("muted"))
        if self.broken:
            icons.paint(painter, "circle-x", Tone.DANGER, label.x() + 4, label.y() + 3, 12)
            label = label.adjusted(20, 0, -6, 0)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, words)
        painter.restore()

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self._hand.choose_link(self.link.id)


def link_tone(link: Link, emphasis: Emphasis) -> str:
    """The token of a link's colour: what is broken is never dimmed."""
    if link.problem or link.orphans:
        return "danger"
    if emphasis in (Emphasis.CHOSEN, Emphasis.NEAR):
        return "accent"
    return "pressed" if emphasis is Emphasis.DIMMED else "control"


def _short_words(link: Link) -> str:
    """What stands on the link, short enough for the space between two tables; the inspector says it in full."""
    return integer(link.orphans) if link.orphans and not link.problem else link_words(link)


def _label_font() -> QFont:
    return fonts.body(1.0, size=11, weight=QFont.Weight.DemiBold)


def _count(box: Box) -> str:
    if box.row_count is None:
        return ""
    number = box.row_count
    for limit, unit in ((1_000_000, "M"), (10_000, "k")):
        if number >= limit:
            divisor = 1_000_000 if unit == "M" else 1_000
            return (
                f"{number / divisor:.1f} {unit}"
                if number < 10 * divisor
                else f"{round(number / divisor)} {unit}"
            )
    return integer(number)


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
