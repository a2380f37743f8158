"""Restoring from a store alone, in place of the welcome page or of the pages: built when somebody wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget

from steward_app.gui.layout import vbox
from steward_app.gui.shell.reach import Reach

if TYPE_CHECKING:
    from steward_app.gui.pages.restore.store_only import StoreRestore
    from steward_app.gui.shell.window import Window


class FromStore:
    """Of one window. It stays where it is when somebody goes to a page meanwhile, and is gone when it is left."""

    def __init__(self, window: Window, middle: QStackedWidget) -> None:
        self._window, self._middle = window, middle
        self._wizard: StoreRestore | None = None
        self._place = QStackedWidget()
        self._reach = Reach(vbox(), self._place)
        middle.addWidget(self._reach)
        window.welcome.restore_wanted.connect(self.open)
        window.opening.opened.connect(lambda _: self._put_away())
        window.pages.shown.connect(lambda _: middle.setCurrentIndex(1))

    @property
    def wizard(self) -> StoreRestore | None:
        """What is shown; None where it is not, or not now."""
        return self._wizard if self._middle.currentWidget() is self._reach else None

    def open(self) -> None:
        """Show it, as it was where it was left for a page."""
        from steward_app.gui.pages.restore.store_only import StoreRestore

        window = self._window
        window.palette_view.dismiss()
        if self._wizard is None:
            self._wizard = StoreRestore(window.desk, window.jobs, window.opening.open)
            self._wizard.left.connect(self._leave)
            self._place.addWidget(self._wizard)
            self._place.setCurrentWidget(self._wizard)
        self._middle.setCurrentWidget(self._reach)
        window.use_keys()
        self._wizard.begin()

    def _put_away(self) -> None:
        """Somebody is elsewhere now. What still runs there goes on, and can be come back to."""
        if self._wizard is not None and not self._wizard.busy:
            self._wizard.deleteLater()
            self._wizard = None

    def _leave(self) -> None:
        window = self._window
        self._middle.setCurrentIndex(1 if window.file is not None else 0)
        self._put_away()
        window.use_keys()
        (window.welcome.open_button if window.file is None else window.sidebar).setFocus()
