"""Keeping a point whatever the rules say, and thinning out what they let go."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from steward_app.catalog.points import Point
from steward_app.gui.layout import vbox
from steward_app.gui.page import Page
from steward_app.gui.pages.backups.dialog import JobDialog
from steward_app.gui.pages.backups.words import moment
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.confirm import Question
from steward_app.gui.widgets.controls import LabelledField
from steward_app.gui.widgets.dialog import PageDialog, dialog_foot
from steward_app.gui.widgets.plan_view import PlanView
from steward_app.gui.widgets.text import Label
from steward_app.kernel.plan import Plan
from steward_app.services.backup.hold import hold
from steward_app.services.operation.model import typed_name


class HoldDialog(JobDialog):
    """Asks why the point stays."""

    def __init__(self, page: Page, point: Point, done: Callable[[Point], None]) -> None:
        words = _tr("The restore point of {when} stays, whatever the rules say, until you let go of it.")
        super().__init__(
            page,
            _tr("Put it on legal hold"),
            _tr("Hold the point"),
            _tr("Holding"),
            "lock",
            words.format(when=moment(point)),
        )
        self._point, self._done = point, done
        self.why = LabelledField(_tr("Why"), _tr("A case or a request, without personal data"))
        self.why.edit.textEdited.connect(lambda _: self.why.set_wrong(""))
        self.add(self.why)
        self.why.edit.setFocus()

    def submit(self) -> None:
        """Hold the point."""
        why = self.why.edit.text().strip()
        if not why:
            self.why.set_wrong(_tr("Say why it stays."))
            self.why.edit.setFocus()
            return
        file, catalog, name = self.page.context.file, self.page.context.catalog, self._point.id
        self.start(
            _tr("Holding the restore point"),
            lambda context: hold(catalog, file.path, name, why, context),
            self._done,
        )


class PruneDialog(PageDialog):
    """The plan of a prune; its button carries the number of points that go.

    Args:
        go: carries the plan out; it is given what was typed where nothing can undo it.
    """

    def __init__(self, page: Page, plan: Plan, go: Callable[[Plan, str], None]) -> None:
        super().__init__(page, plan.title)
        self._page, self._plan, self._go = page, plan, go
        self.view = PlanView()
        self.view.show_plan(plan)
        title = Label(plan.title, role="question", wrap=True)
        buttons = [Button(_tr("Cancel") if plan.needs_confirmation else _tr("Close"), self.reject)]
        if plan.needs_confirmation:
            buttons.append(Button(plan.button, self.confirm, kind=Kind.DANGER, icon="trash-2"))
        buttons[0].setDefault(True)
        foot = dialog_foot(None, *buttons)
        whole = vbox(vbox(title, margins=(24, 20, 24, 0)), self.view, foot)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.take(920, 600)

    def confirm(self) -> None:
        """Ask for the name of the file where nothing can undo the plan, then carry it out."""
        self.accept()
        plan, name = self._plan, typed_name(self._plan)
        if not name:
            self._go(plan, "")
            return
        Question(
            self._page.window(),
            _tr("{title}?").format(title=plan.title),
            plan.reversal_text,
            plan.button,
            lambda: self._go(plan, name),
            type_to_confirm=name,
        ).open()


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
