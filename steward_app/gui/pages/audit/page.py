"""The Audit page: one head and one toolbar over its views."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from steward_app.gui.actions import Action
from steward_app.gui.context import PageContext
from steward_app.gui.flow import Flow
from steward_app.gui.look import px
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.audit.changes_view import ChangesView
from steward_app.gui.pages.audit.deleted_view import DeletedView
from steward_app.gui.pages.audit.exporting import ask_and_export
from steward_app.gui.pages.audit.history_view import HistoryView
from steward_app.gui.pages.audit.proof.view import ProofView
from steward_app.gui.pages.audit.read import Known, Seen
from steward_app.gui.pages.audit.row_view import RowView
from steward_app.gui.pages.audit.setup.view import SetUpView
from steward_app.gui.pages.audit.span_view import SpanView
from steward_app.gui.pages.audit.trust import TrustLine
from steward_app.gui.pages.audit.undo_actions import UndoActions
from steward_app.gui.pages.audit.undo_flow import UndoFlow
from steward_app.gui.pages.audit.undo_panel import UndoPanel
from steward_app.gui.pages.audit.view import View
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.controls import Segments
from steward_app.gui.widgets.parts import Parts
from steward_app.gui.widgets.surfaces import EmptyState, Scroll, Toolbar
from steward_app.kernel.plan import Json
from steward_app.services.audit.engine.model import NotKept
from steward_app.services.audit.guard.status import AuditStatus, audit_status, with_verification
from steward_app.services.audit.undo import Selection

ALL, ROW, TXN, DELETED, PROOF, SETUP = "all", "row", "txn", "deleted", "proof", "setup"
VIEWS: dict[str, type[View]] = {
    ALL: ChangesView,
    ROW: RowView,
    TXN: SpanView,
    DELETED: DeletedView,
    PROOF: ProofView,
    SETUP: SetUpView,
}
_LOW = 560  # height of a window, of the design, in which a plan and all above it do not fit
_PAUSE_MS = 40  # between two views that are made before they are wanted


class AuditPage(Page):
    """Views of the history of a file. The trust line stands over all of them.

    Attributes:
        views: by their names; one that was not shown yet is made when it is asked for.
        status: how it stands with the audit of the file, as last read; None before.
        reveal: whether values of columns that look personal are shown.
    """

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self.status: AuditStatus | None = None
        self.views = _Views(self._make_view)
        self.undo_flow = UndoFlow(self, self._lay_over)
        self._wanted = ALL
        self._stale: set[str] = set()
        self._built = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._make_next)
        self.reveal = False
        self._make_actions()
        self._build()
        self._built = True

    def _make_actions(self) -> None:
        title = self.spec.title
        self.setup_action = Action(
            "audit.setup", self.tr("Set up history"), lambda: self.show_view(SETUP), title, "sliders-horizontal",
            keywords="install triggers log tables columns",
        )  # fmt: skip
        self.export_action = Action(
            "audit.export", self.tr("Export history"), self.export, title, "download", "Ctrl+E", self._why_no_export,
            "save csv json jsonl html",
        )  # fmt: skip
        self.reveal_action = Action(
            "audit.reveal", self.tr("Show or hide personal values"), self.toggle_personal, title, "eye", "Ctrl+Shift+P",
            self.why_no_log, "hidden personal columns",
        )  # fmt: skip
        self.undo_action = Action(
            "audit.undo", self.tr("Undo what is ticked"), self.undo_flow.plan, title, "undo-2", "Ctrl+Return",
            self._why_no_undo, "put back revert",
        )  # fmt: skip
        self.undoing = UndoActions(self)
        self.undo_span_action = self.undoing.span

    def _build(self) -> None:
        titles = {
            ALL: self.tr("All changes"),
            ROW: self.tr("One row"),
            TXN: self.tr("One transaction"),
            DELETED: self.tr("Deleted rows"),
            PROOF: self.tr("Proof"),
        }
        self._go_actions = [self._going(key, words) for key, words in titles.items()]
        self.segments = Segments(self.tr("What is shown"), *titles.items())
        self.trust = TrustLine()
        self.toolbar = Toolbar(self.segments, self.trust)
        self._blank = QWidget()
        none = EmptyState(
            "history",
            self.tr("No history is kept of this file"),
            self.tr(
                "Once it is set up, every change of every row is kept, whichever program makes it: "
                "you can see who changed what, and take it back."
            ),
            Button(action=self.setup_action),
        )
        self._none = Scroll(none)
        self.stack = Parts()
        for widget in (self._blank, self._none):
            self.stack.addWidget(widget)
        self.content.addWidget(self.toolbar)
        self.content.addWidget(self.stack, 1)
        self.head_actions(self.export_action, self.setup_action)
        self.segments.chosen.connect(self.show_view)
        self.trust.chosen.connect(self.show_view)
        self._show_wanted()

    def _going(self, key: str, words: str) -> Action:
        return Action(f"audit.{key}", words, lambda: self.show_view(key), self.spec.title, "history")

    def _make_view(self, key: str) -> View:
        """Make a view, and put its tools into the toolbar."""
        view = VIEWS[key](self)
        layout = self.toolbar.layout()
        assert isinstance(layout, Flow)
        layout.insert(layout.count() - 1, *view.tools)
        for tool in view.tools:
            tool.hide()
        self.stack.addWidget(view)
        return view

    def _make_next(self) -> None:
        """Make what was not shown yet, one view at a time, so that what it can do is in the palette."""
        missing = next((key for key in VIEWS if key not in self.views), None)
        if missing is not None:
            self.views[missing]
            self.commands_changed.emit()
            self._later.start(_PAUSE_MS)

    # What a page may say

    @property
    def view(self) -> str:
        """The view that is wanted; a file without history shows why there is none in its place."""
        return self._wanted

    def commands(self) -> Sequence[Action]:
        if self.undo_flow.planning:
            return self.undo_flow.step.commands()
        every = [command for view in self.views.values() for command in view.commands()]
        own = (self.setup_action, self.export_action, self.reveal_action, self.undo_action)
        return (*own, *self._go_actions, *self.undoing.every, *every)

    def show_document(self) -> None:
        self.read_status()

    def refresh(self, touched: tuple[str, ...]) -> None:
        self.read_status()

    def refresh_guard(self) -> None:
        self._stale |= {PROOF, SETUP}
        if self.isVisible() and self._wanted in (PROOF, SETUP):
            self.read_status()

    def arrive(self, **arguments: Any) -> None:
        """`table` and `key` for a row (and `column` for a cell of it), `txn` for a transaction, `view` for a view."""
        wanted = str(arguments.pop("view", "")) or _view_for(arguments)
        if wanted in VIEWS:
            self.views[wanted].arrive(**arguments)
            self._stale.add(wanted)
            self.show_view(wanted)
            self.views[wanted].take_focus()

    def save_state(self) -> dict[str, Json]:
        return {"view": self._wanted}

    def restore_state(self, state: dict[str, Json]) -> None:
        if state.get("view") in VIEWS and state.get("view") not in (ROW, TXN):  # they would stand empty
            self._wanted = str(state["view"])
            self._show_wanted()

    def reconsider(self) -> None:
        if not self._built:
            return  # a view asks while others are still to be made
        for view in self.views.values():
            view.reconsider()
        self.undo_flow.reconsider()
        super().reconsider()

    # Views

    def show_view(self, key: str) -> None:
        """Show one of the views; it reads if it has not, or if something was changed since."""
        if key in VIEWS:
            if key != self._wanted:
                self.clear_banners()
            self._wanted = key
            if self.undo_flow.over is not None:
                self.undo_flow.leave()
            self._show_wanted()
            self.reconsider()

    def read_status(self) -> None:
        """Look again how it stands, and let what is shown read again; the other views do when they are shown."""
        path, catalog, known = self.context.file.path, self.context.catalog, self.context.database_id
        self.run(
            self.tr("Reading the state of the history"),
            lambda context: with_verification(catalog, audit_status(path, context), known),
            self._show_status,
            quiet=True,
        )

    def _show_status(self, status: AuditStatus) -> None:
        self.status = status
        self._stale = set(VIEWS)
        self.trust.show_status(status)
        self._show_wanted()
        self.undo_flow.look_again()
        self.reconsider()
        self._later.start(_PAUSE_MS)

    def _show_wanted(self) -> None:
        key, status, over = self._wanted, self.status, self.undo_flow.over
        self.segments.choose(key if key != SETUP else "")
        shown: QWidget = self._blank
        if over is not None:
            shown = over
        elif status is not None:
            lacks = VIEWS[key].needs_log and not status.audited
            shown = self._none if lacks else self.views[key]
        view = shown if isinstance(shown, View) else None
        for each in self.views.values():
            for tool in each.tools:
                tool.setVisible(each is view)
        focused = QApplication.focusWidget()
        leaves = (
            focused is not None
            and shown is not self.stack.currentWidget()
            and self.stack.isAncestorOf(focused)
        )
        self.stack.setCurrentWidget(shown)
        self.make_room()
        if leaves and view is not None:
            view.take_focus()
        if view is not None and status is not None and key in self._stale:
            self._stale.discard(key)
            view.visit(status)

    # History and undo

    @property
    def history_view(self) -> HistoryView | None:
        """The view of the history that is shown, or None."""
        view = self.views.get(self._wanted)
        return view if isinstance(view, HistoryView) else None

    @property
    def is_over(self) -> bool:
        """Whether an undo stands in the place of the views."""
        return self.undo_flow.over is not None

    @property
    def undo_actions(self) -> Sequence[Action | None]:
        """For the menu of a line."""
        return self.undoing.menu

    @property
    def panel(self) -> UndoPanel | None:
        """The undo that is shown, or None."""
        if self.undo_flow.over is not None:
            return self.undo_flow.panel
        view = self.history_view
        return view.detail.panel if view is not None else None

    @property
    def reveal_words(self) -> str:
        """What the button for personal values does."""
        return self.tr("Hide personal values") if self.reveal else self.tr("Show personal values")

    def why_no_log(self) -> str:
        """Why nothing can be looked up; "" when there is a log."""
        if self.status is None:
            return self.tr("The history is being read.")
        return "" if self.status.audited else self.tr("No history is kept of this file.")

    def show_problem(self, words: str) -> None:
        """Say what was not found."""
        self.show_banner(Banner(Tone.WARNING, words, "", on_close=self.clear_banners))

    def show_row_of(self, seen: Seen) -> None:
        """Everything that became of a row."""
        key = tuple(value for value in seen.named.values() if not isinstance(value, NotKept))
        named = key if key and len(key) == len(seen.named) else seen.key_now
        self.arrive(table=seen.entry.table, key=named)

    def show_span_of(self, seq: int) -> None:
        """Everything that was done at once with a change."""
        self.arrive(view=TXN, seq=seq)

    def show_scope(self, selection: Selection, title: str) -> None:
        """Show what undoing these changes would do."""
        view = self.history_view
        self.undo_flow.begin(selection, title, view.known if view is not None else Known((), ()))

    def make_room(self) -> None:
        """Where the window is low, a plan and its buttons get the room of the toolbar: Back leads to it."""
        view = self.views.get(self._wanted)
        low = self.window().height() < px(_LOW)
        over = self.undo_flow.over is not None
        self.toolbar.setVisible(not over and not (low and view is not None and view.planning))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._built:
            self.make_room()

    def _lay_over(self, widget: QWidget | None) -> None:
        self._show_wanted()
        self.reconsider()

    def _why_no_undo(self) -> str:
        panel = self.panel
        return self.why_no_log() or (
            panel.why_not() if panel is not None else self.tr("Choose a change first.")
        )

    def _why_no_export(self) -> str:
        view = self.history_view
        if reason := self.why_no_log():
            return reason
        if view is None or self.is_over:
            return self.tr("Choose what to export under All changes, One row or One transaction.")
        return "" if view.exported() is not None else self.tr("There is nothing to export here yet.")

    def export(self) -> None:
        """Write what the list shows to a file."""
        view = self.history_view
        wanted = view.exported() if view is not None else None
        if wanted is not None:
            ask_and_export(self, *wanted)

    # Personal values

    def toggle_personal(self) -> None:
        """Show values of columns that look personal, or hide them again."""
        self.reveal = not self.reveal
        self._conceal()

    def _conceal(self) -> None:
        for view in self.views.values():
            if isinstance(view, HistoryView):
                view.conceal()
        self.undo_flow.conceal()
        self.reconsider()

    def hideEvent(self, event: QHideEvent) -> None:
        """Who leaves the page does not leave personal values open on it."""
        super().hideEvent(event)
        if self.reveal and not event.spontaneous():
            self.reveal = False
            self._conceal()


class _Views(dict[str, View]):
    """Views by name, made when they are first asked for."""

    def __init__(self, make: Callable[[str], View]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: str) -> View:
        self[key] = made = self._make(key)
        return made


def _view_for(arguments: dict[str, Any]) -> str:
    if "txn" in arguments:
        return TXN
    if "key" in arguments:
        return ROW
    return ALL
