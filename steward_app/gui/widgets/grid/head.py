"""The head of a data table: names and types of columns, and under each a field that filters by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QLineEdit, QToolTip, QWidget

from steward_app.gui import fonts, icons
from steward_app.gui.format import shown_name
from steward_app.gui.look import colour, look, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.grid.columns import GridColumn
from steward_app.gui.widgets.text import markup, restyle, tip
from steward_app.kernel.errors import StewardError, UsageError
from steward_app.services.rows import EVERY_ROW, Condition, Filter, Sort, parse_condition

NAMES_HEIGHT, FILTERS_HEIGHT = 32, 26


class FilterField(QLineEdit):
    """A condition on one column, as it is typed: "> 0", "since 2026-11-01".

    Signals:
        taken_back: Esc put back what holds.
    """

    taken_back = Signal()

    def __init__(self, column: GridColumn, parent: QWidget) -> None:
        super().__init__(parent)
        name = shown_name(column.name)
        self.setProperty("kind", "filter")
        self.setAccessibleName(self.tr("Filter by {name}").format(name=name))
        self.setPlaceholderText(self.tr("hidden") if column.hidden else self._example(column))
        self.setEnabled(not column.hidden)
        if column.hidden:
            self.setToolTip(tip(self.tr("{name} is hidden. Show it to filter by it.").format(name=name)))
        self.accepted = ""

    def _example(self, column: GridColumn) -> str:
        numeric = column.column.affinity in ("INTEGER", "REAL", "NUMERIC")
        return "=" if numeric else self.tr("contains")

    def show_state(self, text: str, error: StewardError | None) -> None:
        """What holds, or what is wrong with what was typed."""
        if not self.isEnabled():
            return
        self.setProperty("wrong", error is not None)
        self.setProperty("active", bool(text) and error is None)
        words = f"{error.message} {error.hint}".strip() if error is not None else ""
        self.setToolTip(tip(words))
        self.setAccessibleDescription(words)
        restyle(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self.accepted:
            self.setText(self.accepted)
            self.show_state(self.accepted, None)
            self.taken_back.emit()
            return
        super().keyPressEvent(event)


class GridHead(QHeaderView):
    """Signals:
    sort_wanted: a `Sort`, or None for the table's own order.
    filter_wanted: a `Filter`.
    filter_refused: what is wrong with what was typed, a sentence; "" when it is put right or taken back.
    """

    sort_wanted = Signal(object)
    filter_wanted = Signal(object)
    filter_refused = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._columns: tuple[GridColumn, ...] = ()
        self._fields: dict[int, FilterField] = {}
        self._typed: dict[str, tuple[Condition, str]] = {}
        self.filter: Filter = EVERY_ROW
        self.sort: Sort | None = None
        self.filters_shown = True
        self._settling = False
        self.setSectionsClickable(True)
        self.setSectionsMovable(False)
        self.setHighlightSections(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.sectionClicked.connect(self._clicked)
        self.sectionResized.connect(self._place)
        self.geometriesChanged.connect(self._place)

    def show_columns(self, columns: Sequence[GridColumn], *, filters: bool = True) -> None:
        """Other columns; what was typed for columns of the same name stays."""
        for field in self._fields.values():
            field.hide()
            field.deleteLater()
        self._fields.clear()
        self._columns = tuple(columns)
        self.filters_shown = filters
        self.rescale()

    def rescale(self) -> None:
        """Sizes of the present zoom."""
        self.setFixedHeight(px(NAMES_HEIGHT + (FILTERS_HEIGHT if self.filters_shown else 0)))
        self.setMinimumSectionSize(px(40))
        self._place()

    def show_sort(self, sort: Sort | None) -> None:
        """The order that holds."""
        self.sort = sort
        self.viewport().update()

    def show_filter(self, shown: Filter) -> None:
        """The filter that holds; fields of columns it does not name are emptied."""
        self.filter = shown
        self._typed = {
            condition.column: (condition, self._as_typed(condition)) for condition in shown.conditions
        }
        for section, field in self._fields.items():
            text = self._shown_text(self._columns[section])
            field.setText(text)
            field.accepted = text
            field.show_state(text, None)

    def focus_filter(self, section: int) -> None:
        """Put the cursor into the field of a column."""
        if section in self._fields:
            self._fields[section].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _clicked(self, section: int) -> None:
        name = self._columns[section].name
        if self.sort is None or self.sort.column != name:
            self.sort_wanted.emit(Sort(name))
        else:
            self.sort_wanted.emit(None if self.sort.descending else Sort(name, descending=True))

    def _typed_in(self, section: int) -> None:
        field, column = self._fields[section], self._columns[section]
        text = field.text().strip()
        if text == field.accepted:
            if field.property("wrong"):
                self._taken_back(field)
            return
        wanted = self.filter.without_column(column.name)
        try:
            condition = parse_condition(column.column, text) if text else None
        except UsageError as error:
            field.show_state(text, error)
            self.filter_refused.emit(f"{error.message} {error.hint}".strip())
            return
        if field.property("wrong"):
            self.filter_refused.emit("")
        field.accepted = text
        field.show_state(text, None)
        if condition is not None:
            self._typed[column.name] = condition, text
            wanted = wanted.with_condition(condition)
        self.filter = wanted
        self.filter_wanted.emit(wanted)

    def _shown_text(self, column: GridColumn) -> str:
        """What was typed for a column; nothing for a hidden one, whose values it may hold."""
        _, text = self._typed.get(column.name, (None, ""))
        return "" if column.hidden else text

    def _as_typed(self, condition: Condition) -> str:
        """A condition as it was typed; one that came from elsewhere in its own words."""
        known, text = self._typed.get(condition.column, (None, ""))
        name = shown_name(condition.column, 60)
        return text if known == condition else condition.words.removeprefix(name).strip()

    def _taken_back(self, field: FilterField) -> None:
        field.show_state(field.accepted, None)
        self.filter_refused.emit("")

    def _field(self, section: int) -> FilterField:
        if section not in self._fields:
            column = self._columns[section]
            field = FilterField(column, self.viewport())
            field.editingFinished.connect(lambda: self._typed_in(section))
            field.taken_back.connect(lambda: self.filter_refused.emit(""))
            text = self._shown_text(column)
            field.setText(text)
            field.accepted = text
            field.show_state(text, None)
            if section - 1 in self._fields:
                QWidget.setTabOrder(self._fields[section - 1], field)
            self._fields[section] = field
        return self._fields[section]

    @contextmanager
    def settling(self) -> Iterator[None]:
        """In the block, columns get their widths; the fields are put under them once, at its end."""
        self._settling = True
        try:
            yield
        finally:
            self._settling = False
            self._place()

    def _place(self, *_: int) -> None:
        """Put the fields of the columns in view under their names; others are not made."""
        if self._settling:
            return
        width = self.viewport().width()
        for section in range(len(self._columns)):
            x, room = self.sectionViewportPosition(section), self.sectionSize(section)
            in_view = self.filters_shown and x < width and x + room > 0 and room > 0
            if in_view:
                field = self._field(section)
                field.setGeometry(x + px(4), px(NAMES_HEIGHT) + 1, room - px(8), px(FILTERS_HEIGHT) - px(4))
                field.show()
            elif section in self._fields:
                self._fields[section].hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def setOffset(self, offset: int) -> None:
        super().setOffset(offset)
        self._place()

    def paintSection(self, painter: QPainter, area: QRect, section: int) -> None:
        if section >= len(self._columns):
            return
        column = self._columns[section]
        painter.save()
        painter.fillRect(area, colour("window"))
        painter.fillRect(QRect(area.x(), area.bottom(), area.width(), 1), colour("hairline"))
        painter.fillRect(QRect(area.right(), area.y(), 1, area.height()), colour("hairline"))
        names = QRect(area.x() + px(8), area.y(), area.width() - px(16), px(NAMES_HEIGHT))
        x = names.x()
        if column.numeric:
            x = max(x, names.right() - _words_width(column) - (px(16) if self._arrow(column) else 0))
        if icon := _icon(column):
            icons.paint(painter, icon[0], icon[1], x, names.center().y() - px(6) + 1, 12)
            x += px(18)
        arrow = self._arrow(column)
        right = names.right() - (px(16) if arrow else 0)
        mono = fonts.mono(look().scale, size=look().measures.code, weight=QFont.Weight.DemiBold)
        x = _word(painter, mono, "text", shown_name(column.name), x, right, names)
        if column.type_text:
            small = fonts.body(look().scale, size=look().measures.small)
            x = _word(painter, small, "muted", column.type_text, x + px(6), right, names)
        if arrow and self.sort is not None:
            name = "arrow-down" if self.sort.descending else "arrow-up"
            icons.paint(painter, name, Tone.ACCENT, x + px(4), names.center().y() - px(6) + 1, 12)
        painter.restore()

    def _arrow(self, column: GridColumn) -> bool:
        return self.sort is not None and self.sort.column == column.name

    def needed_width(self, section: int) -> int:
        """Pixels the head of a column needs."""
        column = self._columns[section]
        return _words_width(column) + px(16 + 20)

    def viewportEvent(self, event: object) -> bool:
        if isinstance(event, QHelpEvent):
            section = self.logicalIndexAt(event.pos())
            if section >= 0 and event.pos().y() < px(NAMES_HEIGHT):
                QToolTip.showText(event.globalPos(), markup((_described(self._columns[section]),)), self)
                return True
        return super().viewportEvent(event)  # type: ignore[arg-type]  # any event of Qt


def _icon(column: GridColumn) -> tuple[str, Tone] | None:
    if column.hidden:
        return "eye-off", Tone.PERSONAL
    if column.is_key:
        return "key-round", Tone.MUTED
    return ("link", Tone.MUTED) if column.link is not None else None


def _words_width(column: GridColumn) -> int:
    mono = fonts.mono(look().scale, size=look().measures.code, weight=QFont.Weight.DemiBold)
    small = fonts.body(look().scale, size=look().measures.small)
    words = QFontMetrics(mono).horizontalAdvance(shown_name(column.name))
    if column.type_text:
        words += QFontMetrics(small).horizontalAdvance(column.type_text) + px(6)
    return words + (px(18) if _icon(column) else 0) + 2


def _described(column: GridColumn) -> str:
    """The column in words: "visit_id INTEGER, points to visit"."""
    parts = [f"{shown_name(column.name)} {column.column.declared_type}".strip()]
    if column.is_key:
        parts.append("primary key")
    if column.link is not None:
        parts.append(f"points to {shown_name(column.link.parent)}")
    if column.hidden:
        parts.append("hidden until you ask for it")
    return ", ".join(parts)


def _word(painter: QPainter, font: QFont, token: str, text: str, x: int, right: int, area: QRect) -> int:
    """Paint a word as far as there is room; gives the x behind it."""
    metrics = QFontMetrics(font)
    room = right - x
    if room < px(8):
        return x
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
    painter.setFont(font)
    painter.setPen(colour(token))
    painter.drawText(QRect(x, area.y(), room, area.height()), int(Qt.AlignmentFlag.AlignVCenter), shown)
    return x + metrics.horizontalAdvance(shown)
