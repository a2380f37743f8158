"""A table on the map. Items ask the palette when they paint and hold no colour; `links` has those of the links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsSceneMouseEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from steward_app.gui import fonts, icons
from steward_app.gui.format import integer, name_alone, shown_name
from steward_app.gui.look import colour
from steward_app.gui.pages.schema_map import changes
from steward_app.gui.pages.schema_map.personal import inside, mark_words, paint_row, paint_table
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.text import tip
from steward_app.services.privacy.classify.overlay import TableMark
from steward_app.services.schema.erd.model import (
    HEAD_HEIGHT,
    ROW_HEIGHT,
    Box,
    BoxRow,
)

FAR_BELOW = 0.16
"""Below this scale nothing can be read, and the scene paints everything at once."""
NAMES_ONLY_BELOW = 0.5
"""Below this scale a box shows its name alone, as large as it can."""
_SNAP = 4
_LETTER = 0.6  # width of a letter of the fixed font, by its size
_LETTERS = 12.0  # of a name that stands alone, on the screen
_LEAST_LETTERS = 7.0  # smaller ones cannot be read; the name is cut instead, and stands in the tooltip
_CORNER = 4.0
_WORD_END = re.compile(r"[_\W]+|(?<=[a-z0-9])(?=[A-Z])")
_KEY_ICONS = {"key": "key-round", "link": "link"}


class Emphasis(Enum):
    """How much an item stands out. Dimming changes colours, not opacity; names stay readable."""

    PLAIN = auto()
    CHOSEN = auto()
    NEAR = auto()
    DIMMED = auto()


class Hand(Protocol):
    """Who is told what a hand did to an item, and knows what is marked.

    Attributes:
        marks: of personal data, by the names of tables.
    """

    marks: Mapping[str, TableMark]

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
        self.setToolTip(tip(changes.told(box, self._name)))

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
        mark = self._hand.marks.get(self.box.table)
        chosen, dimmed = self.emphasis is Emphasis.CHOSEN, self.emphasis is Emphasis.DIMMED
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("base"))
        painter.drawRoundedRect(whole, _CORNER, _CORNER)
        scale = option.levelOfDetailFromTransform(painter.worldTransform())
        if scale < NAMES_ONLY_BELOW:
            self._paint_name_alone(
                painter, whole, whole if mark is None else inside(mark, whole, scale), scale
            )
            if mark is not None:
                paint_table(painter, mark, whole, scale)
        else:
            self._paint_head(painter, chosen=chosen, dimmed=dimmed)
            for number, row in enumerate(self.box.rows):
                self._paint_row(painter, row, HEAD_HEIGHT + ROW_HEIGHT * number, dimmed=dimmed)
                marked = mark.columns.get(row.name) if mark is not None and row.column else None
                if marked is not None:
                    top = HEAD_HEIGHT + ROW_HEIGHT * number
                    paint_row(painter, marked, QRectF(0, top + 1, self.box.width, ROW_HEIGHT))
        edge = (
            "danger"
            if self.box.missing
            else "accent"
            if chosen or self.matched
            else changes.tone_of(self.box.mark, "hairline" if dimmed else "control")
        )
        pen = QPen(colour(edge), 2 if chosen or self.matched else 1)
        if self.box.missing or changes.gone(self.box.mark):
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(whole, _CORNER, _CORNER)

    def _paint_name_alone(self, painter: QPainter, whole: QRectF, room: QRectF, scale: float) -> None:
        plain = "accent_tint" if self.emphasis is Emphasis.CHOSEN else "window"
        painter.setBrush(colour(changes.tint_of(self.box.mark, plain)))
        painter.drawRoundedRect(whole, _CORNER, _CORNER)
        if scale * whole.width() < 28:
            return
        name = f"{self.box.mark.sign} {self._name}" if self.box.mark else self._name

        def fits(lines: list[str]) -> float:
            wide = (room.width() - 8) / _LETTER / max(len(line) for line in lines)
            return min(_LETTERS / scale, wide, room.height() * 0.8 / len(lines))

        lines = max([name], in_two(name), key=fits)  # as little smaller than those beside it as it can be
        size = fits(lines)
        font = fonts.mono(1.0, size=max(size, _LEAST_LETTERS / scale), weight=QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(colour("muted" if self.emphasis is Emphasis.DIMMED else "text"))
        shown = "\n".join(self._elided(font, line, room.width()) for line in lines)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, shown)

    def _paint_head(self, painter: QPainter, *, chosen: bool, dimmed: bool) -> None:
        head = QRectF(0, 0, self.box.width, HEAD_HEIGHT)
        plain = "accent_tint" if chosen else "base" if dimmed else "window"
        painter.setBrush(colour(changes.tint_of(self.box.mark, plain)))
        painter.drawRoundedRect(head, _CORNER, _CORNER)
        if self.box.rows:
            painter.fillRect(QRectF(0, HEAD_HEIGHT - _CORNER, self.box.width, _CORNER), painter.brush())
            painter.fillRect(QRectF(0, HEAD_HEIGHT, self.box.width, 1), colour("hairline"))
        small = fonts.body(1.0, size=11)
        mark = self._hand.marks.get(self.box.table)
        room = self.box.width - 28 - len(self._name) * 12 * _LETTER
        told = mark_words(mark, room, QFontMetricsF(small).horizontalAdvance) if mark is not None else ""
        aside = changes.signed(self.box.mark) if self.box.mark else _count(self.box)
        note = told or "  ".join(words for words in (*self.box.badges, aside) if words)
        inner = head.adjusted(10, 0, -10, 0)
        note = self._elided(small, note, inner.width() * 0.6)
        note_width = QFontMetricsF(small).horizontalAdvance(note) if note else 0.0
        painter.setFont(small)
        tone = "personal" if told else changes.tone_of(self.box.mark, "control" if dimmed else "muted")
        painter.setPen(colour("danger" if self.box.missing else tone))
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
        aside = changes.paint_row(painter, row.mark, line) if row.mark else 0
        inner = line.adjusted(28, 0, -10 - aside, 0)
        if not row.column:
            painter.setFont(small)
            painter.setPen(faint)
            words = self._elided(small, shown_name(row.name), inner.width())
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, words)
            return
        if row.key in _KEY_ICONS:
            tone = Tone.DIM if dimmed else Tone.MUTED
            icons.paint_scaled(painter, _KEY_ICONS[row.key], tone, QRectF(10, top + 5, 12, 12))
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


def in_two(name: str) -> list[str]:
    """A name on two lines, broken where its words meet, as evenly as they allow; on one where it is one word."""
    places = [match.end() for match in _WORD_END.finditer(name) if 0 < match.end() < len(name)]
    if not places:
        return [name]
    place = min(places, key=lambda place: max(place, len(name) - place))
    return [name[:place], name[place:]]


def _count(box: Box) -> str:
    """How many rows, short; "≈" before what is not exact."""
    short = _short_count(box)
    return short if box.row_count_exact or not short else f"≈ {short}"


def _short_count(box: Box) -> str:
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
