"""The restore page: what and when, rows and conflicts, plan, receipt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget

from steward_app.catalog.points import Point
from steward_app.gui.actions import Action
from steward_app.gui.bridge import JobHandle
from steward_app.gui.context import PageContext
from steward_app.gui.format import plural
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.restore.carry import Carry
from steward_app.gui.pages.restore.choose import ChooseStep, What, head_words
from steward_app.gui.pages.restore.commands import own_actions
from steward_app.gui.pages.restore.comparing import Comparing
from steward_app.gui.pages.restore.done import DoneStep
from steward_app.gui.pages.restore.finding import Finding
from steward_app.gui.pages.restore.foot import Foot
from steward_app.gui.pages.restore.read import Choices, plan_file, read_choices
from steward_app.gui.pages.restore.rows_step import RowsStep
from steward_app.gui.pages.restore.standing import Standing
from steward_app.gui.pages.restore.trouble import Trouble
from steward_app.gui.pages.restore.waiting import WaitingCard
from steward_app.gui.pages.which_database import show_failure
from steward_app.gui.widgets.plan_view import PlanView
from steward_app.gui.widgets.steps import Steps
from steward_app.gui.widgets.surfaces import Toolbar
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key

_BLANK, _NONE, _CHOOSE, _ROWS, _PLAN, _DONE, _FIND = range(7)
T = TypeVar("T")


class RestorePage(Page):
    """A wizard, since the order is real. Nothing is changed before the last button.

    A whole file takes three steps: what and when, plan, receipt. For a table or rows, those to bring back and what
    stands in their way come between.
    """

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self._choices: Choices | None = None
        self._left, self._wanted, self._note = False, "", ""
        self._job: JobHandle | None = None
        self._stack = QStackedWidget()
        self.carry, self.comparing, self.finding = Carry(self), Comparing(self), Finding(self)
        self.own = own_actions(self)
        own = self.own
        self.plan_action, self.rehearse_action, self.apply_action = own.plan, own.rehearse, own.apply
        self.back_action, self.in_place_action = own.back, own.in_place
        self._build()

    def _build(self) -> None:
        self.steps = Steps([self.tr("What and when"), self.tr("Plan and rehearse"), self.tr("Receipt")])
        self.waiting, self.standing = WaitingCard(self, self._read), Standing(self, self._read)
        allow, find = self.context.allow_changes, self.comparing.find
        self.choose = ChooseStep(allow, find, self.own.find, self.waiting, self.standing)
        self.trouble = Trouble(self, self.choose.moment)
        self.rows = RowsStep(self, self.own.reveal, self.own.older, self.own.newer)
        self.plan_view = PlanView()
        self.done = DoneStep(
            self.context.open_file,
            lambda point: self.context.navigate("backups", point=point),
            self.start_again,
            self.carry.undo,
            lambda point: self.arrive(point=point, what=What.IN_PLACE.value),
        )
        self.foot = Foot(self.own, self._stop, self.context.allow_changes)
        for widget in (
            boxed(vbox()),
            self.standing.nothing,
            self.choose,
            self.rows,
            self.plan_view,
            self.done,
            self.finding.step,
        ):
            self._stack.addWidget(widget)
        self.content.addWidget(Toolbar(self.steps))
        self.content.addWidget(self.trouble.place)
        self.content.addWidget(self._stack, 1)
        self.content.addWidget(self.foot)
        self.foot.hide()
        self.choose.changed.connect(self._choice_changed)
        self.choose.opened.connect(lambda: self.plan_action.trigger())
        self.rows.failed.connect(lambda error, again: self.trouble.show(error, self.rows.point, again))
        self.rows.changed.connect(self.reconsider)
        self.finding.step.changed.connect(self.reconsider)

    # What a page may say

    @property
    def step(self) -> int:
        """What is shown."""
        return self._stack.currentIndex()

    @property
    def choosing(self) -> bool:
        """Whether what and when can be chosen now."""
        return self.step == _CHOOSE and not self.busy

    @property
    def planning(self) -> bool:
        """Whether a plan is shown."""
        return self.step == _PLAN

    @property
    def comparing_rows(self) -> bool:
        """Whether rows and conflicts are shown."""
        return self.step == _ROWS

    @property
    def finished(self) -> bool:
        """Whether a receipt is shown."""
        return self.step == _DONE

    @property
    def busy(self) -> bool:
        """Whether something runs that the foot tells of."""
        return self._job is not None

    @property
    def can_go_back(self) -> bool:
        """Whether there is a step before this one."""
        return self.step in (_ROWS, _PLAN, _FIND) and not self.busy

    def commands(self) -> Sequence[Action]:
        return self.own.every

    def show_document(self) -> None:
        self._read()

    def refresh(self, touched: tuple[str, ...]) -> None:
        if self.busy or self.step == _DONE:
            return
        if self.step == _PLAN:
            self.carry.out_of_date()
        elif self.step == _ROWS:
            self.comparing.out_of_date()
        else:
            self._read()

    def refresh_guard(self) -> None:
        """Other restore points may be there now."""
        if self.step in (_NONE, _CHOOSE) and not self.busy:
            self._read()

    def arrive(
        self,
        *,
        point: str = "",
        what: str = "",
        table: str = "",
        row: tuple[str, Key] | None = None,
        **others: Any,
    ) -> None:
        if row is not None and not self.busy:
            self.finding.look_for_row(*row, others.get("key_columns", ()))
        if what:
            self.choose.choose_what(What(what))
            self.comparing.table = table
        if not point:
            return
        self._wanted = point
        if self._choices is not None and not self.busy:
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
        if not self.busy and self.step in (_CHOOSE, _ROWS, _FIND):
            self.foot.show_choosing(self._verb(), first=self.step == _CHOOSE)
            why_not = self.why_not_plan()
            self.foot.say(self._note or why_not or self.tr("Nothing is changed yet."))
        elif self.step == _PLAN and not self.busy:
            why_not = self.carry.why_not_apply()
            self.foot.say(self._note or why_not or self.tr("Nothing is changed yet."))
        self.rows.reveal.set_words(
            self.tr("Hide personal columns") if self.rows.personal else self.tr("Show personal columns")
        )
        self.head.say(*head_words(self.choose.what, self.spec))
        super().reconsider()
        self.foot.offer_switch(self.carry.waits_for_switch and not self.busy)

    def _verb(self) -> str:
        """What the button of this step does."""
        if self.step == _ROWS and not self.rows.reason:
            rows = plural(self.rows.count, self.tr("row"), self.tr("rows"))
            return self.tr("Plan the restore of {rows}").format(rows=rows)
        if self.step == _FIND:
            return self.finding.verb()
        if self.step == _CHOOSE and not self.choose.of_whole_file:
            return self.tr("Compare with now")
        return self.tr("Plan the restore")

    # What and when

    def show_rows_step(self) -> None:
        """The difference is there; the focus is on its tables."""
        self._go(_ROWS)
        self.rows.difference.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_find_step(self) -> None:
        """A row or a value is looked for."""
        self._go(_FIND)

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
        self.choose.show_choices(found.read, wanted, found.target, self.context.file.path)
        self.waiting.show_rows(found.waiting, found.read.database_id)
        self.standing.show_read(found.read)
        if self.step not in (_ROWS, _PLAN, _DONE, _FIND):
            self._go(_CHOOSE if found.read.points else _NONE)

    def _choice_changed(self) -> None:
        self._note = ""
        if self.step == _CHOOSE:
            self.steps.show_step(0, self.choose.step_names)
        self.reconsider()

    def start_again(self) -> None:
        """Back to the first step, with what is there now."""
        self.carry.drop()
        self.trouble.clear()
        self._go(_CHOOSE)
        self._read()

    def back(self) -> None:
        """Back to the step before; nothing was changed."""
        self.trouble.clear()
        to_rows = self.step == _PLAN and not self.choose.of_whole_file
        self._go(_ROWS if to_rows else _CHOOSE)
        (self.rows.count_again if to_rows else self.rows.rest)()

    def _go(self, step: int) -> None:
        self._note = ""
        self._stack.setCurrentIndex(step)
        names = self.choose.step_names
        self.steps.show_step({_ROWS: 1, _PLAN: len(names) - 2, _DONE: len(names)}.get(step, 0), names)
        self.foot.setVisible(step in (_CHOOSE, _ROWS, _PLAN, _FIND))
        if step == _PLAN and self.carry.planned is not None:
            planned = self.carry.planned
            self.foot.show_plan(planned.plan.button, can_rehearse=planned.changes_file)
        self.reconsider()

    # The plan

    def why_not_plan(self) -> str:
        """Why there is no way on; "" when there is."""
        if self.step not in (_CHOOSE, _ROWS, _FIND):
            return self.tr("Choose a restore point first.")
        if self.busy:
            return self.tr("The plan is being made.")
        if self.step == _FIND:
            return self.finding.reason()
        return self.choose.reason if self.step == _CHOOSE else self.rows.reason

    def plan(self) -> None:
        """Say what would happen, or compare first; nothing is changed."""
        self.trouble.clear()
        if self.step == _FIND:
            self.finding.bring()
        elif self.step == _ROWS or (self.step == _PLAN and not self.choose.of_whole_file):
            self._plan_rows()
        elif self.choose.of_whole_file:
            self._plan_file()
        else:
            self.comparing.compare(self.choose.point)

    def _plan_file(self) -> None:
        point, to = self.choose.point, self.choose.target
        if point is None:
            return
        file, catalog, given = self.context.file, self.context.catalog, self.trouble.given(point)
        self.choose.say_wrong("")
        self.start(
            self.tr("Planning the restore"),
            lambda context: plan_file(catalog, file, point.id, to, given, context),
            lambda found: self.carry.show_plan(found, point, self.plan),
            on_failure=lambda error: self._not_planned(error, point),
        )

    def _plan_rows(self) -> None:
        wish, origin = self.rows.wish, self.rows.origin
        if wish is None or origin is None:
            return
        self.start(
            self.tr("Planning the restore"),
            lambda context: origin.plan(wish, context),
            lambda found: self.carry.show_plan(found, origin.point, self.plan),
            on_failure=lambda error: self._not_planned(error, origin.point),
        )

    def show_plan_step(self) -> None:
        """The plan is there; the focus is on the way on."""
        self._job = None
        self._go(_PLAN)
        self.foot.apply_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_done_step(self) -> None:
        """The receipt is there."""
        self._go(_DONE)

    def _not_planned(self, error: StewardError, point: Point) -> None:
        if error.code is ErrorCode.BAD_PATH and self.choose.target is not None:
            self.choose.say_wrong(error.message)
        else:
            self.trouble.show(error, point, self.plan)

    # What runs

    def start(
        self,
        title: str,
        work: Callable[[Context], T],
        done: Callable[[T], None],
        *,
        gerund: str = "",
        on_failure: Callable[[StewardError], None],
        writes: bool = False,
    ) -> None:
        """Do something that the foot tells of, one at a time: what only reads gives way."""
        if self._job is not None and not self._job.info.writes:
            self._job.drop()
        if writes:
            self.begin_anew()
        self.clear_banners()
        self._note = ""
        self._job = self.run(
            title,
            work,
            done,
            on_failure=on_failure,
            on_stopped=self._stopped,
            on_progress=self.foot.show_progress,
            on_end=self._ended,
            writes=writes,
        )
        self.foot.show_running(gerund or title)
        self.reconsider()

    def _ended(self) -> None:
        self._job, held = None, self.foot.holds_focus
        if self.step != _DONE:
            self.foot.show_rest()
        self.reconsider()
        if held:
            self.foot.take_focus()

    def _stopped(self) -> None:
        self._note = self.tr("Stopped. Nothing was changed.")

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    # Coming and going

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self._left = self.step == _DONE
            if self.rows.personal:
                self.rows.conceal()

    def showEvent(self, event: QShowEvent) -> None:
        """Who comes back after a receipt wants to begin anew."""
        super().showEvent(event)
        if not event.spontaneous() and self._left and self.step == _DONE:
            self.start_again()
        self._left = False
        self.rows.show_again()
