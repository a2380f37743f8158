"""A plan over the window: to be rehearsed on a copy, carried out, or left."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeVar

import shiboken6
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import as_here
from steward_app.gui.layout import boxed, clear, vbox
from steward_app.gui.page import Page
from steward_app.gui.widgets.banner import error_banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.dialog import PageDialog
from steward_app.gui.widgets.foot import FootLine
from steward_app.gui.widgets.plan_view import PlanView
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.operation import Confirmation

T = TypeVar("T")

_WIDTH, _HEIGHT = 1080.0, 680.0  # as the page of a plan: what will happen, and beside it what was seen of it


class PlanDialog(PageDialog):
    """Shows a plan, and carries it out on a copy or on the file.

    Args:
        shown: the plan in the window's words.
        icon: of the button that carries it out.
        extra: stands before the SQL.
        asked: a field above the buttons.
    """

    def __init__(
        self,
        page: Page,
        plan: Plan,
        shown: Plan,
        *,
        icon: str = "",
        extra: Sequence[QWidget] = (),
        asked: QWidget | None = None,
    ) -> None:
        super().__init__(page, plan.title)
        self._page, self.plan = page, plan
        self._tried: Rehearsal | None = None
        self._wrong = vbox()
        self.view = PlanView()
        self.view.show_plan(shown, *extra)
        self.view.show_state(True)
        self.stay = Button(_tr("Cancel"), self.reject)
        self.stay.setDefault(True)
        self.rehearse_button = Button(_tr("Rehearse"), self.rehearse, icon="flask-conical")
        self.allow = Button(_tr("Allow changes"), self._allow, icon="lock-open")
        self.verb = Button(plan.button, self.apply, kind=Kind.PRIMARY, icon=icon)
        self.foot = FootLine(self._stop, self.rehearse_button, self.allow, self.verb, before=(self.stay,))
        head = boxed(vbox(Label(as_here(plan.title), role="question", wrap=True), margins=(24, 20, 24, 4)))
        whole = vbox(head, boxed(self._wrong), self.view, *((asked,) if asked else ()), self.foot)
        whole.setStretch(2, 1)
        self.setLayout(whole)
        self.take(_WIDTH, _HEIGHT)
        self.reconsider()
        self.stay.setFocus(Qt.FocusReason.OtherFocusReason)

    @abstractmethod
    def rehearsing(self) -> Callable[[Context], Rehearsal]:
        """What carries the plan out on a copy, on another thread."""

    @abstractmethod
    def applying(self, said: Confirmation) -> Callable[[Context], Receipt]:
        """What carries it out, on another thread."""

    @abstractmethod
    def carried_out(self, receipt: Receipt) -> None:
        """It was carried out, and the dialog has closed."""

    def missing(self) -> str:
        """What must be given first besides, a sentence; "" where nothing must."""
        return ""

    def rehearsed(self, found: Rehearsal) -> None:
        """It was carried out on a copy."""
        self._tried = found
        self.view.show_rehearsal(found)

    def reconsider(self) -> None:
        """What can be done now, and why not."""
        file, blocking = self._page.context.file, self.plan.blocking
        switched = file.state.writable and file.read_only
        in_the_way = f"{blocking[0].title}." if blocking else ""
        reason = in_the_way
        if not file.state.writable:
            reason = reason or _tr("This file can only be read.")
        elif file.read_only:
            reason = reason or _tr("The file is read-only.")
        reason = reason or self.missing()
        shown = (self.rehearse_button, *((self.allow,) if switched and not blocking else ()), self.verb)
        self.foot.show_buttons(*shown)
        if self._tried is not None:
            passed = _tr("Rehearsed on a copy: it goes through.")
            self.foot.say(
                passed if self._tried.passed else _tr("Rehearsed on a copy: it does not go through.")
            )
        if reason:
            self.foot.say(reason)
        self.verb.disable(reason)
        self.rehearse_button.disable(in_the_way)

    def rehearse(self) -> None:
        """Carry the plan out on a copy of the file and tell what came of it."""
        self._start(_tr("Rehearsing on a copy"), self.rehearsing(), self.rehearsed)

    def apply(self) -> None:
        """Carry the plan out. Its button is the confirmation."""
        said = Confirmation(given=True, read_only=self._page.context.file.read_only)
        self._start(self.plan.title, self.applying(said), self._ended_well, writes=True)

    def _start(
        self, title: str, work: Callable[[Context], T], done: Callable[[T], None], *, writes: bool = False
    ) -> None:
        clear(self._wrong)
        self.foot.show_running(title)
        self.running = self._page.run(
            title,
            work,
            done,
            on_failure=self._show_wrong,
            on_progress=self.foot.show_progress,
            on_end=self._ended,
            writes=writes,
        )

    def _ended(self) -> None:
        self.running = None
        if shiboken6.isValid(self) and self.isVisible():
            self.reconsider()

    def _ended_well(self, receipt: Receipt) -> None:
        self.running = None
        self.accept()
        self.carried_out(receipt)

    def _show_wrong(self, error: StewardError) -> None:
        self._wrong.addWidget(boxed(vbox(error_banner(error), margins=(24, 8, 24, 0))))

    def _stop(self) -> None:
        if self.running is not None:
            self.running.cancel()

    def _allow(self) -> None:
        self._page.context.allow_changes()
        self.reconsider()


def _tr(text: str) -> str:
    return QCoreApplication.translate("plan_dialog", text)
