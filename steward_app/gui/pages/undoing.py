"""Undo, for every page: at once where its inverse undoes it, and with its plan shown first where more is at stake."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QCoreApplication

from steward_app.gui.context import Message
from steward_app.gui.page import Page
from steward_app.gui.pages.migrations.plan_shown import MigrationPlan
from steward_app.gui.pages.plan_dialog import PlanDialog
from steward_app.gui.pages.restore.carry import for_window
from steward_app.gui.tokens import Tone
from steward_app.kernel.errors import StewardError
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import undo
from steward_app.services.operation import Confirmation, needs_confirmation

_WANTS_REHEARSAL = "migrate.undo"


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
    if plan.operation == _WANTS_REHEARSAL:
        MigrationPlan(page, plan, lambda receipt: _done(page, receipt)).open()
    else:
        UndoDialog(page, operation_id, plan).open()


def _done(page: Page, receipt: Receipt) -> None:
    page.context.toast(done_message(page, receipt))
    if receipt.restore_point:
        page.context.guarded()


class UndoDialog(PlanDialog):
    """The plan of an undo."""

    def __init__(self, page: Page, operation_id: str, plan: Plan) -> None:
        self._operation_id = operation_id
        super().__init__(page, plan, for_window(plan), icon="undo-2")

    def rehearsing(self) -> Callable[[Context], Rehearsal]:
        catalog, operation_id, plan = self._page.context.catalog, self._operation_id, self.plan
        return lambda context: undo.rehearse_undo(catalog, operation_id, plan, context)

    def applying(self, said: Confirmation) -> Callable[[Context], Receipt]:
        catalog, operation_id, plan = self._page.context.catalog, self._operation_id, self.plan
        return lambda context: undo.carry_out(catalog, operation_id, plan, context, said)

    def carried_out(self, receipt: Receipt) -> None:
        _done(self._page, receipt)


def _say(page: Page, error: StewardError) -> None:
    if page.isVisible():
        page.show_error(error)
    else:
        page.context.toast(Message(error.message, error.hint, Tone.DANGER))


def _tr(text: str) -> str:
    return QCoreApplication.translate("undoing", text)
