"""From a plan to its receipt, whatever it brings back: rehearse, carry out, undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.catalog.points import Point
from steward_app.gui.context import Message
from steward_app.gui.format import shown_name
from steward_app.gui.pages.restore.contents import contents_table, section
from steward_app.gui.pages.restore.read import Planned
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner, error_banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.plan_view import changes_table
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.receipt import Receipt
from steward_app.services.operation import Confirmation
from steward_app.services.undo import undo

if TYPE_CHECKING:
    from steward_app.gui.pages.restore.page import RestorePage


class Carry:
    """Of one page: the plan that is shown, and what becomes of it.

    Attributes:
        planned: None where there is no plan.
        again: makes the plan once more.
    """

    def __init__(self, page: RestorePage) -> None:
        self._page = page
        self.planned: Planned | None = None
        self.again: Callable[[], None] = page.plan
        self._point: Point | None = None

    def drop(self) -> None:
        """Forget the plan."""
        self.planned = None

    def show_plan(self, found: Planned, point: Point, again: Callable[[], None]) -> None:
        """Show a plan of a point; what blocks it is said above."""
        page = self._page
        self.planned, self._point, self.again = found, point, again
        page.plan_view.show_plan(for_window(found.plan), *self._contents(), disk_free=found.free_bytes)
        page.plan_view.show_state(True, "" if found.changes_file else _tr("The place is free"))
        page.show_plan_step()
        blocking = for_window(found.plan).blocking
        if blocking:
            lead = _tr("This cannot be restored: {why}.").format(why=blocking[0].title)
            rest = " ".join(blocking[0].remedies) or _tr("Go back to see what can be done about it.")
            page.show_banner(Banner(Tone.DANGER, lead, rest))

    def _contents(self) -> tuple[QWidget, ...]:
        """What a new file will hold, as far as somebody looked into the point."""
        planned, point = self.planned, self._point
        if planned is None or point is None or planned.changes_file or not point.tables:
            return ()
        return (section(_tr("What it will hold"), contents_table(point.tables)),)

    def out_of_date(self) -> None:
        """The file was changed since: for a new file that is no matter, else its rows are not those of the plan."""
        page = self._page
        if self.planned is None or not self.planned.changes_file:
            return
        page.plan_view.show_state(False)
        button = Button(_tr("Plan again"), self.again, small=True)
        rest = _tr("The file was changed. Plan again to see the new numbers.")
        page.show_banner(Banner(Tone.WARNING, _tr("This plan is out of date."), rest, actions=(button,)))

    # Rehearsal

    def why_not_rehearse(self) -> str:
        """Why there is no rehearsal now; "" when there can be one."""
        planned = self.planned
        if not self._page.planning or planned is None:
            return _tr("There is no plan yet.")
        if not planned.changes_file:
            return _tr("A new file changes nothing that exists; there is nothing to rehearse.")
        return _tr("Something is running.") if self._page.busy else self._blocked()

    def rehearse(self) -> None:
        """Carry the plan out on a copy of the file and tell what differs."""
        planned = self.planned
        if planned is None:
            return
        self._page.start(
            _tr("Rehearsing the restore"),
            planned.rehearse,
            lambda found: self._show_rehearsal(planned, found),
            gerund=_tr("Rehearsing on a copy"),
            on_failure=self._failed,
        )

    def _show_rehearsal(self, planned: Planned, rehearsal: Rehearsal) -> None:
        if planned is not self.planned:
            return
        view, plan = self._page.plan_view, planned.plan
        view.show_plan(for_window(plan), *_differing(plan, rehearsal), disk_free=planned.free_bytes)
        view.show_rehearsal(rehearsal)
        view.show_state(True)

    # Restoring

    def why_not_apply(self) -> str:
        """Why the plan cannot be carried out now; "" when it can."""
        planned, page = self.planned, self._page
        if not page.planning or planned is None:
            return _tr("There is no plan yet.")
        if page.busy:
            return _tr("Something is running.")
        if planned.changes_file and not page.context.file.state.writable:
            return _tr("This file can only be read, so nothing can be brought back into it.")
        if planned.changes_file and page.context.file.read_only:
            return _tr("The file is read-only. Allow changes first.")
        return self._blocked()

    @property
    def waits_for_switch(self) -> bool:
        """Whether the read-only switch is all that is in the way."""
        file, planned = self._page.context.file, self.planned
        shown = self._page.planning and planned is not None and planned.changes_file
        return shown and file.state.writable and file.read_only and not self._blocked()

    def _blocked(self) -> str:
        blocking = self.planned.plan.blocking if self.planned else ()
        return f"{blocking[0].title}." if blocking else ""

    def apply(self) -> None:
        """Carry out the plan that is shown. Its button is the confirmation."""
        planned, file = self.planned, self._page.context.file
        if planned is None:
            return
        said = Confirmation(given=True, read_only=file.read_only)
        self._page.start(
            _tr("Restoring {name}").format(name=shown_name(file.path.name)),
            lambda context: planned.apply(context, said),
            self._show_receipt,
            gerund=_tr("Restoring"),
            on_failure=self._failed,
            writes=True,
        )

    def _show_receipt(self, receipt: Receipt) -> None:
        page = self._page
        page.done.show_receipt(receipt, *self._done_tables(receipt))
        page.show_done_step()
        take_back = (lambda: self.undo(receipt)) if receipt.undo else None
        page.context.toast(Message(receipt.sentence, undo=take_back))

    def _done_tables(self, receipt: Receipt) -> tuple[QWidget, ...]:
        if receipt.changes:
            return (section(_tr("Rows, by table"), changes_table(receipt.changes, done=True)),)
        point = self._point
        if point is None or not point.tables:
            return ()
        return (section(_tr("What it holds"), contents_table(point.tables)),)

    def _failed(self, error: StewardError) -> None:
        if error.code is ErrorCode.STALE_PLAN:
            self._page.show_banner(error_banner(error, Button(_tr("Plan again"), self.again, small=True)))
        else:
            self._page.trouble.show(error, self._point, self.again)

    # Undo

    def undo(self, receipt: Receipt) -> None:
        """Take back what was brought back; from the receipt, or from the toast while it is there."""
        page = self._page
        if not shiboken6.isValid(page) or page.busy:
            return
        catalog, said = page.context.catalog, Confirmation(given=True, read_only=page.context.file.read_only)
        page.start(
            _tr("Undoing the restore"),
            lambda context: undo(catalog, receipt.undo, context, said),
            self._show_undone,
            gerund=_tr("Undoing"),
            on_failure=self._not_undone,
            writes=True,
        )

    def _show_undone(self, receipt: Receipt) -> None:
        page = self._page
        page.context.toast(Message(receipt.sentence))
        if page.finished:
            page.done.show_receipt(receipt, *self._done_tables(receipt), undone=True)
            page.show_done_step()

    def _not_undone(self, error: StewardError) -> None:
        page = self._page
        if page.isVisible():
            page.show_error(error)
        else:
            page.context.toast(Message(error.message, error.hint, Tone.DANGER))


def _differing(plan: Plan, rehearsal: Rehearsal) -> tuple[QWidget, ...]:
    """What the rehearsal changed, where the plan did not say it already."""
    counts = [
        {(each.table, each.inserted, each.updated, each.deleted) for each in told.changes}
        for told in (plan, rehearsal)
    ]
    if rehearsal.changes and counts[0] == counts[1]:
        return ()
    if not rehearsal.changes:
        return (Label(_tr("No table differs from what the file holds now."), wrap=True),)
    title = _tr("Tables that differ from now, as rehearsed")
    return (section(title, changes_table(rehearsal.changes)),)


def for_window(plan: Plan) -> Plan:
    """The plan without what is said to those who type commands: answers are given in the step before."""
    findings = tuple(
        replace(each, remedies=tuple(text for text in each.remedies if "--" not in text))
        for each in plan.findings
    )
    return replace(plan, findings=findings)


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
