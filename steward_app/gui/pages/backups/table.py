"""All restore points in a table: the same as the dots, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QResizeEvent

from steward_app.catalog.points import Point
from steward_app.gui.format import integer, size
from steward_app.gui.layout import fix
from steward_app.gui.look import px
from steward_app.gui.pages.backups.words import STATES, capital, looked_at, moment, reason, state_word
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.table import Column, SimpleTable

_LOOKED_INTO, _NARROW = 2, 680


class PointTable(SimpleTable[Point]):
    """When each point was made, how far it is proven, why it was made, how large it is."""

    def __init__(self) -> None:
        super().__init__(_tr("All restore points"), _columns(), key=lambda point: point.id, side=16)
        fix(self, least=200)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, when a point was looked into is left to its details."""
        super().resizeEvent(event)
        self.setColumnHidden(_LOOKED_INTO, self.width() < px(_NARROW))


def _columns() -> list[Column[Point]]:
    def state(point: Point) -> Cell:
        tone, icon = STATES[point.state]
        return state_cell(state_word(point.state), tone, icon)

    return [
        Column(_tr("Made"), lambda point: capital(moment(point)), 168, order=lambda point: point.made_at),
        Column(_tr("State"), state, 100, order=lambda point: list(STATES).index(point.state)),
        Column(_tr("Looked into"), lambda point: Cell(looked_at(point), tone=Tone.MUTED), 164,
               order=lambda point: point.state_at),
        Column(_tr("Why"), lambda point: Cell(reason(point))),
        Column(_tr("Rows"), _rows, 76, right=True, order=lambda point: sum(t.rows for t in point.tables)),
        Column(_tr("Size"), lambda point: Cell(size(point.size_bytes), right=True), 84, right=True,
               order=lambda point: point.size_bytes),
    ]  # fmt: skip


def _rows(point: Point) -> Cell:
    return Cell(integer(sum(table.rows for table in point.tables)) if point.tables else "", right=True)


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
