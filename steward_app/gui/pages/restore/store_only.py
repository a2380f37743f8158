"""Restoring with nothing but a store: on a new computer, or when the catalog is lost. No file is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from steward_app.gui.actions import Action, triggering
from steward_app.gui.bridge import JobCenter
from steward_app.gui.desk import Desk
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, clear, vbox
from steward_app.gui.pages.backups.host_keys import accept_button
from steward_app.gui.pages.restore.carry import for_window
from steward_app.gui.pages.restore.contents import contents_table, section
from steward_app.gui.pages.restore.done import DoneStep
from steward_app.gui.pages.restore.login import LoginCard
from steward_app.gui.pages.restore.store_read import Looked, PlannedFromStore, carry_out, look, plan
from steward_app.gui.pages.restore.store_steps import AddressStep, PointStep, origin
from steward_app.gui.pages.restore.unlock import UnlockCard, is_locked
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner, error_banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.foot import JobFoot
from steward_app.gui.widgets.plan_view import PlanView
from steward_app.gui.widgets.steps import Steps
from steward_app.gui.widgets.surfaces import PageHead, Toolbar
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.backup.store.keys import Unlocking
from steward_app.storage.objects import Credentials, LoginRefused, Wanted

T = TypeVar("T")
STORE, POINT, PLAN, DONE = range(4)


class StoreRestore(QWidget):
    """A wizard of its own, in place of the pages. What is given to open the store is gone when it is left.

    Args:
        open_file: opens the file that was restored.

    Signals:
        left: somebody is done here, or does not want to.
    """

    left = Signal()

    def __init__(
        self, desk: Desk, jobs: JobCenter, open_file: Callable[[Path], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._jobs, self._open_file = desk, jobs, open_file
        self._key: Unlocking | None = None
        self._login: Credentials | None = None
        self._looked: Looked | None = None
        self._planned: PlannedFromStore | None = None
        self._again: Callable[[], None] = self.go_on
        self._note = ""
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(_tr("Restore from a backup store"))
        self.foot = JobFoot(partial(jobs.run, self))
        self._own = self._actions()
        self._build()
        self._go(STORE)

    def _actions(self) -> tuple[Action, Action, Action]:
        group = _tr("Restore")
        return (
            Action("from_store.go", _tr("Go on with the restore"), self.go_on, group, "", "Ctrl+Return", self.reason),
            Action("from_store.back", _tr("Back"), self.back, group, "", "Alt+Left", self._no_way_back),
            Action("from_store.leave", _tr("Cancel"), self.leave, group, "", "", self._running),
        )  # fmt: skip

    def _build(self) -> None:
        go, back, leave = self._own
        head = PageHead(
            _tr("Restore from a backup store"),
            _tr("The store is enough, with one of its keys where it is encrypted. Neither the database nor the "
                "computer that made the backups is needed."),
        )  # fmt: skip
        self.steps = Steps([_tr("Store"), _tr("Point and place"), _tr("Plan"), _tr("Receipt")])
        self._banners = vbox()
        self.unlock, self.login = UnlockCard(self._open), LoginCard(self._log_in)
        asking = vbox()
        for card in (self.unlock, self.login):
            place = boxed(vbox(card, margins=(24, 16, 24, 0)))
            place.hide()
            card.shown.connect(place.setVisible)
            card.shown.connect(lambda _: self._reconsider())
            asking.addWidget(place)
        self.address, self.points = AddressStep(), PointStep(self.back)
        self.plan_view = PlanView()
        self.done = DoneStep(self._open_file, lambda _: None, self._once_more, lambda _: None)
        self._stack = QStackedWidget()
        for step in (self.address, self.points, self.plan_view, self.done):
            self._stack.addWidget(step)
        self.go_button = Button(action=go, kind=Kind.PRIMARY)
        self.back_button, self.leave_button = Button(action=back), Button(action=leave)
        self.foot.hold(self.back_button, self.go_button, before=(self.leave_button,))
        whole = vbox(head, self._banners, Toolbar(self.steps), asking, self._stack, self.foot)
        whole.setStretch(4, 1)
        self.setLayout(whole)
        self.address.entered.connect(triggering(go))
        self.address.where.changed.connect(self._reconsider)
        self.points.changed.connect(self._reconsider)
        self.points.opened.connect(triggering(go))

    # What it says

    def commands(self) -> Sequence[Action]:
        """What can be done here."""
        return self._own

    @property
    def step(self) -> int:
        """What is shown."""
        return self._stack.currentIndex()

    @property
    def busy(self) -> bool:
        """Whether something runs."""
        return self.foot.busy

    def reason(self) -> str:
        """Why it cannot go on; "" when it can."""
        if self.foot.busy:
            return self._running()
        match self.step:
            case n if n == STORE:
                return "" if self.address.where.url else _tr("Say first where the store is.")
            case n if n == POINT:
                return _tr("Open the store above first.") if self.unlock.asks else self.points.reason
            case n if n == PLAN and self._planned is not None:
                blocking = self._planned.plan.blocking
                return f"{blocking[0].title}." if blocking else ""
        return _tr("It is restored.")

    def _no_way_back(self) -> str:
        if self.foot.busy:
            return self._running()
        return "" if self.step in (POINT, PLAN) else _tr("There is no step to go back to.")

    def _running(self) -> str:
        return _tr("Something is running.") if self.foot.busy else ""

    def begin(self) -> None:
        """It is shown: the focus is where something is typed."""
        self.address.where.field.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    # From step to step

    def go_on(self) -> None:
        """Look into the store, plan, or restore, whichever comes next. Only the last writes a file."""
        self._clear()
        if self.step == STORE:
            if self.address.where.checked():
                self._key = self._login = None
                self._look()
        elif self.step == POINT:
            self._plan()
        elif self.step == PLAN:
            self._restore()

    def back(self) -> None:
        """To the step before; nothing was changed."""
        self._clear()
        self._go(STORE if self.step == POINT else POINT)
        if self.step == STORE:
            self.unlock.fields.forget()
        (self.address.where.field.edit if self.step == STORE else self.points.table).setFocus()

    def leave(self) -> None:
        """Away from here."""
        self.left.emit()

    def _look(self) -> None:
        url, given = self.address.where.url, self._given()
        self._start(
            _tr("Looking into the store"),
            lambda context: look(self._desk, url, given, context),
            self._show_store,
            self._look,
        )

    def _show_store(self, found: Looked) -> None:
        self._looked = found
        self.points.show_store(found)
        self._go(POINT)
        if found.contents.encrypted and not found.contents.readable and found.contents.points:
            self._ask(self._look)
        else:
            self.points.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _plan(self) -> None:
        found, point, target = self._looked, self.points.point, self.points.target
        if found is None or point is None:
            return
        url, given = found.contents.url, self._given()
        self._start(
            _tr("Planning the restore"),
            lambda context: plan(self._desk, url, point, target, given, context),
            self._show_plan,
            self._plan,
        )

    def _show_plan(self, found: PlannedFromStore) -> None:
        self._planned = found
        shown = for_window(found.plan)
        self.plan_view.show_plan(shown, *self._about(_tr("What it will hold")), disk_free=found.free_bytes)
        self.plan_view.show_state(True, _tr("The place is free"))
        self._go(PLAN)
        self.go_button.setFocus(Qt.FocusReason.OtherFocusReason)
        if shown.blocking:
            rest = " ".join(shown.blocking[0].remedies)
            lead = _tr("This cannot be restored: {why}.").format(why=shown.blocking[0].title)
            self._show_banner(Banner(Tone.DANGER, lead, rest))

    def _about(self, holds: str) -> tuple[QWidget, ...]:
        """Where the file comes from and, as far as somebody looked into the point, what is in it."""
        if self._planned is None or self._looked is None:
            return ()
        point = self._planned.point
        comes = section(_tr("Where it comes from"), origin(point, self._looked.contents))
        return (comes, section(holds, contents_table(point.tables))) if point.tables else (comes,)

    def _restore(self) -> None:
        if self._planned is None:
            return
        made, given = self._planned.plan, self._given()
        self._start(
            _tr("Restoring {name}").format(name=shown_name(self.points.target.name)),
            lambda context: carry_out(self._desk, made, given, context),
            self._show_receipt,
            self._restore,
            writes=True,
        )

    def _show_receipt(self, receipt: Receipt) -> None:
        self._go(DONE)
        words = _tr(
            "Open the file, and connect the store on its page Backups: from then on restore points are made there as "
            "before."
        )
        after = section(_tr("To go on with this store"), Label(words, tone=Tone.MUTED, wrap=True))
        self.done.show_receipt(receipt, *self._about(_tr("What it holds")), after)

    def _once_more(self) -> None:
        self.points.field.edit.setModified(False)  # the name is taken now
        self._look()

    def _go(self, step: int) -> None:
        self._note = ""
        self._stack.setCurrentIndex(step)
        self.steps.show_step(step if step != DONE else DONE + 1)
        verbs = {STORE: _tr("Look into the store"), POINT: _tr("Plan the restore")}
        if step == PLAN and self._planned is not None:
            verbs[PLAN] = self._planned.plan.button
        if step in verbs:
            self.go_button.set_words(verbs[step])
        back = (self.back_button,) if step in (POINT, PLAN) else ()
        self.foot.show_buttons(*back, *((self.go_button,) if step != DONE else ()))
        self.leave_button.set_words(_tr("Close") if step == DONE else _tr("Cancel"))
        self._reconsider()

    def _reconsider(self) -> None:
        for button in (self.go_button, self.back_button, self.leave_button):
            button.reconsider()
        if self.step == DONE:
            self.foot.say("")
        else:
            self.foot.say(self._note or self.reason() or _tr("Nothing is changed yet."))

    # What is in the way

    def _ask(self, again: Callable[[], None], wrong: str = "", given: Unlocking | None = None) -> None:
        self._again, found = again, self._looked
        where = self._looked.contents.where if self._looked else self.address.where.url
        by_passphrase = found is not None and found.contents.by_passphrase
        self.unlock.ask(shown_name(where), wrong, given=given, by_passphrase=by_passphrase)

    def _open(self, given: Unlocking) -> None:
        self._key = given
        self._again()

    def _log_in(self, given: Credentials) -> None:
        self._login = given
        self._again()

    def _given(self) -> Unlocking | None:
        """What was given so far, of both kinds."""
        if self._login is None:
            return self._key
        return replace(self._key or Unlocking(), credentials=self._login)

    def _failed(self, error: StewardError, again: Callable[[], None]) -> None:
        if is_locked(error, self._key):
            given, self._key = self._key, None
            self._ask(again, error.message if given is not None else "", given)
        elif isinstance(error, LoginRefused) and error.wanted is not Wanted.NOTHING:
            refused, self._login, self._again = self._login is not None, None, again
            self.login.ask(self.address.where.url, error, again=refused)
        elif error.code is ErrorCode.BAD_PATH and self.step in (POINT, PLAN):
            self._go(POINT)
            self.points.say_wrong(error.message)
        else:
            accept = accept_button(
                self._run, self.address.where.url, error, self._trying(again), self._show_error
            )
            ways = accept or (Button(_tr("Try again"), self._trying(again), small=True),)
            self._show_banner(error_banner(error, *ways, on_close=self._clear))

    def _show_error(self, error: StewardError) -> None:
        self._show_banner(error_banner(error, on_close=self._clear))

    def _trying(self, again: Callable[[], None]) -> Callable[[], None]:
        def once_more() -> None:
            self._clear()
            again()

        return once_more

    def _show_banner(self, banner: Banner) -> None:
        clear(self._banners)
        self._banners.addWidget(boxed(vbox(banner, margins=(24, 0, 24, 12))))

    def _clear(self) -> None:
        clear(self._banners)
        self.unlock.put_away()
        self.login.put_away()

    # What runs

    def _run(self, title: str, work: Callable[[Context], T], done: Callable[[T], None], *,
             on_failure: Callable[[StewardError], None]) -> None:  # fmt: skip
        self._jobs.run(self, title, work, done, on_failure=on_failure)

    def _start(
        self,
        title: str,
        work: Callable[[Context], T],
        done: Callable[[T], None],
        again: Callable[[], None],
        *,
        writes: bool = False,
    ) -> None:
        self._note = ""
        self.foot.start(
            title,
            work,
            done,
            on_failure=lambda error: self._failed(error, again),
            on_stopped=self._stopped,
            on_end=self._reconsider,
            writes=writes,
        )
        self._reconsider()

    def _stopped(self) -> None:
        self._note = _tr("Stopped. Nothing was changed.")


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
