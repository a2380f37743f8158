"""Undo, for every page: at once where its inverse undoes it, and with its plan shown first where more is at stake."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog

from steward_app.gui.bridge import JobHandle
from steward_app.gui.context import Message
from steward_app.gui.format import as_here
from steward_app.gui.layout import boxed, clear, vbox
from steward_app.gui.look import px
from steward_app.gui.page import Page
from steward_app.gui.pages.restore.carry import for_window
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import error_banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.foot import FootLine
from steward_app.gui.widgets.plan_view import PlanView
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import undo
from steward_app.services.operation import Confirmation, needs_confirmation

_WIDTH, _HEIGHT = 760, 620


def done_message(page: Page, receipt: Receipt) -> Message:
    """What a toast says of an operation, with Undo where it can be undone by itself."""
    take_back = (lambda: take_it_back(page, receipt.undo)) if receipt.undo else None
    return Message(receipt.sentence, undo=take_back)


def take_it_back(page: Page, operation_id: str) -> None:
    """Undo at once what its inverse undoes without a question; else show the plan."""
    if not shiboken6.isValid(page):
        return
    catalog, read_only = page.context.catalog, page.context.file.read_only

    def work(context: Context) -> Plan | Receipt:
        plan = undo.plan_undo(catalog, operation_id, context, path=page.context.file.path)
        if plan.blocking or read_only or needs_confirmation(plan):
            return plan
        return undo.carry_out(catalog, operation_id, plan, context, Confirmation())

    def ended(result: Plan | Receipt) -> None:
        if isinstance(result, Receipt):
            page.context.toast(done_message(page, result))
        else:
            _show(page, operation_id, result)

    page.run(_tr("Undoing"), work, ended, on_failure=lambda error: _say(page, error), writes=True)


def plan_to_undo(page: Page, operation_id: str) -> None:
    """Show the plan of an undo, to be looked at before it is carried out."""
    catalog, path = page.context.catalog, page.context.file.path
    page.run(
        _tr("Planning the undo"),
        lambda context: undo.plan_undo(catalog, operation_id, context, path=path),
        lambda plan: _show(page, operation_id, plan),
        on_failure=lambda error: _say(page, error),
    )


def _show(page: Page, operation_id: str, plan: Plan) -> None:
    UndoDialog(page, operation_id, plan).open()


class UndoDialog(QDialog):
    """The plan of an undo, over the window: to be rehearsed, carried out or left."""

    def __init__(self, page: Page, operation_id: str, plan: Plan) -> None:
        super().__init__(page)
        self._page, self._operation_id, self.plan = page, operation_id, plan
        self._job: JobHandle | None = None
        self.setWindowTitle(_tr("Undo"))
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._wrong = vbox()
        self.view = PlanView()
        self.view.show_plan(for_window(plan))
        self.view.show_state(True)
        self.stay = Button(_tr("Cancel"), self.reject)
        self.stay.setDefault(True)
        self.rehearse_button = Button(_tr("Rehearse"), self.rehearse)
        self.allow = Button(_tr("Allow changes"), self._allow, icon="lock-open")
        self.verb = Button(plan.button, self.apply, kind=Kind.PRIMARY, icon="undo-2")
        self.foot = FootLine(self._stop, self.rehearse_button, self.allow, self.verb, before=(self.stay,))
        head = boxed(vbox(Label(as_here(plan.title), role="question", wrap=True), margins=(24, 20, 24, 4)))
        whole = vbox(head, boxed(self._wrong), self.view, self.foot)
        whole.setStretch(2, 1)
        self.setLayout(whole)
        room = page.window().size()
        self.resize(min(px(_WIDTH), room.width() - px(48)), min(px(_HEIGHT), room.height() - px(48)))
        self.reconsider()
        self.stay.setFocus(Qt.FocusReason.OtherFocusReason)

    def reconsider(self) -> None:
        """What can be done now, and why not."""
        file, blocking = self._page.context.file, self.plan.blocking
        switched = file.state.writable and file.read_only
        reason = f"{blocking[0].title}." if blocking else ""
        if not file.state.writable:
            reason = reason or _tr("This file can only be read, so nothing in it can be undone.")
        elif file.read_only:
            reason = reason or _tr("The file is read-only.")
        shown = (self.rehearse_button, *((self.allow,) if switched and not blocking else ()), self.verb)
        self.foot.show_buttons(*shown)
        if reason:
            self.foot.say(reason)
        self.verb.disable(reason)
        self.rehearse_button.disable(f"{blocking[0].title}." if blocking else "")

    def rehearse(self) -> None:
        """Carry the plan out on a copy of the file and tell what came of it."""
        catalog, operation_id, plan = self._page.context.catalog, self._operation_id, self.plan
        self._start(
            _tr("Rehearsing the undo"),
            _tr("Rehearsing on a copy"),
            lambda context: undo.rehearse_undo(catalog, operation_id, plan, context),
            self._show_rehearsal,
        )

    def apply(self) -> None:
        """Carry the plan out. Its button is the confirmation."""
        catalog, operation_id, plan = self._page.context.catalog, self._operation_id, self.plan
        said = Confirmation(given=True, read_only=self._page.context.file.read_only)
        self._start(
            plan.title,
            _tr("Undoing"),
            lambda context: undo.carry_out(catalog, operation_id, plan, context, said),
            self._show_done,
            writes=True,
        )

    def reject(self) -> None:
        if self._job is None:
            super().reject()

    def _start(
        self,
        title: str,
        gerund: str,
        work: Callable[[Context], Rehearsal | Receipt],
        done: Callable[[Rehearsal | Receipt], None],
        *,
        writes: bool = False,
    ) -> None:
        clear(self._wrong)
        self.foot.show_running(gerund)
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

    def _show_rehearsal(self, found: Rehearsal | Receipt) -> None:
        if isinstance(found, Rehearsal):
            self.view.show_rehearsal(found)

    def _show_done(self, found: Rehearsal | Receipt) -> None:
        self._job = None
        self.accept()
        if isinstance(found, Receipt):
            self._page.context.toast(done_message(self._page, found))

    def _show_wrong(self, error: StewardError) -> None:
        self._wrong.addWidget(boxed(vbox(error_banner(error), margins=(24, 8, 24, 0))))

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _allow(self) -> None:
        self._page.context.allow_changes()
        self.reconsider()


def _say(page: Page, error: StewardError) -> None:
    if page.isVisible():
        page.show_error(error)
    else:
        page.context.toast(Message(error.message, error.hint, Tone.DANGER))


def _tr(text: str) -> str:
    return QCoreApplication.translate("undoing", text)
