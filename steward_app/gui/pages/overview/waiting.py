"""Migrations that wait, or are in the way: a task of the overview, and the number beside their page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QCoreApplication

from steward_app.db import open_read
from steward_app.gui.format import plural, shown_name
from steward_app.gui.page import Page
from steward_app.gui.pages.overview.tasks import Todo
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.lists import Task
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.folder import folder_of
from steward_app.services.migrate.model import State, Status
from steward_app.services.migrate.status import status

PAGE = "migrations"


class WaitingMigrations:
    """Reads folder and history by itself, no rows.

    Args:
        page: the page it is told on.
        told: called when it has read something.
    """

    def __init__(self, page: Page, told: Callable[[], None]) -> None:
        self._page, self._told = page, told
        self._status: Status | None = None
        self._problem = ""

    def read(self) -> None:
        """Read how it stands."""
        page, path = self._page, self._page.context.file.path
        if PAGE not in page.context.pages:
            return

        def work(context: Context) -> Status:
            with open_read(path) as session, session.under(context), session.snapshot():
                return status(session, folder_of(path, must_be_there=False))

        page.run(_tr("Reading the migrations"), work, self._show, on_failure=self._not_read, quiet=True)

    def _show(self, found: Status) -> None:
        self._status, self._problem = found, ""
        late = sum(entry.state is State.LATE for entry in found.entries)
        tone = Tone.WARNING if found.in_the_way else Tone.MUTED
        self._page.context.count(PAGE, len(found.pending) + late or None, tone)
        self._told()

    def _not_read(self, error: StewardError) -> None:
        """A folder that is not as it should be is told; what is wrong with the file itself is told elsewhere."""
        self._status = None
        self._problem = error.message if error.code is ErrorCode.BAD_MIGRATION else ""
        self._told()

    def todos(self) -> Iterator[Todo]:
        """What there is to do about migrations."""
        if self._problem:
            title, word = _tr("The migrations cannot be read"), _tr("Migrations")
            yield Todo(Task("migrations", title, self._problem, word, Tone.WARNING, "arrow-left-right"), PAGE)
            return
        found = self._status
        if found is None:
            return
        if found.in_the_way:
            first = found.in_the_way[0]
            count = plural(len(found.in_the_way), _tr("migration is"), _tr("migrations are"))
            title = _tr("{count} in the way").format(count=count)
            words = _tr("Nothing can be applied before it is settled: {file}.").format(
                file=shown_name(first.file)
            )
            task = Task("migrations", title, words, _tr("In the way"), Tone.WARNING, "triangle-alert")
            yield Todo(task, PAGE, {"file": first.file})
        elif found.pending:
            first = found.pending[0]
            title = _tr("Rehearse and apply {count}").format(
                count=plural(len(found.pending), _tr("migration"), _tr("migrations"))
            )
            words = _tr("The next one is {file}.").format(file=shown_name(first.file))
            task = Task("migrations", title, words, _tr("Waits"), Tone.MUTED, "arrow-left-right")
            yield Todo(task, PAGE, {"file": first.file})


def _tr(text: str) -> str:
    return QCoreApplication.translate("overview", text)
