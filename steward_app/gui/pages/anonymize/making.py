"""Making the copy: form, plan, rehearsal, and the work itself."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from steward_app.gui.context import Message
from steward_app.gui.format import name_alone, size
from steward_app.gui.pages.anonymize.make_step import MakeForm
from steward_app.gui.pages.anonymize.read import Wish, keep_rules, plan_copy
from steward_app.gui.widgets.banner import error_banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.plan_view import PlanView
from steward_app.gui.widgets.surfaces import Views
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.plan import Plan
from steward_app.kernel.receipt import Receipt
from steward_app.services.operation import Confirmation
from steward_app.services.privacy.anonymize.copy import make_copy, rehearse_copy
from steward_app.services.privacy.anonymize.register import release_of

if TYPE_CHECKING:
    from steward_app.gui.pages.anonymize.page import AnonymizePage
    from steward_app.services.privacy.anonymize.model import Release

_FORM, _PLAN = range(2)


class Making(QObject):
    """The form and the plan of a copy."""

    def __init__(self, page: AnonymizePage) -> None:
        super().__init__(page)
        self._page = page
        self.plan: Plan | None = None
        self._wish: Wish | None = None
        self.form = MakeForm(page.context.file.path)
        self.view = PlanView()
        self.widget = Views()
        self.widget.addWidget(self.form)
        self.widget.addWidget(self.view)
        self.form.changed.connect(page.reconsider)

    @property
    def verb(self) -> str:
        """What the way on is called."""
        return self.plan.button if self.plan is not None else self.tr("Plan the copy")

    @property
    def words(self) -> str:
        """What is said beside the buttons."""
        file = name_alone(self._page.context.file.path.name)
        if self.plan is None:
            return self.tr("{file} stays as it is.").format(file=file)
        if self.plan.blocking:
            return self.tr("This cannot be done; the findings say why. Nothing is changed.")
        return self.tr("{file} stays as it is. The copy needs {room} at most.").format(
            file=file, room=size(self.plan.disk_bytes)
        )

    def leave_plan(self) -> bool:
        """Back to the form; False where there was no plan."""
        had, self.plan = self.plan is not None, None
        self.widget.setCurrentIndex(_FORM)
        return had

    # Why not

    def why_not_on(self) -> str:
        """Why there is no way on; "" when there is."""
        if self.plan is None:
            return self.form.reason
        return f"{self.plan.blocking[0].title}." if self.plan.blocking else ""

    def why_not_rehearse(self) -> str:
        """Why nothing can be rehearsed; "" when it can."""
        if self.plan is None or not self._page.at_making:
            return self.tr("There is no plan yet.")
        return self._page.running or self.why_not_on()

    # What is done

    def go_on(self) -> None:
        """Plan, or carry the plan out."""
        if self.plan is None:
            self._plan()
        else:
            self._apply(self.plan)

    def _plan(self) -> None:
        page = self._page
        situation, rules = page.situation, page.rules
        if situation is None or rules is None:
            return
        catalog, path, wish = page.context.catalog, page.context.file.path, self.form.wish(rules)
        self._wish = wish
        page.start(
            self.tr("Planning the copy"),
            lambda context: plan_copy(catalog, path, situation.database_id, wish, context),
            self._show_plan,
        )

    def _show_plan(self, plan: Plan) -> None:
        self.plan = plan
        try:
            free: int | None = shutil.disk_usage(plan.disk_path).free
        except OSError:
            free = None
        self.view.show_plan(plan, disk_free=free, titled=True)
        self.view.show_state(True)
        self.widget.setCurrentIndex(_PLAN)
        self._page.reconsider()

    def rehearse(self) -> None:
        """Make the copy in scratch space and tell what came of it."""
        plan, catalog = self.plan, self._page.context.catalog
        if plan is not None:
            self._page.start(
                self.tr("Rehearsing on a copy"),
                lambda context: rehearse_copy(catalog, plan, context),
                self.view.show_rehearsal,
            )

    def _apply(self, plan: Plan) -> None:
        page = self._page
        catalog, path, wish = page.context.catalog, page.context.file.path, self._wish
        said = Confirmation(given=True, read_only=page.context.file.read_only)

        def work(context: object) -> tuple[Receipt, Release]:
            kept = keep_rules(path, plan, wish) if wish is not None else plan
            receipt = make_copy(catalog, kept, context, said)  # type: ignore[arg-type]
            return receipt, release_of(catalog, receipt.operation_id)

        page.start(self.tr("Making the copy"), work, self._made, on_failure=self._failed, writes=True)

    def _made(self, found: tuple[Receipt, Release]) -> None:
        receipt, release = found
        self.leave_plan()
        self._page.context.toast(Message(receipt.sentence))
        self._page.show_made(release)

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
