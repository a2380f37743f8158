"""The columns in a list: what is to decide above what is decided, each with what it looks like and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHeaderView, QStyle, QStyleOptionViewItem

from steward_app.gui import fonts, icons
from steward_app.gui.format import integer, shown_name
from steward_app.gui.look import colour, look, px
from steward_app.gui.pages.personal.bars import paint_bar
from steward_app.gui.pages.personal.read import Group, Line, grouped, sureness
from steward_app.gui.pages.personal.words import (
    group_words,
    looks_like,
    mark_words,
    place_words,
    reason_below,
    reason_short,
    share_words,
)
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Cell, CellDelegate, Index, cell_font, state_cell
from steward_app.gui.widgets.table import Column, SimpleTable

_NAME, _KIND, _CONFIDENCE, _EVIDENCE, _MARK, _DECISION = range(6)
_BAR, _SMALL, _MENU = 48, 24, 24
_NARROW, _SLIM = (
    920,
    600,
)  # widths of the list under which reasons stand below the type, then bars are left out
_WIDE = {_KIND: 156, _CONFIDENCE: 108, _MARK: 120, _DECISION: 136}
_SHORT = {_CONFIDENCE: 92, _MARK: 108, _DECISION: 112}
_ONE_LINE, _TWO_LINES, _HEAD = 34, 44, 28
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class ColumnTable(SimpleTable[Line]):
    """Sorted by a column of its head within each group.

    Signals:
        confirm_wanted: the line whose button was pressed.
        menu_wanted: a line, and where on the screen its menu goes.
    """

    _narrow = False
    confirm_wanted = Signal(object)
    menu_wanted = Signal(object, object)

    def __init__(self) -> None:
        super().__init__(
            _tr("Columns, and what they are"),
            _columns(lambda: self._narrow),
            key=lambda line: line.key,
            several=True,
            row_height=_ONE_LINE,
        )
        self._lines: tuple[Line, ...] = ()
        self._open: tuple[Line, ...] = ()
        self._order = (_CONFIDENCE, True)
        self._delegate = _Delegate(self)
        self.setItemDelegate(self._delegate)
        self.setMouseTracking(True)
        self.horizontalHeader().show_sort(_CONFIDENCE, True)  # type: ignore[attr-defined]  # a HeadView
        self._arrange_columns()

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Show these under their heads."""
        self._lines = lines
        column, descending = self._order
        ordered = sorted(lines, key=_ORDERS[column], reverse=descending)
        shown = tuple(grouped(tuple(ordered)))
        self._open = tuple(line for line in shown if line.place is not None and line.group is Group.TO_DECIDE)
        self.clearSpans()
        self.set_rows(shown)
        for number, line in enumerate(shown):
            if line.place is None:
                self.setSpan(number, 0, 1, self.model().columnCount())
        self._size_rows()

    @property
    def chosen_lines(self) -> tuple[Line, ...]:
        """The chosen lines, heads left out."""
        return tuple(line for line in self.selected if line.place is not None)

    @property
    def open_lines(self) -> tuple[Line, ...]:
        """What is to decide, in the order shown."""
        return self._open

    def next_after(self, line: Line) -> Line | None:
        """The line to decide that follows one, else the first of them."""
        open_lines = [each for each in self.open_lines if each.key != line.key]
        rows = [each.key for each in self.rows]
        here = rows.index(line.key) if line.key in rows else -1
        return next(
            (each for each in open_lines if rows.index(each.key) > here), next(iter(open_lines), None)
        )

    # Sorting keeps the groups

    def _sort_clicked(self, column: int) -> None:
        again = self._order[0] == column
        self._order = (column, not self._order[1] if again else column == _CONFIDENCE)
        self.horizontalHeader().show_sort(*self._order)  # type: ignore[attr-defined]  # a HeadView
        self.show_lines(self._lines)

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange_columns()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_delegate"):
            self._arrange_columns()
            self.show_lines(self._lines)

    def _arrange_columns(self) -> None:
        if not hasattr(self, "_delegate"):
            return
        width = self.viewport().width()
        narrow, before = width < px(_NARROW), self._narrow
        self._narrow = narrow
        self.setColumnHidden(_EVIDENCE, narrow)
        self.setColumnHidden(_CONFIDENCE, width < px(_SLIM))
        for column, wanted in (_SHORT if narrow else _WIDE).items():
            self.setColumnWidth(column, px(wanted))
        modes = QHeaderView.ResizeMode
        header = self.horizontalHeader()
        header.setSectionResizeMode(_KIND, modes.Stretch if narrow else modes.Interactive)
        self.setColumnWidth(
            _NAME, max(px(148), round(width * 0.26)) if narrow else max(px(176), round(width * 0.24))
        )
        if not narrow:
            self.setColumnWidth(_KIND, px(_WIDE[_KIND]))
        if narrow is not before:
            self._size_rows()

    def _size_rows(self) -> None:
        """Lines of one or two rows of words; heads of groups are lower."""
        self.verticalHeader().setDefaultSectionSize(px(_TWO_LINES if self._narrow else _ONE_LINE))
        for number, line in enumerate(self.rows):
            if line.place is None:
                self.setRowHeight(number, px(_HEAD))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The menu key opens the menu of the chosen line; heads are passed over."""
        if event.key() == Qt.Key.Key_Menu:
            self._open_menu(self.currentIndex())
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self.current and self.current.place is None:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
        self._open_menu(
            index, None if event.reason() is QContextMenuEvent.Reason.Keyboard else event.globalPos()
        )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() is not Qt.MouseButton.LeftButton or index.column() != _DECISION:
            return
        line = self.rows[index.row()]
        button, menu = self._delegate.buttons(self.visualRect(index), line)
        at = event.position().toPoint()
        if button.contains(at):
            self.confirm_wanted.emit(line)
        elif menu.contains(at):
            self.menu_wanted.emit(line, self.viewport().mapToGlobal(menu.bottomLeft()))

    def _open_menu(self, index: Index, at: QPoint | None = None) -> None:
        if index.isValid() and self.rows[index.row()].place is not None:
            where = self.viewport().mapToGlobal(
                self.visualRect(self.model().index(index.row(), 0)).bottomLeft()
            )
            self.menu_wanted.emit(self.rows[index.row()], at or where)


class _Delegate(CellDelegate):
    """Paints names with the column in bold, the bar of confidence, and the buttons of what is to decide."""

    def __init__(self, view: ColumnTable) -> None:
        super().__init__(view, 24)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        table = self.parent()
        assert isinstance(table, ColumnTable)
        line = table.rows[index.row()]
        if line.place is None:
            self._paint_head(painter, option.rect, line)
            return
        painters: dict[int, Callable[[QPainter, QRect, Line], None]] = {
            _NAME: self._paint_name,
            _CONFIDENCE: self._paint_confidence,
        }
        if line.group is Group.TO_DECIDE:
            painters[_DECISION] = lambda painter, area, line: self._paint_buttons(painter, area, line, option)
        if index.column() not in painters:
            super().paint(painter, option, index)
            return
        self.paint_ground(painter, option, index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = option.rect if index.column() == _DECISION else self._inner(option.rect, index)
        painters[index.column()](painter, area, line)
        painter.restore()

    def _paint_head(self, painter: QPainter, area: QRect, line: Line) -> None:
        painter.save()
        painter.fillRect(area, colour("window"))
        painter.fillRect(QRect(area.x(), area.bottom(), area.width(), 1), colour("hairline"))
        inner, title = area.adjusted(px(24), 0, -px(24), 0), group_words(line.group)
        strong = fonts.body(look().scale, size=look().measures.small, weight=QFont.Weight.DemiBold)
        painter.setFont(strong)
        painter.setPen(colour(Tone.TEXT))
        painter.drawText(inner, _LEFT, title)
        inner.adjust(QFontMetrics(strong).horizontalAdvance(title) + px(6), 0, 0, 0)
        painter.setFont(fonts.body(look().scale, size=look().measures.small))
        painter.setPen(colour(Tone.MUTED))
        painter.drawText(inner, _LEFT, integer(line.count))
        painter.restore()

    def _paint_name(self, painter: QPainter, area: QRect, line: Line) -> None:
        """The table, then the column in bold; of both the beginning of the table goes first where room is short.

        Where a line has room for two, a path in JSON stands below its column, and a column below its table where both
        are too long for one.
        """
        assert line.place is not None
        table, words, path = shown_name(line.place.table), place_words(line), shown_name(line.place.path)
        of_column = bool(line.place.column) or line.nameless
        two_lines = area.height() > px(_ONE_LINE)
        half = area.height() // 2
        upper = QRect(area.x(), area.y() + px(3), area.width(), half)
        lower = QRect(area.x(), area.y() + half - px(2), area.width(), half)
        if path and two_lines:
            words = words.removesuffix(f":{path}")
            self._paint_small(painter, lower, path)
            area = upper
        column = words[len(table) + 1 :] if of_column else words
        table = f"{table}." if of_column else ""
        plain, strong = cell_font(Cell("", mono=True)), cell_font(Cell("", mono=True), bold=True)
        whole = QFontMetrics(plain).horizontalAdvance(table) + QFontMetrics(strong).horizontalAdvance(column)
        if of_column and two_lines and not path and whole + px(4) > area.width():
            self._paint_small(painter, upper, table)
            area, table = lower, ""
        # A name of two letters would be cut where one of its pixels is missing.
        needed = QFontMetrics(strong).horizontalAdvance(column) + px(4)
        before = QFontMetrics(plain).elidedText(
            table, Qt.TextElideMode.ElideMiddle, max(px(32), area.width() - needed)
        )
        painter.setPen(colour(Tone.TEXT))
        painter.setFont(plain)
        painter.drawText(area, _LEFT, before)
        rest = area.adjusted(QFontMetrics(plain).horizontalAdvance(before), 0, 0, 0)
        painter.setFont(strong)
        shown = QFontMetrics(strong).elidedText(column, Qt.TextElideMode.ElideMiddle, rest.width())
        painter.drawText(rest, _LEFT, shown)

    def _paint_small(self, painter: QPainter, area: QRect, words: str) -> None:
        font = cell_font(Cell("", mono=True, small=True))
        painter.setFont(font)
        painter.setPen(colour(Tone.MUTED))
        shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideMiddle, area.width())
        painter.drawText(area, _LEFT, shown)

    def _paint_confidence(self, painter: QPainter, area: QRect, line: Line) -> None:
        if line.found is None or not line.found.kind:
            return
        bar_width = _BAR if area.width() > px(84) else _BAR // 2
        bar = QRectF(area.x(), area.center().y() - px(3) + 1, px(bar_width), px(6))
        paint_bar(painter, bar, line.found.confidence)
        painter.setFont(fonts.body(look().scale))
        painter.setPen(colour(Tone.TEXT))
        text = area.adjusted(px(bar_width) + px(8), 0, px(8), 0)
        painter.drawText(text, _LEFT, share_words(line.found.confidence))

    def _paint_buttons(
        self, painter: QPainter, area: QRect, line: Line, option: QStyleOptionViewItem
    ) -> None:
        button, menu = self.buttons(area, line)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        at = self._view.viewport().mapFromGlobal(self._view.cursor().pos())
        for box in (button, menu):
            painter.setBrush(colour("hover" if over and box.contains(at) else "base"))
            painter.setPen(QPen(colour("control"), 1))
            painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), px(5), px(5))
        painter.setFont(_button_font())
        painter.setPen(colour(Tone.TEXT))
        painter.drawText(button, int(Qt.AlignmentFlag.AlignCenter), _button_words(line))
        edge = px(12)
        x, y = menu.center().x() - edge / 2 + 1, menu.center().y() - edge / 2 + 1
        icons.paint(painter, "chevron-down", Tone.MUTED, x, y, 12)

    def buttons(self, area: QRect, line: Line) -> tuple[QRect, QRect]:
        """Where the button of a line is, and the one of its menu; both empty where it has none."""
        if line.place is None or line.group is not Group.TO_DECIDE:
            return QRect(), QRect()
        words = max(
            QFontMetrics(_button_font()).horizontalAdvance(each) for each in (_tr("Confirm"), _tr("Decide"))
        )
        width, height = words + px(18), px(_SMALL)
        top = area.center().y() - height // 2 + 1
        button = QRect(area.x() + px(8), top, width, height)
        return button, QRect(button.right() + px(6), top, px(_MENU), height)


def _button_font() -> QFont:
    return fonts.body(look().scale, size=look().measures.small, weight=QFont.Weight.Medium)


def _button_words(line: Line) -> str:
    return _tr("Confirm") if line.proposed else _tr("Decide")


def _columns(narrow: Callable[[], bool]) -> list[Column[Line]]:
    def kind(line: Line) -> str | Cell:
        reason = reason_below(line) if narrow() else ""
        return _of(line, Cell(looks_like(line), second=reason) if reason else looks_like(line))

    return [
        Column(_tr("Column"), _name, 176),
        Column(_tr("Looks like"), kind, _WIDE[_KIND]),
        Column(_tr("Confidence"), _confidence, _WIDE[_CONFIDENCE]),
        Column(
            _tr("Evidence"), lambda line: _of(line, Cell(reason_short(line), tone=Tone.MUTED, small=True))
        ),
        Column(_tr("What it tells"), _mark, _WIDE[_MARK]),
        Column(_tr("Decision"), _decision, _WIDE[_DECISION]),
    ]


def _of(line: Line, cell: str | Cell) -> str | Cell:
    return cell if line.place is not None else ""


def _name(line: Line) -> Cell:
    if line.place is None:
        return Cell(f"{group_words(line.group)} {integer(line.count)}")
    return Cell(place_words(line), mono=True)


def _confidence(line: Line) -> str | Cell:
    known = line.place is not None and line.found is not None and line.found.kind
    return share_words(line.found.confidence) if known and line.found else ""


def _mark(line: Line) -> str | Cell:
    words, tone = mark_words(line)
    return Cell(words, tone=tone, pill=True) if words and line.place is not None else ""


def _decision(line: Line) -> str | Cell:
    if line.place is None:
        return ""
    if line.group is Group.TO_DECIDE:
        return _button_words(line)
    if line.decision is None:
        return Cell(_tr("Not needed"), tone=Tone.MUTED)
    if not line.decision.personal:
        return state_cell(_tr("Not linked"), Tone.MUTED, "circle-check")
    return state_cell(_tr("Confirmed"), Tone.SUCCESS, "circle-check")


_ORDERS: dict[int, Callable[[Line], Any]] = {
    _NAME: lambda line: place_words(line).casefold(),
    _KIND: lambda line: looks_like(line).casefold(),
    _CONFIDENCE: sureness,
    _EVIDENCE: lambda line: reason_short(line).casefold(),
    _MARK: lambda line: mark_words(line)[0],
    _DECISION: lambda line: line.decision is not None and line.decision.personal,
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("personal", text)
