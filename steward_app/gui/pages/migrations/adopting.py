"""Taking over another tool's history in the window: where its files stand, then the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from steward_app.gui.context import Message
from steward_app.gui.format import plural, shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.migrations.asking import Asking, PathField
from steward_app.gui.pages.migrations.words import in_window_words, tr
from steward_app.gui.pages.plan_dialog import PlanDialog
from steward_app.gui.widgets.controls import Combo, LabelledField
from steward_app.gui.widgets.text import Label
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.migrate.adopt import service
from steward_app.services.migrate.adopt.adoption import AdoptRequest
from steward_app.services.migrate.adopt.model import Tool
from steward_app.services.operation import Confirmation

if TYPE_CHECKING:
    from steward_app.gui.pages.migrations.page import MigrationsPage


class AdoptDialog(Asking):
    """Asks which tool migrated the file so far, and shows the plan that goes on from there."""

    def __init__(self, page: MigrationsPage) -> None:
        self._page = page
        self._tools = (None, *Tool)
        self.folder = PathField(tr("Folder of its migrations"), folder=True)
        self.tool = Combo(tr("Tool"), [tr("Tell it from the tables"), *(each.known_as for each in Tool)])
        label = Label(tr("Tool"))
        label.setBuddy(self.tool)
        self.table = LabelledField(tr("Table of its history"), tr("The usual one of the tool"))
        standing = page.standing
        usual = shown_name(str(standing.status.folder)) if standing else ""
        self.into = PathField(tr("Folder for the files of this program"), folder=True, placeholder=usual)
        self.against = PathField(
            tr("A database that the tool made from nothing, where its migrations are programs"),
            folder=False,
            placeholder=tr("Not needed for migrations in SQL"),
        )
        self.values = LabelledField(tr("Values for placeholders in its files"), tr("name=value; other=value"))
        both = hbox(boxed(vbox(label, self.tool, gap=6)), self.table, gap=12)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        super().__init__(
            page,
            tr("Go on from another tool’s history"),
            tr(
                "Its migrations run on an empty database first: only where they make the schema that this file has is"
                " its history believed. Its table and its files stay as they are."
            ),
            tr("Show the plan"),
            self.folder,
            boxed(both),
            self.into,
            self.against,
            self.values,
        )
        self.folder.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Look at the files and the table, and make the plan; write files of a history that miss from before."""
        standing, folder = self._page.standing, self.folder.path
        values = _values(self.values.edit.text())
        self.folder.set_wrong("" if folder is not None else tr("Say where its migrations stand."))
        self.values.set_wrong("" if values is not None else tr("Write them as name=value, with ; between."))
        if standing is None or folder is None or values is None:
            return
        request = AdoptRequest(
            standing.status.path,
            standing.database_id,
            folder,
            self.into.path or standing.status.folder,
            self._tools[self.tool.currentIndex()],
            self.table.edit.text().strip(),
            self.against.path,
            values,
        )

        def work(context: Context) -> Plan | tuple[Path, ...]:
            return service.write_missing(request, context) or service.plan_adopt(request, context)

        def show(found: Plan | tuple[Path, ...]) -> None:
            self.accept()
            if isinstance(found, Plan):
                AdoptPlan(self._page, request, found).open()
                return
            words = plural(
                len(found), tr("file of the history is written"), tr("files of the history are written")
            )
            self._page.context.toast(Message(words, shown_name(str(request.into))))
            self._page.read_again()

        self.ask(tr("Looking at its migrations"), work, show)


class AdoptPlan(PlanDialog):
    """The plan that takes a history over."""

    def __init__(self, page: MigrationsPage, request: AdoptRequest, plan: Plan) -> None:
        self._own, self._request = page, request
        shown = replace(plan, findings=in_window_words(plan.findings))
        super().__init__(page, plan, shown, icon="history")

    def rehearsing(self) -> Callable[[Context], Rehearsal]:
        catalog, plan = self._page.context.catalog, self.plan
        return lambda context: service.rehearse(catalog, plan, context)

    def applying(self, said: Confirmation) -> Callable[[Context], Receipt]:
        catalog, request, plan = self._page.context.catalog, self._request, self.plan
        return lambda context: service.adopt(catalog, request, plan, context, said)

    def carried_out(self, receipt: Receipt) -> None:
        self._own.show_receipt(receipt, takes_back=True)


def _values(said: str) -> Mapping[str, str] | None:
    """Names with their values, or None where it is not written so."""
    found = {}
    for part in filter(None, map(str.strip, said.split(";"))):
        name, sign, value = part.partition("=")
        if not sign or not name.strip():
            return None
        found[name.strip()] = value.strip()
    return found
