"""Opens files, as jobs, and holds the one that is open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from steward_app.gui.bridge import JobCenter, JobHandle
from steward_app.gui.desk import Desk
from steward_app.gui.format import shown_name


class Opening(QObject):
    """The open file, and the way to another.

    Signals:
        opened: an open file; the window takes it with `take`.
        failed: a `StewardError` that names the file that did not open.
        facts_read: `FileFacts` of the open file.
    """

    opened = Signal(object)
    failed = Signal(object)
    facts_read = Signal(object)

    def __init__(self, desk: Desk, jobs: JobCenter, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._jobs = desk, jobs
        self._running: JobHandle | None = None
        self._tried: Path | None = None
        self.file: Any = None

    @Slot(object)
    def open(self, path: Path) -> None:
        """Open a file; an opening that still runs is given up."""
        if self._running is not None and self._running.running:
            self._running.cancel()
        self._tried = path
        self._running = self._jobs.run(
            self,
            self.tr("Opening {name}").format(name=shown_name(path.name)),
            lambda context: self._desk.open(path, context),
            self.opened.emit,
            on_failure=self.failed.emit,
        )

    @Slot()
    def open_sample(self) -> None:
        """Open the sample database, built first when it is not there."""
        self._jobs.run(
            self,
            self.tr("Building the sample"),
            self._desk.sample,
            self.open,
            on_failure=self.failed.emit,
        )

    def again(self) -> None:
        """Try the last file once more."""
        if self._tried is not None:
            self.open(self._tried)

    def take(self, file: Any) -> None:
        """This file is the open one from now on; the one before is closed."""
        self.close()
        self.file = file
        self.read_facts()

    def read_facts(self) -> None:
        """Read what the header shows."""
        file = self.file
        self._jobs.run(
            self,
            self.tr("Reading {name}").format(name=shown_name(file.path.name)),
            lambda context: self._desk.facts(file, context),
            self.facts_read.emit,
            on_failure=self.failed.emit,
            file=file.id,
            quiet=True,
        )

    def close(self) -> None:
        """Close the open file; what its jobs still find is thrown away."""
        if self.file is not None:
            self._jobs.drop(self.file.id)
            self.file.close()
            self.file = None
