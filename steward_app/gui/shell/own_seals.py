"""Seals the audit log of the open file by itself, and looks after its audit, as quiet jobs.

Sealed is when a file is opened, from time to time where something is not sealed, and when the file or the window is
closed; what operations changed is sealed with them. Looked at is when a file is opened, when its schema or an operation
changed it, and after each seal. The rows of a small file are compared with the log when it is opened, once it was
sealed, and again after operations as long as some differ.

A seal is made beside the jobs that write, and not in line with them: it gives way to operations by itself.
"""

from __future__ import annotations

from concurrent.futures import wait
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from steward_app.gui.audit_findings import BEHIND
from steward_app.gui.bridge import JobCenter, JobHandle
from steward_app.gui.desk import Desk, OpenedFile
from steward_app.gui.format import shown_name
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.document import Change, ChangeKind

if TYPE_CHECKING:
    from steward_app.gui.shell.opening import Opening
    from steward_app.services.audit.guard.own_seals import OwnSeal

SEAL_EVERY_MS = 15 * 60_000
COMPARE_AFTER_MS = 3_000
"""How long after it was opened and sealed a file is compared."""
LAST_SEAL_SECONDS = 1.5
"""How long a closing window waits for its last seal; what is not sealed by then is when the file is opened next."""


class OwnSeals(QObject):
    """One for the window.

    Signals:
        alarmed: a tuple of `Finding`, the worst first, each time they are others; empty when all is well again.
        sealed: an `OwnSeal`, when something was sealed, or should have been and was not.
    """

    alarmed = Signal(object)
    sealed = Signal(object)

    def __init__(self, desk: Desk, jobs: JobCenter, opening: Opening, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._jobs = desk, jobs
        self._opened: OpenedFile | None = None
        self._looking: JobHandle | None = None
        self._again = False
        self._sealing: JobHandle | None = None
        self._comparing: JobHandle | None = None
        self._compared = False  # since the file was opened
        self._of_audit: tuple[Finding, ...] = ()
        self._of_sealing: tuple[Finding, ...] = ()
        self._clock = QTimer(self, interval=SEAL_EVERY_MS)
        self._clock.timeout.connect(self.look)
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self.compare)
        opening.changed_outside.connect(self._changed)
        jobs.received.connect(self._received)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the audit of the open file, the worst first."""
        known = {finding.code for finding in self._of_audit}
        found = (*self._of_audit, *(each for each in self._of_sealing if each.code not in known))
        return tuple(sorted(found, key=lambda finding: finding.severity.rank))

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """The same without what is only worth knowing."""
        return tuple(each for each in self.findings if each.severity is not Severity.NOTE)

    def begin(self, opened: OpenedFile) -> None:
        """Another file is open. One of which nobody knows yet which database it is is not sealed."""
        self.end()
        if opened.database_id:
            self._opened = opened
            self._clock.start()
            self.look()

    def end(self) -> JobHandle | None:
        """The file is closed: seal what is left, as a job that does not need the file to stay open, which is given."""
        opened, self._opened = self._opened, None
        self._clock.stop()
        self._soon.stop()
        self._looking = self._sealing = self._comparing = None
        self._again = self._compared = False
        self._tell((), ())
        if opened is None or not opened.document.state.writable:
            return None
        path, database_id = opened.document.path, opened.database_id
        return self._jobs.start(
            self._title(path),
            lambda context: self._desk.seal_new(path, database_id, context),
            quiet=True,
        )

    def end_soon(self) -> None:
        """The window is closing: the same, and wait for it a short while."""
        last = self.end()
        if last is not None:
            wait([last.job.future], LAST_SEAL_SECONDS)

    @Slot()
    def look(self) -> None:
        """Look whether all is well, and seal what is not sealed."""
        self.check()
        self.seal()
        if self._sealing is None:
            self._compare_once()

    @Slot()
    def compare(self) -> None:
        """Look, where the file is small, whether its rows are what the log says."""
        opened = self._opened
        if opened is None or self._comparing is not None:
            return
        path, database_id = opened.document.path, opened.database_id
        self._comparing = self._jobs.run(
            self,
            self.tr("Comparing {name} with its audit").format(name=shown_name(path.name)),
            lambda context: self._desk.compare_audited(path, database_id, context),
            lambda whole: self.check() if whole else None,
            on_failure=lambda error: None,  # looking at the audit tells what is wrong
            on_end=self._comparing_ended,
            file=opened.document.id,
            quiet=True,
        )

    def _compare_once(self) -> None:
        """Soon, since opening a file comes first."""
        if not self._compared:
            self._compared = True
            self._soon.start(COMPARE_AFTER_MS)

    def _comparing_ended(self) -> None:
        self._comparing = None

    @Slot()
    def check(self) -> None:
        """Look whether the audit of the open file still tells every change; again, where that is being done."""
        opened = self._opened
        if opened is None:
            return
        if self._looking is not None:
            self._again = True
            return
        path, database_id = opened.document.path, opened.database_id
        self._looking = self._jobs.run(
            self,
            self.tr("Looking at the audit of {name}").format(name=shown_name(path.name)),
            lambda context: self._desk.audit_alarms(path, database_id, context),
            lambda found: self._tell(found, self._of_sealing),
            on_failure=self._not_looked,
            on_end=self._looked,
            file=opened.document.id,
            quiet=True,
        )

    @Slot()
    def seal(self) -> None:
        """Seal what is not sealed, unless that is being done."""
        opened = self._opened
        if opened is None or self._sealing is not None or not opened.document.state.writable:
            return
        document, database_id = opened.document, opened.database_id

        def work(context: Context) -> OwnSeal:
            done = self._desk.seal_new(document.path, database_id, context)
            if done.seals:
                document.touched(("_steward_audit_seal",))  # and no table of the steward's
            return done

        self._sealing = self._jobs.run(
            self,
            self._title(document.path),
            work,
            self._sealed,
            on_end=self._ended,
            file=document.id,
            quiet=True,
        )

    @Slot(object)
    def _changed(self, change: Change) -> None:
        """Another program changed the file."""
        if change.kind in (ChangeKind.SCHEMA, ChangeKind.RETURNED):
            self.check()

    @Slot(object)
    def _received(self, receipt: Receipt) -> None:
        """An operation of ours changed the file, and what followed is told with it."""
        opened = self._opened
        if opened is None:
            return
        document = opened.document
        if Path(receipt.path) in (document.path, document.identity.file):
            self._tell(self._of_audit, receipt.findings)
            self.check()
            if any(each.code == BEHIND for each in self._of_audit):
                self.compare()

    def _sealed(self, done: OwnSeal) -> None:
        self._tell(self._of_audit, done.findings)
        if done.seals or done.findings:
            self.sealed.emit(done)
            self.check()

    def _ended(self) -> None:
        self._sealing = None
        self._compare_once()

    def _not_looked(self, error: StewardError) -> None:
        """What keeps it from being looked at is an alarm itself, unless it passes by itself or others tell it."""
        if error.code in (ErrorCode.LOCKED, ErrorCode.NOT_FOUND, ErrorCode.FILE_REPLACED):
            return
        title, subject = error.message.removesuffix("."), Subject("audit")
        finding = Finding("audit_not_looked_at", Severity.ERROR, title, subject, detail=error.hint)
        self._tell((finding,), self._of_sealing)

    def _looked(self) -> None:
        self._looking = None
        if self._again:
            self._again = False
            self.check()

    def _tell(self, of_audit: tuple[Finding, ...], of_sealing: tuple[Finding, ...]) -> None:
        before = self.findings
        self._of_audit, self._of_sealing = of_audit, of_sealing
        if self.findings != before:
            self.alarmed.emit(self.findings)

    def _title(self, path: Path) -> str:
        return self.tr("Sealing the audit log of {name}").format(name=shown_name(path.name))
