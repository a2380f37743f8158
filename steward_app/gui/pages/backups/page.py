"""The backups page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QStackedWidget

from steward_app.catalog.points import Point, PointState
from steward_app.gui.actions import Action
from steward_app.gui.bridge import JobHandle
from steward_app.gui.context import Message, PageContext
from steward_app.gui.format import day, integer, plural, shown_name, size
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.backups.checks import ChecksCard
from steward_app.gui.pages.backups.climb import ClimbCard
from steward_app.gui.pages.backups.dots import Legend
from steward_app.gui.pages.backups.foot import PointFoot
from steward_app.gui.pages.backups.read import PointsRead, is_making, make_point, read_points
from steward_app.gui.pages.backups.table import PointTable
from steward_app.gui.pages.backups.timeline import Timeline
from steward_app.gui.pages.backups.words import moment, moment_of
from steward_app.gui.pages.which_database import show_failure
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.surfaces import Card, EmptyState, Scroll
from steward_app.gui.widgets.text import Label
from steward_app.kernel.clock import from_text
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import backup
from steward_app.services.backup import Verdict
from steward_app.services.backup.protection import protection

_NARROW = 960
_BLANK, _NONE, _POINTS = range(3)
_UNUSABLE = (PointState.FAILED, PointState.MISSING)


class BackupsPage(Page):
    """Restore points over time and in a table; the chosen one, its proof, and what can be done with it."""

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self._read: PointsRead | None = None
        self._verdicts: dict[str, Verdict] = {}
        self._making: JobHandle | None = None
        self._verifying = False
        self._was_making = False
        self._wanted = ""
        self._build_actions()
        self._build()

    def _build_actions(self) -> None:
        title = self.spec.title
        self.create_action = Action(
            "backups.create", self.tr("Back up now"), self.back_up, title, "copy-check", "Ctrl+B",
            self._why_not_create, "restore point copy make",
        )  # fmt: skip
        self.verify_all_action = Action(
            "backups.verify_all", self.tr("Verify all"), lambda: self.verify(all_points=True), title,
            "shield", enabled_when=self._why_not_verify, keywords="check prove restore points",
        )  # fmt: skip
        self.verify_action = Action(
            "backups.verify", self.tr("Verify"), self.verify, title, "shield", "",
            self._why_not_one, "check read the chosen restore point again",
        )  # fmt: skip
        self.prove_action = Action(
            "backups.prove", self.tr("Prove"), lambda: self.verify(prove=True), title, "shield-check", "",
            self._why_not_one, "restore to scratch and compare drill",
        )  # fmt: skip
        self.folder_action = Action(
            "backups.folder", self.tr("Show in folder"), self.show_folder, title, "folder-open", "",
            lambda: "" if self.chosen else self.tr("Choose a restore point first."),
        )  # fmt: skip
        self.restore_action = Action(
            "backups.restore", self.tr("Restore from here"), self.restore, title, "rotate-ccw", "",
            self._why_not_restore, "bring back return to",
        )  # fmt: skip

    def _build(self) -> None:
        self.head_actions(self.verify_all_action, primary=self.create_action)
        self.timeline = Timeline()
        self.table = PointTable()
        self.checks = ChecksCard()
        self.climb = ClimbCard(self._stop)
        self._climbing = boxed(vbox(self.climb, margins=(24, 0, 24, 16)))
        self._climbing.hide()
        self._foot = PointFoot(
            (self.verify_action, self.prove_action, self.folder_action, self.restore_action)
        )
        self._legends = (Legend(full=True), Legend(full=False))  # the second where the head is too narrow
        beside, under = self._legends
        under.hide()
        self.points_card = Card(
            self.tr("Restore points"), self.timeline, hbox(under, None), state=beside, foot=(self._foot,)
        )
        self._kept = Label(role="small", tone=Tone.MUTED, elide=True)
        list_card = Card(self.tr("All restore points"), self.table, flush=True, foot=(self._kept,))
        list_card.body.setStretch(0, 1)
        below = Columns(list_card, self.checks, below=900, shares=(68, 40))
        column = vbox(self.points_card, below, gap=16, margins=(24, 0, 24, 24))
        column.setStretch(1, 1)
        make = Button(self.tr("Back up now"), self.back_up, kind=Kind.SECOND, icon="copy-check")
        self._none = EmptyState(
            "copy-check",
            self.tr("No restore point yet"),
            self.tr(
                "A restore point is a copy of the whole file, compared with it, then restored to scratch and "
                "compared again. Your database is not changed."
            ),
            make,
        )
        empty = Card("", self._none)
        empty.body.setStretch(0, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(boxed(vbox()))
        self._stack.addWidget(Scroll(boxed(vbox(empty, margins=(24, 0, 24, 24)))))
        self._stack.addWidget(Scroll(boxed(column)))
        self.content.addWidget(self._climbing)
        self.content.addWidget(self._stack, 1)
        self.timeline.chosen.connect(self._choose)
        self.table.chosen.connect(self._chosen_in_table)
        self.table.opened.connect(lambda point: self.restore_action.trigger())
        self.context.jobs.changed.connect(self._jobs_changed)

    # What a page may say

    def commands(self) -> Sequence[Action]:
        return (
            self.create_action, self.verify_action, self.prove_action, self.verify_all_action,
            self.folder_action, self.restore_action,
        )  # fmt: skip

    def show_document(self) -> None:
        self._read_points()

    def refresh(self, touched: tuple[str, ...]) -> None:
        self._read_points()

    def arrive(self, *, point: str = "", **others: Any) -> None:
        if self._read is None:
            self._wanted = point
        elif point:
            self._choose(point)

    # Reading

    def _read_points(self) -> None:
        file, catalog = self.context.file, self.context.catalog
        self.run(
            self.tr("Reading restore points"),
            lambda context: read_points(catalog, file, context),
            self._show_points,
            on_failure=lambda error: show_failure(self, error),
            quiet=True,
        )

    def _show_points(self, found: PointsRead) -> None:
        self._read = found
        points = found.points
        wanted, self._wanted = self._wanted or self.timeline.choice, ""
        known = {point.id for point in points}
        choice = wanted if wanted in known else points[0].id if points else ""
        self.timeline.show_points(points, choice)
        self.table.set_rows(points)
        self._say_kept(found)
        wrong = len(protection(points).wrong)
        self.context.count(self.spec.id, wrong or None, Tone.DANGER)
        self._show_stack()
        self._choose(choice)

    def _show_stack(self) -> None:
        if self._read is not None and self._read.points:
            self._stack.setCurrentIndex(_POINTS)
        else:
            self._stack.setCurrentIndex(
                _BLANK if self._read is None or self._climbing.isVisibleTo(self) else _NONE
            )

    def _say_kept(self, found: PointsRead) -> None:
        points = found.points
        words = ""
        if points:
            words = self.tr("{count}, back to {day}").format(
                count=integer(len(points)), day=day(from_text(points[-1].made_at))
            )
        self.points_card.say_beside(words)
        for legend in self._legends:
            legend.show_missing(any(point.state is PointState.MISSING for point in points))
        taken = sum(point.size_bytes for point in points if point.state is not PointState.MISSING)
        self._kept.say(
            self.tr("{taken} in {count} on this computer, {free} free.").format(
                taken=size(taken),
                count=plural(len(points), self.tr("copy"), self.tr("copies")),
                free=size(found.free_bytes),
            )
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < px(_NARROW)
        beside, under = self._legends
        beside.setVisible(not narrow)
        under.setVisible(narrow)

    # Choosing

    @property
    def chosen(self) -> Point | None:
        """The point that the buttons act on."""
        points = self._read.points if self._read else ()
        return next((point for point in points if point.id == self.timeline.choice), None)

    def _chosen_in_table(self, point: Point | None) -> None:
        if point is not None and point.id != self.timeline.choice:
            self._choose(point.id)

    def _choose(self, point_id: str) -> None:
        self.timeline.choose(point_id)
        point = self.chosen
        if point is None or self._read is None:
            self.reconsider()
            return
        if self.table.current is None or self.table.current.id != point.id:
            self.table.choose(point)
        self._foot.show_point(point)
        self.checks.show_point(point, *self._looked_into(point))
        self.reconsider()

    def _looked_into(self, point: Point) -> tuple[Sequence[Check], Sequence[str]]:
        """What the last look at a point gave, and what it found wrong; nothing that no longer holds."""
        verdict = self._verdicts.get(point.id)
        if verdict is not None and verdict.state is point.state:
            return verdict.checks, () if verdict.checks else verdict.problems
        if point.state in _UNUSABLE:
            return (), self._read.wrong.get(point.id, ()) if self._read else ()
        return point.checks, ()

    # Making

    def back_up(self) -> None:
        """Make a restore point, check it and prove it."""
        self.clear_banners()
        self.climb.begin()
        self._climbing.show()
        self._making = make_point(
            self,
            self._made,
            on_progress=self.climb.show_progress,
            on_failure=lambda error: show_failure(self, error),
            on_end=self._made_or_not,
        )
        self._show_stack()
        self.reconsider()

    def _made(self, receipt: Receipt) -> None:
        self._wanted = str((receipt.result or {}).get("point", ""))
        self.context.toast(Message(receipt.sentence, shown_name(self.context.file.path.name)))
        self._read_points()

    def _made_or_not(self) -> None:
        self._making = None
        self._climbing.hide()
        self._show_stack()
        self.reconsider()

    def _stop(self) -> None:
        if self._making is not None:
            self._making.cancel()

    def _jobs_changed(self, info: object) -> None:
        """Another page may have begun to make a point, or its job may have ended."""
        making = is_making(self)
        if making != self._was_making:
            self._was_making = making
            self.reconsider()

    # Why not

    def _why_not_create(self) -> str:
        return self.tr("A restore point is being made.") if is_making(self) else ""

    def _why_not_verify(self) -> str:
        if self._read is None or not self._read.points:
            return self.tr("There is no restore point yet.")
        return self.tr("A restore point is being looked at.") if self._verifying else ""

    def _why_not_one(self) -> str:
        point = self.chosen
        if point is not None and point.state is PointState.MISSING:
            return self.tr("The copy is no longer where it was put.")
        return self._why_not_verify()

    def _why_not_restore(self) -> str:
        point = self.chosen
        if point is None:
            return self.tr("Choose a restore point first.")
        return self.tr("This copy cannot be relied on. Choose another.") if point.state in _UNUSABLE else ""

    # Looking again

    def verify(self, *, prove: bool = False, all_points: bool = False) -> None:
        """Read the chosen point again, or all of them; restore it to scratch too when it shall be proven."""
        point = self.chosen
        if point is None:
            return
        file, catalog = self.context.file, self.context.catalog
        name = "" if all_points else point.id

        def work(context: Context) -> tuple[Verdict, ...]:
            return backup.verify(catalog, file.path, context, point=name, prove=prove)

        if all_points:
            title = self.tr("Verifying all restore points")
        else:
            words = (
                self.tr("Proving the point of {when}") if prove else self.tr("Verifying the point of {when}")
            )
            title = words.format(when=moment(point))
        self.clear_banners()
        self._verifying = True
        self.run(title, work, self._verified, on_end=self._verified_or_not)
        self.reconsider()

    def _verified_or_not(self) -> None:
        self._verifying = False
        self.reconsider()

    def _verified(self, verdicts: tuple[Verdict, ...]) -> None:
        self._verdicts |= {verdict.id: verdict for verdict in verdicts}
        bad = [verdict for verdict in verdicts if not verdict.sound]
        if bad:
            self._show_bad(bad)
        else:
            self.context.toast(self._good(verdicts))
        self._read_points()

    def _good(self, verdicts: tuple[Verdict, ...]) -> Message:
        if len(verdicts) != 1:
            return Message(
                self.tr("All {count} restore points are as they were made").format(count=len(verdicts))
            )
        proven = verdicts[0].state is PointState.PROVEN
        words = self.tr("Proven: restored and compared") if proven else self.tr("It is as it was made")
        return Message(words, self.tr("The restore point of {when}").format(when=moment_of(verdicts[0])))

    def _show_bad(self, bad: Sequence[Verdict]) -> None:
        first = bad[0]
        lead = self.tr("The restore point of {when} cannot be relied on.").format(when=moment_of(first))
        if len(bad) > 1:
            lead = self.tr("{count} restore points cannot be relied on.").format(count=integer(len(bad)))
        rest = self.tr("{problem}. Your database is unchanged. Make a new restore point.").format(
            problem=first.problems[0].rstrip(".")
        )
        show = Button(self.tr("Show the damaged point"), lambda: self._choose(first.id), small=True)
        self.show_banner(Banner(Tone.DANGER, lead, rest, actions=(show,), on_close=self.clear_banners))

    # Going elsewhere

    def show_folder(self) -> None:
        """Open the folder of the chosen point in the file manager."""
        point = self.chosen
        if point is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(point.path.parent)))

    def restore(self) -> None:
        """Go to the restore page with the chosen point."""
        point = self.chosen
        if point is not None:
            self.context.navigate("restore", point=point.id)
