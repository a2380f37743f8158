"""The Anonymize page: columns, techniques, balance, the copy, attacks on it; and the register of copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from PySide6.QtGui import QResizeEvent, QShowEvent

from steward_app.gui.actions import Action
from steward_app.gui.context import PageContext
from steward_app.gui.layout import boxed, vbox
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
from steward_app.gui.pages.anonymize.words import step_names
from steward_app.gui.pages.which_database import show_failure
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import Segments
from steward_app.gui.widgets.parts import Parts
from steward_app.gui.widgets.steps import Steps
from steward_app.gui.widgets.surfaces import EmptyState, Toolbar
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.model import Release
from steward_app.services.privacy.anonymize.situation import Situation, read_frontier, read_situation
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.report.trial import Trial, make_trial
from steward_app.services.privacy.risk import Frontier, Node
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
        self._stack = Parts()
        self.foot = Foot(self.run)
        self.making, self.copies = Making(self), Copies(self)
        self.reasons = Reasons(self)
        self.own = own_actions(self)
        self._build()

    def _build(self) -> None:
        own = self.own
        decide = (lambda: self.context.navigate("personal")) if "personal" in self.context.pages else None
        self.steps = Steps(step_names(in_place=False))
        self.sections = Segments(
            self.tr("New copy or copies made"), (_NEW, self.tr("New copy")), (_MADE, self.tr("Copies made"))
        )
        self.columns = ColumnsStep(Button(action=own.known), Button(action=own.sensitive), decide)
        self.techniques = TechniquesStep()
        self.balance = BalanceStep(
            Button(action=own.trial, small=True),
            Button(self.tr("Choose columns"), lambda: self._go(COLUMNS)),
        )
        self.copy = CopyStep(
            [
                Button(action=each, small=True)
                for each in (own.report, own.given, own.assess, own.destroyed, own.key)
            ],
            lambda point: self.context.navigate("backups", point=point),
        )
        self.register = RegisterView(lambda: self._show_section(_NEW))
        words = self.tr(
            "Rules for a copy are proposed from what is found in the file. Nothing is changed by looking."
        )
        nothing = EmptyState("eye-off", self.tr("Personal data was not looked for yet"), words,
                             Button(action=own.look, kind=Kind.PRIMARY))  # fmt: skip
        for widget in (boxed(vbox()), nothing, self.columns, self.techniques, self.balance, self.making.widget,
                       self.copy, self.register):  # fmt: skip
            self._stack.addWidget(widget)
        self.head.set_actions(self.sections)
        self.content.addWidget(Toolbar(self.steps))
        self.content.addWidget(self._stack, 1)
        self.content.addWidget(self.foot)
        self.foot.furnish(own, self.context.allow_changes)
        self.foot.hide()
        self._connect()

    def _connect(self) -> None:
        self.sections.chosen.connect(self._show_section)
        self.columns.chosen.connect(self.reconsider)
        self.columns.rules_chosen.connect(self._choose_rules)
        self.techniques.technique.connect(self._choose_technique)
        self.techniques.ruled.connect(self._rule)
        self.balance.technique.connect(self._choose_technique)
        self.balance.moved.connect(self._moved)
        self.balance.limited.connect(self._limited)
        self.balance.all_wanted.connect(lambda: self._go(TECHNIQUES))
        self.register.opened.connect(self.show_made)
        self.register.table.chosen.connect(lambda _: self.reconsider())

    # What a page may say

    @property
    def rules(self) -> ReleaseRules | None:
        """The rules as they are now."""
        return self.draft.rules

    @property
    def step(self) -> int:
        """What is shown."""
        return self._stack.currentIndex()

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
            self.draft.begin(found.rules, found.sizes)
            self.columns.show_names(found.names, self.draft.name)
            if anew or (before is not None and before.keys != found.keys):  # else what was typed stays
                self.making.form.show_rules(self.draft.required, found.keys, found.tables)
            self.making.form.show_store(found.point_store)
        if self.step in (BLANK, NOTHING):
            self._go(COLUMNS if found.rules is not None else NOTHING)
        self._show_rules()

    def _choose_rules(self, name: str) -> None:
        self._name = name
        self.draft = Draft()
        self._go(COLUMNS)
        self.read_again()

    # Rules

    def _show_rules(self) -> None:
        if self.situation is None or self.rules is None:
            return
        self.columns.show_lines(self.situation.lines, self.rules)
        rows = self.draft.rows(self.situation.lines)
        self.techniques.show_rows(rows)
        shown = self.draft.most_telling(rows)
        self.balance.show_rows(shown, len(rows))
        self.balance.show_trial(self.draft.trial, fits=self.draft.trial_fits)
        self.reconsider()

    def _choose_technique(self, place: Place, technique: Technique) -> None:
        self._rule(self.draft.usual(place, technique, self.situation))

    def _rule(self, rule: Rule) -> None:
        self.draft.rule(rule)
        self._show_rules()

    def _moved(self, node: Node) -> None:
        if self.draft.take(node):
            self._show_rules()

    def _limited(self, limit: float) -> None:
        rules = self.draft.required
        self.draft.rules = replace(rules, limits=replace(rules.limits, risk=limit))
        self.balance.show_frontier(self.draft.frontier, limit)
        if self.balance.node is not None:
            self._moved(self.balance.node)
        self._show_rules()

    def turn_known(self) -> None:
        """Take the chosen columns for known to others, or not any more."""
        self.draft.turn("quasi_identifiers", [line.place for line in self.columns.selected])
        self._show_rules()

    def turn_sensitive(self) -> None:
        """Take the chosen columns for sensitive, or not any more."""
        self.draft.turn("sensitive", [line.place for line in self.columns.selected])
        self._show_rules()

    # Balance

    def _weigh(self) -> None:
        """Try all ways, where that was not done for these columns."""
        table, rules = self.draft.table, self.rules
        if table is None or rules is None or self.situation is None or self.draft.frontier is not None:
            self._show_balance(self.draft.frontier)
            return
        path, what = self.context.file.path, self.situation.known
        self.start(
            self.tr("Trying ways to coarsen"),
            lambda context: read_frontier(path, table, rules, what, context),
            self._show_balance,
        )

    def _show_balance(self, found: Frontier | None) -> None:
        fresh = found is not None and found is not self.draft.frontier
        self.draft.frontier = found
        self.balance.show_frontier(found, self.draft.required.limits.risk)
        if fresh and self.balance.node is not None:
            self.draft.take(self.balance.node)
        elif found is not None and self.draft.node is not None:
            self.balance.choose_levels(self.draft.node.levels, self.draft.node.k)
        self._go(BALANCE)
        self._show_rules()

    def try_out(self) -> None:
        """Make a trial copy: search it, attack it, measure it, remove it."""
        path, rules = self.context.file.path, self.rules
        if rules is not None:
            self.start(
                self.tr("Making a trial copy"), lambda context: make_trial(path, rules, context), self._tried
            )

    def _tried(self, trial: Trial) -> None:
        self.draft.trial = trial
        self._show_rules()

    # Going

    def go_on(self) -> None:
        """To the next step."""
        if self.step == BALANCE:
            self._go(MAKE)
        elif self.step == MAKE:
            self.making.go_on()
        elif self.step == TECHNIQUES:
            self._weigh()
        else:
            self._go(TECHNIQUES)

    def go_back(self) -> None:
        """To the step before."""
        if self.step == COPY:
            self._show_section(_MADE)
        elif self.step == MAKE and self.making.leave_plan():
            self.reconsider()
        else:
            self._go(self.step - 1)

    def show_techniques(self) -> None:
        """Back to the techniques, with the choices as they are."""
        self.making.leave_plan()
        self._go(TECHNIQUES)

    def start_again(self) -> None:
        """Give the choices up, and begin with the rules as they were."""
        self.making.leave_plan()
        self.draft = Draft()
        self.clear_banners()
        self._go(BLANK)
        self.read_again()

    def show_copies(self) -> None:
        """The register of copies."""
        self._show_section(_MADE)

    def show_made(self, release: Release) -> None:
        """Look at a copy that was made."""
        self.copy.show_release(release)
        self._go(COPY)
        self.read_again()

    def open_copy(self) -> None:
        """Look at the copy that is chosen in the register."""
        if (release := self.register.table.current) is not None:
            self.show_made(release)

    def _show_section(self, section: str) -> None:
        if self.foot.busy:
            self.sections.choose(_MADE if self.step in (COPY, REGISTER) else _NEW)
        elif section == _MADE:
            self._go(REGISTER)
        else:
            ready = self.situation is not None and self.rules is not None
            self._go(COLUMNS if ready else NOTHING)

    def _go(self, step: int) -> None:
        self._stack.setCurrentIndex(step)
        self.sections.choose(_MADE if step in (COPY, REGISTER) else _NEW)
        self._show_steps()
        self.steps.setVisible(step not in (NOTHING, REGISTER))
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
