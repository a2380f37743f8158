"""The row of controls above the rows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QMenu

from steward_app.gui.actions import Action
from steward_app.gui.format import shown_name
from steward_app.gui.look import px
from steward_app.gui.pages.data.commands import FIND, QUERY, ROWS
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import Segments, TextField
from steward_app.gui.widgets.surfaces import Toolbar

_JUMP_WIDTH, _JUMP_NARROW = 216, 144
_LONGEST_KEY = 24


class _Jump(TextField):
    """Narrower where the row has no room for all that stands in it."""

    def sizeHint(self) -> QSize:
        return QSize(px(_JUMP_WIDTH), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(_JUMP_NARROW), super().minimumSizeHint().height())


class DataBar(Toolbar):
    """The way to the rows, and for those of a table the way back, a jump, filters, and what the column holds."""

    def __init__(
        self, back: Action, about: Action, travel: Action, filters_menu: Callable[[], QMenu]
    ) -> None:
        self.way = Segments(
            self.tr("Way to the rows"),
            (ROWS, self.tr("Rows"), "table-2"),
            (QUERY, self.tr("Query"), "terminal"),
            (FIND, self.tr("Find"), "search"),
        )
        self.back = Button(action=back, kind=Kind.ICON)
        self.jump = _Jump(self.tr("Go to a row"))
        self.filters = Button(self.tr("Filters"), lambda: self._show_filters(filters_menu()), icon="bookmark")
        self.about = Button(action=about)
        self.travel = Button(action=travel)
        super().__init__(self.way, self.back, None, self.jump, self.filters, self.about, self.travel)
        self.show_keys(())

    def _show_filters(self, menu: QMenu) -> None:
        menu.popup(self.filters.mapToGlobal(self.filters.rect().bottomLeft()))

    def show_way(self, key: str) -> None:
        """Show which way is taken; what is for the rows of a table goes with them."""
        self.way.choose(key)
        for widget in (self.back, self.jump, self.filters, self.about, self.travel):
            widget.setVisible(key == ROWS)

    def show_keys(self, columns: tuple[str, ...]) -> None:
        """Say what names a row."""
        name = shown_name(", ".join(columns), _LONGEST_KEY)
        words = self.tr("Go to {key}, or #row").format(key=name) if name else self.tr("Go to #row")
        self.jump.setPlaceholderText(words)

    def set_compact(self, compact: bool) -> None:
        """Icons stand for words where the page is narrow."""
        self.way.set_compact(compact)
        self.filters.set_compact(compact)
        self.about.set_compact(compact)
        self.travel.set_compact(compact)
