"""What is done about a store that is locked or does not answer; and what is wrong otherwise."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from steward_app.catalog.points import Point
from steward_app.catalog.stores import Store
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.page import Page
from steward_app.gui.pages.backups.host_keys import accept_button
from steward_app.gui.pages.restore.login import LoginCard
from steward_app.gui.pages.restore.moment import MomentCard
from steward_app.gui.pages.restore.unlock import UnlockCard, is_locked
from steward_app.gui.pages.which_database import show_failure
from steward_app.gui.widgets.banner import error_banner
from steward_app.gui.widgets.buttons import Button
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.services.backup import credentials
from steward_app.services.backup.store.keys import Unlocking
from steward_app.storage.objects import Credentials, LoginRefused, Wanted

_SILENT = (ErrorCode.OFFLINE, ErrorCode.STORE_MISSING, ErrorCode.LOGIN_REFUSED)


class Trouble:
    """Of one page: the keys that were given to it, and the way on when a point cannot be read."""

    def __init__(self, page: Page, moment: MomentCard) -> None:
        self._page, self._moment = page, moment
        self._given: dict[str, Unlocking] = {}
        self._point: Point | None = None
        self._again: Callable[[], None] | None = None
        self._tried = ""  # the store that something was given for
        self.card = UnlockCard(self._open)
        self.login = LoginCard(
            self._log_in, _tr("What you give is kept with this computer's keys once it opens the server.")
        )
        lines = vbox()
        for card in (self.card, self.login):
            place = boxed(vbox(card, margins=(24, 16, 24, 0)))
            place.hide()
            card.shown.connect(place.setVisible)
            lines.addWidget(place)
        self.place = boxed(lines)

    def given(self, point: Point) -> Unlocking | None:
        """What was given to open the store of a point."""
        return self._given.get(point.store_id)

    @property
    def last_given(self) -> Unlocking | None:
        """What was given last."""
        return next(reversed(self._given.values()), None)

    def clear(self) -> None:
        """Nothing is wrong any more."""
        self._page.clear_banners()
        self.card.put_away()
        self.login.put_away()

    def show(self, error: StewardError, point: Point | None, again: Callable[[], None]) -> None:
        """Say what is wrong; `again` is called when it may be right."""
        page = self._page
        if point is not None and point.store_id and is_locked(error, self.given(point)):
            wrong = error.message if self._given.pop(point.store_id, None) is not None else ""
            self.ask(point, again, wrong)
        elif point is not None and (store := self._moment.store_of(point)) is not None:
            self._show_of(store, error, point, again)
        else:
            show_failure(page, error)

    def _show_of(self, store: Store, error: StewardError, point: Point, again: Callable[[], None]) -> None:
        """What is wrong with a server or a drive, with what can be done here."""
        page = self._page
        if isinstance(error, LoginRefused) and error.wanted is not Wanted.NOTHING:
            self._point, self._again = point, again
            page.clear_banners()
            self.login.ask(store.url, error, again=self._tried == store.id)
            self._tried = ""
            return
        accept = accept_button(page.run, store.url, error, self._trying(again), page.show_error)
        ways = accept or (self._ways(point, again) if error.code in _SILENT else ())
        if ways:
            page.show_banner(error_banner(error, *ways, on_close=page.clear_banners))
        else:
            show_failure(page, error)

    def ask(self, point: Point, again: Callable[[], None], wrong: str = "") -> None:
        """Ask for what opens the store of a point; `again` is called when it was given."""
        self._point, self._again = point, again
        self._page.clear_banners()
        self.card.ask(self._moment.place(point), wrong)

    def _ways(self, point: Point, again: Callable[[], None]) -> list[Button]:
        """The same moment from elsewhere, where there is a copy; or once more."""
        copies = self._moment.copies(point)
        ways = [Button(_tr("Try again"), self._trying(again), small=True)]
        if copies:
            words = _tr("Take the copy in {place}").format(place=self._moment.place(copies[0]))
            ways.insert(0, Button(words, self._trying(lambda: self._take(copies[0], again)), small=True))
        return ways

    def _take(self, copy: Point, again: Callable[[], None]) -> None:
        self._moment.choose(copy.id)
        again()

    def _trying(self, again: Callable[[], None]) -> Callable[[], None]:
        def once_more() -> None:
            self._page.clear_banners()
            again()

        return once_more

    def _log_in(self, given: Credentials) -> None:
        """Keep what logs in, if it does."""
        page, point, again = self._page, self._point, self._again
        store = self._moment.store_of(point) if point is not None else None
        if store is None or point is None or again is None:
            return
        catalog, self._tried = page.context.catalog, store.id

        def let_in(_: object) -> None:
            self._tried = ""
            again()

        page.run(
            _tr("Logging in to {name}").format(name=shown_name(store.name)),
            lambda context: credentials.give(catalog, store, given, context),
            let_in,
            on_failure=lambda error: self._show_of(store, error, point, again),
        )

    def _open(self, given: Unlocking) -> None:
        if self._point is not None and self._again is not None:
            self._given[self._point.store_id] = given
            self._again()


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
