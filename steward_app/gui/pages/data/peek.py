"""A look at the row a link points to, without leaving the table."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QPoint
from PySide6.QtWidgets import QWidget

from steward_app.gui.layout import Item, boxed, fix, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.pages.data.record import Record, gone, peek_lines
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.popover import Popover
from steward_app.gui.widgets.text import Label, name


class Peek(Popover):
    """Floats beside the cell that was clicked."""

    def __init__(self, anchor: QWidget) -> None:
        super().__init__(anchor)
        self._whole = vbox()
        self.setLayout(self._whole)
        self._shown: QWidget | None = None

    def show_record(self, record: Record, at: QPoint, open_row: Callable[[], None]) -> None:
        """The first values of a row, and the way to it. `at`: of the cell, on the screen."""

        def go() -> None:
            self.dismiss()
            open_row()

        lines: list[Item] = [
            hbox(
                Label(name(record.title, bold=True), elide=True),
                Button(_tr("Close"), self.dismiss, kind=Kind.PLAIN_ICON, icon="x", small=True),
            ),
            *peek_lines(record),
            hbox(link(_tr("Open row"), go, onward=True), None),
        ]
        self._show(lines, at)

    def show_gone(self, words: str, at: QPoint) -> None:
        """The row is not there."""
        self._show(
            [gone(words), Label(_tr("Constraints tells what can be done."), tone=Tone.MUTED, wrap=True)], at
        )

    def _show(self, lines: list[Item], at: QPoint) -> None:
        if self._shown is not None:
            self._shown.hide()
            self._shown.deleteLater()
        self._shown = fix(boxed(vbox(*lines, gap=4, margins=(12, 8, 12, 8))), width=336)
        self._whole.addWidget(self._shown)
        self.open()
        window = self.window()
        corner = window.mapFromGlobal(at) + QPoint(-px(12), px(4))
        x = max(0, min(corner.x(), window.width() - self.width()))
        y = (
            corner.y()
            if corner.y() + self.height() <= window.height()
            else corner.y() - self.height() - px(28)
        )
        self.move(x, max(0, y))


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
