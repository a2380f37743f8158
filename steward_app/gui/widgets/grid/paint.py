"""Paints the cells of a data table. Runs for every cell of every frame, so it makes nothing it could keep."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
)

from steward_app.gui import fonts
from steward_app.gui.look import Look, colour, look, px
from steward_app.gui.widgets.grid.model import GridModel
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.gui.widgets.text import markup
from steward_app.services.rows import Cell, Preview

Index = QModelIndex | QPersistentModelIndex

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_HIDDEN_WIDTHS = (56, 72, 104, 48, 88, 64, 120, 80)  # say nothing of the value: they follow the row's number


class _Kit:
    """Fonts and colours of one look."""

    def __init__(self, shown: Look) -> None:
        self.look = shown
        self.font = fonts.body(shown.scale, size=shown.measures.small)
        self.italic = QFont(self.font)
        self.italic.setItalic(True)
        self.strong = QFont(self.font)
        self.strong.setWeight(QFont.Weight.DemiBold)
        self.metrics = QFontMetrics(self.font)
        self.text = colour("text")
        self.muted = colour("muted")
        self.accent = colour("accent")
        self.selected = colour("accent_tint")
        self.differs, self.differing = colour("warning_tint"), colour("warning")
        self.block = colour("personal_tint")
        self.dashes = QPen(colour("personal"), 1, Qt.PenStyle.DashLine)
        self.dashes.setDashPattern([3.0, 2.0])
        self.pad = px(8)


class GridDelegate(QStyledItemDelegate):
    """Values by their storage class: numbers at the right, NULL as an italic "empty", links in the accent."""

    def __init__(self, view: QTableView, model: GridModel) -> None:
        super().__init__(view)
        self._view, self._model = view, model
        self._kit = _Kit(look())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        kit = self._current_kit()
        area: QRect = option.rect
        row, column = index.row(), index.column()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, kit.selected)
        shown = self._model.columns[column]
        inner = area.adjusted(kit.pad, 0, -kit.pad, 0)
        mark = self._model.mark(row)
        differs = mark is not None and shown.name in mark.columns
        if shown.hidden:
            if differs:
                painter.fillRect(area.adjusted(1, 1, -2, -2), kit.differs)
            self._paint_hidden(painter, inner, row, kit)
        elif differs:
            self._paint_differing(painter, inner, self._model.rows[row][shown.place], kit)
        else:
            cell = self._model.rows[row][shown.place]
            pen = kit.accent if shown.link is not None and cell is not None else kit.text
            self._paint_value(painter, inner, cell, pen, kit)
        if self._view.currentIndex() == index:
            self._paint_current(painter, area, kit)

    def _paint_value(self, painter: QPainter, area: QRect, cell: Cell, pen: QColor, kit: _Kit) -> None:
        faint = cell is None or isinstance(cell, Preview)
        painter.setFont(kit.italic if faint else kit.font)
        painter.setPen(kit.muted if faint else pen)
        text = cell_text(cell)
        width = area.width()
        if len(text) * kit.metrics.averageCharWidth() > width - 40:
            text = kit.metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        side = _RIGHT if isinstance(cell, int | float) else _LEFT
        painter.drawText(area, int(side), text)

    def _paint_differing(self, painter: QPainter, area: QRect, cell: Cell, kit: _Kit) -> None:
        """A value that is another one now: on amber, as wide as it is."""
        painter.setFont(kit.strong)
        text = painter.fontMetrics().elidedText(cell_text(cell), Qt.TextElideMode.ElideRight, area.width())
        width = min(area.width(), painter.fontMetrics().horizontalAdvance(text)) + px(8)
        right = isinstance(cell, int | float)
        left = area.right() + px(4) - width if right else area.x() - px(4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(kit.differs)
        painter.drawRoundedRect(QRectF(left, area.y() + px(2), width, area.height() - px(4)), px(3), px(3))
        painter.setPen(kit.differing)
        painter.drawText(area, int(_RIGHT if right else _LEFT), text)

    def _paint_hidden(self, painter: QPainter, area: QRect, row: int, kit: _Kit) -> None:
        width = min(area.width(), px(_HIDDEN_WIDTHS[(self._model.first_row + row) % len(_HIDDEN_WIDTHS)]))
        top = area.y() + (area.height() - px(12)) / 2
        painter.setPen(kit.dashes)
        painter.setBrush(kit.block)
        painter.drawRoundedRect(QRectF(area.x() + 0.5, top + 0.5, width - 1, px(12) - 1), 2, 2)

    def _paint_current(self, painter: QPainter, area: QRect, kit: _Kit) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self._view.hasFocus()
        painter.setPen(QPen(kit.accent if focused else kit.muted, 2 if focused else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -2, -2), 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _current_kit(self) -> _Kit:
        if self._kit.look is not look():
            self._kit = _Kit(look())
        return self._kit

    def needed_width(self, row: int, column: int) -> int:
        """Pixels a value needs to be seen whole."""
        kit = self._current_kit()
        return kit.metrics.horizontalAdvance(cell_text(self._model.cell(row, column))) + 2 * kit.pad + px(4)

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        if not index.isValid():
            return super().helpEvent(event, view, option, index)
        text = ""
        if self._model.columns[index.column()].hidden:
            text = self.tr("Hidden until you ask for it.")
        elif self.needed_width(index.row(), index.column()) > option.rect.width():
            text = cell_text(self._model.cell(index.row(), index.column()))
        told = self._model.mark_words(index.row(), index.column())
        text = "\n".join(filter(None, (text, told)))
        QToolTip.showText(event.globalPos(), markup((text,)) if text else "", view)
        return True
