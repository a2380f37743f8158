"""Which moment: every restore point on a time line and in a table, or a moment that is typed."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Encryption, Store
from steward_app.gui.actions import Action
from steward_app.gui.flow import Flow
from steward_app.gui.format import integer, seconds, shown_name, when
from steward_app.gui.layout import boxed, fix, hbox, vbox
from steward_app.gui.pages.backups.read import PointsRead
from steward_app.gui.pages.backups.table import PointTable
from steward_app.gui.pages.backups.timeline import Timeline
from steward_app.gui.pages.backups.words import facts
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.controls import TextField
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.surfaces import Card
from steward_app.gui.widgets.text import Label
from steward_app.kernel.clock import from_text
from steward_app.services.backup.status import StoreStanding
from steward_app.services.restore import AtMoment

BAD = (PointState.FAILED, PointState.MISSING)


class MomentCard(Card):
    """The points of all stores and of this computer; what is chosen on the line is chosen in the table.

    Args:
        find: finds the newest point not later than what is typed, and calls `show_found` or `say_wrong`.
        search: finds a row or a value in the points.

    Signals:
        chosen: a `Point`, or None.
    """

    chosen = Signal(object)

    def __init__(self, find: Callable[[str], None], search: Action, parent: QWidget | None = None) -> None:
        self.timeline = Timeline()
        self.table = PointTable()
        self.typed = fix(TextField(_tr("Newest point not later than"), "2026-11-20 10:05"), width=160)
        words = Label(_tr("Newest point not later than"), tone=Tone.MUTED)
        words.setBuddy(self.typed)
        self._icon = IconLabel("", Tone.DANGER, 14)
        self._told = Label(role="small", tone=Tone.MUTED, wrap=True)
        self._facts = Label(role="small", tone=Tone.MUTED, elide=True)
        go = Button(_tr("Go"), lambda: find(self.typed.text()))
        line = boxed(Flow(words, self.typed, go, None, Button(action=search), gap=8))
        told = hbox(self._icon, self._told, gap=6)
        told.setStretch(1, 1)
        self._answer = boxed(told)
        upper = vbox(self.timeline, line, self._answer, gap=8, margins=(16, 4, 16, 12))
        super().__init__(_tr("Moment"), upper, self.table, flush=True, foot=(self._facts,), parent=parent)
        self.body.setStretch(1, 1)
        self._read: PointsRead | None = None
        self._answer.hide()
        self.table.chosen.connect(self._chosen)
        self.timeline.chosen.connect(self.choose)
        self.typed.returnPressed.connect(lambda: find(self.typed.text()))
        self.typed.textEdited.connect(lambda _: self._tell("", Tone.MUTED))

    @property
    def point(self) -> Point | None:
        """The point that is chosen."""
        return self.table.current

    @property
    def usable(self) -> tuple[Point, ...]:
        """The points that can be relied on, newest first."""
        points = self._read.points if self._read else ()
        return tuple(point for point in points if point.state not in BAD)

    def show_points(self, read: PointsRead, wanted: str) -> None:
        """Show the points, one of them chosen: the wanted one, or the one before, or the newest sound one."""
        points, self._read = read.points, read
        self.table.show_points(points, read.stores, read.alike)
        self.say_beside(integer(read.moments))
        before = self.point.id if self.point else ""
        known = {point.id for point in points}
        self.timeline.show_lines(read.status.lines, "")
        self.choose(next((each for each in (wanted, before, self._usual()) if each in known), ""))

    def locked_among(self, ids: Collection[str]) -> Point | None:
        """One of these points that lies in an encrypted store, or None."""
        return next(
            (point for point in self.usable if point.id in ids and point.store_id in self._encrypted), None
        )

    @property
    def _encrypted(self) -> set[str]:
        stores = self._read.status.stores if self._read else ()
        return {each.id for each in stores if each.store.encryption is not Encryption.NONE}

    def _usual(self) -> str:
        """The newest moment that can be relied on, from where it is read at once: here, or where no key is needed."""
        read = self._read
        if read is None or not self.usable:
            return ""
        locked = self._encrypted
        newest = self.usable[0]
        copies = (newest, *self.copies(newest))
        return min(copies, key=lambda point: (bool(point.store_id), point.store_id in locked)).id

    def choose(self, point_id: str) -> None:
        """Choose a point by its id."""
        self.table.choose(next((point for point in self.table.rows if point.id == point_id), None))

    def copies(self, point: Point) -> tuple[Point, ...]:
        """The same moment in other places."""
        moment = self.timeline.moment_of(point.id)
        found = moment.points if moment else ()
        return tuple(each for each in found if each.store_id != point.store_id and each.state not in BAD)

    def store_of(self, point: Point) -> Store | None:
        """The store that a point lies in; None for a whole file on this computer."""
        stores = self._read.status.stores if self._read else ()
        return next((each.store for each in stores if each.id == point.store_id), None)

    def place(self, point: Point) -> str:
        """Where a point lies, in words."""
        name = self._read.stores.get(point.store_id, "") if self._read else ""
        return shown_name(name) if name else _tr("a whole copy on this computer")

    def show_found(self, found: AtMoment) -> None:
        """The point of the moment that was typed, and what to know of it."""
        self.choose(found.point.id)
        before = (from_text(found.asked_at) - from_text(found.point.made_at)).total_seconds()
        told = _tr("{moment}, {far} before").format(
            moment=when(from_text(found.point.made_at)), far=seconds(before)
        )
        warnings = [finding.title for finding in found.findings]
        self._tell(". ".join((told, *warnings)), Tone.WARNING if warnings else Tone.MUTED)

    def say_wrong(self, sentence: str) -> None:
        """What is wrong with what was typed."""
        self._tell(sentence, Tone.DANGER)
        self.typed.set_wrong(sentence)
        self.typed.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell(self, words: str, tone: Tone) -> None:
        self.typed.set_wrong("")
        self._told.say(words)
        self._told.set_tone(tone)
        icons = {Tone.DANGER: "circle-x", Tone.WARNING: "triangle-alert"}
        self._icon.show_icon(icons.get(tone, "circle-check"), tone)
        self._answer.setVisible(bool(words))

    def _chosen(self, point: Point | None) -> None:
        if point is not None and point.id != self.timeline.choice:
            self.timeline.choose(point.id)
        self._facts.say(self._facts_of(point) if point is not None else "")
        self.chosen.emit(point)

    def _facts_of(self, point: Point) -> str:
        read = self._read
        if read is None or not point.store_id:
            return facts(point)
        told = facts(point, shown_name(read.stores.get(point.store_id, "")))
        standing = next((each for each in read.status.stores if each.id == point.store_id), None)
        if standing is not None and standing.standing is StoreStanding.SILENT:
            told += " " + _tr("Its store did not answer the last time.")
        return told


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
