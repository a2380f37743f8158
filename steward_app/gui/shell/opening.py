"""Opens files, as jobs, and holds the one that is open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal, Slot

from steward_app.gui.bridge import JobCenter, JobHandle
from steward_app.gui.desk import Desk, OpenedFile
from steward_app.gui.format import shown_name
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context

if TYPE_CHECKING:
    from steward_app.services.document import Document


class Opening(QObject):
    """The open file, and the way to another.

    Signals:
        opened: an `OpenedFile`; the window takes it with `take`.
        failed: a `StewardError` that names the file that did not open.
        facts_read: `FileFacts` of the open file.
        changed_outside: a `Change` that another program made to the open file.
        catalog_opened: the catalog can be read now; the folder of the one that was set aside, or None.
    """

    opened = Signal(object)
    failed = Signal(object)
    facts_read = Signal(object)
    changed_outside = Signal(object)
    catalog_opened = Signal(object)

    def __init__(self, desk: Desk, jobs: JobCenter, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._jobs = desk, jobs
        self._running: JobHandle | None = None
        self._looking = False
        self._tried: Path | None = None
        self.current: OpenedFile | None = None

    @property
    def file(self) -> Document | None:
        """The open file, or None."""
        return self.current.document if self.current is not None else None

    @Slot(object)
    def open(self, path: Path) -> None:
        """Open a file; an opening that still runs is given up."""
        if self._running is not None and self._running.running:
            self._running.drop()
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
            self, self.tr("Building the sample"), self._desk.sample, self.open, on_failure=self.failed.emit
        )

    def again(self) -> None:
        """Try the last file once more; where none was tried yet, the catalog."""
        if self._tried is not None:
            self.open(self._tried)
        else:
            self._about_catalog(self.tr("Opening the catalog"), self._desk.reopen)

    def set_aside(self) -> None:
        """Put a catalog that cannot be read out of the way."""
        self._about_catalog(self.tr("Setting the catalog aside"), self._desk.set_aside)

    def _about_catalog(self, title: str, work: Callable[[Context], Path | None]) -> None:
        self._jobs.run(self, title, work, self.catalog_opened.emit, on_failure=self.failed.emit)

    def answer(self, answer: Literal["same", "new"]) -> None:
        """Say which database the open file is, and open it as that one."""
        if self.current is None or self.current.question is None:
            return
        try:
            self._desk.answer(self.current.question, answer)
        except StewardError as error:
            self.failed.emit(error)
            return
        self.open(self.current.document.path)

    def take(self, opened: OpenedFile) -> None:
        """This file is the open one from now on; the one before is closed."""
        self.close()
        self.current = opened
        self.read_facts()

    def read_facts(self) -> None:
        """Read what the header shows. What cannot be read there, the pages say."""
        current = self.current
        if current is not None:
            self._jobs.run(
                self,
                self.tr("Reading {name}").format(name=shown_name(current.document.path.name)),
                lambda context: self._desk.facts(current, context),
                self.facts_read.emit,
                file=current.document.id,
                quiet=True,
            )

    def look_outside(self) -> None:
        """Ask on a worker's thread (the file may lie on a slow network) whether another program changed it."""
        file = self.file
        if file is None or self._looking:
            return
        self._looking = True
        self._jobs.run(
            self,
            self.tr("Looking at {name}").format(name=shown_name(file.path.name)),
            lambda context: self._desk.changed_outside(file),
            self._looked,
            on_end=self._looked_at,
            quiet=True,
        )

    def _looked(self, change: object) -> None:
        if change is not None:
            self.changed_outside.emit(change)

    def _looked_at(self) -> None:
        self._looking = False

    def close(self) -> None:
        """Close the open file; what its jobs still find is thrown away."""
        current, self.current = self.current, None
        if current is not None:
            self._jobs.drop(current.document.id)
            current.document.close()
