"""The long work of the page: one piece at a time, with how far it is and the way to stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.bridge import JobHandle, Told
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.making import is_making, making
from steward_app.gui.page import Page
from steward_app.gui.pages.backups.climb import ClimbCard
from steward_app.gui.pages.backups.connect import UnlockDialog
from steward_app.gui.pages.backups.locked import PassphraseDialog
from steward_app.gui.pages.backups.read import make_point
from steward_app.gui.pages.backups.running import RunningCard
from steward_app.gui.pages.backups.store_fields import KEY_FILE, PASSPHRASE
from steward_app.gui.pages.which_database import show_failure
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.backup.rounds import Visit
from steward_app.services.backup.store.keys import StoreLocked, Unlocking
from steward_app.storage.secrets import KeysLocked

T = TypeVar("T")
_KEYS = (ErrorCode.NEEDS_KEY, ErrorCode.WRONG_KEY)


class Doing:
    """Starts the page's jobs.

    Args:
        changed: called when one begins or ends.

    Attributes:
        view: shows what runs, to be put on the page; hidden where nothing does.
    """

    def __init__(self, page: Page, changed: Callable[[], None]) -> None:
        self._page, self._changed = page, changed
        self._job: JobHandle | None = None
        self._title = ""
        self.climb = ClimbCard(self.stop)
        self.running = RunningCard(self.stop)
        self.view = boxed(vbox(self.climb, self.running))
        self.view.hide()

    @property
    def busy(self) -> bool:
        """Whether a job of the page runs."""
        return self._job is not None

    @property
    def reason(self) -> str:
        """Why nothing else can be begun; "" when something can."""
        if self._job is not None:
            return _tr("{title}. Wait for it, or stop it.").format(title=self._title)
        return (
            _tr("A restore point is being made.")
            if is_making(self._page.context.jobs, self._page.context.file)
            else ""
        )

    def make_point(self, done: Callable[[Receipt | tuple[Visit, ...]], None], *, to_stores: bool) -> None:
        """Bring the stores up to date, or make a whole-file point."""
        title = making(self._page.context.file)
        card: ClimbCard | RunningCard = self.climb
        if to_stores:
            self.running.begin(title, "copy-check")
            card = self.running
        else:
            self.climb.begin()
        self._show(card, title)
        self._job = make_point(
            self._page,
            done,
            to_stores=to_stores,
            on_progress=card.show_progress,
            on_failure=lambda error: show_failure(self._page, error),
            on_end=self._ended,
        )
        self._changed()

    def run(self, title: str, icon: str, work: Callable[[Context], T], done: Callable[[T], None]) -> None:
        """Call a service."""
        self._run(title, icon, work, done, lambda error: show_failure(self._page, error))

    def run_with_key(
        self,
        title: str,
        icon: str,
        work: Callable[[Context, Unlocking | None], T],
        done: Callable[[T], None],
        given: Unlocking | None = None,
        *,
        tell: Callable[[T], Told] | None = None,
    ) -> None:
        """The same, where a store may need a key that this computer does not keep: then it is asked for."""

        def failed(error: StewardError) -> None:
            def again(key: Unlocking | None) -> None:
                self.run_with_key(title, icon, work, done, key, tell=tell)

            if isinstance(error, KeysLocked):
                PassphraseDialog(self._page, lambda: again(given)).open()
                return
            if error.code not in _KEYS:
                show_failure(self._page, error)
                return
            by_passphrase = isinstance(error, StoreLocked) and error.by_passphrase
            asked = UnlockDialog(
                self._page, error.message, again, way=PASSPHRASE if by_passphrase else KEY_FILE
            )
            if given is not None and given.has_key and error.code is ErrorCode.WRONG_KEY:
                asked.keys.show_again(given, error.message)
            asked.open()

        self._run(title, icon, lambda context: work(context, given), done, failed, tell)

    def stop(self) -> None:
        """Ask the job to stop."""
        if self._job is not None:
            self._job.cancel()

    def _run(
        self,
        title: str,
        icon: str,
        work: Callable[[Context], T],
        done: Callable[[T], None],
        failed: Callable[[StewardError], None],
        tell: Callable[[T], Told] | None = None,
    ) -> None:
        self.running.begin(title, icon)
        self._show(self.running, title)
        self._job = self._page.run(
            title,
            work,
            done,
            on_failure=failed,
            on_progress=self.running.show_progress,
            on_end=self._ended,
            tell=tell,
        )
        self._changed()

    def _show(self, card: QWidget, title: str) -> None:
        self._page.begin_anew()
        self._title = title
        for each in (self.climb, self.running):
            each.setVisible(each is card)
        self.view.show()

    def _ended(self) -> None:
        self._job = None
        self.view.hide()
        self._changed()


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
