"""All restore points in a table: the same as the dots, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from steward_app.catalog.points import Point
from steward_app.gui.format import integer, size, when
from steward_app.gui.look import px
from steward_app.gui.pages.backups.words import STATES, capital, moment, reason, state_word
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.kernel.clock import from_text

LOOKED_INTO = 2
"""The column that can go where there is little room."""


def points_table(*, side: float = 16) -> SimpleTable[Point]:
    """A table of points: when, how far it is proven, why, how large."""

    def state(point: Point) -> Cell:
        tone, icon = STATES[point.state]
        return state_cell(state_word(point.state), tone, icon)

    columns: list[Column[Point]] = [
        Column(_tr("Made"), lambda point: capital(moment(point)), 168, order=lambda point: point.made_at),
        Column(_tr("State"), state, 100, order=lambda point: list(STATES).index(point.state)),
        Column(_tr("Looked into"), lambda point: Cell(when(from_text(point.state_at)), tone=Tone.MUTED), 164,
               order=lambda point: point.state_at),
        Column(_tr("Why"), lambda point: Cell(reason(point))),
        Column(_tr("Rows"), _rows, 76, right=True, order=lambda point: sum(t.rows for t in point.tables)),
        Column(_tr("Size"), lambda point: Cell(size(point.size_bytes), right=True), 84, right=True,
               order=lambda point: point.size_bytes),
    ]  # fmt: skip
    table: SimpleTable[Point] = SimpleTable(
        _tr("All restore points"), columns, key=lambda point: point.id, side=side
    )
    table.setMinimumHeight(px(200))
    return table


def _rows(point: Point) -> Cell:
    return Cell(integer(sum(table.rows for table in point.tables)) if point.tables else "", right=True)


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
