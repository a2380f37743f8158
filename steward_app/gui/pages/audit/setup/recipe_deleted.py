"""Rows that are deleted softly: which they are, and the way to bring them back. Keys that look personal are hidden."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import integer, plural, shown_name, when
from steward_app.gui.layout import vbox
from steward_app.gui.pages.audit.shown import key_text
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.parts import Parts
from steward_app.gui.widgets.surfaces import EmptyState
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.kernel import clock
from steward_app.kernel.values import Key
from steward_app.services.audit.recipes import DeletedRow, DeletedTable

MOST_ROWS = 500
"""How many of each table are listed, the newest."""


@dataclass(frozen=True, slots=True)
class _Line:
    of: DeletedTable
    row: DeletedRow

    @property
    def name(self) -> tuple[int, str, Key]:
        return self.of.recipe, self.of.table, self.row.key


class DeletedRows(QWidget):
    """The rows of one soft delete, of all its tables.

    Signals:
        changed: other rows are chosen, or other rows are shown.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.reveal = False
        self._found: tuple[DeletedTable, ...] = ()
        self.table: SimpleTable[_Line] = SimpleTable(
            _tr("Deleted rows"), self._columns(), key=lambda line: line.name, several=True, row_height=32
        )
        none = EmptyState(
            "trash-2",
            _tr("No row is deleted"),
            _tr(
                "Rows that a soft delete marks as deleted stand here, until they are brought back or purged."
            ),
        )
        self._parts = Parts()
        for widget in (self.table, none):
            self._parts.addWidget(widget)
        whole = vbox(self._parts)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self.changed.emit())

    def show_found(self, found: Iterable[DeletedTable]) -> None:
        """Show what was read."""
        self._found = tuple(found)
        lines = [_Line(of, row) for of in self._found for row in of.rows]
        self.table.set_rows(lines)
        self._parts.setCurrentIndex(0 if lines else 1)
        self.changed.emit()

    @property
    def chosen(self) -> tuple[DeletedTable, tuple[Key, ...]] | None:
        """The table and the keys of the rows that are chosen; None where none is, or rows of several tables are."""
        lines = self.table.selected
        tables = {(line.of.recipe, line.of.table) for line in lines}
        return (lines[0].of, tuple(line.row.key for line in lines)) if len(tables) == 1 else None

    @property
    def why_not(self) -> str:
        """Why the rows that are chosen cannot be brought back; "" where they can."""
        if not self.table.selected:
            return _tr("Choose the rows that are to come back.")
        return (
            "" if self.chosen is not None else _tr("Choose rows of one table; what followed them comes, too.")
        )

    @property
    def hides(self) -> bool:
        """Whether keys of some rows look personal."""
        return any(each.personal and each.rows for each in self._found)

    @property
    def words(self) -> str:
        """How many there are."""
        count, followed = sum(each.count for each in self._found), sum(each.followed for each in self._found)
        listed = sum(len(each.rows) for each in self._found)
        said = plural(count, _tr("deleted row"), _tr("deleted rows"))
        if followed:
            said = _tr("{rows}, {count} of them with another row").format(rows=said, count=integer(followed))
        if listed < count:
            said = _tr("{rows}; the newest {count} are listed").format(rows=said, count=integer(listed))
        return said

    def show_keys(self, reveal: bool) -> None:
        """Show keys that look personal, or hide them again."""
        self.reveal = reveal
        self.table.set_rows(self.table.rows)
        self.table.viewport().update()
        self.changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Who leaves does not leave keys open."""
        super().hideEvent(event)
        if self.reveal and not event.spontaneous():
            self.show_keys(False)

    def _columns(self) -> tuple[Column[_Line], ...]:
        return (
            Column(_tr("Row"), lambda line: Cell(self._key(line), mono=True)),
            Column(_tr("Table"), lambda line: Cell(shown_name(line.of.table), mono=True), width=130),
            Column(
                _tr("Deleted"),
                lambda line: Cell(_when(line.row.since)),
                width=156,
                order=lambda line: line.row.since,
            ),
            Column(_tr("How"), lambda line: Cell(_how(line.row), tone=Tone.MUTED), width=130),
        )

    def _key(self, line: _Line) -> str:
        return key_text(line.row.key, line.of.key_columns, () if self.reveal else line.of.personal)


def _when(since: str) -> str:
    return when(clock.from_text(since), to_second=True) if since else _tr("not known")


def _how(row: DeletedRow) -> str:
    return _tr("with another row") if row.followed else _tr("by itself")


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
