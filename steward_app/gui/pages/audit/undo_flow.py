"""From what is ticked to its receipt: a preview where more is undone than is chosen, the plan, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.pages.audit.read import Known
from steward_app.gui.pages.audit.scope import Scope
from steward_app.gui.pages.audit.setup.plan_step import PlanStep, Way
from steward_app.gui.pages.audit.undo_panel import UndoPanel
from steward_app.gui.pages.audit.undo_plan import PlannedRows
from steward_app.gui.pages.audit.undo_read import carry_out, plan_of, rehearse_of
from steward_app.services.audit.undo import Selection

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage


class UndoFlow:
    """Of one page. What stands over its views is made when it is first wanted.

    Args:
        lay_over: shows a widget in the place of the views; None shows those again.

    Attributes:
        over: what stands there now, or None.
    """

    def __init__(self, page: AuditPage, lay_over: Callable[[QWidget | None], None]) -> None:
        self._page, self._lay_over = page, lay_over
        self._scope: Scope | None = None
        self._step: PlanStep | None = None
        self._applied = False
        self._rows: PlannedRows | None = None
        self.over: QWidget | None = None

    @property
    def scope(self) -> Scope:
        """The preview."""
        if self._scope is None:
            self._scope = Scope(self._page)
            self._scope.left.connect(lambda: self.leave())
            self._page.stack.addWidget(self._scope)
        return self._scope

    @property
    def step(self) -> PlanStep:
        """The plan and its receipt."""
        if self._step is None:
            self._step = PlanStep(self._page, "audit.undo", _tr("Back to the history"))
            self._step.begun.connect(lambda: self._show(self.step))
            self._step.left.connect(lambda: self._left())
            self._page.stack.addWidget(self._step)
        return self._step

    @property
    def panel(self) -> UndoPanel | None:
        """The preview's undo, while that is shown."""
        return self._scope.panel if self._scope is not None and self.over is self._scope else None

    @property
    def planning(self) -> bool:
        """Whether a plan is shown that could be carried out."""
        return self._step is not None and self.over is self._step and self._step.plan is not None

    def begin(self, selection: Selection, title: str, known: Known) -> None:
        """Show what undoing these changes would do."""
        self._page.clear_banners()
        self._show(self.scope)
        self.scope.begin(selection, known, title)

    def plan(self) -> None:
        """Plan the undo of what is ticked; the plan's own button carries it out."""
        panel = self._page.panel
        request = panel.request if panel is not None else None
        if panel is None or request is None:
            return
        catalog, self._applied = self._page.context.catalog, False

        def done() -> None:
            self._applied = True

        self.step.begin(
            Way(
                _tr("Undoing changes"),
                lambda context: plan_of(catalog, request, context),
                lambda plan, context, said: carry_out(catalog, plan, context, said, done),
                lambda plan, context: rehearse_of(catalog, plan, context),
                lambda: self._beside(panel),
            )
        )

    def _beside(self, panel: UndoPanel) -> tuple[QWidget, ...]:
        """What stands in the plan beside its own words."""
        self._rows = panel.planned_rows()
        return (self._rows,) if self._rows is not None else ()

    def leave(self) -> None:
        """Back to the views, if nothing of it runs."""
        if self._step is not None and self._step.busy:
            return
        if self._scope is not None:
            self._scope.panel.show_nothing()
        self._show(None)

    def look_again(self) -> None:
        """The file was changed."""
        if self.panel is not None:
            self.panel.look_again()

    def conceal(self) -> None:
        """Personal values are shown, or hidden, from now on."""
        if self._scope is not None:
            self._scope.panel.conceal()
        if self._rows is not None and shiboken6.isValid(self._rows):
            self._rows.conceal(reveal=self._page.reveal)

    def reconsider(self) -> None:
        """What can be done may be other now."""
        if self._scope is not None:
            self._scope.panel.reconsider()
        if self._step is not None:
            self._step.reconsider()

    def _show(self, widget: QWidget | None) -> None:
        self.over = widget
        self._lay_over(widget)

    def _left(self) -> None:
        """Back from the plan: to the preview, where nothing was done, else to the history."""
        if self._applied or self._scope is None or self._scope.panel.request is None:
            self.leave()
        else:
            self._show(self._scope)
        if self._applied:
            self._applied = False
            self._page.read_status()


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
