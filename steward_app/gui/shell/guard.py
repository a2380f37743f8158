"""Does what the schedule of the open file says, as jobs, for as long as the window is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from steward_app.gui.bridge import JobCenter, JobHandle
from steward_app.gui.desk import Desk, OpenedFile
from steward_app.gui.making import is_making, making, tell_tended
from steward_app.kernel.errors import StewardError

if TYPE_CHECKING:
    from steward_app.services.restore import Due, Tended

_LOOK_EVERY_MS = 5_000
_AFTER_TROUBLE_MS = 60_000


class Guard(QObject):
    """Asks the catalog every few seconds what is due; a file without a schedule costs no more than that.

    Signals:
        next_known: when the next point is made, as the catalog writes moments; "" for by hand only.
        tended: a `Tended`: what was done.
        failed: a `StewardError`: nothing could be done.
    """

    next_known = Signal(str)
    tended = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, jobs: JobCenter, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._jobs = desk, jobs
        self._opened: OpenedFile | None = None
        self._job: JobHandle | None = None
        self._clock = QTimer(self)
        self._clock.timeout.connect(self.look)

    def begin(self, opened: OpenedFile) -> None:
        """Another file is open. One of which nobody knows yet which database it is has no schedule."""
        self.end()
        if opened.database_id:
            self._opened = opened
            self.look()

    def end(self) -> None:
        """No file is open; its jobs are stopped by whoever closes it."""
        self._clock.stop()
        self._opened = self._job = None
        self.next_known.emit("")

    @Slot()
    def look(self) -> None:
        """Ask whether something is due, unless it is being done."""
        opened = self._opened
        if opened is None or self._job is not None:
            return
        self._job = self._jobs.run(
            self,
            self.tr("Looking at the schedule"),
            lambda context: self._desk.due(opened),
            self._looked,
            on_failure=lambda error: self._rest(),  # the catalog is busy: asked again soon
            file=opened.document.id,
            quiet=True,
        )

    def _looked(self, due: Due) -> None:
        self._rest()
        opened = self._opened
        if opened is None:
            return
        self.next_known.emit(due.next_run_at)
        if due.now and not is_making(self._jobs, opened.document):
            self._tend(opened)

    def _tend(self, opened: OpenedFile) -> None:
        self._job = self._jobs.run(
            self,
            making(opened.document),
            lambda context: self._desk.tend(opened, context),
            self._tended,
            on_failure=self._not_tended,
            on_stopped=self._wait,
            file=opened.document.id,
            tell=tell_tended,
        )

    def _tended(self, done: Tended) -> None:
        self._rest()
        if done.failed:
            self._wait()
        self.tended.emit(done)

    def _not_tended(self, error: StewardError) -> None:
        self._wait()
        self.failed.emit(error)

    def _wait(self) -> None:
        """It did not go well, or was stopped: the next try is not made at once."""
        self._rest()
        self._clock.start(_AFTER_TROUBLE_MS)

    def _rest(self) -> None:
        self._job = None
        self._clock.start(_LOOK_EVERY_MS)
