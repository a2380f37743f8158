"""The rows that are loaded: some pages that follow one another, out of any number of rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from steward_app.gui.format import shown_name
from steward_app.gui.widgets.grid.columns import GridColumn
from steward_app.gui.widgets.grid.lease import Past
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.kernel.values import Key
from steward_app.services.audit.past.compare import Kind
from steward_app.services.audit.past.marks import Mark
from steward_app.services.rows import Cell, Page

Index = QModelIndex | QPersistentModelIndex

MOST_PAGES = 5
_ROOT = QModelIndex()


class GridModel(QAbstractTableModel):
    """A window on the rows. Pages are added at its ends and dropped at the other, so that memory stays constant.

    Attributes:
        past: whose rows these are, where they are those of an earlier time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.columns: tuple[GridColumn, ...] = ()
        self.past: Past | None = None
        self.pages: list[Page] = []
        self.rows: list[tuple[Cell, ...]] = []
        self.keys: list[Key] = []

    @property
    def first_row(self) -> int:
        """Number of the first loaded row, from 1; 0 when nothing is loaded."""
        return self.pages[0].first_row if self.pages else 0

    @property
    def exact(self) -> bool:
        """Whether that number is exact."""
        return self.pages[0].exact if self.pages else True

    @property
    def has_before(self) -> bool:
        return bool(self.pages) and self.pages[0].has_before

    @property
    def has_after(self) -> bool:
        return bool(self.pages) and self.pages[-1].has_after

    def show(self, columns: Sequence[GridColumn], page: Page) -> None:
        """Show a page alone, of these columns."""
        self.beginResetModel()
        self.columns = tuple(columns)
        self._hold([page])
        self.endResetModel()

    def clear(self) -> None:
        """Show nothing, of no columns."""
        self.beginResetModel()
        self.columns = ()
        self._hold([])
        self.endResetModel()

    def append(self, page: Page) -> int:
        """Add the page that follows; gives how many rows were dropped at the front."""
        if not page.rows:
            return 0
        count = len(self.rows)
        self.beginInsertRows(_ROOT, count, count + len(page.rows) - 1)
        self._hold([*self.pages, page])
        self.endInsertRows()
        if len(self.pages) <= MOST_PAGES:
            return 0
        dropped = len(self.pages[0].rows)
        self.beginRemoveRows(_ROOT, 0, dropped - 1)
        self._hold(self.pages[1:])
        self.endRemoveRows()
        return dropped

    def prepend(self, page: Page) -> int:
        """Add the page that comes before; gives how many rows were added at the front."""
        if not page.rows:
            return 0
        self.beginInsertRows(_ROOT, 0, len(page.rows) - 1)
        self._hold([page, *self.pages])
        self.endInsertRows()
        if len(self.pages) > MOST_PAGES:
            kept = len(self.rows) - len(self.pages[-1].rows)
            self.beginRemoveRows(_ROOT, kept, len(self.rows) - 1)
            self._hold(self.pages[:-1])
            self.endRemoveRows()
        return len(page.rows)

    def conceal(self, names: Collection[str]) -> None:
        """Hide columns at once, without reading anything."""
        self.columns = tuple(
            replace(column, hidden=True, place=-1) if column.name in names else column
            for column in self.columns
        )
        if self.rows and self.columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self.columns) - 1))

    def row_of(self, key: Key) -> int | None:
        """Where the row of that key is among the loaded ones."""
        return self.keys.index(key) if key in self.keys else None

    def cell(self, row: int, column: int) -> Cell:
        """A value as it was read; None for a hidden one too."""
        place = self.columns[column].place
        return self.rows[row][place] if place >= 0 else None

    def mark(self, row: int) -> Mark | None:
        """How a row of an earlier time differs from now."""
        return self.past.mark_of(self.keys[row]) if self.past is not None else None

    def mark_words(self, row: int, column: int | None = None) -> str:
        """The same in words, of the row or of one of its cells; "" where nothing differs."""
        mark = self.mark(row)
        if mark is None or (column is not None and self.columns[column].name not in mark.columns):
            return ""
        if mark.kind is Kind.REMOVED:
            return self.tr("deleted since")
        return self.tr("differs from now") if column is not None else self.tr("changed since")

    def _hold(self, pages: list[Page]) -> None:
        self.pages = pages
        self.rows = [row for page in pages for row in page.rows]
        self.keys = [key for page in pages for key in page.keys]

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        hidden = self.columns[index.column()].hidden
        text = self.tr("hidden") if hidden else cell_text(self.cell(index.row(), index.column()))
        spoken = role == Qt.ItemDataRole.AccessibleTextRole
        words = self.mark_words(index.row(), index.column()) if spoken else ""
        return f"{text}, {words}" if words else text

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return shown_name(self.columns[section].name)
        if orientation is Qt.Orientation.Vertical and role == Qt.ItemDataRole.ToolTipRole:
            return self.mark_words(section)
        return None
