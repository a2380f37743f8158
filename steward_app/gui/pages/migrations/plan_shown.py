"""Plans over the page: to take migrations back, to set the history right, to begin it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import shiboken6

from steward_app.gui.context import Message
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.page import Page
from steward_app.gui.pages.migrations.words import in_window_words, tr
from steward_app.gui.pages.plan_dialog import PlanDialog
from steward_app.gui.pages.schema_map.before_after import MapDialog
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.controls import LabelledField
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.kept import kept_for, result_of
from steward_app.services.operation import Confirmation
from steward_app.services.schema.erd.model import Diagram

_BY_FILES = "migrate.undo"


class MigrationPlan(PlanDialog):
    """What takes migrations back by their files wants a rehearsal first, or a reason why there is none.

    Args:
        done: is told the receipt, when the dialog has closed.
    """

    def __init__(self, page: Page, plan: Plan, done: Callable[[Receipt], None]) -> None:
        self._done = done
        self._rehearsed = plan.operation != _BY_FILES
        self.reason = LabelledField(tr("Why without a rehearsal"))
        self._asked = boxed(vbox(self.reason, margins=(24, 8, 24, 8)))
        self.map = Button(tr("Map of what changes"), self._show_map, icon="workflow")
        self.map.hide()
        shown = replace(plan, findings=in_window_words(plan.findings))
        super().__init__(page, plan, shown, extra=(self.map,), asked=self._asked)
        self.reason.edit.textChanged.connect(lambda _: self.reconsider())

    def missing(self) -> str:
        if self._rehearsed or self.reason.edit.text().strip():
            return ""
        return tr("Rehearse it first, or say why not.")

    def reconsider(self) -> None:
        self._asked.setVisible(not self._rehearsed)
        super().reconsider()

    def rehearsing(self) -> Callable[[Context], Rehearsal]:
        catalog, plan = self._page.context.catalog, self.plan
        return lambda context: service.rehearse(catalog, plan, context)

    def rehearsed(self, found: Rehearsal) -> None:
        super().rehearsed(found)
        self._rehearsed = self._rehearsed or found.passed
        self.map.setVisible(found.passed and self.plan.operation == _BY_FILES)

    def _show_map(self) -> None:
        """What becomes of the schema, as the rehearsal found it; it was kept."""
        catalog, plan = self._page.context.catalog, self.plan

        def read(context: Context) -> Diagram:
            kept = kept_for(catalog, plan)
            report = result_of(catalog, kept).report if kept is not None else None
            return report.map if report is not None else Diagram((), ())

        def show(diagram: Diagram) -> None:
            if not diagram.boxes:
                self._page.context.toast(
                    Message(tr("The schema stays as it is"), tone=Tone.MUTED, icon="info")
                )
            elif shiboken6.isValid(self):
                MapDialog(self._page, diagram).open()

        self._page.run(tr("Reading the rehearsal"), read, show, quiet=True)

    def applying(self, said: Confirmation) -> Callable[[Context], Receipt]:
        catalog, plan, why = self._page.context.catalog, self.plan, self.reason.edit.text().strip()
        unrehearsed = "" if self._rehearsed else why
        return lambda context: service.apply(catalog, plan, context, said, unrehearsed=unrehearsed)

    def carried_out(self, receipt: Receipt) -> None:
        self._done(receipt)


def open_plan(
    page: Page, title: str, make: Callable[[Context], Plan], done: Callable[[Receipt], None]
) -> None:
    """Make a plan and show it."""
    page.run(title, make, lambda plan: MigrationPlan(page, plan, done).open())
