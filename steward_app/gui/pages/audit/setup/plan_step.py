"""From a request to its receipt: plan, rehearse, confirm, carry out, undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import shiboken6
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from steward_app.gui.actions import Action
from steward_app.gui.context import Message
from steward_app.gui.layout import vbox
from steward_app.gui.pages.audit.setup.plan_words import for_window, rest_of
from steward_app.gui.pages.audit.setup.receipt_view import ReceiptView
from steward_app.gui.pages.which_database import show_failure
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import error_banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.confirm import Question
from steward_app.gui.widgets.foot import JobFoot
from steward_app.gui.widgets.parts import Parts
from steward_app.gui.widgets.plan_view import PlanView
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import undo as undoing
from steward_app.services.operation import Confirmation, typed_name
from steward_app.storage import free_bytes

if TYPE_CHECKING:
    from steward_app.gui.page import Page

T = TypeVar("T")
_BLANK, _PLAN, _RECEIPT = range(3)
_NOT_ARMED = "recipe_audit_not_armed"  # the code of what arming again puts right


@dataclass(frozen=True, slots=True)
class Way:
    """How something is done.

    Attributes:
        doing: gerund and object, for the strip: "Putting 3 tables under audit".
        plan, rehearse, apply: the calls of the service, on a job's thread. No `rehearse` where a copy tells nothing.
        extra: what stands beside the plan's own words: what it costs, by table.
    """

    doing: str
    plan: Callable[[Context], Plan]
    apply: Callable[[Plan, Context, Confirmation], Receipt]
    rehearse: Callable[[Plan, Context], Rehearsal] | None = None
    extra: Callable[[], tuple[QWidget, ...]] = tuple


class PlanStep(QWidget):
    """Stands in the place of a view for as long as something is planned, and shows its receipt.

    Args:
        page: runs the jobs.
        prefix: of the ids of its actions: "audit.setup".
        back: where it leads when all is done: "Back to the tables".

    Signals:
        begun: a plan is being made, and this is to be shown.
        left: the steward is done here.
    """

    begun = Signal()
    left = Signal()

    def __init__(self, page: Page, prefix: str, back: str) -> None:
        super().__init__()
        self._page, group = page, page.spec.title
        self._way: Way | None = None
        self._plan: Plan | None = None
        self.rehearse_action = Action(
            f"{prefix}.rehearse", _tr("Rehearse on a copy"), self.rehearse, group, "flask-conical", "",
            self._why_not_rehearse, "try",
        )  # fmt: skip
        self.apply_action = Action(
            f"{prefix}.apply", _tr("Carry out the plan"), self.apply, group, "check", "", self.why_not_apply
        )
        self.plan_view = PlanView()
        self.receipt = ReceiptView(
            self.undo, self.leave, lambda point: page.context.navigate("backups", point=point), back
        )
        self._stack = Parts()
        for widget in (QWidget(), self.plan_view, self.receipt):
            self._stack.addWidget(widget)
        self.cancel_button = Button(_tr("Back"), self.leave, icon="arrow-left")
        self.allow_button = Button(_tr("Allow changes"), page.context.allow_changes, icon="lock-open")
        self.arm_button = Button(_tr("Arm again"), self._arm, icon="shield-check")
        self.rehearse_button = Button(action=self.rehearse_action)
        self.apply_button = Button(action=self.apply_action, kind=Kind.PRIMARY)
        self.foot = JobFoot(page.run)
        self.foot.hold(
            self.rehearse_button,
            self.allow_button,
            self.arm_button,
            self.apply_button,
            before=(self.cancel_button,),
        )
        whole = vbox(self._stack, self.foot)
        whole.setStretch(0, 1)
        self.setLayout(whole)

    # What is shown

    @property
    def plan(self) -> Plan | None:
        """The plan that is shown, or None."""
        return self._plan if self._stack.currentIndex() == _PLAN else None

    @property
    def finished(self) -> bool:
        """Whether a receipt is shown."""
        return self._stack.currentIndex() == _RECEIPT

    @property
    def busy(self) -> bool:
        """Whether something of it runs."""
        return self.foot.busy

    def commands(self) -> tuple[Action, ...]:
        """What can be done while a plan is shown."""
        return (self.rehearse_action, self.apply_action) if self.plan is not None else ()

    def begin(self, way: Way) -> None:
        """Make a plan and show it."""
        self._way, self._plan = way, None
        self._stack.setCurrentIndex(_BLANK)
        self.foot.show()
        self.begun.emit()
        self._start(_tr("Planning"), lambda context: _planned(way, context), self._show_plan,
                    on_failure=self._not_planned, on_stopped=self.leave)  # fmt: skip

    def _show_plan(self, found: tuple[Plan, int | None]) -> None:
        plan, free = found
        way = self._way
        if way is None:
            return
        self._plan = plan
        self.plan_view.show_plan(for_window(plan), *rest_of(plan), *way.extra(), disk_free=free, titled=True)
        self.plan_view.show_state(True)
        self._stack.setCurrentIndex(_PLAN)
        self.apply_button.set_words(plan.button)
        rehearse = (self.rehearse_button,) if way.rehearse is not None else ()
        not_armed = any(each.code == _NOT_ARMED for each in plan.blocking)
        arm = (self.arm_button,) if not_armed else ()
        self.foot.show_buttons(*rehearse, *arm, self.apply_button)
        self.cancel_button.show()
        if plan.blocking:
            self.foot.say(_tr("This cannot be done; the findings say why. Nothing is changed."))
        self.reconsider()
        self.apply_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _arm(self) -> None:
        """What is in the way of the plan is that tables are not armed: plan that first."""
        self._page.context.navigate("audit", view="setup", rearm=True)

    def _not_planned(self, error: StewardError) -> None:
        self.leave()
        show_failure(self._page, error)

    def leave(self) -> None:
        """Back to where it was begun; what only reads is given up. A receipt that was read need not be told again."""
        if self.finished:
            self._page.context.clear_toasts()
        self.foot.give_up()
        self._way = self._plan = None
        self._stack.setCurrentIndex(_BLANK)
        self._page.clear_banners()
        self.left.emit()
        self._page.reconsider()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leads back; nothing was changed."""
        if event.key() == Qt.Key.Key_Escape and self.plan is not None and not self.busy:
            self.leave()
        else:
            super().keyPressEvent(event)

    def reconsider(self) -> None:
        """What can be done may be other now."""
        file = self._page.context.file
        waits = self.plan is not None and file.state.writable and file.read_only and not self._blocked()
        held = self.allow_button.hasFocus()
        self.allow_button.setVisible(waits)
        self._page.commands_changed.emit()
        for button in (self.rehearse_button, self.apply_button):
            button.reconsider()
        if held and not waits:
            self.foot.take_focus()

    # Rehearsal

    def _why_not_rehearse(self) -> str:
        if self.plan is None or self._way is None or self._way.rehearse is None:
            return _tr("There is no plan yet.")
        return _tr("Something is running.") if self.busy else self._blocked()

    def rehearse(self) -> None:
        """Carry the plan out on a copy of the file, and tell what differs."""
        plan, way = self._plan, self._way
        if plan is None or way is None or way.rehearse is None:
            return
        rehearse = way.rehearse
        self._start(
            _tr("Rehearsing on a copy"),
            lambda context: rehearse(plan, context),
            self.plan_view.show_rehearsal,
        )

    # Carrying out

    def why_not_apply(self) -> str:
        """Why the plan cannot be carried out now; "" when it can."""
        file = self._page.context.file
        if self.plan is None:
            return _tr("There is no plan yet.")
        if self.busy:
            return _tr("Something is running.")
        if not file.state.writable:
            return _tr("This file can only be read.")
        if file.read_only:
            return _tr("The file is read-only. Allow changes first.")
        return self._blocked()

    def _blocked(self) -> str:
        blocking = self._plan.blocking if self._plan is not None else ()
        return f"{blocking[0].title}." if blocking else ""

    def apply(self) -> None:
        """Carry out the plan that is shown. Its button is the confirmation; what nothing can undo is typed first."""
        plan = self._plan
        if plan is None:
            return
        typed = typed_name(plan)
        if not typed:
            self._carry_out("")
            return
        question = Question(
            self._page.window(), plan.title, _tr("Nothing can undo this."), plan.button,
            lambda: self._carry_out(typed), type_to_confirm=typed,
        )  # fmt: skip
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.open()

    def _carry_out(self, typed: str) -> None:
        plan, way = self._plan, self._way
        if plan is None or way is None:
            return
        said = Confirmation(given=True, typed=typed, read_only=self._page.context.file.read_only)
        self._start(
            way.doing, lambda context: way.apply(plan, context, said), self._show_receipt, writes=True
        )

    def _show_receipt(self, receipt: Receipt) -> None:
        self.receipt.show_receipt(receipt)
        self._stack.setCurrentIndex(_RECEIPT)
        self.foot.hide()
        take_back = (lambda: self.undo(receipt)) if receipt.undo else None
        self._page.context.toast(Message(receipt.sentence, undo=take_back))
        if receipt.restore_point:
            self._page.context.guarded()
        self._page.reconsider()

    def _failed(self, error: StewardError) -> None:
        if error.code is ErrorCode.STALE_PLAN and (way := self._way) is not None:
            self.plan_view.show_state(False)
            again = Button(_tr("Plan again"), lambda: self.begin(way), small=True)
            self._page.show_banner(error_banner(error, again))
        else:
            show_failure(self._page, error)

    # Undo

    def undo(self, receipt: Receipt) -> None:
        """Take back what was done; from the receipt, or from the toast while it is there."""
        page = self._page
        if not shiboken6.isValid(self) or self.busy:
            return
        catalog = page.context.catalog
        said = Confirmation(given=True, read_only=page.context.file.read_only)
        self._start(
            _tr("Undoing"),
            lambda context: undoing.undo(catalog, receipt.undo, context, said),
            self._show_undone,
            on_failure=self._not_undone,
            writes=True,
        )

    def _show_undone(self, receipt: Receipt) -> None:
        self._page.context.toast(Message(receipt.sentence))
        if self.finished:
            self.receipt.show_receipt(receipt, undone=True)

    def _not_undone(self, error: StewardError) -> None:
        if self._page.isVisible():
            self._page.show_error(error)
        else:
            self._page.context.toast(Message(error.message, error.hint, Tone.DANGER))

    # What runs

    def _start(
        self,
        title: str,
        work: Callable[[Context], T],
        done: Callable[[T], None],
        *,
        on_failure: Callable[[StewardError], None] | None = None,
        on_stopped: Callable[[], None] | None = None,
        writes: bool = False,
    ) -> None:
        page = self._page
        page.begin_anew() if writes else page.clear_banners()
        self.foot.start(
            title,
            work,
            done,
            on_failure=on_failure or self._failed,
            on_stopped=on_stopped,
            on_end=self.reconsider,
            writes=writes,
        )
        self.reconsider()


def _planned(way: Way, context: Context) -> tuple[Plan, int | None]:
    """The plan, and the bytes free where it needs room."""
    plan = way.plan(context)
    return plan, free_bytes_for(plan)


def free_bytes_for(plan: Plan) -> int | None:
    """Bytes free on the disk that a plan needs room on; None where it needs none."""
    return free_bytes(Path(plan.disk_path or plan.path)) if plan.disk_bytes else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
