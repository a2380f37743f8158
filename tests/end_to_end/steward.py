"""A steward before the window: sees words, does things to what carries them, and counts what it took."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QGraphicsView,
    QHeaderView,
    QLineEdit,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from builders.walk import accessible_name
from end_to_end.hands import Hands
from steward_app.gui.shell.window import Window
from steward_app.gui.widgets.text import Label

_PATIENCE_MS = 20_000
_CALM_MS = 40


class Steward:
    """Does one thing at a time and waits until the window has answered.

    Attributes:
        actions: clicks, key presses and texts typed since `begin`. A text that is typed is one action, as Enter is.
    """

    def __init__(self, window: Window, hands: Hands, bot: QtBot) -> None:
        self.window, self.hands, self.bot = window, hands, bot
        self.actions = 0

    # Doing

    def opens(self, path: Path) -> None:
        """Open a file, and begin to count."""
        self.window.opening.open(path)
        self.bot.waitUntil(
            lambda: self.window.file is not None and self.window.file.path == path, timeout=_PATIENCE_MS
        )
        self.waits()
        self.actions = 0

    def clicks(self, words: str) -> None:
        """Click the button, page or tab that says so."""
        self._click(self.button(words))

    def clicks_head(self, table: QTableView, column: str, *, wait: bool = True) -> None:
        """Click the name of a column; without `wait`, do not wait for what comes of it."""
        head = table.horizontalHeader()
        section = next(n for n in range(head.count()) if column in str(head_text(table, n)))
        middle = head.sectionViewportPosition(section) + min(head.sectionSize(section), head.width()) // 2
        self._click_at(head.viewport().mapToGlobal(QPoint(middle, 8)), wait=wait)

    def clicks_row(self, table: QTableView, words: str) -> None:
        """Click the first row that is in view and has these words in a cell."""
        row = next(row for row, cells in rows_in_view(table) if words in cells)
        area = table.visualRect(table.model().index(row, 0))
        self._click_at(table.viewport().mapToGlobal(area.center()))

    def clicks_item(self, view: QGraphicsView, area: QRect) -> None:
        """Click what is drawn in an area of the viewport."""
        assert view.viewport().rect().contains(area.center()), "it is not in view"
        self._click_at(view.viewport().mapToGlobal(area.center()))

    def drags(self, widget: QWidget, start: QPoint, end: QPoint) -> None:
        """Press at a point of a widget, move, let go."""
        self.actions += 1
        self.hands.drag(widget.mapToGlobal(start), widget.mapToGlobal(end))
        self.waits()

    def presses(self, keys: str) -> None:
        """Press keys together."""
        self.actions += 1
        self.hands.press(keys)
        self.waits()

    def types(self, text: str) -> None:
        """Type into what has the focus."""
        self.actions += 1
        self.hands.write(text)
        self.waits()

    def _click(self, widget: QWidget) -> None:
        self._click_at(widget.mapToGlobal(widget.rect().center()))

    def _click_at(self, at: QPoint, *, wait: bool = True) -> None:
        self.actions += 1
        self.hands.click(at)
        if wait:
            self.waits()

    # Waiting

    def waits(self) -> None:
        """Until no job runs and nothing more happens by itself."""
        for _ in range(2):
            calm(_CALM_MS)
            self.bot.waitUntil(lambda: self.window.jobs.idle, timeout=_PATIENCE_MS)

    def sees(self, words: str) -> None:
        """Wait until these words stand somewhere in view; else the words that do are told."""
        try:
            self.bot.waitUntil(lambda: self.finds(words), timeout=_PATIENCE_MS)
        except self.bot.TimeoutError:
            raise AssertionError(f"{words!r} is not in view; this is: {self.words}") from None

    def finds(self, words: str) -> bool:
        """Whether these words stand somewhere in view."""
        return any(words in text for text in self.words)

    # Seeing

    @property
    def words(self) -> list[str]:
        """Every text in view: labels, buttons, fields, cells of tables and lists."""
        return [text for widget in self.visible(QWidget) for text in texts_of(widget) if text]

    def visible(self, kind: type[Any]) -> list[Any]:
        """Widgets of a kind that are seen, also in what popped up."""
        return [
            widget
            for top in QApplication.topLevelWidgets()
            if top.isVisible()
            for widget in (top, *top.findChildren(QWidget))
            if isinstance(widget, kind) and widget.isVisible() and not widget.visibleRegion().isEmpty()
        ]

    def button(self, words: str) -> QAbstractButton:
        """The one that says so, or begins with it; it must be enabled."""
        found = [b for b in self.visible(QAbstractButton) if words in (b.text(), accessible_name(b))]
        found = found or [b for b in self.visible(QAbstractButton) if accessible_name(b).startswith(words)]
        assert found, (
            f"no button says {words!r}: {[accessible_name(b) for b in self.visible(QAbstractButton)]}"
        )
        assert found[0].isEnabled(), f"{words!r} cannot be pressed: {found[0].toolTip()}"
        return found[0]

    def named(self, kind: type[Any], name: str) -> Any:
        """The widget of a kind with that accessible name."""
        return next(widget for widget in self.visible(kind) if accessible_name(widget) == name)

    @property
    def focus(self) -> QWidget:
        """What gets the keys."""
        focused = QApplication.focusWidget()
        assert focused is not None
        return focused


def texts_of(widget: QWidget) -> Iterator[str]:
    """What a widget says."""
    if isinstance(widget, Label):
        yield widget.plain
    elif isinstance(widget, QAbstractButton):
        yield widget.text() or accessible_name(widget)
    elif isinstance(widget, QLineEdit):
        yield widget.text() or widget.placeholderText()
    elif isinstance(widget, QTableView):
        for _, cells in rows_in_view(widget):
            yield from cells
    elif isinstance(widget, QHeaderView):
        return
    elif isinstance(widget, QAbstractItemView) and (model := widget.model()) is not None:
        yield from (str(model.index(row, 0).data() or "") for row in range(model.rowCount()))


def rows_in_view(table: QTableView) -> list[tuple[int, list[str]]]:
    """The rows that are seen, with the texts of their cells."""
    model, height = table.model(), table.viewport().height()
    first, last = table.rowAt(0), table.rowAt(height - 1)
    rows = range(first, (last if last >= 0 else model.rowCount() - 1) + 1) if first >= 0 else ()
    columns = range(model.columnCount())
    return [(row, [str(model.index(row, column).data() or "") for column in columns]) for row in rows]


def head_text(table: QTableView, section: int) -> object:
    """The name of a column."""
    return table.model().headerData(section, Qt.Orientation.Horizontal)


def calm(milliseconds: int) -> None:
    """Let the window work for a moment."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
