"""Making the copy, or anonymizing the file itself: form, plan, rehearsal, and the work."""

from __future__ import annotations

import shutil
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from steward_app.gui.context import Message
from steward_app.gui.format import as_here, name_alone, size
from steward_app.gui.pages.anonymize.make_step import MakeForm
from steward_app.gui.pages.anonymize.words import in_window_words, what_stops
from steward_app.gui.tab_order import put_last
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner, error_banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.confirm import Question
from steward_app.gui.widgets.plan_view import PlanView
from steward_app.gui.widgets.surfaces import Views
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.receipt import Receipt
from steward_app.services.operation import Confirmation, typed_name
from steward_app.services.privacy.anonymize.wish import Wish, fulfil, plan_wish, rehearse_wish

if TYPE_CHECKING:
    from steward_app.gui.pages.anonymize.page import AnonymizePage
    from steward_app.services.privacy.anonymize.model import Release

_FORM, _PLAN = range(2)


class Making(QObject):
    """The form and the plan."""

    def __init__(self, page: AnonymizePage) -> None:
        super().__init__(page)
        self._page = page
        self.plan: Plan | None = None
        self._wish: Wish | None = None
        self._failed_rehearsal = False

    @cached_property
    def form(self) -> MakeForm:
        """What is asked before a plan."""
        page = self._page
        made = MakeForm(page.context.file.path, lambda: page.context.navigate("backups"))
        made.changed.connect(page.reconsider)
        return made

    @cached_property
    def view(self) -> PlanView:
        """The plan."""
        return PlanView()

    @cached_property
    def widget(self) -> Views:
        """The form or the plan."""
        made = Views()
        made.addWidget(self.form)
        made.addWidget(self.view)
        return made

    @property
    def in_place(self) -> bool:
        """Whether the file itself is meant."""
        if self._wish is not None and self.plan is not None:
            return self._wish.target is None
        return "form" in self.__dict__ and self.form.in_place

    @property
    def is_turned_away(self) -> bool:
        """Whether the way on leads back to the techniques: the rehearsal of this plan failed."""
        return self.plan is not None and self._failed_rehearsal

    @property
    def wants_changes(self) -> bool:
        """Whether the plan waits for the read-only switch to be turned off."""
        plan = self.plan
        return plan is not None and not plan.blocking and self.in_place and self._page.context.file.read_only

    @property
    def verb(self) -> str:
        """What the way on is called."""
        if self.is_turned_away:
            return self.tr("Change the techniques")
        if self.plan is not None:
            return as_here(self.plan.button)
        return self.tr("Plan it") if self.in_place else self.tr("Plan the copy")

    @property
    def words(self) -> str:
        """What is said beside the buttons."""
        file = name_alone(self._page.context.file.path.name)
        if self.plan is None and self.in_place:
            return self.tr("{file} stays as it is until you have read the plan and typed its name.").format(
                file=file
            )
        if self.plan is None:
            return self.tr("{file} stays as it is.").format(file=file)
        if self.plan.blocking:
            return self.tr("This cannot be done; the findings say why. Nothing is changed.")
        if self._failed_rehearsal:
            return self.tr("The rehearsal failed; its checks say why. Nothing is changed.")
        room = size(self.plan.disk_bytes)
        if self.in_place:
            return self.tr("Nothing is changed yet. This needs {room} at most.").format(room=room)
        return self.tr("{file} stays as it is. The copy needs {room} at most.").format(file=file, room=room)

    def leave_plan(self) -> bool:
        """Back to the form; False where there was no plan."""
        had, self.plan, self._failed_rehearsal = self.plan is not None, None, False
        if had:
            self.widget.setCurrentIndex(_FORM)
        return had

    # Why not

    def why_not_on(self) -> str:
        """Why there is no way on; "" when there is."""
        if self.plan is None:
            return self.form.reason
        if self.plan.blocking:
            return what_stops(self.plan.findings)
        if self.wants_changes and not self.is_turned_away:
            return self.tr("The file is read-only. Allow changes first.")
        return ""

    def why_not_rehearse(self) -> str:
        """Why nothing can be rehearsed; "" when it can."""
        if self.plan is None or not self._page.at_making:
            return self.tr("There is no plan yet.")
        if self.plan.blocking:
            return self.why_not_on()
        return self._page.running

    # What is done

    def go_on(self) -> None:
        """Plan, or carry the plan out. What nothing can undo is typed first."""
        if self.plan is None:
            self._plan()
        elif self.is_turned_away:
            self._page.show_techniques()
        elif typed := typed_name(self.plan):
            self._ask(self.plan, typed)
        else:
            self._apply("")

    def _plan(self) -> None:
        page = self._page
        situation, rules = page.situation, page.rules
        if situation is None or rules is None:
            return
        catalog, path, wish = page.context.catalog, page.context.file.path, self.form.wish(rules)
        self._wish = wish
        page.start(
            self.tr("Planning the copy") if wish.target is not None else self.tr("Planning"),
            lambda context: plan_wish(catalog, path, situation.database_id, wish, context),
            self._show_plan,
        )

    def _show_plan(self, plan: Plan) -> None:
        self.plan, self._failed_rehearsal = plan, False
        try:
            free: int | None = shutil.disk_usage(plan.disk_path).free
        except OSError:
            free = None
        self.view.show_plan(in_window_words(plan), disk_free=free, titled=True)
        put_last(self._page.foot, self._page)
        self.view.show_state(True)
        self.widget.setCurrentIndex(_PLAN)
        self._page.reconsider()

    def rehearse(self) -> None:
        """Make it in scratch space and tell what came of it."""
        plan, wish, catalog = self.plan, self._wish, self._page.context.catalog
        if plan is not None and wish is not None:
            self._page.start(
                self.tr("Rehearsing on a copy"),
                lambda context: rehearse_wish(catalog, wish, plan, context),
                self._show_rehearsal,
            )

    def _show_rehearsal(self, rehearsal: Rehearsal) -> None:
        self._failed_rehearsal = not rehearsal.passed
        self.view.show_rehearsal(rehearsal)
        self._page.reconsider()

    def _ask(self, plan: Plan, typed: str) -> None:
        question = Question(
            self._page.window(),
            self.tr("{title}?").format(title=as_here(plan.title)),
            self.tr("Nothing undoes it but restoring the encrypted point, as long as it is kept."),
            as_here(plan.button),
            lambda: self._apply(typed),
            type_to_confirm=typed,
        )
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.open()

    def _apply(self, typed: str) -> None:
        page, plan, wish = self._page, self.plan, self._wish
        if plan is None or wish is None:
            return
        catalog = page.context.catalog
        said = Confirmation(given=True, typed=typed, read_only=page.context.file.read_only)
        page.start(
            self.tr("Making the copy") if wish.target is not None else self.tr("Anonymizing the file"),
            lambda context: fulfil(catalog, wish, plan, context, said),
            self._made,
            on_failure=self._failed,
            writes=True,
        )

    def _made(self, found: tuple[Receipt, Release]) -> None:
        receipt, release = found
        self.leave_plan()
        page = self._page
        if release.in_place:
            page.context.guarded()  # a restore point was made
        page.context.toast(Message(receipt.sentence))
        page.show_made(release)
        result = receipt.result or {}
        told: list[str] = []
        for name, words in (
            (
                "kept_though_identifying",
                self.tr("Some columns lead to persons as before: a rule keeps them."),
            ),
            (
                "may_be_numbers_of_a_key",
                self.tr("Some numbers may be those of a changed key, and went along as they are."),
            ),
            ("scan_was_a_sample", self.tr("Not every row was looked at before.")),
            ("left", self.tr("The file was anonymized, and something old is left beside it.")),
        ):
            if said := str(result.get(name, "")):
                told += (words, said)
        if told:  # in one banner, since each takes the place of another
            rest = " ".join(told[1:])
            page.show_banner(Banner(Tone.WARNING, told[0], rest, copy=True, on_close=page.clear_banners))

    def _failed(self, error: StewardError) -> None:
        if error.code is ErrorCode.STALE_PLAN:
            self.view.show_state(False)
            again = Button(self.tr("Plan again"), self._plan_again, small=True)
            self._page.show_banner(error_banner(error, again))
        else:
            self._page.show_error(error)

    def _plan_again(self) -> None:
        self.leave_plan()
        self._plan()
