"""All changes of the file or of a table: by what was done at once, filtered by time, writer and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from steward_app.gui.bridge import JobHandle
from steward_app.gui.format import shown_name
from steward_app.gui.layout import fix
from steward_app.gui.pages.audit import read
from steward_app.gui.pages.audit.days import DayBars
from steward_app.gui.pages.audit.history_view import HistoryView, Read
from steward_app.gui.pages.audit.line_list import Line
from steward_app.gui.pages.audit.span_filter import SpanFilter
from steward_app.gui.pages.audit.words import group_line
from steward_app.gui.widgets.controls import Combo
from steward_app.kernel.errors import UsageError
from steward_app.services.audit.past.history import Asked
from steward_app.services.audit.past.history_groups import Group

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage

_EVERYBODY, _UNKNOWN = range(2)


class ChangesView(HistoryView):
    """Every filter narrows the list; what is chosen is shown with all that was done at once."""

    def __init__(self, page: AuditPage) -> None:
        nothing = (
            _tr("Nothing was changed yet"),
            _tr("Changes of rows stand here, whichever program makes them."),
        )
        none_fits = (
            _tr("No change fits"),
            _tr("No change is of that table, writer and time. Choose all to see more."),
        )
        self.time, self.days = SpanFilter(), DayBars()
        below = (self.days, self.time)
        super().__init__(page, _tr("Changes"), nothing, none_fits, beside=self.time.choice, below=below)
        self.table = fix(Combo(_tr("Table"), mono=True), width=146)
        self.column = fix(Combo(_tr("Column"), mono=True), width=138)
        self.writer = fix(Combo(_tr("Writer")), width=132)
        self.tools = (self.table, self.column, self.writer)
        self.days.chosen.connect(lambda span: self.time.show_span(*span))
        self._counting: JobHandle | None = None
        self._offered: tuple[list[str], list[str]] = ([], [])
        self.table.activated.connect(lambda _: self._other_table())
        for combo in (self.column, self.writer):
            combo.activated.connect(lambda _: self.read_again())
        self.time.changed.connect(self.read_again)
        self._fill(self.table, [_tr("All tables")], "")
        self._fill(self.column, [_tr("All columns")], "")
        self._fill(self.writer, [_tr("Everybody"), _tr("Unknown writer")], "")

    # Filters

    @property
    def asked(self) -> Asked:
        """What the list shows. Raises `UsageError` for a time that is none."""
        since, until = self.time.span
        tables, columns = self._offered
        table = tables[self.table.currentIndex() - 1] if self.table.currentIndex() > 0 else ""
        column = columns[self.column.currentIndex() - 1] if table and self.column.currentIndex() > 0 else ""
        by = self.writer.currentIndex()
        writer = self.known.writers[by - 2] if 1 < by < len(self.known.writers) + 2 else None
        return Asked(table, None, column, since, until, writer, by == _UNKNOWN)

    def offer(self) -> None:
        table, column = self.table.currentText(), self.column.currentText()
        writer = self.writer.currentText()
        self._offered = ([each.name for each in self.known.tables], [])
        self._fill(self.table, [_tr("All tables"), *map(shown_name, self._offered[0])], table)
        self._offer_columns(column)
        names = [_tr("Everybody"), _tr("Unknown writer"), *map(shown_name, self.known.writers)]
        self._fill(self.writer, names, writer)

    def _offer_columns(self, column: str = "") -> None:
        number = self.table.currentIndex() - 1
        of = self.known.tables[number] if 0 <= number < len(self.known.tables) else None
        columns = list(of.columns) if of is not None else []
        self._offered = (self._offered[0], columns)
        self._fill(self.column, [_tr("All columns"), *map(shown_name, columns)], column)
        self.column.setEnabled(bool(columns))
        self.column.setToolTip("" if columns else _tr("Choose a table first."))

    def _fill(self, combo: Combo, names: list[str], chosen: str) -> None:
        combo.clear()
        combo.addItems(names)
        combo.setCurrentIndex(max(0, names.index(chosen) if chosen in names else 0))

    def _other_table(self) -> None:
        self._offer_columns()
        self.read_again()

    def choose_table(self, table: str) -> None:
        """Show the changes of a table."""
        if table in self._offered[0]:
            self.table.setCurrentIndex(self._offered[0].index(table) + 1)
            self._other_table()

    def arrive(self, *, table: str = "", **others: Any) -> None:
        self.choose_table(table)

    @property
    def filtered(self) -> bool:
        try:
            return self.asked != Asked()
        except UsageError:
            return True

    def exported(self) -> tuple[Asked, str] | None:
        try:
            asked = self.asked
        except UsageError:
            return None
        words = (
            _tr("All changes of the file.") if asked == Asked() else _tr("The changes that the filters show.")
        )
        return asked, words

    # Reading

    def source(self) -> Read | None:
        try:
            asked = self.asked
        except UsageError:
            return None
        path = self.page.context.file.path
        self._count_all(asked)
        self._read_days(asked.table)
        return lambda after, context: read.groups(path, asked, after, context)

    def _count_all(self, asked: Asked) -> None:
        if self._counting is not None:
            self._counting.drop()
        path = self.page.context.file.path
        self._counting = self.page.run(
            _tr("Counting changes"),
            lambda context: read.count(path, asked, context),
            self._show_total,
            on_failure=lambda error: None,  # the list tells
            quiet=True,
        )

    def _read_days(self, table: str) -> None:
        path = self.page.context.file.path
        self.page.run(
            _tr("Counting changes by day"),
            lambda context: read.days(path, table, context),
            self.days.show_days,
            on_failure=lambda error: None,  # the list tells
            quiet=True,
        )

    def _show_total(self, total: int | None) -> None:
        self._counting = None
        self.say_total(total)

    def say_count(self) -> None:
        if self._total is None and self._next is None and self._read is not None:
            self._total = sum(item.changes for item in self._items if isinstance(item, Group))
        super().say_count()

    def line_of(self, item: Group) -> Line:
        return group_line(item, self.known, reveal=self.page.reveal)

    def show_chosen(self, item: Group) -> None:
        if item.changes == 1:
            self.detail.show_change(item.newest, self.known)
        else:
            self.detail.show_at_once(item.last_seq, self.known)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
