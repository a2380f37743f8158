"""Builds pages at their first visit, shows one at a time, and tells each what was touched while it was hidden."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from steward_app.gui.context import PageContext
from steward_app.gui.page import Page, PageSpec


class PageHost(QStackedWidget):
    """The middle of the window. Pages belong to one open file; another file begins with none.

    Signals:
        shown: id of the page that is shown now.
        commands_changed: the page that is shown can do something else now.
    """

    shown = Signal(str)
    commands_changed = Signal()

    def __init__(self, specs: Sequence[PageSpec], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._specs = {spec.id: spec for spec in specs}
        self._pages: dict[str, Page] = {}
        self._stale: dict[str, set[str] | None] = {}
        self._context: PageContext | None = None
        self._blank = QWidget()
        self.addWidget(self._blank)

    @property
    def page(self) -> Page | None:
        """The page that is shown."""
        shown = self.currentWidget()
        return shown if isinstance(shown, Page) else None

    @property
    def built(self) -> tuple[Page, ...]:
        """The pages built so far."""
        return tuple(self._pages.values())

    def has(self, key: str) -> bool:
        """Whether the page was built already."""
        return key in self._pages

    def begin(self, context: PageContext) -> None:
        """Another file: the old pages go, new ones are built as they are visited."""
        self.end()
        self._context = context

    def end(self) -> None:
        """No file: every page is destroyed, and with it what it waits for.

        A page is not removed from the stack first: that would hand it back to Python, and it would be destroyed twice.
        """
        self.setCurrentWidget(self._blank)
        for page in self._pages.values():
            page.deleteLater()
        self._pages.clear()
        self._stale.clear()
        self._context = None

    def show_page(self, key: str, state: dict[str, Any], /, **arguments: Any) -> Page:
        """Show a page, built and given its kept state when it is new.

        Raises:
            KeyError: there is no such page.
        """
        page = self._pages.get(key)
        is_new = page is None
        if page is None:
            page = self._build(key)
            page.restore_state(state)
        self.setCurrentWidget(page)
        self.shown.emit(key)
        if is_new:
            page.show_document()
        elif key in self._stale:
            tables = self._stale.pop(key)
            page.refresh(() if tables is None else tuple(sorted(tables)))
        if arguments:
            page.arrive(**arguments)
        return page

    def touched(self, tables: tuple[str, ...]) -> None:
        """Tables were changed (all of them, when empty): the page that is shown reads now, the others later."""
        for key, page in self._pages.items():
            if page is self.currentWidget() and self.isVisible():
                page.refresh(tables)
                continue
            page.refresh_unseen()
            stale = self._stale.setdefault(key, set())
            if not tables or stale is None:
                self._stale[key] = None
            else:
                stale.update(tables)

    def _build(self, key: str) -> Page:
        if self._context is None:
            raise KeyError(key)
        spec = self._specs[key]
        page = spec.build(spec, self._context)
        page.commands_changed.connect(self.commands_changed)
        self._pages[key] = page
        self.addWidget(page)
        return page
