"""What is done beside rehearsing and applying: taking back, the history, files and the folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from steward_app.gui.context import Message
from steward_app.gui.pages.migrations.dialogs import HalfWayDialog, NewDialog, ValuesDialog, with_values
from steward_app.gui.pages.migrations.plan_shown import open_plan
from steward_app.gui.pages.migrations.read import asked_to_undo, undo_target
from steward_app.gui.pages.migrations.words import tr
from steward_app.services.migrate import new as new_files
from steward_app.services.migrate.folder import keep_folder
from steward_app.services.migrate.model import State
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.course import Wanted
from steward_app.services.migrate.run.mend import BaselineRequest, RepairRequest

if TYPE_CHECKING:
    from steward_app.gui.pages.migrations.page import MigrationsPage


class Doing:
    """Of one page."""

    def __init__(self, page: MigrationsPage) -> None:
        self._page = page

    # What goes back, and the history

    def take_back(self) -> None:
        """Plan to take the chosen migration back, with all above it."""
        row, found = self._page.list.current, self._page.standing
        if row is None or found is None:
            return
        folder, target = found.status.folder, undo_target(row.entry)
        catalog = self._page.context.catalog

        def plan() -> None:
            wanted = Wanted(found.status.path, found.database_id, folder, target, self._page.values)
            open_plan(
                self._page,
                tr("Planning"),
                lambda context: service.plan_undo(catalog, wanted, context),
                self._page.show_receipt,
            )

        with_values(self._page, asked_to_undo(found, row.entry), plan)

    def repair(self) -> None:
        """Plan to set the history right; what stopped half-way is asked about first."""
        found = self._page.standing
        if found is None:
            return
        half = [each for each in found.status.entries if each.state is State.FAILED]
        if half:
            HalfWayDialog(self._page.window(), half, self._repair).open()
        else:
            self._repair()

    def _repair(self, done: tuple[str, ...] = ()) -> None:
        """Show the plan of it; the chosen migration is forgotten where its file is gone.

        Args:
            done: files that stopped half-way and are taken as done.
        """
        row, found = self._page.list.current, self._page.standing
        if found is None:
            return
        gone = row is not None and row.entry.state is State.MISSING
        forget = (row.entry.file,) if row is not None and gone else ()
        request = RepairRequest(found.status.path, found.database_id, found.status.folder, forget, done)
        catalog = self._page.context.catalog
        open_plan(
            self._page,
            tr("Planning"),
            lambda context: service.plan_repair(request, context, catalog),
            lambda receipt: self._page.show_receipt(receipt, takes_back=True),
        )

    def baseline(self) -> None:
        """Plan to begin the history at the version that is chosen."""
        row, found = self._page.list.current, self._page.standing
        if found is None:
            return
        version = row.entry.version if row is not None and row.entry.version else None
        request = BaselineRequest(found.status.path, found.database_id, found.status.folder, version)
        open_plan(
            self._page,
            tr("Planning"),
            lambda context: service.plan_baseline(request, context),
            lambda receipt: self._page.show_receipt(receipt, takes_back=True),
        )

    # Files

    def new(self) -> None:
        """Write a new migration into the folder."""
        found = self._page.standing
        if found is not None:
            NewDialog(self._page.window(), found.status.folder, self._write, self._made).open()

    def _write(self, description: str, sql: str, repeatable: bool) -> Path:
        found = self._page.standing
        assert found is not None
        above = found.status.version or 0
        folder = found.status.folder
        return new_files.create(folder, description, sql, repeatable=repeatable, above=above)

    def _made(self, path: Path) -> None:
        self._page.context.toast(Message(tr("{file} is written").format(file=path.name), str(path.parent)))
        self._page.arrive(file=path.name)

    def open_file(self) -> None:
        """Open the chosen file in the system's editor."""
        row = self._page.list.current
        if row is not None and row.entry.migration is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(row.entry.migration.path)))

    def choose_folder(self) -> None:
        """Keep migrations in another folder; the policy names it from then on."""
        path = self._page.context.file.path
        start = str(
            self._page.standing.status.folder
            if self._page.standing and self._page.standing.there
            else path.parent
        )
        chosen = QFileDialog.getExistingDirectory(self._page, tr("Folder of migrations"), start)
        if not chosen:
            return
        folder = Path(chosen)
        self._page.run(
            tr("Keeping the folder in the policy"),
            lambda context: keep_folder(path, folder, anew=True),
            lambda _: self._page.read_again(),
        )

    def give_values(self) -> None:
        """Ask for the values of placeholders."""
        if self._page.looked is not None:
            ValuesDialog(
                self._page.window(), self._page.looked.placeholders, self._page.values, self._take_values
            ).open()

    def _take_values(self, values: dict[str, str]) -> None:
        self._page.take_values(values)
