"""What can be done on the migrations page, as actions: for buttons, keys and the palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward_app.gui.actions import Action
from steward_app.gui.pages.migrations.adopting import AdoptDialog
from steward_app.gui.pages.migrations.contracting import contract_column
from steward_app.gui.pages.migrations.expanding import expand_column
from steward_app.gui.pages.migrations.read import OPEN, has_no_way_back
from steward_app.gui.pages.migrations.registry import show_registry
from steward_app.gui.pages.migrations.undo_file import no_undo_file, write_undo_file
from steward_app.gui.pages.migrations.words import tr
from steward_app.services.migrate.model import Origin, State

if TYPE_CHECKING:
    from steward_app.gui.pages.migrations.page import MigrationsPage


@dataclass(frozen=True)
class Commands:
    """All of them."""

    new: Action
    folder: Action
    rehearse: Action
    apply: Action
    apply_anyway: Action
    take_back: Action
    repair: Action
    baseline: Action
    open_file: Action
    read: Action
    undo_file: Action
    expand: Action
    contract: Action
    adopt: Action
    registry: Action

    @property
    def every(self) -> tuple[Action, ...]:
        """As a page lists them."""
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)

    @property
    def menu(self) -> tuple[Action | None, ...]:
        """What stands in the menu of the page, since it is not needed every day; None is a separator."""
        return (self.rehearse, self.apply_anyway, self.undo_file, None, self.expand, self.contract, None, self.adopt,
                self.registry, None, self.folder, self.read)  # fmt: skip


class Reasons:
    """Why something cannot be done now; "" where it can."""

    def __init__(self, page: MigrationsPage) -> None:
        self._page = page

    def busy(self) -> str:
        """That something runs."""
        return tr("Something is running.") if self._page.foot.busy else ""

    def unread(self) -> str:
        """That it is not known yet what there is."""
        return self.busy() or (
            "" if self._page.standing is not None else tr("The migrations are not read yet.")
        )

    def rehearse(self) -> str:
        """Why there is no rehearsal."""
        looked = self._page.looked
        if reason := self.busy():
            return reason
        if looked is None or looked.entry.state not in OPEN:
            return tr("Choose a migration that waits first.")
        if looked.plan is None:
            return tr("It cannot run as it is.")
        blocking = [each for each in looked.plan.blocking if each.subject.kind == "migration"]
        return f"{blocking[0].title}." if blocking else ""

    def cannot_be_written(self) -> str:
        """Why nothing is written to the file."""
        file = self._page.context.file
        if not file.state.writable:
            return tr("This file can only be read, so no migration can be applied to it.")
        return tr("The file is read-only. Allow changes first.") if file.read_only else ""

    def apply_anyway(self) -> str:
        """Why it cannot be applied without a rehearsal."""
        looked = self._page.looked
        rehearsed = tr("It is rehearsed already, and can be applied.")
        return self._cannot_be_applied() or (rehearsed if looked is not None and looked.ready else "")

    def _cannot_be_applied(self) -> str:
        """Why it cannot be applied, rehearsed or not."""
        looked = self._page.looked
        if reason := self.rehearse():
            return reason
        if looked is not None and looked.plan is not None and looked.plan.blocking:
            return f"{looked.plan.blocking[0].title}."
        return self.cannot_be_written()

    def apply(self) -> str:
        """Why it cannot be applied as rehearsed."""
        looked = self._page.looked
        if reason := self._cannot_be_applied():
            return reason
        if looked is None or not looked.ready:
            return tr("Rehearse it first on what the file holds now.")
        return ""

    @property
    def waits_for_switch(self) -> bool:
        """Whether the read-only switch is all that is in the way."""
        file, looked = self._page.context.file, self._page.looked
        open_one = looked is not None and looked.plan is not None and not looked.plan.blocking
        return file.state.writable and file.read_only and (open_one or not self._no_way_back())

    def _no_way_back(self) -> bool:
        row = self._page.list.current
        return row is None or has_no_way_back(row.entry)

    def take_back(self) -> str:
        """Why it cannot be taken back."""
        row = self._page.list.current
        if reason := self.unread():
            return reason
        if row is None or row.entry.applied is None or row.entry.state in OPEN:
            return tr("Choose a migration that is applied first.")
        if not row.entry.version:
            return tr("A migration that is repeated is taken back by another text of it.")
        return tr("This one cannot be taken back by itself.") if self._no_way_back() else ""

    def repair(self) -> str:
        """Why the history needs no repair."""
        standing = self._page.standing
        if reason := self.unread():
            return reason
        states = (State.EDITED, State.FAILED, State.MISSING)
        needed = standing is not None and any(each.state in states for each in standing.status.entries)
        return "" if needed else tr("Nothing in the history needs to be repaired.")

    def baseline(self) -> str:
        """Why no history can be begun."""
        standing = self._page.standing
        if reason := self.unread():
            return reason
        if standing is not None and standing.has_history:
            return tr("This file has a history of migrations already.")
        if standing is None or not any(each.version for each in standing.status.entries):
            return tr("There is no migration with a version in the folder.")
        return ""

    def undo_file(self) -> str:
        """Why no file that takes the chosen migration back can be written."""
        row, standing = self._page.list.current, self._page.standing
        return self.unread() or no_undo_file(
            standing.status if standing else None, row.entry if row else None
        )

    def contract(self) -> str:
        """Why no old column can be taken away."""
        standing = self._page.standing
        if reason := self.unread():
            return reason
        return "" if standing is not None and standing.expanded else tr("No column of this file is expanded.")

    def adopt(self) -> str:
        """Why no history of another tool can be taken over."""
        if reason := self.unread():
            return reason
        standing = self._page.standing
        if standing is None or not standing.has_history:
            return ""
        not_whole = any(  # the same dialog writes the files that are not there
            each.state is State.MISSING and each.applied is not None and each.applied.origin is Origin.ADOPTED
            for each in standing.status.entries
        )
        return "" if not_whole else tr("This file has a history of migrations already.")

    def open_file(self) -> str:
        """Why there is no file to open."""
        row = self._page.list.current
        return "" if row is not None and row.entry.migration is not None else tr("There is no file to open.")


def commands(page: MigrationsPage) -> Commands:
    """Those of one page."""
    title, why = page.spec.title, page.reasons
    return Commands(
        new=Action("migrations.new", tr("New migration"), page.doing.new, title, "plus", "Ctrl+N", why.unread,
                   "create write sql version"),
        folder=Action("migrations.folder", tr("Choose folder…"), page.doing.choose_folder, title, "folder-open", "",
                      why.busy, "directory place"),
        rehearse=Action("migrations.rehearse", tr("Rehearse"), page.rehearse, title, "flask-conical", "Ctrl+R",
                        why.rehearse, "try dry run copy test"),
        apply=Action("migrations.apply", tr("Apply"), page.apply, title, "arrow-left-right", "Ctrl+Return",
                     why.apply, "run migrate change"),
        apply_anyway=Action("migrations.apply_anyway", tr("Apply without a rehearsal"), page.apply_anyway, title, "",
                            "", why.apply_anyway),
        take_back=Action("migrations.undo", tr("Take back"), page.doing.take_back, title, "undo-2", "", why.take_back,
                         "undo revert roll back"),
        repair=Action("migrations.repair", tr("Set the history right"), page.doing.repair, title, "wand-sparkles", "",
                      why.repair, "repair fix checksum forget"),
        baseline=Action("migrations.baseline", tr("Begin the history here"), page.doing.baseline, title, "flag", "",
                        why.baseline, "baseline start"),
        open_file=Action("migrations.open", tr("Open the file"), page.doing.open_file, title, "external-link", "",
                         why.open_file, "edit text"),
        read=Action("migrations.read", tr("Read the folder again"), page.read_again, title, "refresh-cw", "F5",
                    why.busy, "refresh"),
        undo_file=Action("migrations.undo_file", tr("Write the file that takes it back…"),
                         lambda: write_undo_file(page), title, "undo-2", "", why.undo_file, "down revert U script"),
        expand=Action("migrations.expand", tr("Expand a column…"), lambda: expand_column(page), title, "columns-3", "",
                      why.unread, "rename retype split old new programs"),
        contract=Action("migrations.contract", tr("Contract an expanded column…"), lambda: contract_column(page), title,
                        "list-checks", "", why.contract, "expansion old column drop end"),
        adopt=Action("migrations.adopt", tr("Adopt another tool’s history…"), lambda: AdoptDialog(page).open(), title,
                     "history", "", why.adopt, "flyway liquibase alembic django yoyo dbmate goose golang sqlite"),
        registry=Action("migrations.registry", tr("Registered forms of tables…"), lambda: show_registry(page), title,
                        "bookmark", "", why.busy, "schema registry json schema versions compatibility promise"),
    )  # fmt: skip
