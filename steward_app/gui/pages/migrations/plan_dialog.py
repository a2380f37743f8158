"""A plan over the window: to take migrations back, to set the history right, to begin it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from steward_app.gui.bridge import JobHandle
from steward_app.gui.format import as_here
from steward_app.gui.layout import boxed, clear, vbox
from steward_app.gui.page import Page
from steward_app.gui.pages.migrations.dialogs import room
from steward_app.gui.pages.migrations.words import in_window_words, tr
from steward_app.gui.widgets.banner import error_banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import LabelledField
from steward_app.gui.widgets.foot import FootLine
from steward_app.gui.widgets.plan_view import PlanView
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.migrate.run import service
from steward_app.services.operation import Confirmation

T = TypeVar("T")
_BY_FILES = "migrate.undo"


class PlanDialog(QDialog):
    """Shows a plan; carries it out on a copy, or on the file.

    What takes migrations back by their files wants a rehearsal first, or a reason why there is none.

    Args:
        done: is told the receipt, when the dialog has closed.
    """

    def __init__(self, page: Page, plan: Plan, done: Callable[[Receipt], None]) -> None:
        super().__init__(page)
        self._page, self.plan, self._done = page, plan, done
        self._job: JobHandle | None = None
        self._rehearsed = plan.operation != _BY_FILES
        self.setWindowTitle(plan.title)
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._wrong = vbox()
        self.view = PlanView()
        self.view.show_plan(replace(plan, findings=in_window_words(plan.findings)))
        self.view.show_state(True)
        self.reason = LabelledField(tr("Why without a rehearsal"))
        self.reason.edit.textChanged.connect(lambda _: self.reconsider())
        self._asked = boxed(vbox(self.reason, margins=(24, 8, 24, 8)))
        self.stay = Button(tr("Cancel"), self.reject)
        self.stay.setDefault(True)
        self.rehearse_button = Button(tr("Rehearse"), self.rehearse, icon="flask-conical")
        self.allow = Button(tr("Allow changes"), self._allow, icon="lock-open")
        self.verb = Button(plan.button, self.apply, kind=Kind.PRIMARY)
        self.foot = FootLine(self._stop, self.rehearse_button, self.allow, self.verb, before=(self.stay,))
        head = boxed(vbox(Label(as_here(plan.title), role="question", wrap=True), margins=(24, 20, 24, 4)))
        whole = vbox(head, boxed(self._wrong), self.view, self._asked, self.foot)
        whole.setStretch(2, 1)
        self.setLayout(whole)
        self.resize(*room(page, 760, 620))
        self.reconsider()
        self.stay.setFocus(Qt.FocusReason.OtherFocusReason)

    def reconsider(self) -> None:
        """What can be done now, and why not."""
        file, blocking = self._page.context.file, self.plan.blocking
        reason = f"{blocking[0].title}." if blocking else ""
        switched = file.state.writable and file.read_only
        if not file.state.writable:
            reason = reason or tr("This file can only be read.")
        elif file.read_only:
            reason = reason or tr("The file is read-only.")
        if not self._rehearsed and not self.reason.edit.text().strip():
            reason = reason or tr("Rehearse it first, or say why not.")
        self._asked.setVisible(not self._rehearsed)
        self.foot.show_buttons(
            self.rehearse_button, *((self.allow,) if switched and not blocking else ()), self.verb
        )
        if reason:
            self.foot.say(reason)
        self.verb.disable(reason)
        self.rehearse_button.disable(f"{blocking[0].title}." if blocking else "")

    def rehearse(self) -> None:
        """Carry it out on a copy of the file."""
        catalog, plan = self._page.context.catalog, self.plan
        self._start(
            tr("Rehearsing on a copy"),
            lambda context: service.rehearse(catalog, plan, context),
            self._show_rehearsal,
        )

    def apply(self) -> None:
        """Carry it out. Its button is the confirmation."""
        catalog, plan, why = self._page.context.catalog, self.plan, self.reason.edit.text().strip()
        said = Confirmation(given=True, read_only=self._page.context.file.read_only)
        unrehearsed = "" if self._rehearsed else why

        def work(context: Context) -> Receipt:
            return service.apply(catalog, plan, context, said, unrehearsed=unrehearsed)

        self._start(plan.title, work, self._show_done, writes=True)

    def reject(self) -> None:
        if self._job is None:
            super().reject()

    def _start(
        self, title: str, work: Callable[[Context], T], done: Callable[[T], None], *, writes: bool = False
    ) -> None:
        clear(self._wrong)
        self.foot.show_running(title)
        self._job = self._page.run(
            title,
            work,
            done,
            on_failure=self._show_wrong,
            on_progress=self.foot.show_progress,
            on_end=self._ended,
            writes=writes,
        )

    def _ended(self) -> None:
        self._job = None
        if shiboken6.isValid(self) and self.isVisible():
            self.reconsider()

    def _show_rehearsal(self, found: Rehearsal) -> None:
        self.view.show_rehearsal(found)
        self._rehearsed = self._rehearsed or found.passed

    def _show_done(self, receipt: Receipt) -> None:
        self._job = None
        self.accept()
        self._done(receipt)

    def _show_wrong(self, error: StewardError) -> None:
        self._wrong.addWidget(boxed(vbox(error_banner(error), margins=(24, 8, 24, 0))))

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _allow(self) -> None:
        self._page.context.allow_changes()
        self.reconsider()


def open_plan(
    page: Page, title: str, make: Callable[[Context], Plan], done: Callable[[Receipt], None]
) -> None:
    """Make a plan and show it."""
    page.run(title, make, lambda plan: PlanDialog(page, plan, done).open())
