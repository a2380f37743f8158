"""The restore page: point and place, plan, receipt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from steward_app.gui.actions import Action
from steward_app.gui.bridge import JobHandle
from steward_app.gui.context import Message, PageContext
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.restore.choose import ChooseStep
from steward_app.gui.pages.restore.contents import contents_table, section
from steward_app.gui.pages.restore.done import DoneStep
from steward_app.gui.pages.restore.foot import Foot
from steward_app.gui.pages.restore.read import Choices, Planned, make_plan, read_choices
from steward_app.gui.pages.which_database import show_failure
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner, error_banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.plan_view import PlanView, changes_table
from steward_app.gui.widgets.steps import Steps
from steward_app.gui.widgets.surfaces import Card, EmptyState, Scroll, Toolbar
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import restore
from steward_app.services.operation import Confirmation

_BLANK, _NONE, _CHOOSE, _PLAN, _DONE = range(5)


class RestorePage(Page):
    """A wizard of three steps, since the order is real. Nothing is changed before the last button."""

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self._choices: Choices | None = None
        self._planned: Planned | None = None
        self._left, self._wanted = False, ""
        self._job: JobHandle | None = None
        self._stack = QStackedWidget()
        self._build_actions()
        self._build()

    def _build_actions(self) -> None:
        title = self.spec.title
        self.plan_action = Action(
            "restore.plan", self.tr("Plan the restore"), self.plan, title, "", "Ctrl+Return",
            self._why_not_plan, "bring back point",
        )  # fmt: skip
        self.in_place_action = Action(
            "restore.in_place", self.tr("Restore in place"), self.choose_in_place, title, "", "Ctrl+I",
            self._why_not_in_place, "back over itself",
        )  # fmt: skip
        self.rehearse_action = Action(
            "restore.rehearse", self.tr("Rehearse on a copy"), self.rehearse, title, "flask-conical", "",
            self._why_not_rehearse, "try dry run",
        )  # fmt: skip
        self.apply_action = Action(
            "restore.apply", self.tr("Restore as planned"), self.apply, title, "rotate-ccw", "",
            self._why_not_apply,
        )  # fmt: skip
        self.back_action = Action(
            "restore.back", self.tr("Back"), self.back, title, "", "Alt+Left",
            lambda: "" if self.step == _PLAN and self._job is None else self.tr("There is no step to go back to."),
        )  # fmt: skip

    def _build(self) -> None:
        self.steps = Steps([self.tr("Point and place"), self.tr("Plan and rehearse"), self.tr("Receipt")])
        self.choose = ChooseStep(self.context.allow_changes)
        self.plan_view = PlanView()
        self.done = DoneStep(self.context.open_file, self._show_point, self.start_again)
        self.foot = Foot(
            self.plan_action, self.rehearse_action, self.apply_action, self.back_action, self._stop
        )
        none = EmptyState(
            "rotate-ccw",
            self.tr("There is nothing to restore yet"),
            self.tr(
                "A restore point is a copy you can return to. Make one first; your database is not changed."
            ),
            Button(self.tr("Open Backups"), lambda: self.context.navigate("backups"), icon="copy-check"),
        )
        empty = Card("", none)
        empty.body.setStretch(0, 1)
        for widget in (
            boxed(vbox()),
            Scroll(boxed(vbox(empty, margins=(24, 16, 24, 24)))),
            self.choose,
            self.plan_view,
            self.done,
        ):
            self._stack.addWidget(widget)
        self.content.addWidget(Toolbar(self.steps))
        self.content.addWidget(self._stack, 1)
        self.content.addWidget(self.foot)
        self.foot.hide()
        self.choose.changed.connect(self.reconsider)
        self.choose.opened.connect(lambda: self.plan_action.trigger())

    # What a page may say

    @property
    def step(self) -> int:
        """What is shown."""
        return self._stack.currentIndex()

    def commands(self) -> Sequence[Action]:
        return (
            self.plan_action,
            self.in_place_action,
            self.rehearse_action,
            self.apply_action,
            self.back_action,
        )

    def show_document(self) -> None:
        self._read()

    def refresh(self, touched: tuple[str, ...]) -> None:
        if self._job is not None or self.step == _DONE:
            return
        if self.step == _PLAN:
            self._out_of_date()
        else:
            self._read()

    def arrive(self, *, point: str = "", **others: Any) -> None:
        if not point:
            return
        self._wanted = point
        if self._choices is not None and self._job is None:
            self.start_again()

    def reconsider(self) -> None:
        """The read-only switch may have been turned, too."""
        file = self.context.file
        reason, can_allow = "", False
        if not file.state.writable:
            reason = self.tr("This file can only be read, so it cannot be restored in place.")
        elif file.read_only:
            reason, can_allow = self.tr("The file is read-only. Allow changes first."), True
        self.choose.show_place(reason, can_allow=can_allow)
        if self.step == _CHOOSE and self._job is None:
            self.foot.say(self.choose.reason or self.tr("Nothing is changed yet."))
        super().reconsider()

    # Point and place

    def _read(self) -> None:
        file, catalog = self.context.file, self.context.catalog
        self.run(
            self.tr("Reading restore points"),
            lambda context: read_choices(catalog, file, context),
            self._show_choices,
            on_failure=lambda error: show_failure(self, error),
            quiet=True,
        )

    def _show_choices(self, found: Choices) -> None:
        self._choices = found
        wanted, self._wanted = self._wanted, ""
        points = found.read.points
        self.choose.show_choices(points, wanted, found.target, self.context.file.path)
        if self.step not in (_PLAN, _DONE):
            self._go(_CHOOSE if points else _NONE)

    def _why_not_in_place(self) -> str:
        if self.step != _CHOOSE or self._job is not None:
            return self.tr("The place is chosen in the first step.")
        return self.choose.in_place.toolTip()

    def choose_in_place(self) -> None:
        """Choose the file's own place; the plan is the next step."""
        self.choose.in_place.setChecked(True)
        self.choose.in_place.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def start_again(self) -> None:
        """Back to the first step, with what is there now."""
        self._planned = None
        self.clear_banners()
        self._go(_CHOOSE)
        self._read()

    def back(self) -> None:
        """Back to point and place; nothing was changed."""
        self.clear_banners()
        self._go(_CHOOSE)

    def _go(self, step: int) -> None:
        self._stack.setCurrentIndex(step)
        self.steps.show_step({_PLAN: 1, _DONE: 3}.get(step, 0))
        self.foot.setVisible(step in (_CHOOSE, _PLAN))
        if step == _CHOOSE:
            self.foot.show_choosing()
        elif step == _PLAN and self._planned is not None:
            plan = self._planned.plan
            self.foot.show_plan(plan.button, can_rehearse=self._in_place(plan))
        self.reconsider()

    # The plan

    def _why_not_plan(self) -> str:
        if self.step != _CHOOSE:
            return self.tr("Choose a restore point first.")
        return self.tr("The plan is being made.") if self._job else self.choose.reason

    def plan(self) -> None:
        """Say what would happen; nothing is changed."""
        point, to = self.choose.point, self.choose.target
        if point is None:
            return
        file, catalog, name = self.context.file, self.context.catalog, point.id
        self.clear_banners()
        self.choose.say_wrong("")
        self._job = self.run(
            self.tr("Planning the restore"),
            lambda context: make_plan(catalog, file, name, to, context),
            self._show_plan,
            on_failure=self._not_planned,
            on_progress=self.foot.show_progress,
            on_end=self._ended,
        )
        self.foot.show_running(self.tr("Planning the restore"))
        self.reconsider()

    def _show_plan(self, found: Planned) -> None:
        self._planned = found
        self.plan_view.show_plan(found.plan, *self._contents(), disk_free=found.free_bytes)
        self.plan_view.show_state(True)
        self._job = None
        self._go(_PLAN)
        self.foot.apply_button.setFocus(Qt.FocusReason.OtherFocusReason)
        blocking = found.plan.blocking
        if blocking:
            lead = self.tr("This cannot be restored: {why}.").format(why=blocking[0].title)
            self.show_banner(Banner(Tone.DANGER, lead, " ".join(blocking[0].remedies)))

    def _contents(self) -> tuple[QWidget, ...]:
        """What a new file will hold, as far as somebody looked into the point."""
        planned, point = self._planned, self.choose.point
        if planned is None or point is None or self._in_place(planned.plan) or not point.tables:
            return ()
        return (section(self.tr("What it will hold"), contents_table(point.tables)),)

    def _not_planned(self, error: StewardError) -> None:
        if error.code is ErrorCode.BAD_PATH and self.choose.target is not None:
            self.choose.say_wrong(error.message)
        else:
            show_failure(self, error)

    def _out_of_date(self) -> None:
        """The file was changed since: for a new file that is no matter, in place its rows are not those of the plan."""
        planned = self._planned
        if planned is None or not self._in_place(planned.plan):
            return
        self.plan_view.show_state(False)
        again = Button(self.tr("Plan again"), self.plan, small=True)
        rest = self.tr("The file was changed. Plan again to see the new numbers.")
        self.show_banner(Banner(Tone.WARNING, self.tr("This plan is out of date."), rest, actions=(again,)))

    # Rehearsal

    def _why_not_rehearse(self) -> str:
        planned = self._planned
        if self.step != _PLAN or planned is None:
            return self.tr("There is no plan yet.")
        if not self._in_place(planned.plan):
            return self.tr("A new file changes nothing that exists; there is nothing to rehearse.")
        return self.tr("Something is running.") if self._job else self._blocked()

    def rehearse(self) -> None:
        """Restore a copy of the file in place and tell what differs."""
        planned, catalog = self._planned, self.context.catalog
        if planned is None:
            return
        plan = planned.plan
        self.clear_banners()
        self._job = self.run(
            self.tr("Rehearsing the restore"),
            lambda context: restore.rehearse(catalog, plan, context),
            self._show_rehearsal,
            on_progress=self.foot.show_progress,
            on_end=self._ended,
        )
        self.foot.show_running(self.tr("Rehearsing on a copy"))
        self.reconsider()

    def _show_rehearsal(self, rehearsal: Rehearsal) -> None:
        planned = self._planned
        if planned is None or planned.plan.id != rehearsal.plan_id:
            return
        if rehearsal.changes:
            title = self.tr("Tables that differ from now, as rehearsed")
            table = section(title, changes_table(rehearsal.changes))
        else:
            table = Label(self.tr("No table differs from what the file holds now."), wrap=True)
        self.plan_view.show_plan(planned.plan, table, disk_free=planned.free_bytes)
        self.plan_view.show_rehearsal(rehearsal)
        self.plan_view.show_state(True)

    # Restoring

    def _why_not_apply(self) -> str:
        planned = self._planned
        if self.step != _PLAN or planned is None:
            return self.tr("There is no plan yet.")
        if self._job is not None:
            return self.tr("Something is running.")
        if self._in_place(planned.plan) and self.context.file.read_only:
            return self.tr("The file is read-only. Allow changes first.")
        return self._blocked()

    def _blocked(self) -> str:
        blocking = self._planned.plan.blocking if self._planned else ()
        return f"{blocking[0].title}." if blocking else ""

    def apply(self) -> None:
        """Carry out the plan that is shown. Its button is the confirmation."""
        planned, catalog, file = self._planned, self.context.catalog, self.context.file
        if planned is None:
            return
        plan, said = planned.plan, Confirmation(given=True, read_only=file.read_only)

        def work(context: Context) -> Receipt:
            return restore.restore(catalog, plan, context, said)

        self.clear_banners()
        self._job = self.run(
            self.tr("Restoring {name}").format(name=shown_name(file.path.name)),
            work,
            self._show_receipt,
            on_failure=self._not_restored,
            on_stopped=lambda: self.foot.say(self.tr("Stopped. Nothing was changed.")),
            on_progress=self.foot.show_progress,
            on_end=self._ended,
            writes=True,
        )
        self.foot.show_running(self.tr("Restoring"))
        self.reconsider()

    def _show_receipt(self, receipt: Receipt) -> None:
        self.done.show_receipt(receipt, *self._done_tables(receipt))
        self._go(_DONE)
        self.context.toast(Message(receipt.sentence))

    def _done_tables(self, receipt: Receipt) -> tuple[QWidget, ...]:
        if receipt.changes:
            return (section(self.tr("Rows, by table"), changes_table(receipt.changes, done=True)),)
        point = self.choose.point
        if point is None or not point.tables:
            return ()
        return (section(self.tr("What it holds"), contents_table(point.tables)),)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self._left = self.step == _DONE

    def showEvent(self, event: QShowEvent) -> None:
        """Who comes back after a receipt wants to begin anew."""
        super().showEvent(event)
        if not event.spontaneous() and self._left and self.step == _DONE:
            self.start_again()
        self._left = False

    def _not_restored(self, error: StewardError) -> None:
        if error.code is ErrorCode.STALE_PLAN:
            again = Button(self.tr("Plan again"), self.plan, small=True)
            self.show_banner(error_banner(error, again))
        else:
            show_failure(self, error)

    def _ended(self) -> None:
        self._job, held = None, self.foot.holds_focus
        if self.step in (_CHOOSE, _PLAN):
            self.foot.show_rest()
        self.reconsider()
        if held:
            self.foot.take_focus()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _show_point(self, point: str) -> None:
        self.context.navigate("backups", point=point)

    @staticmethod
    def _in_place(plan: Plan) -> bool:
        return plan.operation == restore.RestoreInPlace.name
