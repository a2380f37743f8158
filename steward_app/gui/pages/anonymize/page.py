"""The Anonymize page: columns, techniques, balance, the copy, attacks on it; and the register of copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from PySide6.QtGui import QResizeEvent, QShowEvent

from steward_app.gui.actions import Action
from steward_app.gui.context import PageContext
from steward_app.gui.look import px
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.anonymize.balance import BalanceStep
from steward_app.gui.pages.anonymize.columns_step import ColumnsStep
from steward_app.gui.pages.anonymize.commands import own_actions
from steward_app.gui.pages.anonymize.copies import Copies
from steward_app.gui.pages.anonymize.copy_step import CopyStep
from steward_app.gui.pages.anonymize.draft import Draft
from steward_app.gui.pages.anonymize.foot import Foot
from steward_app.gui.pages.anonymize.making import Making
from steward_app.gui.pages.anonymize.parts import StepParts
from steward_app.gui.pages.anonymize.reasons import (
    BALANCE,
    BLANK,
    COLUMNS,
    COPY,
    MAKE,
    NOTHING,
    REGISTER,
    STEP_OF,
    TECHNIQUES,
    Reasons,
)
from steward_app.gui.pages.anonymize.register import RegisterView
from steward_app.gui.pages.anonymize.techniques_step import TechniquesStep
from steward_app.gui.pages.anonymize.weighing import Weighing
from steward_app.gui.pages.anonymize.words import advised, step_names, what_stops
from steward_app.gui.pages.which_database import show_failure
from steward_app.gui.tab_order import put_last
from steward_app.gui.widgets.controls import Segments
from steward_app.gui.widgets.steps import Steps
from steward_app.gui.widgets.surfaces import Toolbar
from steward_app.kernel.errors import Failure, StewardError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.model import Release
from steward_app.services.privacy.anonymize.situation import Situation, read_situation
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.report.trial import Trial, TrialFailed, make_trial
from steward_app.services.privacy.rules import ReleaseRules, Rule

T = TypeVar("T")
_NEW, _MADE = "new", "made"
_LOW = 480  # height of the design


class AnonymizePage(Page):
    """A wizard, since the order is real: nothing is written before the plan of the copy is carried out."""

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self.situation: Situation | None = None
        self.draft = Draft()
        self._name = ""
        self.foot = Foot(self.run)
        self.making, self.copies, self.weighing = Making(self), Copies(self), Weighing(self)
        self.reasons = Reasons(self)
        self.own = own_actions(self)
        self.parts = StepParts(self)
        self._build()

    def _build(self) -> None:
        self.steps = Steps(step_names(in_place=False))
        self.sections = Segments(
            self.tr("New copy or copies made"), (_NEW, self.tr("New copy")), (_MADE, self.tr("Copies made"))
        )
        self.sections.chosen.connect(self._show_section)
        self.head.set_actions(self.sections)
        self.content.addWidget(Toolbar(self.steps))
        self.content.addWidget(self.parts.stack, 1)
        self.content.addWidget(self.foot)
        self.foot.furnish(self.own, self.context.allow_changes)
        self.foot.hide()

    @property
    def columns(self) -> ColumnsStep:
        """The first step."""
        return self.parts.columns

    @property
    def techniques(self) -> TechniquesStep:
        """The second step."""
        return self.parts.techniques

    @property
    def balance(self) -> BalanceStep:
        """The third step."""
        return self.parts.balance

    @property
    def copy(self) -> CopyStep:
        """The fifth step, and any copy of the register."""
        return self.parts.copy

    @property
    def register(self) -> RegisterView:
        """All copies."""
        return self.parts.register

    # What a page may say

    @property
    def rules(self) -> ReleaseRules | None:
        """The rules as they are now."""
        return self.draft.rules

    @property
    def step(self) -> int:
        """What is shown."""
        return self.parts.stack.currentIndex()

    @property
    def at_making(self) -> bool:
        """Whether the copy is being planned."""
        return self.step == MAKE

    @property
    def at_copy(self) -> bool:
        """Whether a copy that was made is looked at."""
        return self.step == COPY

    @property
    def running(self) -> str:
        """That something runs, as a reason; else ""."""
        return self.tr("Something is running.") if self.foot.busy else ""

    def commands(self) -> Sequence[Action]:
        return self.own.every

    def show_document(self) -> None:
        self.read_again()

    def refresh(self, touched: tuple[str, ...]) -> None:
        """Rows or columns may be others now: what was tried on them is old."""
        if not self.foot.busy:
            self.draft.forget_measures()
            self.read_again()

    def arrive(self, *, copies: bool = False, **others: Any) -> None:
        if copies:
            self._show_section(_MADE)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.parts.make_the_rest()
        if self.situation is not None and not self.foot.busy:  # scanned or decided on another page since
            self.read_again()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.head.sentence.setVisible(
            self.window().height() >= px(_LOW)
        )  # where it is low, steps and buttons stay

    def reconsider(self) -> None:
        self._show_steps()
        self.foot.show_step(self)
        super().reconsider()

    # Reading

    def read_again(self, *, look: bool = False) -> None:
        """Read rules, decisions and the register."""
        catalog, path, name = self.context.catalog, self.context.file.path, self._name

        def work(context: Context) -> Situation:
            return read_situation(catalog, path, name, context, look=look)

        if look:
            self.start(self.tr("Looking for personal data"), work, self._show_situation)
        else:
            self.run(self.tr("Reading the rules"), work, self._show_situation,
                     on_failure=lambda error: show_failure(self, error), quiet=True)  # fmt: skip

    def _show_situation(self, found: Situation) -> None:
        before, self.situation = self.situation, found
        self.register.show_releases(found.releases)
        count = len(found.releases)
        self.sections.set_text(
            _MADE, self.tr("Copies made {count}").format(count=count) if count else self.tr("Copies made")
        )
        if self.at_copy and self.copy.release is not None:
            self.copy.show_point(found.points.get(self.copy.release.id, ""))
        if found.rules is not None:
            anew = self.draft.rules is None or before is None or before.tables != found.tables
            self.draft.begin(found.rules, found.sizes, proposed=found.proposed)
            self.columns.show_names(found.names, self.draft.name)
            if anew or (before is not None and before.keys != found.keys):  # else what was typed stays
                self.making.form.show_rules(self.draft.required, found)
            self.making.form.show_store(found.point_store)
        if self.step in (BLANK, NOTHING):
            self.go(COLUMNS if found.rules is not None else NOTHING)
        self.show_rules()

    def choose_rules(self, name: str) -> None:
        """Begin anew with other rules of the policy."""
        self._name = name
        self.draft = Draft()
        self.go(COLUMNS)
        self.read_again()

    # Rules

    def show_rules(self) -> None:
        """Show the rules as they are now; the steps that nobody sees show them when they are come to."""
        if self.situation is None or self.rules is None:
            return
        if self.step == COLUMNS:
            self.columns.show_lines(self.situation.lines_under(self.rules), self.rules)
        elif self.step == TECHNIQUES:
            self.techniques.show_rows(self.draft.rows(self.situation.lines))
            put_last(self.foot, self)
        elif self.step == BALANCE:
            rows = self.draft.rows(self.situation.lines)
            self.balance.show_rows(self.draft.most_telling(rows), len(rows))
            self.balance.show_replaced(self.draft.replaced)
            self.balance.show_trial(self.draft.trial, fits=self.draft.trial_fits)
        elif self.step == MAKE:
            self.making.form.show_kept(self.situation.names, self.draft.name, self.draft.unlike_written)
        self.reconsider()

    def choose_technique(self, place: Place, technique: Technique) -> None:
        """Another technique at a place, told as is usual."""
        self.rule(self.draft.usual(place, technique, self.situation))

    def rule(self, rule: Rule) -> None:
        """Another rule at a place."""
        self.draft.rule(rule)
        self.show_rules()

    def turn_known(self) -> None:
        """Take the chosen columns for known to others, or not any more."""
        self.draft.turn("quasi_identifiers", [line.place for line in self.columns.selected])
        self.show_rules()

    def turn_sensitive(self) -> None:
        """Take the chosen columns for sensitive, or not any more."""
        self.draft.turn("sensitive", [line.place for line in self.columns.selected])
        self.show_rules()

    # Balance

    def try_out(self) -> None:
        """Make a trial copy: search it, attack it, measure it, remove it."""
        catalog, path, rules = self.context.catalog, self.context.file.path, self.rules
        if rules is not None:
            self.start(
                self.tr("Making a trial copy"),
                lambda context: make_trial(catalog, path, rules, context),
                self._tried,
                on_failure=self._not_tried,
            )

    def _tried(self, trial: Trial) -> None:
        self.draft.trial = trial
        self.show_rules()

    def _not_tried(self, error: StewardError) -> None:
        if isinstance(error, TrialFailed):
            hint = advised(error.hint)
            if error.findings:
                told = self.tr("A plan by these rules stops, too, and says why:")
                hint = f"{hint} {told} {what_stops(error.findings)}"
            error = Failure(error.code, error.message, hint=hint)
        show_failure(self, error)

    # Going

    def go_on(self) -> None:
        """To the next step."""
        if self.step == BALANCE:
            self.draft.ask_limits()
            self.go(MAKE)
        elif self.step == MAKE:
            self.making.go_on()
        elif self.step == TECHNIQUES:
            self.weighing.begin()
        else:
            self.go(TECHNIQUES)

    def go_back(self) -> None:
        """To the step before."""
        if self.step == COPY:
            self._show_section(_MADE)
        elif self.step == MAKE and self.making.leave_plan():
            self.reconsider()
        else:
            self.go(self.step - 1)

    def show_techniques(self) -> None:
        """Back to the techniques, with the choices as they are."""
        self.making.leave_plan()
        self.go(TECHNIQUES)

    def start_again(self) -> None:
        """Give the choices up, and begin with the rules as they were."""
        self.making.leave_plan()
        self.draft = Draft()
        self.clear_banners()
        self.go(BLANK)
        self.read_again()

    def show_copies(self) -> None:
        """The register of copies."""
        self._show_section(_MADE)

    def show_made(self, release: Release) -> None:
        """Look at a copy that was made."""
        self.copy.show_release(release)
        self.go(COPY)
        self.read_again()
        if self.copy.report is None:
            self.copies.read_kept(release)
        self.copies.compare(release)

    def open_copy(self) -> None:
        """Look at the copy that is chosen in the register."""
        if (release := self.register.table.current) is not None:
            self.show_made(release)

    def begin_copy(self) -> None:
        """A new copy."""
        self._show_section(_NEW)

    def _show_section(self, section: str) -> None:
        if self.foot.busy:
            self.sections.choose(_MADE if self.step in (COPY, REGISTER) else _NEW)
        elif section == _MADE:
            self.go(REGISTER)
        else:
            ready = self.situation is not None and self.rules is not None
            self.go(COLUMNS if ready else NOTHING)

    def go(self, step: int) -> None:
        """Show a step."""
        self.parts.show_step(step)
        self.sections.choose(_MADE if step in (COPY, REGISTER) else _NEW)
        self._show_steps()
        self.steps.setVisible(step not in (NOTHING, REGISTER))
        self.show_rules()
        put_last(self.foot, self)
        self.reconsider()

    def _show_steps(self) -> None:
        at_copy = self.copy.release if self.step == COPY else None
        in_place = at_copy.in_place if at_copy is not None else self.making.in_place
        self.steps.show_step(STEP_OF.get(self.step, 0), step_names(in_place=in_place))

    # What runs

    def start(
        self,
        title: str,
        work: Callable[[Context], T],
        done: Callable[[T], None],
        *,
        on_failure: Callable[[StewardError], None] | None = None,
        writes: bool = False,
    ) -> None:
        """Do something that the foot tells of, one at a time."""
        if self.foot.busy:
            return
        self.begin_anew() if writes else self.clear_banners()
        self.foot.start(
            title,
            work,
            done,
            on_failure=on_failure or (lambda error: show_failure(self, error)),
            on_end=self.reconsider,
            writes=writes,
        )
        self.reconsider()
