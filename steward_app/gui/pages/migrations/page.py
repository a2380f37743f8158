"""The Migrations page: the list, the one that is chosen, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu

from steward_app.gui.actions import Action, add_to_menu
from steward_app.gui.bridge import JobHandle
from steward_app.gui.context import Message, PageContext
from steward_app.gui.format import integer, shown_name
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.migrations.commands import Reasons, commands
from steward_app.gui.pages.migrations.detail import Detail
from steward_app.gui.pages.migrations.dialogs import ReasonDialog
from steward_app.gui.pages.migrations.doing import Doing
from steward_app.gui.pages.migrations.entry_list import EntryList, Row
from steward_app.gui.pages.migrations.read import (
    OPEN,
    ExampleRows,
    Looked,
    Standing,
    look_at,
    read_standing,
    rehearse,
    stamps,
)
from steward_app.gui.pages.migrations.words import (
    changed_since_words,
    number,
    outdated_words,
    state_words,
    title,
    tr,
    verb,
)
from steward_app.gui.pages.undoing import take_it_back
from steward_app.gui.pages.which_database import show_failure
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.controls import Segments
from steward_app.gui.widgets.foot import JobFoot
from steward_app.gui.widgets.surfaces import EmptyState, FootBar, Toolbar, Views
from steward_app.gui.widgets.text import Label, tip
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.rehearsed import RehearsalResult
from steward_app.services.operation import Confirmation

T = TypeVar("T")
_ALL, _OPEN, _APPLIED = "all", "open", "applied"
_LIST, _NARROW = 300, 860
_BLANK, _EMPTY, _NO_FOLDER, _THERE = range(4)


class MigrationsPage(Page):
    """Nothing is written before a migration is applied, and that only after it was seen what it does."""

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self.standing: Standing | None = None
        self.looked: Looked | None = None
        self.values: dict[str, str] = {}
        self._wanted: tuple[int, str] | None = None
        self._wanted_file = ""
        self._examples: dict[str, tuple[ExampleRows, ...]] = {}  # by the moment of the rehearsal
        self._looking: JobHandle | None = None
        self._locked: str | None = None  # why what is being applied was not rehearsed, "" where it was
        self._seen: frozenset[tuple[str, int, int]] = frozenset()
        self.foot = JobFoot(self.run)
        self.reasons, self.doing = Reasons(self), Doing(self)
        self.own = commands(self)
        self._build()

    def _build(self) -> None:
        self._baseline = Button(action=self.own.baseline)
        self._baseline.hide()
        self.more = Button(tr("More"), self._show_menu, kind=Kind.ICON, icon="ellipsis")
        self.head.set_actions(self._baseline, Button(action=self.own.new), self.more)
        self.shown = Segments(
            tr("Migrations shown"), (_ALL, tr("All")), (_OPEN, tr("Open")), (_APPLIED, tr("Applied"))
        )
        self.shown.chosen.connect(lambda _: self._show_list())
        self.list = EntryList(tr("Migrations"))
        self.list.chosen.connect(self._chosen)
        self._none = EmptyState("list-filter", tr("None of these"), tr("No migration has this state."))
        self._listed = Views()
        self._listed.addWidget(self.list)
        self._listed.addWidget(self._none)
        self._where = Label(role="small", tone=Tone.MUTED, elide=True)
        left = vbox(Toolbar(self.shown, None), self._listed, FootBar(self._where))
        left.setStretch(1, 1)
        self.detail = Detail(self, self.own)
        self._beside = Beside(self.detail, boxed(left), width=_LIST, below=_NARROW, scrolls=True, left=True)
        self.views = Views()
        self.views.addWidget(boxed(vbox(None)))
        self.views.addWidget(
            EmptyState(
                "file-text",
                tr("No migration is in this folder yet"),
                tr(
                    "A migration is a file of SQL that changes the schema. It is tried on a copy of your data first."
                ),
                Button(action=self.own.new),
                Button(action=self.own.folder),
                Button(action=self.own.adopt),
            )
        )
        self.views.addWidget(
            EmptyState(
                "folder-open",
                tr("There is no folder of migrations yet"),
                tr("Migrations are files beside the database, in the folder “migrations”, or where you say."),
                Button(action=self.own.new),
                Button(action=self.own.folder),
                Button(action=self.own.adopt),
            )
        )
        self.views.addWidget(self._beside)
        self.content.addWidget(self.views, 1)
        self.content.addWidget(self.foot)
        self.foot.hide()

    # What a page may say

    def commands(self) -> Sequence[Action]:
        return self.own.every

    def show_document(self) -> None:
        self.read_again()

    def refresh(self, touched: tuple[str, ...]) -> None:
        if not self.foot.busy:
            self.read_again()

    def arrive(self, *, file: str = "", **others: Any) -> None:
        """Somebody wrote a migration file, or asks for one."""
        if file:
            self._wanted_file = file
            self.shown.choose(_ALL)
            self.read_again()

    def save_state(self) -> dict[str, Json]:
        return {"shown": self.shown.value}

    def restore_state(self, state: dict[str, Json]) -> None:
        if state.get("shown") in (_ALL, _OPEN, _APPLIED):
            self.shown.choose(str(state["shown"]))

    def reconsider(self) -> None:
        self.foot.setVisible(self.foot.busy)
        self._baseline.setVisible(not self.reasons.baseline())
        if self.looked is not None:
            self.detail.show_buttons(self.looked)
        super().reconsider()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_for_files()

    def changeEvent(self, event: QEvent) -> None:
        """Somebody comes back from the editor: its file may be another one."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and self.isVisible():
            self._look_for_files()

    def _look_for_files(self) -> None:
        found = self.standing
        if found is not None and not self.foot.busy and stamps(found.status.folder) != self._seen:
            self.read_again()

    def _show_menu(self) -> None:
        menu = QMenu(self)
        add_to_menu(menu, self.own.menu)
        corner = self.more.rect().bottomRight() - QPoint(menu.sizeHint().width(), 0)
        menu.exec(self.more.mapToGlobal(corner))

    # Reading

    def read_again(self) -> None:
        """Read the folder and the history."""
        catalog, path = self.context.catalog, self.context.file.path
        self.run(
            tr("Reading the migrations"),
            lambda context: read_standing(catalog, path, context),
            self._show_standing,
            on_failure=self._not_read,
            quiet=True,
        )

    def _not_read(self, error: StewardError) -> None:
        if self.standing is None:
            self.views.setCurrentIndex(_BLANK)
        show_failure(self, error)

    def _show_standing(self, found: Standing) -> None:
        self.standing, self._seen = found, stamps(found.status.folder)
        counts = (len(found.status.entries), len(found.open), 0)
        for key, words, count in zip(
            (_ALL, _OPEN, _APPLIED),
            (tr("All"), tr("Open"), tr("Applied")),
            (*counts[:2], counts[0] - counts[1]),
            strict=True,
        ):
            self.shown.set_text(key, f"{words} {integer(count)}")
        wrong = bool(found.status.in_the_way)
        open_now = len(found.open) or None
        self.context.count(self.spec.id, open_now, Tone.WARNING if wrong else Tone.MUTED)
        folder = shown_name(str(found.status.folder))
        drifted = tr("The schema was changed since by something else. ") if found.status.drifted else ""
        self._where.say(drifted + folder)
        self._where.setToolTip(tip(drifted + folder))
        if not found.status.entries:
            self.views.setCurrentIndex(_EMPTY if found.there else _NO_FOLDER)
            self.looked = None
        else:
            self.views.setCurrentIndex(_THERE)
        self._show_list()
        self.reconsider()

    def _show_list(self) -> None:
        found = self.standing
        if found is None:
            return
        entries = [
            entry
            for entry in found.status.entries
            if self.shown.value == _ALL or (entry.state in OPEN) is (self.shown.value == _OPEN)
        ]
        rows = [
            Row(entry, number(entry), title(entry), state_words(entry, found)) for entry in reversed(entries)
        ]
        wanted = self._wanted or self._first(rows)
        if self._wanted_file:
            asked = [row.key for row in rows if row.entry.file == self._wanted_file]
            wanted, self._wanted_file = (asked[0] if asked else wanted), ""
        if wanted not in [row.key for row in rows]:
            wanted = self._first(rows)
        self._listed.setCurrentIndex(0 if rows else 1)
        self.list.set_rows(rows, wanted)

    def _first(self, rows: Sequence[Row]) -> tuple[int, str] | None:
        """What is in the way, else the one that would run next, else the newest."""
        wrong = [row.key for row in rows if row.entry.state.in_the_way]
        waiting = [row for row in rows if row.entry.state in OPEN]
        first = [row.key for row in sorted(waiting, key=lambda row: (not row.entry.version, row.key))]
        return next(iter([*wrong, *first, *(row.key for row in rows)]), None)

    def _chosen(self, row: Row | None) -> None:
        found = self.standing
        if self._looking is not None:
            self._looking.drop()
            self._looking = None
        if row is None or found is None:
            self.looked = None
            self.detail.setVisible(False)
            self.reconsider()
            return
        self._wanted = row.key
        if self.looked is None or (self.looked.entry.version, self.looked.entry.name) != row.key:
            self.looked = Looked(row.entry)
            self.detail.setVisible(False)
        catalog, values = self.context.catalog, dict(self.values)
        self._looking = self.run(
            tr("Looking at {file}").format(file=shown_name(row.entry.file or row.title)),
            lambda context: look_at(catalog, found, row.entry, values, context),
            self._show_looked,
            quiet=True,
        )
        self.reconsider()

    def take_values(self, values: dict[str, str]) -> None:
        """Look at the chosen one again, with values for its placeholders."""
        self.values = {**self.values, **values}
        self._chosen(self.list.current)

    def _show_looked(self, looked: Looked) -> None:
        self._looking, self.looked = None, looked
        if self.standing is not None:
            made = looked.result.rehearsal.finished_at if looked.result is not None else ""
            examples = self._examples.get(made, ())
            self.detail.show_looked(looked, self.standing, examples)
            self.detail.setVisible(True)
            for entry in self.standing.open:
                kept = self.standing.rehearsal_of(entry)
                if kept is not None and entry.name in looked.outdated:
                    self.list.say_state((entry.version, entry.name), changed_since_words(kept))
            if state := outdated_words(looked, self.standing):
                self.list.say_state((looked.entry.version, looked.entry.name), state)
        self.reconsider()

    # Rehearsing and applying

    def rehearse(self) -> None:
        """Carry the plan that is shown out on a copy."""
        looked, catalog = self.looked, self.context.catalog
        if looked is None or looked.plan is None:
            return
        plan = looked.plan
        self.start(
            tr("Rehearsing on a copy"), lambda context: rehearse(catalog, plan, context), self._show_rehearsal
        )

    def _show_rehearsal(self, found: tuple[RehearsalResult, tuple[ExampleRows, ...]]) -> None:
        result, examples = found
        self._examples[result.rehearsal.finished_at] = examples
        self.read_again()
        words = (
            tr("Rehearsed: it goes through")
            if result.rehearsal.passed
            else tr("Rehearsed: it does not go through")
        )
        tone = Tone.SUCCESS if result.rehearsal.passed else Tone.WARNING
        self.context.toast(Message(words, tone=tone))

    def apply(self) -> None:
        """Apply what was rehearsed. Its button is the confirmation."""
        self._apply("")

    def apply_anyway(self) -> None:
        """Ask why without a rehearsal, and apply."""
        if self.looked is not None and self.looked.plan is not None:
            ReasonDialog(self.window(), verb(self.looked), self._apply).open()

    def _apply(self, unrehearsed: str, *, beside: bool = False) -> None:
        looked, catalog = self.looked, self.context.catalog
        if looked is None or looked.plan is None:
            return
        plan = replace(looked.plan, request={**looked.plan.request, "beside": beside})
        self._locked = unrehearsed
        said = Confirmation(given=True, read_only=self.context.file.read_only)
        self.start(
            plan.title,
            lambda context: service.apply(catalog, plan, context, said, unrehearsed=unrehearsed),
            lambda receipt: self.show_receipt(receipt, takes_back=True),
            writes=True,
        )

    def _in_use(self, error: StewardError, unrehearsed: str) -> Banner:
        """Who is in the way, with what can be done about it."""
        again = Button(tr("Try again"), lambda: self._apply(unrehearsed), small=True)
        beside = Button(tr("Go on beside it"), lambda: self._apply(unrehearsed, beside=True), small=True)
        words = tr("Close it there first, or go on beside it: it meets another schema while it runs.")
        nothing = tr("Nothing was changed.") if error.hint.startswith("Nothing was changed.") else error.hint
        return Banner(Tone.WARNING, error.message, nothing, " ", words, actions=(again, beside),
                      on_close=self.clear_banners)  # fmt: skip

    def show_receipt(self, receipt: Receipt, *, takes_back: bool = False) -> None:
        """Say what was done, with Undo where it can be taken back by itself, and read again."""
        undo = (lambda: take_it_back(self, receipt.operation_id)) if takes_back else None
        self.context.toast(Message(receipt.sentence, undo=undo))
        self.context.guarded()
        self.read_again()

    # What runs

    def start(
        self, title: str, work: Callable[[Context], T], done: Callable[[T], None], *, writes: bool = False
    ) -> None:
        """Do something that the foot tells of, one at a time."""
        if self.foot.busy:
            return
        self.begin_anew()
        self.foot.start(title, work, done, on_failure=self._failed, on_end=self.reconsider, writes=writes)
        self.reconsider()

    def _failed(self, error: StewardError) -> None:
        if error.code is ErrorCode.LOCKED and self._locked is not None:
            self.show_banner(self._in_use(error, self._locked))
        elif error.code in (ErrorCode.STALE_PLAN, ErrorCode.NEEDS_CONFIRMATION):
            words = tr("The file or the migration is another one now. Rehearse again to see what it does.")
            self.show_banner(
                Banner(Tone.WARNING, tr("Nothing was changed."), words, on_close=self.clear_banners)
            )
        else:
            show_failure(self, error)
        self.read_again()
