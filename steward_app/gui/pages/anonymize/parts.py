"""The steps of the Anonymize page: each is made when it is first needed, or when there is nothing else to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from steward_app.gui.layout import boxed, vbox
from steward_app.gui.pages.anonymize.balance import BalanceStep
from steward_app.gui.pages.anonymize.columns_step import ColumnsStep
from steward_app.gui.pages.anonymize.copy_step import CopyStep
from steward_app.gui.pages.anonymize.reasons import (
    BALANCE,
    COLUMNS,
    COPY,
    MAKE,
    NOTHING,
    REGISTER,
    TECHNIQUES,
)
from steward_app.gui.pages.anonymize.register import RegisterView
from steward_app.gui.pages.anonymize.techniques_step import TechniquesStep
from steward_app.gui.pages.anonymize.words import tr
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.parts import Parts
from steward_app.gui.widgets.surfaces import EmptyState

_PAUSE_MS = 15  # in which keys and clicks are served

if TYPE_CHECKING:
    from steward_app.gui.pages.anonymize.page import AnonymizePage


class StepParts(QObject):
    """What the page shows, one at a time. A window that makes all of them at once stands still for a moment."""

    def __init__(self, page: AnonymizePage) -> None:
        super().__init__(page)
        self._page = page
        self.stack = Parts()
        self._places = [vbox() for _ in range(REGISTER + 1)]
        for place in self._places:
            self.stack.addWidget(boxed(place))
        self._made: dict[int, QWidget] = {}
        self._idle = QTimer(self)
        self._idle.setInterval(_PAUSE_MS)
        self._idle.timeout.connect(self._make_one)

    def show_step(self, step: int) -> None:
        """Show another one."""
        self.need(step)
        self.stack.setCurrentIndex(step)

    def need(self, step: int) -> None:
        """Make one, where that was not done yet."""
        if step in self._ways and step not in self._made:
            self._ways[step]()

    def has(self, step: int) -> bool:
        """Whether one was made."""
        return step in self._made

    def make_the_rest(self) -> None:
        """Make the others one by one, whenever nothing else waits."""
        self._idle.start()

    def _make_one(self) -> None:
        waiting = [step for step in self._ways if step not in self._made]
        if waiting:
            self.need(waiting[0])
        else:
            self._idle.stop()

    @cached_property
    def _ways(self) -> dict[int, Callable[[], QWidget]]:
        return {
            NOTHING: lambda: self.nothing,
            COLUMNS: lambda: self.columns,
            TECHNIQUES: lambda: self.techniques,
            BALANCE: lambda: self.balance,
            REGISTER: lambda: self.register,
            MAKE: lambda: self.making,
            COPY: lambda: self.copy,
        }

    def _put(self, step: int, widget: QWidget) -> None:
        self._places[step].addWidget(widget)
        self._made[step] = widget

    @cached_property
    def nothing(self) -> EmptyState:
        """Nobody looked for personal data yet."""
        made = EmptyState(
            "eye-off",
            tr("Personal data was not looked for yet"),
            tr(
                "Rules for a copy are proposed from what is found in the file. Nothing is changed by looking."
            ),
            Button(action=self._page.own.look, kind=Kind.PRIMARY),
        )
        self._put(NOTHING, made)
        return made

    @cached_property
    def columns(self) -> ColumnsStep:
        """The first step."""
        page, own = self._page, self._page.own
        decide = (lambda: page.context.navigate("personal")) if "personal" in page.context.pages else None
        made = ColumnsStep(Button(action=own.known), Button(action=own.sensitive), decide)
        made.chosen.connect(page.reconsider)
        made.rules_chosen.connect(page.choose_rules)
        self._put(COLUMNS, made)
        return made

    @cached_property
    def techniques(self) -> TechniquesStep:
        """The second step."""
        made = TechniquesStep()
        made.technique.connect(self._page.choose_technique)
        made.ruled.connect(self._page.rule)
        self._put(TECHNIQUES, made)
        return made

    @cached_property
    def balance(self) -> BalanceStep:
        """The third step."""
        page = self._page
        made = BalanceStep(
            Button(action=page.own.trial, small=True), Button(tr("Choose columns"), lambda: page.go(COLUMNS))
        )
        made.technique.connect(page.choose_technique)
        page.weighing.connect(made)
        made.all_wanted.connect(lambda: page.go(TECHNIQUES))
        self._put(BALANCE, made)
        return made

    @cached_property
    def making(self) -> QWidget:
        """The fourth step."""
        made = self._page.making.widget
        self._put(MAKE, made)
        return made

    @cached_property
    def copy(self) -> CopyStep:
        """The fifth step, and any copy of the register."""
        page, own = self._page, self._page.own
        actions = (own.report, own.given, own.assess, own.destroyed, own.key)
        made = CopyStep(
            [Button(action=each, small=True) for each in actions],
            lambda point: page.context.navigate("backups", point=point),
        )
        self._put(COPY, made)
        return made

    @cached_property
    def register(self) -> RegisterView:
        """All copies."""
        page = self._page
        made = RegisterView(page.begin_copy)
        made.opened.connect(page.show_made)
        made.table.chosen.connect(lambda _: page.reconsider())
        self._put(REGISTER, made)
        return made
