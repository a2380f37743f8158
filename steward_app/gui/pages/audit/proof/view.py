"""The view that proves the history: seals and receipts, verifying, comparing, what happened, the key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QCoreApplication

from steward_app.gui.actions import Action
from steward_app.gui.context import Message
from steward_app.gui.flow import Flow
from steward_app.gui.format import when
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.audit.proof import read
from steward_app.gui.pages.audit.proof.happened import HappenedPart
from steward_app.gui.pages.audit.proof.keys import ExportDialog, KeyPart
from steward_app.gui.pages.audit.proof.leaving import Leaving, LeavingPart, LeavingRead, read_leaving
from steward_app.gui.pages.audit.proof.read import Compared, ProofRead, RowLine, Verified
from steward_app.gui.pages.audit.proof.receipts import Receipts
from steward_app.gui.pages.audit.proof.report import ReportDialog
from steward_app.gui.pages.audit.proof.seals import SealsPart
from steward_app.gui.pages.audit.proof.verdict import VerdictPart
from steward_app.gui.pages.audit.proof.words import state_words, tail_words
from steward_app.gui.pages.audit.setup.plan_step import PlanStep
from steward_app.gui.pages.audit.view import View
from steward_app.gui.pages.which_database import show_failure
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import Tabs
from steward_app.gui.widgets.foot import JobFoot
from steward_app.gui.widgets.parts import Parts
from steward_app.gui.widgets.states import StateLabel
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.audit.engine.model import Key
from steward_app.services.audit.guard.status import AuditStatus

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage

T = TypeVar("T")
SEALS, VERDICT, HAPPENED, LEAVING, KEY = "seals", "verdict", "happened", "leaving", "key"


class ProofView(View):
    """Whether log and tables are as they were sealed; nothing here changes a row."""

    def __init__(self, page: AuditPage) -> None:
        super().__init__(page)
        self._found: ProofRead | None = None
        self._leaves: LeavingRead | None = None
        self._wanted = ""
        self.foot = JobFoot(page.run)
        self.step = PlanStep(page, "audit.proof", _tr("Back to the proof"))
        self._own_actions()
        self.receipts = Receipts(page, lambda: self.seals.current if hasattr(self, "seals") else None)
        self.seals = SealsPart(self._read_older, self.receipts.every, self.seal_action)
        self.verdict = VerdictPart(
            self.verify_action, self.compare_action, self.page.reveal_action, self._rearm
        )
        self.happened = HappenedPart()
        self.key = KeyPart(self.export_action)
        self.going = Leaving(page)
        self.leaving = LeavingPart(self.prune_action, self.erase_action)
        self._build()

    def _build(self) -> None:
        self.state = StateLabel(_tr("Reading the seals"), Tone.MUTED, "shield")
        self.tail = StateLabel("", Tone.WARNING, "triangle-alert")
        self.seal_button = Button(action=self.seal_action, small=True)
        top = Flow(
            self.state, boxed(hbox(self.tail, self.seal_button, gap=12)), gap=24, margins=(24, 12, 24, 8)
        )
        self.tabs = Tabs(
            _tr("The proof"),
            (SEALS, _tr("Seals")),
            (VERDICT, _tr("Verification")),
            (HAPPENED, _tr("What happened to the audit")),
            (LEAVING, _tr("Retention")),
            (KEY, _tr("Key")),
        )
        self._parts = {
            SEALS: self.seals,
            VERDICT: self.verdict,
            HAPPENED: self.happened,
            LEAVING: self.leaving,
            KEY: self.key,
        }
        self._stack = Parts()
        for part in self._parts.values():
            self._stack.addWidget(part)
        self.foot.hold(
            Button(action=self.report_action),
            Button(action=self.compare_action),
            Button(action=self.verify_action, kind=Kind.PRIMARY),
        )
        main = vbox(top, vbox(self.tabs, margins=(24, 0, 24, 0)), self._stack, self.foot)
        main.setStretch(2, 1)
        self._whole = Parts()
        for widget in (boxed(main), self.step):
            self._whole.addWidget(widget)
        self.setLayout(vbox(self._whole))
        self.tail.hide()
        self.tabs.chosen.connect(self.show_part)
        self.seals.table.chosen.connect(lambda _: self.page.reconsider())
        self.verdict.opened.connect(self._open_row)
        self.leaving.decided.connect(self.going.decide)
        self.leaving.changed.connect(self._leaving_changed)
        self.step.begun.connect(lambda: self._whole.setCurrentWidget(self.step))
        self.step.left.connect(lambda: self._whole.setCurrentIndex(0))
        self._whole.currentChanged.connect(lambda _: self.page.make_room())
        self.foot.say("")

    def _own_actions(self) -> None:
        group = self.page.spec.title
        self.seal_action = Action(
            "audit.seal", _tr("Seal now"), self.seal, group, "shield", "", self._why_not_seal,
            "protect sign hash",
        )  # fmt: skip
        self.verify_action = Action(
            "audit.verify", _tr("Verify the log"), self.verify, group, "shield-check", "", self._idle,
            "check tampered forged receipt",
        )  # fmt: skip
        self.compare_action = Action(
            "audit.reconcile", _tr("Compare the tables"), self.compare, group, "git-compare", "", self._idle,
            "reconcile differences behind the log",
        )  # fmt: skip
        self.export_action = Action(
            "audit.key.export", _tr("Write the recovery of the key"), self.export_key, group, "key-round", "",
            self._why_not_export, "signing key passphrase",
        )  # fmt: skip

        self.report_action = Action(
            "audit.report", _tr("Auditor's report"), self.report, group, "file-text", "", self._idle,
            "pdf html who changed what",
        )  # fmt: skip
        self.prune_action = Action(
            "audit.prune", _tr("Move old changes to an archive"), self.prune, group, "archive", "",
            self._why_not_prune, "retention segment leave",
        )  # fmt: skip
        self.erase_action = Action(
            "audit.erase", _tr("Erase from the log"), self.erase, group, "trash-2", "", self._why_not_erase,
            "redact personal forget",
        )  # fmt: skip

    # What a view may say

    def commands(self) -> Sequence[Action]:
        if self.step.plan is not None:
            return self.step.commands()
        return (
            self.report_action, self.prune_action, self.erase_action, self.seal_action, self.verify_action,
            self.compare_action, *self.receipts.every,
            self.export_action,
        )  # fmt: skip

    def visit(self, status: AuditStatus) -> None:
        context = self.page.context
        self.page.run(
            _tr("Reading the seals"),
            lambda job: read.read_proof(context.catalog, context.file, job),
            self._show,
            quiet=True,
        )
        self.page.run(
            _tr("Reading what may leave the log"),
            lambda job: read_leaving(context.file, job),
            self._show_leaving,
            quiet=True,
        )

    def arrive(self, *, part: str = "", table: str = "", key: Key = (), **others: Any) -> None:
        """`part`: which of its parts is shown. `table` and `key`: a row whose values are to be erased."""
        if part in self._parts:
            self.show_part(part)
        if part == LEAVING and table:
            self.leaving.show_row(table, key)

    @property
    def planning(self) -> bool:
        return self._whole.currentWidget() is self.step

    def reconsider(self) -> None:
        self.step.reconsider()
        self.verdict.show_keys(self.page.reveal)

    def show_part(self, part: str) -> None:
        """Show one of the parts."""
        self.tabs.choose(part)
        self._stack.setCurrentWidget(self._parts[part])

    def _show(self, found: ProofRead) -> None:
        self._found = found
        words, tone, icon = state_words(found)
        self.state.show_state(words, tone, icon)
        tail = tail_words(found)
        self.tail.show_state(tail, Tone.WARNING, "triangle-alert")
        for widget in (self.tail, self.seal_button):
            widget.setVisible(bool(tail))
        self.seals.show_seals(found)
        self.happened.show_events(found)
        self.key.show_key(found)
        self.page.reconsider()

    def _show_leaving(self, found: LeavingRead) -> None:
        self._leaves = found
        self.leaving.show_leaving(found)
        self.page.reconsider()

    def _leaving_changed(self) -> None:
        for button in self.leaving.findChildren(Button):
            button.reconsider()

    def _read_older(self) -> None:
        context, shown = self.page.context, self.seals.shown
        if not shown:
            return
        oldest = min(line.n for line in shown)
        self.page.run(
            _tr("Reading the seals"),
            lambda job: read.read_proof(context.catalog, context.file, job, older_than=oldest),
            lambda found: self.seals.show_seals(found, older=True),
            quiet=True,
        )

    # What can be done now

    def _idle(self) -> str:
        return _tr("Something is running.") if self.foot.busy or self.step.busy else ""

    def _why_not_seal(self) -> str:
        file, found = self.page.context.file, self._found
        if found is None or not found.unsealed:
            return _tr("Everything that was logged is sealed.")
        if not file.state.writable:
            return _tr("This file can only be read.")
        if file.read_only:
            return _tr("The file is read-only. Allow changes first.")
        return self._idle()

    def _why_not_export(self) -> str:
        found = self._found
        if found is not None and found.key is not None and found.key.key_id:
            return ""
        return _tr("This computer has no signing key that can be read.")

    def _why_not_prune(self) -> str:
        found = self._leaves
        if found is None or found.days is None:
            return _tr("Decide first how long changes stay.")
        return self._idle() if found.due is not None else _tr("No sealed change is older than that.")

    def _why_not_erase(self) -> str:
        return (self.leaving.why_not_erase() if hasattr(self, "leaving") else "") or self._idle()

    # Doing it

    def report(self) -> None:
        """Write the auditor's report."""
        ReportDialog(self.page).open()

    def prune(self) -> None:
        """Plan to move old changes to an archive."""
        days = self._leaves.days if self._leaves is not None else None
        way = self.going.ask_archive(days) if days is not None else None
        if way is not None:
            self.page.show_view("proof")
            self.step.begin(way)

    def erase(self) -> None:
        """Plan to erase values from the log."""
        way = self.going.erasing(self.leaving)
        if way is not None:
            self.page.show_view("proof")
            self.step.begin(way)

    def seal(self) -> None:
        """Seal what is not sealed."""
        context = self.page.context
        self._start(
            _tr("Sealing the log"),
            lambda job: read.seal_now(context.catalog, context.file, job),
            self._sealed,
            writes=True,
        )

    def _sealed(self, receipt: Receipt) -> None:
        self.page.context.toast(Message(receipt.sentence))
        self.page.read_status()

    def verify(self) -> None:
        """Compute every hash again, and compare with receipts and tables."""
        context, part = self.page.context, self.verdict
        files, live, full = part.files, part.live.isChecked(), part.full.isChecked()
        self._begin_part(VERDICT)
        self._start(
            _tr("Verifying the log"),
            lambda job: read.verify(
                context.catalog,
                context.file,
                files,
                job,
                live=live,
                full=full,
                database_id=context.database_id,
            ),
            self._verified,
        )

    def _verified(self, found: Verified) -> None:
        self.verdict.show_verified(found)
        self.page.trust.show_verdict(not found.verdict.problems)
        self._tell()
        word = _tr("holds") if found.verdict.holds else _tr("does not hold")
        self.foot.say(_tr("Verified {when}: the log {word}.").format(when=when(clock.now()), word=word))

    def compare(self) -> None:
        """Look for rows that were changed behind the log's back."""
        context, full = self.page.context, self.verdict.full.isChecked()
        self._begin_part(VERDICT)
        self._start(
            _tr("Comparing the tables"),
            lambda job: read.compare(context.catalog, context.file, context.database_id, job, full=full),
            self._compared,
        )

    def _tell(self) -> None:
        """What was found is an alarm now, or is none any more."""
        self.page.read_status()
        self.page.context.guarded()

    def _compared(self, found: Compared) -> None:
        self.verdict.show_compared(found)
        self._tell()
        self.foot.say(_tr("Compared {when}.").format(when=when(clock.now())))

    def export_key(self) -> None:
        """Write the key that signs to a file with a passphrase."""
        ExportDialog(self.page).open()

    def _rearm(self, tables: Sequence[str]) -> None:
        self.page.arrive(view="setup", rearm=True, tables=tables)

    def _open_row(self, row: RowLine) -> None:
        if row.key:
            self.page.arrive(table=row.table, key=row.key)
        else:  # a number that no column holds
            self.page.arrive(view="row", table=row.table)

    # What runs

    def _begin_part(self, part: str) -> None:
        self.page.show_view("proof")
        self.show_part(part)

    def _start(
        self, title: str, work: Callable[[Context], T], done: Callable[[T], None], *, writes: bool = False
    ) -> None:
        self.page.begin_anew()
        self.foot.say("")
        self.foot.start(
            title,
            work,
            done,
            on_failure=lambda error: show_failure(self.page, error),
            on_end=self.page.reconsider,
            writes=writes,
        )
        self.page.reconsider()


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
