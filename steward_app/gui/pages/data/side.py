"""What stands beside the rows: the chosen row whole, or what a column holds. One at a time, or neither."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QStackedWidget

from steward_app.gui.bridge import JobHandle
from steward_app.gui.context import Message
from steward_app.gui.format import shown_name, size
from steward_app.gui.layout import free
from steward_app.gui.pages.data.column_view import ColumnView
from steward_app.gui.pages.data.record import (
    Finder,
    Record,
    RecordView,
    count_children,
    has_children,
    make_record,
)
from steward_app.gui.pages.data.time_follow import children_then
from steward_app.gui.widgets.data_table import DataTable, RowRef
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.rows import CellValue, Children, Condition, Grid, Link, Storage, save_value

if TYPE_CHECKING:
    from steward_app.gui.pages.data.page import DataPage

_ENDINGS = ("png", "jpeg", "gif", "webp", "tiff", "bmp", "pdf", "zip", "rtf")


class Side(QStackedWidget):
    """Follows the row that is chosen in a table.

    Args:
        follow: go to the row a link of a row points to.
        open_children: show the rows that point to a row.
        narrow: show only the rows with a value of the column.
        finder: gives what looks for a row in the restore points.
    """

    def __init__(
        self,
        page: DataPage,
        rows: DataTable,
        follow: Callable[[Link, Key], None],
        open_children: Callable[[Children], None],
        narrow: Callable[[Condition], None],
        finder: Finder = lambda: None,
    ) -> None:
        super().__init__()
        self._page, self._rows = page, rows
        self._reading: Key | None = None
        self._counting: JobHandle | None = None
        self.record = RecordView(follow, open_children, self._save, self.close_side, finder)
        self.column = ColumnView(self.close_side, narrow)
        for inspector in (self.record, self.column):
            self.addWidget(free(inspector))  # as wide as this is
        self.hide()
        rows.opened.connect(self.show_row)
        rows.chosen.connect(self._chosen)
        rows.filter_changed.connect(lambda _: self._read_again())

    @property
    def _asked(self) -> datetime | None:
        """Of which time the rows are; None for now."""
        past = self._page.travel.past
        return past.moment.asked if past is not None and self._rows.past is past else None

    @property
    def shows_row(self) -> bool:
        """True while a row is shown, or would be if one were chosen."""
        return not self.isHidden() and self.currentWidget() is self.record

    def show_row(self, ref: RowRef) -> None:
        """Show a row whole; from then on the one that is chosen."""
        self.setCurrentWidget(self.record)
        self.show()
        self._read(ref)

    def show_column(self) -> None:
        """Show what was counted of a column."""
        self._reading = None
        self.setCurrentWidget(self.column)
        self.show()

    def close_side(self) -> None:
        """The rows alone."""
        focused = QApplication.focusWidget()
        held = focused is not None and self.isAncestorOf(focused)
        self._reading = None
        self.hide()
        if held:
            self._rows.view.setFocus()

    def _chosen(self, ref: RowRef | None) -> None:
        if not self.shows_row:
            return
        if ref is None:
            self._reading = None
            self.record.show_nothing()
        elif ref.key != self._reading:
            self._read(ref)

    def _read_again(self) -> None:
        """Other rows, or other columns of them: what is shown is read anew."""
        self._reading = None
        if self.shows_row:
            self._chosen(self._rows.current)

    def _read(self, ref: RowRef) -> None:
        schema, source = self._page.schema, self._rows.source
        if schema is None or source is None:
            return
        self._reading = ref.key
        hidden = frozenset(column.name for column in self._rows.columns if column.hidden)
        pointed_to = source.table is not None and has_children(schema, source.name)

        def read(grid: Grid) -> Record:
            return make_record(grid.session, schema, source, ref.key, grid.read_row(ref.key), hidden)

        def show(record: Record) -> None:
            if record.key == self._reading:
                self.record.show_record(record, children=pointed_to)
                if pointed_to and record.fields:
                    self._count_children(record)

        self._rows.read(_tr("Reading a row"), read, show)

    def _save(self, value: CellValue) -> None:
        """Ask for a file, which asks before one is replaced, and write a value to it: a job."""
        file, source = self._page.context.file, self._rows.source
        table = source.name if source is not None else ""
        plain = "".join(c if c.isalnum() or c in "-_" else "-" for c in value.column)[:80] or "value"
        chosen, _ = QFileDialog.getSaveFileName(
            self, _tr("Save this value"), str(file.path.parent / f"{plain}{_ending(value)}")
        )
        if not chosen:
            return
        target = Path(chosen)

        def work(context: Context) -> int:
            with file.read() as session:
                return save_value(session, value, target, table)

        def told(written: int) -> None:
            words = f"{shown_name(target.name)}, {size(written)}."
            self._page.context.toast(Message(_tr("Saved the value"), words))

        self._page.run(_tr("Saving a value"), work, told)

    def _count_children(self, record: Record) -> None:
        schema, source, file = self._page.schema, self._rows.source, self._page.context.file
        if schema is None or source is None:
            return

        asked = self._asked

        def work(context: Context) -> tuple[Children, ...]:
            if asked is not None:
                return children_then(self._page.context, schema, source.name, record.key, asked, context)
            with file.read() as session:
                return count_children(session, schema, source, record.key, context)

        def show(found: tuple[Children, ...]) -> None:
            if record is self.record.record:
                self.record.show_children(found)

        if self._counting is not None and self._counting.running:
            self._counting.cancel()
        self._counting = self._page.run(_tr("Looking for rows that point here"), work, show, quiet=True)


def _ending(value: CellValue) -> str:
    """What the name of a file with the value ends in: ".png", ".txt", or nothing."""
    if value.storage is not Storage.BLOB:
        return ".txt"
    word = value.kind.partition(" ")[0].lower()
    return f".{word}" if word in _ENDINGS else ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
