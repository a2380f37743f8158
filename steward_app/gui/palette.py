"""The command palette: tables, actions and pages in one list, by a few letters and Enter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import shiboken6
from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from steward_app.gui import fonts, icons
from steward_app.gui.actions import Action, shortcut_text
from steward_app.gui.fuzzy import Match, match
from steward_app.gui.layout import boxed, fix, hbox, vbox
from steward_app.gui.look import colour, look, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.popover import SHADOW, Floating
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.surfaces import hairline
from steward_app.gui.widgets.text import Keys

_WIDTH = 600
_MOST = 40  # of each kind; more would not be read
_MOST_UNASKED = 8
_VISIBLE_ROWS = 14
_LIKE_A_WORD = 600  # a keyword is found by its beginning, not by letters here and there

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette.

    Attributes:
        kind: the heading it stands under: "Tables", "Actions", "Pages".
        title: what is looked for.
        detail: small words beside it.
        reason: why it cannot be chosen now, or "".
        keywords: other words that find it.
    """

    kind: str
    title: str
    run: Callable[[], None] = field(compare=False)
    detail: str = ""
    icon: str = ""
    keys: str = ""
    reason: str = ""
    keywords: str = ""


def entry_of(action: Action, kind: str) -> Entry:
    """An action as a line."""
    return Entry(
        kind, action.title, action.trigger, action.group, action.icon, shortcut_text(action.shortcut),
        action.reason, action.keywords,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """What the list shows: a heading, or an entry with the letters that were found."""

    heading: str = ""
    entry: Entry | None = None
    found: tuple[int, ...] = ()


def lines(query: str, entries: Iterable[Entry]) -> tuple[Line, ...]:
    """The entries that fit, best first under their headings, the heading with the best one first."""
    kinds: dict[str, list[tuple[int, Entry, tuple[int, ...]]]] = {}
    for entry in entries:
        found = _fit(query, entry)
        if found is not None:
            kinds.setdefault(entry.kind, []).append((found.score, entry, found.positions))
    most = _MOST if query.strip() else _MOST_UNASKED
    shown: list[Line] = []
    ordered = sorted(kinds.items(), key=lambda item: -max(score for score, *_ in item[1]))
    for kind, hits in ordered:
        hits.sort(key=lambda hit: -hit[0])
        shown.append(Line(heading=kind))
        shown.extend(Line(entry=entry, found=positions) for _, entry, positions in hits[:most])
    return tuple(shown)


def _fit(query: str, entry: Entry) -> Match | None:
    found = match(query, entry.title)
    if found is None and entry.keywords:
        other = match(query, entry.keywords)
        found = Match(other.score - 400, ()) if other and other.score > _LIKE_A_WORD else None
    if found is not None and entry.reason:
        return Match(found.score - 200, found.positions)
    return found


class Palette(Floating):
    """Opens over the window; keys alone are enough."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAccessibleName(self.tr("Go to a table, page or action"))
        self._entries: tuple[Entry, ...] = ()
        self._before: QWidget | None = None
        self.field = QLineEdit()
        self.field.setProperty("kind", "bare-large")
        self.field.setAccessibleName(self.tr("Go to a table, page or action"))
        self.field.setPlaceholderText(self.tr("Go to a table, page or action"))
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self._model = _Lines()
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Found"))
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setMouseTracking(True)
        self.list.clicked.connect(lambda index: self._run(index.row()))
        top = hbox(IconLabel("search"), self.field, Keys("Esc"), gap=8, margins=(16, 0, 16, 0))
        head = fix(boxed(top), height=44)
        self.setLayout(vbox(head, hairline(), self.list, margins=(1, 0, 1, 8)))
        fix(self, width=_WIDTH + 2 * SHADOW)
        self.hide()

    def open(self, entries: Sequence[Entry]) -> None:
        """Show these entries and wait for letters."""
        self._entries = tuple(entries)
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self.field.clear()
        self._search("")
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def dismiss(self) -> None:
        """Close it and give the focus back."""
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self.hide()
        before, self._before = self._before, None
        if before is not None and shiboken6.isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def shown(self) -> tuple[Line, ...]:
        """The lines as they are listed."""
        return self._model.lines

    def _search(self, query: str) -> None:
        self._model.show_lines(lines(query, self._entries))
        self._move(0, 1)
        self.list.scrollToTop()
        rows = self._model.lines
        heights = [self.list.sizeHintForRow(row) for row in range(min(len(rows), _VISIBLE_ROWS))]
        self._take_room(max(px(30), sum(heights)))

    def _take_room(self, wanted: int) -> None:
        """Stand below the header with a list so high, or as high and wide as the window has room for."""
        window, top = self.window(), px(look().measures.header)
        self.setFixedWidth(min(px(_WIDTH + 2 * SHADOW), window.width()))
        self.list.setFixedHeight(wanted)
        self.adjustSize()
        beyond = top + self.height() - SHADOW + px(8) - window.height()
        if beyond > 0:
            self.list.setFixedHeight(max(px(30), wanted - beyond))
            self.adjustSize()
        self.move((window.width() - self.width()) // 2, top)

    def _move(self, start: int, step: int) -> None:
        rows = self._model.lines
        row = start
        for _ in rows:
            row %= len(rows)
            if rows[row].entry is not None:
                self.list.setCurrentIndex(self._model.index(row))
                self.list.scrollTo(self._model.index(row))
                return
            row += step

    def _run(self, row: int) -> None:
        if not 0 <= row < len(self._model.lines):
            return
        entry = self._model.lines[row].entry
        if entry is not None and not entry.reason:
            self.dismiss()
            entry.run()

    def _key(self, event: QKeyEvent) -> bool:
        row, key = self.list.currentIndex().row(), Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.dismiss()
        elif key == Qt.Key.Key_Down:
            self._move(row + 1, 1)
        elif key == Qt.Key.Key_Up:
            self._move(row - 1, -1)
        elif key == Qt.Key.Key_PageDown:
            self._move(min(row + 10, len(self._model.lines) - 1), 1)
        elif key == Qt.Key.Key_PageUp:
            self._move(max(row - 10, 0), 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(row)
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            pass
        else:
            return False
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            position = event.globalPosition().toPoint()
            inside = self.rect().contains(self.mapFromGlobal(position))
            if isinstance(watched, QWidget) and not inside:
                self.dismiss()
        return False


class _Lines(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Line, ...] = ()

    def show_lines(self, new: tuple[Line, ...]) -> None:
        self.beginResetModel()
        self.lines = new
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            if line.entry is None:
                return line.heading
            parts = (line.entry.title, line.entry.reason or line.entry.detail)
            return ", ".join(part for part in parts if part)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        line = self.lines[index.row()]
        if line.entry is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line = index.data(Qt.ItemDataRole.UserRole)
        return QSize(px(100), px(26 if line.entry is None else 30))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Line = index.data(Qt.ItemDataRole.UserRole)
        area: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if line.entry is None:
            painter.setFont(fonts.body(look().scale, size=11, weight=QFont.Weight.Medium))
            painter.setPen(colour("muted"))
            words = area.adjusted(px(16), px(6), 0, 0)
            painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), line.heading)
        else:
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            _paint_entry(painter, area, line.entry, line.found, chosen)
        painter.restore()


def _paint_entry(painter: QPainter, area: QRect, entry: Entry, found: tuple[int, ...], chosen: bool) -> None:
    area = area.adjusted(px(8), 0, -px(8), 0)
    if chosen:
        radius = px(look().measures.radius_control)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("selection"))
        painter.drawRoundedRect(QRectF(area), radius, radius)
    quiet = Tone.ON_FILL if chosen else Tone.MUTED
    x, middle = area.x() + px(8), area.center().y()
    if entry.icon:
        icons.paint(painter, entry.icon, quiet, x, middle - px(8) + 1, 16)
    x += px(24)
    tone = quiet if chosen or entry.reason else Tone.TEXT
    right = _paint_keys(painter, area, entry.keys or (_enter_key() if chosen and not entry.reason else ""))
    x = _paint_title(painter, QRect(x, area.y(), right - x, area.height()), entry.title, found, tone)
    small = fonts.body(look().scale, size=look().measures.small)
    painter.setFont(small)
    painter.setPen(colour(quiet))
    words = QRect(x + px(8), area.y(), right - x - px(16), area.height())
    text = QFontMetrics(small).elidedText(
        entry.reason or entry.detail, Qt.TextElideMode.ElideRight, max(0, words.width())
    )
    side = Qt.AlignmentFlag.AlignRight if entry.reason else Qt.AlignmentFlag.AlignLeft
    painter.drawText(words, int(side | Qt.AlignmentFlag.AlignVCenter), text)


def _paint_title(painter: QPainter, area: QRect, title: str, found: tuple[int, ...], tone: Tone) -> int:
    """Paint the title, found letters in semibold; gives the x behind it."""
    plain = fonts.body(look().scale)
    strong = fonts.body(look().scale, weight=QFont.Weight.DemiBold)
    painter.setPen(colour(tone))
    metrics = QFontMetrics(strong)
    title = metrics.elidedText(title, Qt.TextElideMode.ElideRight, area.width())
    x, marked = area.x(), set(found)
    start = 0
    while start < len(title):
        end = start + 1
        while end < len(title) and (end in marked) == (start in marked):
            end += 1
        font = strong if start in marked else plain
        painter.setFont(font)
        piece = title[start:end]
        painter.drawText(QPoint(x, _baseline(area, font)), piece)
        x += QFontMetrics(font).horizontalAdvance(piece)
        start = end
    return x


def _paint_keys(painter: QPainter, area: QRect, keys: str) -> int:
    """Paint the keys as a keycap at the right; gives the x before it."""
    if not keys:
        return area.right() - px(8)
    font = fonts.body(look().scale, size=look().measures.caption, weight=QFont.Weight.Medium)
    width = QFontMetrics(font).horizontalAdvance(keys) + px(10)
    cap = QRectF(area.right() - px(8) - width, area.center().y() - px(9) + 1, width, px(18))
    painter.setPen(colour("hairline"))
    painter.setBrush(colour("window"))
    painter.drawRoundedRect(cap, px(3), px(3))
    painter.setFont(font)
    painter.setPen(colour("muted"))
    painter.drawText(cap, int(Qt.AlignmentFlag.AlignCenter), keys)
    return round(cap.x())


def _enter_key() -> str:
    return shortcut_text("Enter")


def _baseline(area: QRect, font: QFont) -> int:
    metrics = QFontMetrics(font)
    return area.y() + (area.height() + metrics.ascent() - metrics.descent()) // 2
