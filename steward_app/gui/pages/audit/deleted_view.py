"""The recycle bin: rows that were deleted and are not there now, and the way to bring them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import plural, shown_name
from steward_app.gui.layout import fix
from steward_app.gui.pages.audit import read
from steward_app.gui.pages.audit.history_view import HistoryView, Read
from steward_app.gui.pages.audit.line_list import Line
from steward_app.gui.pages.audit.words import deleted_line
from steward_app.gui.widgets.controls import Combo
from steward_app.services.audit.past.history import Entry
from steward_app.services.audit.past.recycle_bin import Deleted

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage


class DeletedView(HistoryView):
    """Each row as it was last; its undo brings it back."""

    def __init__(self, page: AuditPage) -> None:
        nothing = (
            _tr("No deleted row"),
            _tr(
                "Rows that are deleted from tables under audit stand here, and can be brought back. Those that were "
                "removed behind the log's back stand among all changes, as gaps."
            ),
        )
        super().__init__(page, _tr("Deleted rows"), nothing)
        self.table = fix(Combo(_tr("Table"), mono=True), width=160)
        self.tools = (self.table,)
        self._names: list[str] = []
        self.table.activated.connect(lambda _: self.read_again())

    @property
    def chosen_table(self) -> str:
        """The table whose rows are listed; "" for all."""
        number = self.table.currentIndex() - 1
        return self._names[number] if 0 <= number < len(self._names) else ""

    def arrive(self, *, table: str = "", **others: Any) -> None:
        if table in self._names:
            self.table.setCurrentIndex(self._names.index(table) + 1)

    def offer(self) -> None:
        chosen = self.chosen_table
        self._names = [each.name for each in self.known.tables if each.armed]
        self.table.clear()
        self.table.addItems([_tr("All tables"), *map(shown_name, self._names)])
        self.table.setCurrentIndex(self._names.index(chosen) + 1 if chosen in self._names else 0)

    def source(self) -> Read | None:
        path, table = self.page.context.file.path, self.chosen_table
        return lambda after, context: read.deleted(path, table, after, context)

    def counted(self, number: int) -> str:
        return plural(number, _tr("deleted row"), _tr("deleted rows"))

    def line_of(self, item: Deleted) -> Line:
        return deleted_line(item, self.known, reveal=self.page.reveal)

    def show_chosen(self, item: Deleted) -> None:
        self.detail.show_change(Entry(item.change, item.table, item.writer), self.known)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
