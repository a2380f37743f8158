"""The overview page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QStackedWidget

from steward_app.catalog.journal import Event
from steward_app.db import OpenMode
from steward_app.gui.actions import Action
from steward_app.gui.bridge import JobHandle
from steward_app.gui.context import Message, PageContext
from steward_app.gui.format import integer, shown_name, size
from steward_app.gui.layout import boxed, clear, vbox
from steward_app.gui.making import is_making
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.backups.outcomes import of_alarm, of_round
from steward_app.gui.pages.backups.read import PointsRead, make_point, read_points
from steward_app.gui.pages.overview.cards import FileCard, HealthCard, ProtectionCard
from steward_app.gui.pages.overview.comply import ComplianceCard
from steward_app.gui.pages.overview.lately import Lately
from steward_app.gui.pages.overview.read import (
    AuditRead,
    FileRead,
    measure,
    read_audit,
    read_file,
    read_lately,
)
from steward_app.gui.pages.overview.space import SpaceCard, summary
from steward_app.gui.pages.overview.tasks import MOST, Todo, todos
from steward_app.gui.pages.overview.waiting import WaitingMigrations
from steward_app.gui.pages.which_database import show_failure
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.findings import FindingList
from steward_app.gui.widgets.lists import TaskList
from steward_app.gui.widgets.surfaces import Card, EmptyState, Scroll
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.backup.rounds import Visit
from steward_app.services.schema.check import CheckReport, ConstraintState
from steward_app.services.schema.model import TableKind
from steward_app.services.schema.snapshot import check_document, last_check
from steward_app.services.schema.statistics import Space

_AT_ONCE_BYTES = 64_000_000
"""A file up to this size is checked and measured by itself; a larger one when the steward asks."""


class OverviewPage(Page):
    """Three cards, what to do next, where the space is, what was done lately."""

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self._file: FileRead | None = None
        self._guard: PointsRead | None = None
        self._report: CheckReport | None = None
        self._audit: AuditRead | None = None
        self._checking: JobHandle | None = None
        self._measuring: JobHandle | None = None
        self._making: JobHandle | None = None
        self._todos: dict[str, Todo] = {}
        self._was_making = False
        self._build()
        self.context.jobs.changed.connect(self._jobs_changed)

    def _build(self) -> None:
        title = self.spec.title
        self.backup_action = Action(
            "overview.backup", self.tr("Back up now"), self.back_up, title, "copy-check", "Ctrl+B",
            enabled_when=self._why_not_back_up,
            keywords="restore point copy protect",
        )  # fmt: skip
        self.check_action = Action(
            "overview.check", self.tr("Check now"), self.check, title, "list-checks",
            enabled_when=lambda: self.tr("The check is running.") if self._checking else "",
            keywords="constraints integrity",
        )  # fmt: skip
        self.measure_action = Action(
            "overview.measure", self.tr("Measure"), self.measure, title, "chart-column",
            enabled_when=self._why_not_measure,
            keywords="space size pages",
        )  # fmt: skip
        self.head_actions(primary=self.backup_action)
        check = Button(action=self.check_action, small=True)
        check.hide()
        self.health = HealthCard(self._open_constraints, check)
        self.protection = ProtectionCard(lambda: self.context.navigate("backups"))
        self.comply = ComplianceCard(self, self._show_tasks)
        self.migrations = WaitingMigrations(self, self._show_tasks)
        self.file_card = FileCard(lambda: self.context.navigate("schema_map"))
        self.space = SpaceCard(Button(action=self.measure_action), self._stop_measuring, self._open_table)
        self.lately = Lately(lambda: self.context.navigate("journal"))
        self.health.stop.clicked.connect(lambda: self._checking and self._checking.cancel())
        self.protection.stop.clicked.connect(lambda: self._making and self._making.cancel())
        self.tasks = TaskList(self.tr("What to do next"))
        self.tasks.opened.connect(self._open_task)
        self._nothing = EmptyState(
            "circle-check",
            self.tr("Nothing needs you now"),
            self.tr("No rule is broken, the structure of the file is whole, and a proven copy is at hand."),
        )
        self._todo = QStackedWidget()
        for widget in (boxed(vbox(self.tasks, None)), self._nothing):
            self._todo.addWidget(widget)
        self.next = Card(
            self.tr("What to do next"), self._todo, flush=True,
            state=link(self.tr("All findings"), lambda: self._open_constraints("")),
        )  # fmt: skip
        self.notices = FindingList()
        self.noticed = Card(self.tr("Noticed when it was opened"), self.notices, icon="info")
        self.noticed.hide()
        right = vbox(self.file_card, self.space, self.lately, gap=16)
        right.setStretch(2, 1)
        cards = Columns(self.health, self.protection, self.comply, below=900)
        below = Columns(self.next, boxed(right), below=900)
        column = vbox(self.noticed, cards, below, None, gap=16, margins=(24, 0, 24, 24))
        self._alarm = vbox()
        self.content.addLayout(self._alarm)
        self.content.addWidget(Scroll(boxed(column)), 1)

    # What a page may say

    def commands(self) -> Sequence[Action]:
        return (self.backup_action, self.check_action, self.measure_action)

    def show_document(self) -> None:
        self._read_file()
        self._read_points()
        self._read_audit()
        self.comply.read()
        self.migrations.read()

    def refresh_guard(self) -> None:
        self._read_points()
        self._read_audit()

    def refresh(self, touched: tuple[str, ...]) -> None:
        self.show_document()

    def refresh_unseen(self) -> None:
        """A small file is checked again at once: the sidebar goes on telling how many constraints are broken."""
        if self._file is not None and self._file.size_bytes <= _AT_ONCE_BYTES:
            self._read_file()

    # The file

    def _read_file(self) -> None:
        file = self.context.file
        self.run(
            self.tr("Reading the file"), lambda context: read_file(file, context), self._show_file, quiet=True
        )

    def _show_file(self, found: FileRead) -> None:
        self._file = found
        self.notices.set_findings(found.notices)
        self.noticed.setVisible(bool(found.notices))
        self.file_card.show_file(found)
        small = found.size_bytes <= _AT_ONCE_BYTES and not found.schema.safe_mode
        self._show_report(last_check(self.context.file))
        if self._report is None and small:
            self.check()
        if found.state.mode is OpenMode.SAFE:
            self.space.show_unmeasured(self.tr("Not measured: the file is damaged."), can_measure=False)
        elif found.size_bytes <= _AT_ONCE_BYTES:
            self.measure()
        else:
            sentence = self.tr("To measure it, every page of {size} is read.")
            self.space.show_unmeasured(sentence.format(size=size(found.size_bytes)))

    # Checking

    def check(self) -> None:
        """Check every constraint, and the structure of the file."""
        if self._checking is not None:
            return
        file = self.context.file

        def work(context: Context) -> CheckReport:
            return check_document(file, context)

        self.health.run(self.tr("Checking"))
        self._checking = self.run(
            self.tr("Checking constraints"),
            work,
            self._show_report,
            on_progress=lambda progress: self.health.run(self.tr("Checking"), progress),
            on_end=self._check_ended,
        )
        self.reconsider()

    def _check_ended(self) -> None:
        self._checking = None
        self.health.rest()
        self._show_tasks()
        self.reconsider()

    def _show_report(self, report: CheckReport | None) -> None:
        file = self._file
        if file is None:
            return
        self._report = report
        if report is None:
            self.health.show_file(file)
        else:
            self.health.show_report(file, report)
            broken = report.count(ConstraintState.BROKEN)
            self.context.count("constraints", broken or None, Tone.DANGER)
        self._show_tasks()

    # Restore points

    def _read_points(self) -> None:
        file, catalog = self.context.file, self.context.catalog

        def work(context: Context) -> tuple[PointsRead, tuple[Event, ...]]:
            found = read_points(catalog, file, context)
            return found, read_lately(catalog, found.database_id)

        self.run(
            self.tr("Reading restore points"), work, self._show_points, on_failure=self._no_points, quiet=True
        )

    def _show_points(self, found: tuple[PointsRead, tuple[Event, ...]]) -> None:
        self._guard, events = found
        self.protection.show_guard(self._guard)
        self._show_alarm(self._guard)
        wrong = max(len(self._guard.status.protection.wrong), min(1, len(self._guard.alarms)))
        self.context.count("backups", wrong or None, Tone.DANGER)
        self.lately.show_events(events)
        self.space.leave_room(len(events))
        self._show_tasks()

    def _show_alarm(self, found: PointsRead) -> None:
        """A drill that failed stands above everything, here too."""
        clear(self._alarm)
        for drill in found.alarms[:1]:
            banner = of_alarm(drill, found, lambda point: self.context.navigate("backups", point=point))
            self._alarm.addWidget(boxed(vbox(banner, margins=(24, 0, 24, 12))))

    def _no_points(self, error: StewardError) -> None:
        self.protection.show_failure()
        self.lately.show_events(())
        show_failure(self, error)

    def _why_not_back_up(self) -> str:
        making = is_making(self.context.jobs, self.context.file)
        return self.tr("A restore point is being made.") if making else ""

    def _jobs_changed(self, info: object) -> None:
        """Another page, or the schedule, may have begun to make a point, or have ended."""
        making = is_making(self.context.jobs, self.context.file)
        if making != self._was_making:
            self._was_making = making
            self.reconsider()

    def back_up(self) -> None:
        """Make a restore point, check it and prove it."""
        self.protection.run(self.tr("Backing up"))
        self._making = make_point(
            self,
            self._made,
            to_stores=bool(self._guard and self._guard.stores),
            on_progress=lambda progress: self.protection.run(self.tr("Backing up"), progress),
            on_failure=lambda error: show_failure(self, error),
            on_end=self._making_ended,
        )
        self.begin_anew()
        self.reconsider()

    def _made(self, made: Receipt | tuple[Visit, ...]) -> None:
        if isinstance(made, Receipt):
            self.context.toast(Message(made.sentence, shown_name(self.context.file.path.name)))
        elif isinstance(told := of_round(made, self.clear_banners), Banner):
            self.show_banner(told)
        else:
            self.context.toast(told)
        self._read_points()
        self.context.guarded()

    def _making_ended(self) -> None:
        self._making = None
        self.protection.rest()
        self.reconsider()

    # The audit

    def _read_audit(self) -> None:
        context = self.context
        if "audit" not in context.pages or not context.database_id:
            return
        self.run(
            self.tr("Looking at the audit"),
            lambda job: read_audit(context.catalog, context.file, context.database_id, job),
            self._show_audit,
            on_failure=lambda error: (
                None
            ),  # the window says above every page what keeps it from being looked at
            quiet=True,
        )

    def _show_audit(self, found: AuditRead) -> None:
        self._audit = found
        self.protection.show_audit(found)
        self._show_tasks()

    # Space

    def _why_not_measure(self) -> str:
        if self._file is not None and self._file.state.mode is OpenMode.SAFE:
            return self.tr("The file is damaged.")
        return self.tr("It is being measured.") if self._measuring else ""

    def measure(self) -> None:
        """Read every page and show what the tables take."""
        file, found = self.context.file, self._file
        if self._measuring is not None or found is None:
            return
        small = found.size_bytes <= _AT_ONCE_BYTES
        if not (small and self.space.bars.items):  # what is shown stays until there is something newer
            self.space.show_progress()
        self._measuring = self.run(
            self.tr("Measuring the space"),
            lambda context: measure(file, context),
            self._show_space,
            on_failure=self._not_measured,
            on_stopped=lambda: self.space.show_unmeasured(self.tr("Stopped. Nothing was changed.")),
            on_progress=None if small else self.space.show_progress,
            on_end=self._measure_ended,
            quiet=small,
        )
        self.reconsider()

    def _stop_measuring(self) -> None:
        if self._measuring is not None:
            self._measuring.cancel()

    def _not_measured(self, error: StewardError) -> None:
        self.space.show_unmeasured(f"{error.message} {error.hint}".strip())

    def _measure_ended(self) -> None:
        self._measuring = None
        self.reconsider()

    def _show_space(self, spaces: tuple[Space, ...]) -> None:
        file = self._file
        if file is None:
            return
        kinds = (TableKind.TABLE, TableKind.VIRTUAL)
        tables = frozenset(table.name for table in file.schema.tables if table.kind in kinds)
        words = summary(file.size_bytes, file.all_rows)
        self.space.show_space(spaces, file.rows, words, tables)

    # What to do next

    def _show_tasks(self) -> None:
        file = self._file
        if file is None:
            return
        others = (tuple(self.comply.tasks()), self.migrations.todos())
        found = todos(file, self._guard, self._report, self._audit, *others)
        if self._checking is not None:
            found = tuple(todo for todo in found if todo.task.key != "check")
        self._todos = {todo.task.key: todo for todo in found}
        self.tasks.set_items([todo.task for todo in found[:MOST]])
        self.next.say_beside(_how_many(len(found)))
        known = self._report is not None and self._report.complete and self._guard is not None
        if not found and known:
            self._todo.setCurrentWidget(self._nothing)
        else:
            self._todo.setCurrentIndex(0)

    def _open_task(self, key: str) -> None:
        todo = self._todos[key]
        self.context.navigate(todo.page, **todo.arguments)

    def _open_constraints(self, state: str) -> None:
        if state:
            self.context.navigate("constraints", state=state)
        else:
            self.context.navigate("constraints")

    def _open_table(self, table: str) -> None:
        self.context.navigate("data", table=table)


def _how_many(found: int) -> str:
    if found <= MOST:
        return integer(found) if found else ""
    return QCoreApplication.translate("overview", "{some} of {all}").format(some=MOST, all=integer(found))
