"""The Audit page: one head and one toolbar over its views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QStackedWidget, QWidget

from steward_app.gui.actions import Action
from steward_app.gui.context import PageContext
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.audit.setup.view import SetUpView
from steward_app.gui.pages.audit.trust import TrustLine
from steward_app.gui.pages.audit.view import View
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.controls import Segments
from steward_app.gui.widgets.surfaces import EmptyState, Toolbar
from steward_app.kernel.plan import Json
from steward_app.services.audit.status import AuditStatus, audit_status

ALL, ROW, TXN, DELETED, PROOF, SETUP = "all", "row", "txn", "deleted", "proof", "setup"


class AuditPage(Page):
    """Views of the history of a file. The trust line stands over all of them.

    Attributes:
        views: by their names.
        status: how it stands with the audit of the file, as last read; None before.
    """

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self.status: AuditStatus | None = None
        self.views: dict[str, View] = {}
        self._wanted = ALL
        self._stale: set[str] = set()
        self._build()

    def _build(self) -> None:
        title = self.spec.title
        titles = {
            ALL: self.tr("All changes"),
            ROW: self.tr("One row"),
            TXN: self.tr("One transaction"),
            DELETED: self.tr("Deleted rows"),
            PROOF: self.tr("Proof"),
        }
        self.setup_action = Action(
            "audit.setup", self.tr("Set up history"), lambda: self.show_view(SETUP), title, "sliders-horizontal",
            keywords="install triggers log tables columns",
        )  # fmt: skip
        self.views = self._make_views()
        offered = {key: words for key, words in titles.items() if key in self.views}
        self._go_actions = [self._going(key, words) for key, words in offered.items()]
        self.segments = Segments(self.tr("What is shown"), *offered.items())
        self.trust = TrustLine()
        tools = [tool for view in self.views.values() for tool in view.tools]
        self.toolbar = Toolbar(self.segments, *tools, None, self.trust)
        self._blank = QWidget()
        self._none = EmptyState(
            "history",
            self.tr("No history is kept of this file"),
            self.tr(
                "Once it is set up, every change of every row is kept, whichever program makes it: "
                "you can see who changed what, and take it back."
            ),
            Button(action=self.setup_action) if SETUP in self.views else None,
        )
        self.stack = QStackedWidget()
        for widget in (self._blank, self._none, *self.views.values()):
            self.stack.addWidget(widget)
        self.content.addWidget(self.toolbar)
        self.content.addWidget(self.stack, 1)
        if SETUP in self.views:
            self.head_actions(self.setup_action)
        self.segments.chosen.connect(self.show_view)
        self.trust.chosen.connect(self.show_view)
        self._show_wanted()

    def _going(self, key: str, words: str) -> Action:
        return Action(f"audit.{key}", words, lambda: self.show_view(key), self.spec.title, "history")

    def _make_views(self) -> dict[str, View]:
        """Every view there is."""
        return {SETUP: SetUpView(self)}

    # What a page may say

    @property
    def view(self) -> str:
        """The view that is wanted; a file without history shows why there is none in its place."""
        return self._wanted

    def commands(self) -> Sequence[Action]:
        every = [command for view in self.views.values() for command in view.commands()]
        return (*([self.setup_action] if SETUP in self.views else []), *self._go_actions, *every)

    def show_document(self) -> None:
        self.read_status()

    def refresh(self, touched: tuple[str, ...]) -> None:
        self.read_status()

    def refresh_guard(self) -> None:
        if SETUP in self.views and self.status is not None:
            self._stale |= {PROOF, SETUP} & set(self.views)

    def arrive(self, **arguments: Any) -> None:
        """`table` and `key` for a row (and `column` for a cell of it), `txn` for a transaction, `view` for a view."""
        wanted = str(arguments.pop("view", "")) or _view_for(arguments)
        if wanted in self.views:
            self.views[wanted].arrive(**arguments)
            self._stale.add(wanted)
            self.show_view(wanted)

    def save_state(self) -> dict[str, Json]:
        return {"view": self._wanted}

    def restore_state(self, state: dict[str, Json]) -> None:
        if state.get("view") in self.views:
            self._wanted = str(state["view"])
            self._show_wanted()

    def reconsider(self) -> None:
        for view in self.views.values():
            view.reconsider()
        super().reconsider()

    # Views

    def show_view(self, key: str) -> None:
        """Show one of the views; it reads if it has not, or if something was changed since."""
        if key in self.views:
            self._wanted = key
            self._show_wanted()

    def read_status(self) -> None:
        """Look again how it stands, and let what is shown read again; the other views do when they are shown."""
        path = self.context.file.path
        self.run(
            self.tr("Reading the state of the history"),
            lambda context: audit_status(path, context),
            self._show_status,
            quiet=True,
        )

    def _show_status(self, status: AuditStatus) -> None:
        self.status = status
        self._stale = set(self.views)
        self.trust.show_status(status)
        self._show_wanted()
        self.reconsider()

    def _show_wanted(self) -> None:
        key, status = self._wanted, self.status
        view = self.views.get(key)
        self.segments.choose(key if key in self.views and key != SETUP else "")
        shown: QWidget = self._blank
        if status is not None and not status.audited and (view is None or view.needs_log):
            shown = self._none
        elif status is not None and view is not None:
            shown = view
        for name, each in self.views.items():
            for tool in each.tools:
                tool.setVisible(name == key and shown is each)
        self.stack.setCurrentWidget(shown)
        if shown is view and status is not None and view is not None and key in self._stale:
            self._stale.discard(key)
            view.visit(status)


def _view_for(arguments: dict[str, Any]) -> str:
    if "txn" in arguments:
        return TXN
    if "key" in arguments:
        return ROW
    return ALL
