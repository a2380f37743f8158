"""What the first step says of the points there are: none, none that can be relied on, none proven, stores away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.catalog.points import Point, PointState
from steward_app.gui.format import age, plural, shown_name
from steward_app.gui.layout import boxed, clear, vbox
from steward_app.gui.page import Page
from steward_app.gui.pages.backups.read import PointsRead
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.surfaces import Card, EmptyState, Scroll
from steward_app.kernel.clock import from_text
from steward_app.services import backup
from steward_app.services.backup.status import StoreStanding, StoreStatus

_SOME = 3  # stores that are named


def can_be_tried(point: Point) -> bool:
    """Whether a point may be restored: out of a store nothing comes but pages that are as they were captured."""
    return point.state is not PointState.MISSING and (
        point.state is not PointState.FAILED or bool(point.store_id)
    )


class Standing(QWidget):
    """Above the choices, where there is something to know before one is made.

    Args:
        page: runs the job that looks into the stores.
        again: reads the points once more.
    """

    def __init__(self, page: Page, again: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page, self._again = page, again
        self._lines = vbox(gap=8)
        self.setLayout(self._lines)
        self._empty = vbox()
        self.nothing = boxed(self._empty)  # in place of the choices
        self.hide()

    def show_read(self, read: PointsRead) -> None:
        """Say what is to be known of these points, above the choices, or in place of them where there are none."""
        self._show_nothing(read)
        clear(self._lines)
        told = [*self._of_points(read), *self._of_stores(read)]
        for banner in told:
            self._lines.addWidget(banner)
        self.setVisible(bool(told))

    def _of_points(self, read: PointsRead) -> Iterator[Banner]:
        states = {point.state for point in read.points}
        if not states:
            return
        if states <= {PointState.FAILED, PointState.MISSING}:
            yield self._none_usable(read)
        elif PointState.PROVEN not in states:
            lead, told = _tr("No restore point is proven yet."), _tr("Nobody has looked into them yet.")
            if states == {PointState.CHECKED}:
                told = _tr("They were checked, and none was brought back to try.")
            elif PointState.CHECKED in states:
                told = _tr("Some were checked, and none was brought back to try.")
            rest = f"{told} " + _tr(
                "Each page is compared while a file is restored; a drill in Backups proves it beforehand."
            )
            yield Banner(Tone.ACCENT, lead, rest, actions=(self._backups(),))

    def _none_usable(self, read: PointsRead) -> Banner:
        if any(can_be_tried(point) for point in read.points):
            lead = _tr("Every restore point failed when it was looked into last.")
            rest = _tr("One in a store may be tried: each page is compared, and where one is not as it was, nothing is "
                       "restored. Your file is unchanged; make a new point of it in Backups.")  # fmt: skip
        else:
            lead = _tr("No restore point can be used.")
            rest = _tr("Each is missing, or not as it was made. Your file is unchanged. Make a new point of it in "
                       "Backups, or connect a store that holds others.")  # fmt: skip
        looks = (self.look_button(),) if read.status.stores else ()
        return Banner(Tone.DANGER, lead, rest, actions=(*looks, self._backups()))

    def _of_stores(self, read: PointsRead) -> Iterator[Banner]:
        silent = [each for each in read.status.stores if each.standing is StoreStanding.SILENT]
        if not silent:
            return
        away = {each.id for each in silent}
        elsewhere = any(can_be_tried(point) and point.store_id not in away for point in read.points)
        rest = (
            _tr("What lies elsewhere can be restored now.")
            if elsewhere
            else _tr(
                "Nothing can be restored from there until it answers: plug in the drive, or connect the network."
            )
        )
        yield Banner(Tone.WARNING, _silent_words(silent), rest, actions=(self.look_button(),))

    def _show_nothing(self, read: PointsRead) -> None:
        stores = read.status.stores
        silent = [each for each in stores if each.standing is StoreStanding.SILENT]
        words = _tr("A restore point is a copy you can return to. Make one in Backups, or connect a store that was "
                    "made before; your database is not changed.")  # fmt: skip
        if silent:
            words = (
                f"{_silent_words(silent)} {_tr('Plug in the drive, or connect the network, and look again.')}"
            )
        elif stores:
            count = plural(len(stores), _tr("store"), _tr("stores"))
            words = _tr(
                "This database has {stores}, with no restore point in it. Make one in Backups."
            ).format(stores=count)
        buttons = [Button(_tr("Open Backups"), self._open_backups, icon="copy-check")]
        if stores:
            buttons.insert(0, Button(_tr("Look again"), self.look, icon="refresh-cw"))
        card = Card("", EmptyState("rotate-ccw", _tr("There is nothing to restore yet"), words, *buttons))
        card.body.setStretch(0, 1)
        clear(self._empty)
        self._empty.addWidget(Scroll(boxed(vbox(card, margins=(24, 16, 24, 24)))))

    def look_button(self) -> Button:
        """Asks every store what lies in it."""
        return Button(_tr("Look again"), self.look, small=True)

    def look(self) -> None:
        """Ask every store what lies in it; one that does not answer says so."""
        page = self._page
        path, catalog = page.context.file.path, page.context.catalog

        def looked(_: object) -> None:
            self._again()
            page.context.guarded()

        page.run(
            _tr("Looking into the stores"),
            lambda context: backup.refresh_all(catalog, path, context),
            looked,
        )

    def _backups(self) -> Button:
        return Button(_tr("Open Backups"), self._open_backups, small=True)

    def _open_backups(self) -> None:
        self._page.context.navigate("backups")


def _silent_words(silent: list[StoreStatus]) -> str:
    """Which stores did not answer, and since when: "“NAS” did not answer; it did 3 hours ago.\""""
    if len(silent) > 1:
        names = ", ".join(f"“{shown_name(each.store.name)}”" for each in silent[:_SOME])
        more = len(silent) - _SOME
        told = _tr("{names} and {n} more").format(names=names, n=more) if more > 0 else names
        return _tr("{names} did not answer the last time.").format(names=told)
    store = silent[0].store
    name = f"“{shown_name(store.name)}”"
    if not store.answered_at:
        return _tr("{name} did not answer.").format(name=name)
    since = age(from_text(store.answered_at))
    return _tr("{name} did not answer the last time; it did {ago}.").format(name=name, ago=since)


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
