"""One row, or one cell of it: everything that became of it, by whatever key it had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.layout import fix
from steward_app.gui.pages.audit import read
from steward_app.gui.pages.audit.history_view import HistoryView, Read
from steward_app.gui.pages.audit.key_fields import KeyFields
from steward_app.gui.pages.audit.line_list import Line
from steward_app.gui.pages.audit.read import Known, Some
from steward_app.gui.pages.audit.span_filter import SpanFilter
from steward_app.gui.pages.audit.words import begin_line, entry_line
from steward_app.gui.widgets.controls import Combo
from steward_app.gui.widgets.surfaces import EmptyState
from steward_app.kernel import clock
from steward_app.kernel.errors import StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine.model import Key, Op
from steward_app.services.audit.past.history import Asked, Entry
from steward_app.services.audit.past.moments import milliseconds

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage


class RowView(HistoryView):
    """A table is chosen, a key is typed, and a column where a single cell is meant."""

    def __init__(self, page: AuditPage) -> None:
        nothing = (
            _tr("Nothing became of this row"),
            _tr("The log has no change of a row with this key, in the time that is chosen."),
        )
        self.time = SpanFilter()
        title = _tr("Changes of the row")
        unasked = EmptyState(
            "key-round",
            _tr("No row is chosen"),
            _tr("Choose a table, type the key of a row, and press Enter."),
        )
        super().__init__(page, title, nothing, unasked=unasked, beside=self.time.choice, below=(self.time,))
        self.table = fix(Combo(_tr("Table"), mono=True), width=160)
        self.key = KeyFields()
        self.column = fix(Combo(_tr("Column"), mono=True), width=144)
        self.tools = (self.table, self.key, self.column)
        self._names: list[str] = []
        self._columns: list[str] = []
        self._wanted: tuple[str, Key, str] | None = None
        self._row: tuple[str, Key] | None = None
        self.table.activated.connect(lambda _: self._other_table())
        self.key.entered.connect(self.look)
        self.column.activated.connect(lambda _: self.look())
        self.time.changed.connect(self.look)

    @property
    def row(self) -> tuple[str, Key] | None:
        """The row that is shown: its table, and what names it in the log; None before one was found."""
        return self._row

    @property
    def cell(self) -> str:
        """The column that is chosen; "" for the whole row."""
        number = self.column.currentIndex() - 1
        return self._columns[number] if 0 <= number < len(self._columns) else ""

    def arrive(self, *, table: str = "", key: Key = (), column: str = "", **others: Any) -> None:
        if not table:
            return
        self._wanted = (table, tuple(key), column)
        self.time.clear()
        if self.known.tables:
            self._show_wanted()

    def offer(self) -> None:
        chosen = (
            self._names[self.table.currentIndex()]
            if 0 <= self.table.currentIndex() < len(self._names)
            else ""
        )
        self._names = [each.name for each in self.known.tables]
        self.table.clear()
        self.table.addItems([shown_name(name) for name in self._names])
        self.table.setCurrentIndex(self._names.index(chosen) if chosen in self._names else 0)
        self._offer_key()

    def _show_known(self, known: Known) -> None:
        self.known = known
        self.offer()
        if self._wanted is not None:
            self._show_wanted()
        else:
            self.read_again()

    def _show_wanted(self) -> None:
        """What somebody came here for; it stays wanted until it was found."""
        if self._wanted is None:
            return
        table, key, column = self._wanted
        of = self.known.table(table)
        if of is None:
            self._wanted = None
            self.page.show_problem(_tr("The log knows no table {name}.").format(name=shown_name(table)))
            self.read_again()
            return
        self.table.setCurrentIndex(self._names.index(of.name))
        self._offer_key()
        self.key.show_key(key)
        self.column.setCurrentIndex(self._columns.index(column) + 1 if column in self._columns else 0)
        self.look()

    def _other_table(self) -> None:
        self._offer_key()
        self.key.clear_fields()
        self._row = None
        self.read_again()
        if self.key.fields:
            self.key.fields[0].setFocus()

    def _offer_key(self) -> None:
        number = self.table.currentIndex()
        of = self.known.tables[number] if 0 <= number < len(self.known.tables) else None
        self.key.show_table(of)
        columns = list(of.columns) if of is not None else []
        if columns != self._columns:
            self._columns = columns
            self.column.clear()
            self.column.addItems([_tr("Whole row"), *map(shown_name, columns)])

    # Reading

    def look(self) -> None:
        """Look for the row that was typed."""
        named, number = self.key.key, self.table.currentIndex()
        if named is None or not 0 <= number < len(self._names):
            return
        table, path = self._names[number], self.page.context.file.path
        self._wanted = (table, named, self.cell)

        def found(key: Key) -> None:
            self._wanted = None
            self._row = (table, key)
            self.read_again()

        self._drop()
        self._reading = self.page.run(
            _tr("Looking for the row"), lambda context: read.key_of(path, table, named, context), found,
            on_failure=self._not_found, quiet=True,
        )  # fmt: skip

    def _not_found(self, error: StewardError) -> None:
        self._wanted = None
        self._failed(error)

    def source(self) -> Read | None:
        found = self.exported()
        if found is None:
            return None
        asked, path = found[0], self.page.context.file.path

        def work(after: int | None, context: Context) -> Some:
            return read.entries(path, asked, after, context)

        return work

    def exported(self) -> tuple[Asked, str] | None:
        if self._row is None:
            return None
        try:
            since, until = self.time.span
        except UsageError:
            return None
        asked = Asked(self._row[0], self._row[1], self.cell, since, until)
        return asked, _tr("The changes of this row.") if not self.cell else _tr("The changes of this cell.")

    @property
    def begins_at(self) -> QWidget | None:
        return self.key.fields[0] if self.key.fields and self._wanted is None else None

    def line_of(self, item: Entry) -> Line:
        return entry_line(item, self.known, reveal=self.page.reveal, with_row=False)

    def last_lines_after(self, items: Sequence[Any]) -> list[Line]:
        """When the table was put under audit, unless the row came later."""
        last = next((item for item in reversed(items) if isinstance(item, Entry)), None)
        if last is None or last.change.op is Op.INSERT or self.time.choice.currentIndex() > 0:
            return []
        status, table = self.page.status, self._row[0] if self._row else ""
        since = [each.since for each in status.tables if each.table == table and each.since] if status else []
        return [begin_line(milliseconds(clock.from_text(min(since))))] if since else []

    def show_chosen(self, item: Entry) -> None:
        self.detail.show_change(item, self.known)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
