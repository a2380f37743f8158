"""The backups page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout

from steward_app.catalog.points import Point, PointState
from steward_app.gui.actions import Action
from steward_app.gui.bridge import JobHandle
from steward_app.gui.context import Message, PageContext
from steward_app.gui.format import day, integer, plural, size
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.making import is_making
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.backups import outcomes
from steward_app.gui.pages.backups.checks import ChecksCard
from steward_app.gui.pages.backups.commands import Commands
from steward_app.gui.pages.backups.doing import Doing
from steward_app.gui.pages.backups.dots import Legend
from steward_app.gui.pages.backups.drills import DrillCard
from steward_app.gui.pages.backups.foot import PointFoot
from steward_app.gui.pages.backups.moments import rows_of
from steward_app.gui.pages.backups.read import PointsRead, look_into_stores, read_points
from steward_app.gui.pages.backups.store_commands import StoreCommands
from steward_app.gui.pages.backups.stores import StoresCard
from steward_app.gui.pages.backups.table import PointTable
from steward_app.gui.pages.backups.timeline import Timeline
from steward_app.gui.pages.which_database import show_failure
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.surfaces import Card, EmptyState, Scroll, frame
from steward_app.gui.widgets.text import Label
from steward_app.kernel.clock import from_text
from steward_app.kernel.plan import Check
from steward_app.services.backup import StoreStatus, Verdict

_NARROW = 960
_BLANK, _NONE, _GUARDED = range(3)
_UNUSABLE = (PointState.FAILED, PointState.MISSING)


class BackupsPage(Page):
    """Restore points over time, the stores they lie in, the drills that prove them; and what can be done with each."""

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self.read: PointsRead | None = None
        self.verdicts: dict[str, Verdict] = {}
        self.wanted = ""
        self._looking = self._was_making = False
        self._mending: bool | None = None
        self._asking: JobHandle | None = None
        self.doing = Doing(self, self._doing_changed)
        self.acts = Commands(self)
        self.store_acts = StoreCommands(self)
        self._build()

    def _build(self) -> None:
        acts, stores = self.acts, self.store_acts
        self._show_head(mending=False)
        self.timeline = Timeline()
        self.table = PointTable()
        self.checks = ChecksCard()
        self.stores = StoresCard(
            stores.schedule,
            stores.add_store,
            stores.connect,
            *stores.buttons,
            stop=self._stop_asking,
            log_in=stores.log_in,
            unlock=stores.unlock,
        )
        self.drills = DrillCard(
            acts.drill, acts.drill_others, stores.repair, lambda: self.context.navigate("journal")
        )
        self.foot = PointFoot((acts.compare, acts.restore), acts.of_point)
        self._alarm = vbox()
        self._legends = (Legend(full=True), Legend(full=False))  # the second where the head is too narrow
        beside, under = self._legends
        under.hide()
        line = vbox(self.timeline, hbox(under, None), margins=(16, 0, 16, 12))
        self._drawn = boxed(vbox(line, frame("card-foot", vbox(self.foot, margins=(16, 8, 16, 8)))))
        nothing = Label(
            self.tr("Nothing lies in a store yet. “Back up now” makes the first restore point there."),
            tone=Tone.MUTED,
            wrap=True,
        )
        self._nothing = boxed(vbox(nothing, margins=(16, 0, 16, 12)))
        self.points_card = Card(
            self.tr("Restore points"), self._drawn, self._nothing, state=beside, flush=True
        )
        self._kept = Label(role="small", tone=Tone.MUTED, elide=True)
        self._list = Card(self.tr("All restore points"), self.table, flush=True, foot=(self._kept,))
        self._list.body.setStretch(0, 1)
        where = Columns(self.stores, self.drills, below=900, shares=(68, 40))
        self._details = Columns(self._list, self.checks, below=900, shares=(68, 40))
        self.points_card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column = vbox(self.points_card, where, self._details, gap=16, margins=(24, 0, 24, 24))
        column.setStretch(2, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(boxed(vbox()))
        self._stack.addWidget(Scroll(boxed(vbox(self._nothing_yet(), margins=(24, 0, 24, 24)))))
        self._stack.addWidget(Scroll(boxed(column)))
        self._running = boxed(vbox(self.doing.view, margins=(24, 0, 24, 16)))
        self._running.hide()
        whole = self.layout()
        assert isinstance(whole, QVBoxLayout)
        whole.insertLayout(1, self._alarm)  # above every other banner: a drill that failed is the loudest
        self.content.addWidget(self._running)
        self.content.addWidget(self._stack, 1)
        self._connect()

    def _show_head(self, *, mending: bool) -> None:
        """The actions of the head; where chunks are to be copied again, that is the first thing to do."""
        if mending == self._mending:
            return
        self._mending = mending
        acts = self.acts
        if mending:
            self.head_actions(acts.verify_all, acts.drill, acts.create)
        else:
            self.head_actions(acts.verify_all, acts.drill, primary=acts.create)

    def _nothing_yet(self) -> Card:
        make = Button(self.tr("Back up now"), self.acts.back_up, kind=Kind.SECOND, icon="copy-check")
        self.none = EmptyState(
            "copy-check",
            self.tr("No restore point yet"),
            self.tr(
                "A restore point is a copy of the whole file, compared with it, then restored to scratch and "
                "compared again. Your database is not changed. In a store, points take little room and can be made "
                "every few minutes."
            ),
            make,
            Button(action=self.store_acts.add_store, kind=Kind.LINK),
            Button(action=self.store_acts.connect, kind=Kind.LINK),
        )
        empty = Card("", self.none)
        empty.body.setStretch(0, 1)
        return empty

    def _connect(self) -> None:
        self.timeline.chosen.connect(self.choose)
        self.foot.copy_chosen.connect(self.choose)
        self.table.chosen.connect(self._chosen_in_table)
        self.table.opened.connect(lambda point: self.acts.restore.trigger())
        self.stores.table.opened.connect(self._open_store)
        self.stores.table.chosen.connect(lambda _: self.reconsider())
        self.context.jobs.changed.connect(self._jobs_changed)

    # What a page may say

    def commands(self) -> Sequence[Action]:
        return (*self.acts.every, *self.store_acts.every)

    def show_document(self) -> None:
        self.read_again(ask=True)

    def refresh(self, touched: tuple[str, ...]) -> None:
        self.read_again(ask=not touched)

    def refresh_guard(self) -> None:
        self.read_again()

    def arrive(self, *, point: str = "", **others: Any) -> None:
        if self.read is None:
            self.wanted = point
        elif point:
            self.choose(point)

    # Reading

    def read_again(self, *, ask: bool = False) -> None:
        """Read what the catalog knows; then, when told to, ask the stores too."""
        file, catalog = self.context.file, self.context.catalog

        def show(found: PointsRead) -> None:
            self._show_read(found)
            if ask and found.status.stores:
                self._ask_stores()

        self.run(
            self.tr("Reading restore points"),
            lambda context: read_points(catalog, file, context),
            show,
            on_failure=lambda error: show_failure(self, error),
            quiet=True,
        )

    def _ask_stores(self) -> None:
        if self._looking:
            return
        file, catalog = self.context.file, self.context.catalog
        self._looking = True
        self._show_stores()
        self._asking = self.run(
            self.tr("Asking the stores"),
            lambda context: look_into_stores(catalog, file, context),
            self._show_read,
            on_end=self._asked,
            quiet=True,
        )

    def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    def _asked(self) -> None:
        self._looking, self._asking = False, None
        self._show_stores()

    def _show_stores(self) -> None:
        if self.read is not None:
            self.stores.show_status(self.read, looking=self._looking)

    def _show_read(self, found: PointsRead) -> None:
        before, self.read = self.read, found
        points = found.points
        wanted, self.wanted = self.wanted or self.timeline.choice, ""
        choice = _choice(found, wanted, before)
        self.timeline.show_lines(found.status.lines, choice)
        self.table.show_points(points, found.stores, found.alike)
        self._say_kept(found)
        self._show_stores()
        self.drills.show_drills(found)
        self._show_alarm(found)
        self._show_stack()
        self.choose(choice)

    def _show_alarm(self, found: PointsRead) -> None:
        clear(self._alarm)
        wrong = len(found.status.protection.wrong)
        for drill in found.alarms[:1]:
            wrong = max(wrong, 1)
            banner = outcomes.of_alarm(drill, found, self.choose)
            self._alarm.addWidget(boxed(vbox(banner, margins=(24, 0, 24, 12))))
        self.context.count(self.spec.id, wrong or None, Tone.DANGER)
        self._show_head(mending=any(drill.store_id in found.damaged for drill in found.alarms))

    def _show_stack(self) -> None:
        points = bool(self.read and self.read.points)
        self._fit_legends()
        if points or (self.read is not None and self.read.stores):
            self._drawn.setVisible(points)
            self._nothing.setVisible(not points)
            self._details.setVisible(points)
            self._stack.setCurrentIndex(_GUARDED)
        else:
            blank = self.read is None or self.doing.busy
            self._stack.setCurrentIndex(_BLANK if blank else _NONE)

    def _say_kept(self, found: PointsRead) -> None:
        points = found.points
        words = ""
        if points:
            words = self.tr("{count}, back to {day}").format(
                count=integer(found.moments), day=day(from_text(points[-1].made_at))
            )
        self.points_card.say_beside(words)
        for legend in self._legends:
            legend.show_missing(any(point.state is PointState.MISSING for point in points))
        whole = [p for p in points if not p.store_id and p.state is not PointState.MISSING]
        told = self.tr("{free} free on this computer.")
        if whole:
            told = self.tr("{taken} in {count} on this computer, {free} free.")
        self._kept.say(
            told.format(
                taken=size(sum(point.size_bytes for point in whole)),
                count=plural(len(whole), self.tr("whole copy"), self.tr("whole copies")),
                free=size(found.free_bytes),
            )
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_legends()

    def _fit_legends(self) -> None:
        """Beside the title where there is room, else under the line; nowhere without a point."""
        narrow, points = self.width() < px(_NARROW), bool(self.read and self.read.points)
        beside, under = self._legends
        beside.setVisible(points and not narrow)
        under.setVisible(points and narrow)

    # Choosing

    @property
    def chosen(self) -> Point | None:
        """The point that the buttons act on."""
        points = self.read.points if self.read else ()
        return next((point for point in points if point.id == self.timeline.choice), None)

    @property
    def chosen_store(self) -> StoreStatus | None:
        """The store that the buttons of the stores act on."""
        return self.stores.table.current if self.read is not None and self.read.stores else None

    @property
    def store_names(self) -> dict[str, str]:
        """Names of the stores, by id."""
        return self.read.stores if self.read else {}

    def _chosen_in_table(self, point: Point | None) -> None:
        if point is not None and point.id != self.timeline.choice:
            self.choose(point.id)

    def _open_store(self, store: StoreStatus) -> None:
        """Choose what must be seen of a store: its newest point that failed, else its newest."""
        ours = [point for point in (self.read.points if self.read else ()) if point.store_id == store.id]
        failed = [point for point in ours if point.state is PointState.FAILED]
        for point in (failed or ours)[:1]:
            self.choose(point.id)

    def choose(self, point_id: str) -> None:
        """Choose a point, wherever it is shown."""
        self.timeline.choose(point_id)
        point = self.chosen
        if point is None or self.read is None:
            self.reconsider()
            return
        if self.table.current is None or self.table.current.id != point.id:
            self.table.choose(point)
        moment = self.timeline.moment_of(point.id)
        copies = moment.points if moment else (point,)
        self.foot.show_point(point, copies, self.read.stores, self.read.alike)
        self.checks.show_point(point, *self._looked_into(point))
        self.reconsider()

    def _looked_into(self, point: Point) -> tuple[Sequence[Check], Sequence[str]]:
        """What the last look at a point gave, and what it found wrong; nothing that no longer holds."""
        verdict = self.verdicts.get(point.id)
        if verdict is not None and verdict.state is point.state:
            return verdict.checks, () if verdict.checks else verdict.problems
        if point.state in _UNUSABLE:
            return (), self.read.wrong.get(point.id, ()) if self.read else ()
        return point.checks, ()

    # What runs, and what came of it

    def _doing_changed(self) -> None:
        self._running.setVisible(self.doing.busy)
        self._show_stack()
        self.reconsider()

    def _jobs_changed(self, info: object) -> None:
        """Another page may have begun to make a point, or its job may have ended."""
        making = is_making(self.context.jobs, self.context.file)
        if making != self._was_making:
            self._was_making = making
            self.reconsider()

    def say(self, outcome: Message | Banner | None) -> None:
        """Say what came of a piece of work, here and, since it changed what is guarded, everywhere."""
        if isinstance(outcome, Banner):
            self.show_banner(outcome)
        elif outcome is not None:
            self.context.toast(outcome)
        self.read_again()
        self.context.guarded()


def _choice(found: PointsRead, wanted: str, before: PointsRead | None) -> str:
    """What was chosen, as long as it is there; where it has failed since, the best copy of its moment takes over."""
    chosen = next((point for point in found.points if point.id == wanted), None)
    if chosen is None:
        return _first(found)
    earlier = before.points if before else ()
    was_sound = any(each.id == wanted and each.state not in _UNUSABLE for each in earlier)
    moments = (moment for row in rows_of(found.status.lines) for moment in row.moments)
    moment = next((each for each in moments if each.holds(wanted)), None)
    if chosen.state is PointState.FAILED and was_sound and moment and moment.best.state not in _UNUSABLE:
        return moment.best.id
    return wanted


def _first(found: PointsRead) -> str:
    """What is chosen where nobody chose: the newest point; where a drill failed, the newest that can be relied on."""
    proven = found.status.protection.proven
    if found.alarms and proven is not None:
        return proven.id
    return found.points[0].id if found.points else ""
