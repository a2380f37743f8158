"""How cells and column heads are painted, in every table."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from steward_app.gui import fonts, icons
from steward_app.gui.look import colour, look, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.states import paint_pill
from steward_app.gui.widgets.text import markup

Index = QModelIndex | QPersistentModelIndex
_GAP = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows.

    Attributes:
        text: as shown and as copied.
        lead: a stretch before the text, in semibold ("Rehearsed" before "Archive 12,480 visits").
        icon: with `icon_tone`, before the text.
        second: a second line in small muted type, for rows of 44.
        pill: True to draw it as a flat mark.
        middle: True to cut it in the middle where room is short: names often differ at their ends.
        spoken: the words where the icon says something that the text does not; also the tooltip.
    """

    text: str
    tone: Tone = Tone.TEXT
    icon: str = ""
    icon_tone: Tone | None = None
    mono: bool = False
    bold: bool = False
    small: bool = False
    right: bool = False
    pill: bool = False
    middle: bool = False
    lead: str = ""
    second: str = ""
    spoken: str = ""


def state_cell(word: str, tone: Tone, icon: str) -> Cell:
    """A state: icon and word in its tone."""
    return Cell(word, tone=tone, icon=icon, icon_tone=tone)


def name_cell(text: str, *, bold: bool = False) -> Cell:
    """A name from the file; pass it through `format.shown_name`."""
    return Cell(text, mono=True, bold=bold, middle=True)


@dataclass(frozen=True, slots=True)
class Head:
    """What a column head shows."""

    title: str
    right: bool = False


def cell_font(cell: Cell, *, bold: bool = False) -> QFont:
    """The font of a cell."""
    measures, scale = look().measures, look().scale
    weight = QFont.Weight.DemiBold if cell.bold or bold else QFont.Weight.Normal
    if cell.mono:
        return fonts.mono(scale, size=measures.code, weight=weight)
    return fonts.body(scale, size=measures.small if cell.small else measures.body, weight=weight)


class CellDelegate(QStyledItemDelegate):
    """Paints `Cell`s, given by the model as `UserRole`."""

    def __init__(self, view: QTableView, side: float) -> None:
        super().__init__(view)
        self._view, self._side = view, side

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell: Cell = index.data(Qt.ItemDataRole.UserRole)
        self.paint_ground(painter, option, index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_cell(painter, self._inner(option.rect, index), cell)
        painter.restore()

    def paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """What a cell stands on: the tint of a chosen row, the line below it, the mark of the current one."""
        area: QRect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, colour("accent_tint"))
        painter.fillRect(QRect(area.x(), area.bottom(), area.width(), 1), colour("hairline"))
        self._paint_current(painter, option, index)

    def _paint_current(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """A bar at the left of the current row while the table has the focus: visible without colour of rows."""
        current = self._view.currentIndex()
        if index.column() == 0 and current.row() == index.row() and self._view.hasFocus():
            area: QRect = option.rect
            painter.fillRect(QRect(area.x(), area.y(), px(3), area.height() - 1), colour("accent"))

    def _inner(self, area: QRect, index: Index) -> QRect:
        first, last = index.column() == 0, index.column() == index.model().columnCount() - 1
        left = px(self._side if first else _GAP)
        return area.adjusted(left, 0, -px(self._side if last else _GAP), 0)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        cell: Cell = index.data(Qt.ItemDataRole.UserRole)
        icon = px(14) + px(6) if cell.icon else 0
        width = QFontMetrics(cell_font(cell, bold=True)).horizontalAdvance(f"{cell.lead} {cell.text}")
        return QSize(width + icon + 2 * px(self._side), px(look().measures.row_table))

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        cell: Cell = index.data(Qt.ItemDataRole.UserRole)
        needed = QFontMetrics(cell_font(cell)).horizontalAdvance(f"{cell.lead} {cell.text}".strip())
        small = QFontMetrics(fonts.body(look().scale, size=look().measures.small))
        needed = max(needed, small.horizontalAdvance(cell.second))
        room = self._inner(option.rect, index).width() - (px(20) if cell.icon else 0)
        words = "\n".join(filter(None, (cell.spoken or cell.text, cell.second)))
        told = needed > room or bool(cell.spoken)
        QToolTip.showText(event.globalPos(), markup((words,)) if told else "", view)
        return True


def paint_cell(painter: QPainter, area: QRect, cell: Cell) -> None:
    """Paint a cell into the room it has."""
    if cell.pill:
        _paint_pill(painter, area, cell)
        return
    if cell.icon:
        tone = cell.icon_tone or Tone.MUTED
        icons.paint(painter, cell.icon, tone, area.x(), area.y() + (area.height() - px(14)) / 2, 14)
        area = area.adjusted(px(14) + px(6), 0, 0, 0)
    if cell.second:
        _paint_two_lines(painter, area, cell)
        return
    if cell.lead:
        strong = cell_font(cell, bold=True)
        painter.setFont(strong)
        painter.setPen(colour(Tone.TEXT))
        width = min(area.width(), QFontMetrics(strong).horizontalAdvance(cell.lead + " "))
        _line(painter, QRect(area.x(), area.y(), width, area.height()), cell.lead, right=False)
        area = area.adjusted(width, 0, 0, 0)
    painter.setFont(cell_font(cell))
    painter.setPen(colour(cell.tone))
    _line(painter, area, cell.text, right=cell.right, middle=cell.middle)


def _paint_two_lines(painter: QPainter, area: QRect, cell: Cell) -> None:
    half = area.height() // 2
    painter.setFont(cell_font(cell))
    painter.setPen(colour(cell.tone))
    _line(painter, QRect(area.x(), area.y() + px(3), area.width(), half), cell.text, right=cell.right)
    painter.setFont(fonts.body(look().scale, size=look().measures.small))
    painter.setPen(colour(Tone.MUTED))
    lower = QRect(area.x(), area.y() + half - px(2), area.width(), half)
    _line(painter, lower, cell.second, right=cell.right)


def _paint_pill(painter: QPainter, area: QRect, cell: Cell) -> None:
    font = fonts.body(look().scale, size=look().measures.small, weight=QFont.Weight.Medium)
    width = QFontMetrics(font).horizontalAdvance(cell.text) + px(12) + (px(16) if cell.icon else 0)
    top = area.y() + (area.height() - px(20)) / 2
    paint_pill(
        painter, QRectF(area.x(), top, min(width, area.width()), px(20)), cell.text, cell.tone, cell.icon
    )


def _line(painter: QPainter, area: QRect, text: str, *, right: bool, middle: bool = False) -> None:
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    flat = text.replace("\n", "\u2424") if "\n" in text else text
    cut = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
    shown = painter.fontMetrics().elidedText(flat, cut, area.width())
    painter.drawText(area, int(side | Qt.AlignmentFlag.AlignVCenter), shown)


class HeadView(QHeaderView):
    """Column heads: small, muted, with an arrow where the rows are sorted."""

    def __init__(self, parent: QWidget, side: float) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._side = side
        self.sorted_by = -1
        self.descending = False
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(px(32))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_sort(self, column: int, descending: bool) -> None:
        """Draw the arrow at this column."""
        self.sorted_by, self.descending = column, descending
        self.viewport().update()

    def paintSection(self, painter: QPainter, area: QRect, section: int) -> None:
        model: QAbstractItemModel = self.model()
        head = model.headerData(section, Qt.Orientation.Horizontal, Qt.ItemDataRole.UserRole)
        if not isinstance(head, Head):
            return
        painter.save()
        painter.fillRect(area, colour("base"))
        painter.fillRect(QRect(area.x(), area.bottom(), area.width(), 1), colour("hairline"))
        first, last = section == 0, section == model.columnCount() - 1
        inner = area.adjusted(px(self._side if first else _GAP), 0, -px(self._side if last else _GAP), 0)
        font = fonts.body(look().scale, size=look().measures.small, weight=QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(colour("muted"))
        if section == self.sorted_by:
            width = QFontMetrics(font).horizontalAdvance(head.title)
            x = inner.x() + width + px(4) if not head.right else inner.right() - width - px(16)
            arrow = "arrow-down" if self.descending else "arrow-up"
            icons.paint(painter, arrow, Tone.MUTED, x, inner.center().y() - px(6) + 1, 12)
        _line(painter, inner, head.title, right=head.right)
        painter.restore()
