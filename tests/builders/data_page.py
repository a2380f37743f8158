"""What the tests of the data page share: the page on a clinic, and small words for what a steward does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from steward_app.gui.pages.data.page import DataPage
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label

Open = Callable[..., Any]
CONTROL = Qt.KeyboardModifier.ControlModifier


class Desk:
    """A data page with a steward at it."""

    def __init__(self, opened: Any, qtbot: QtBot) -> None:
        self.opened, self.qtbot = opened, qtbot
        self.page: DataPage = opened.page
        self.browse, self.query, self.search = self.page.browse, self.page.query, self.page.search
        self.rows = self.browse.rows
        self.page.activateWindow()
        qtbot.waitUntil(self.page.isActiveWindow)
        self.rest()

    @classmethod
    def at(cls, open_page: Open, path: Path, qtbot: QtBot, **more: Any) -> Desk:
        return cls(open_page(DataPage, path, **more), qtbot)

    def rest(self) -> Desk:
        """Wait until nothing is read any more."""
        self.qtbot.waitUntil(
            lambda: self.opened.jobs.idle and self.rows.idle and self.query.rows.idle, timeout=20_000
        )
        QApplication.processEvents()  # what was just put into a layout is shown by an event of its own
        return self

    def open(self, table: str, **more: Any) -> Desk:
        self.page.open_table(table, **more)
        return self.rest()

    def column(self, name: str) -> int:
        return [column.name for column in self.rows.columns].index(name)

    def values(self, name: str) -> list[Any]:
        """The loaded values of a column."""
        place = self.column(name)
        return [self.rows._model.cell(row, place) for row in range(len(self.rows._model.rows))]

    def choose(self, row: int, name: str = "id") -> Desk:
        """Make a cell the current one, by the row's place among those loaded."""
        self.rows.view.choose_row(row, self.column(name))
        return self.rest()

    def click(self, row: int, name: str, modifier: Any = Qt.KeyboardModifier.NoModifier) -> Desk:
        view = self.rows.view
        place: QPoint = view.visualRect(self.rows._model.index(row, self.column(name))).center()
        self.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, place)
        return self.rest()

    def press(self, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier, on: Any = None) -> Desk:
        self.qtbot.keyClick(on or self.rows.view, key, modifier)
        return self.rest()

    def type_filter(self, name: str, text: str) -> Desk:
        field = self.rows.head._fields[self.column(name)]
        field.clear()
        self.qtbot.keyClicks(field, text)
        return self.press(Qt.Key.Key_Return, on=field)

    def go_to(self, text: str) -> Desk:
        self.page.bar.jump.setText(text)
        return self.press(Qt.Key.Key_Return, on=self.page.bar.jump)

    @property
    def key(self) -> Any:
        """The key of the row a command would act on."""
        return self.rows.current.key if self.rows.current is not None else None

    @property
    def news(self) -> str:
        """What is said below the rows."""
        return self.browse._news.text if not self.browse._news.isHidden() else ""

    @property
    def banner(self) -> str:
        """What is said under the head."""
        return words_of(self.page._banners.itemAt(0).widget()) if self.page._banners.count() else ""

    def side(self) -> str:
        """What stands beside the rows."""
        return words_of(self.browse.side) if not self.browse.side.isHidden() else ""

    def peek(self) -> str:
        """What floats at the cell."""
        shown = self.browse.follow.peek
        return words_of(shown) if shown is not None else ""


def words_of(widget: QWidget) -> str:
    """Every word that can be seen in a widget."""
    seen = [label.plain for label in widget.findChildren(Label) if label.isVisibleTo(widget)]
    seen += [button.text() for button in widget.findChildren(Button) if button.isVisibleTo(widget)]
    return " ".join(seen)
