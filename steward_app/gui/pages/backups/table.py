"""All restore points in a table: the same as the dots, in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QResizeEvent

from steward_app.catalog.points import Point
from steward_app.gui.format import integer, shown_name, size
from steward_app.gui.layout import fix
from steward_app.gui.look import px
from steward_app.gui.pages.backups.words import (
    STATES,
    capital,
    looked_at,
    moment,
    reason,
    state_word,
    whole_copy,
)
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.table import Column, SimpleTable

_STORE, _LOOKED_INTO, _ROWS, _NARROW = 2, 3, 5, 680


class PointTable(SimpleTable[Point]):
    """When each point was made, where it lies, how far it is proven, why it was made, how large it is."""

    def __init__(self) -> None:
        self._stores: Mapping[str, str] = {}
        self._alike: Collection[str] = ()
        columns = _columns(
            lambda point: self._stores.get(point.store_id, ""), lambda point: moment(point, self._alike)
        )
        super().__init__(_tr("All restore points"), columns, key=lambda point: point.id, side=16)
        self.setColumnHidden(_STORE, True)
        fix(self, least=200)

    def show_points(
        self, points: Sequence[Point], stores: Mapping[str, str], alike: Collection[str] = ()
    ) -> None:
        """Show these.

        Args:
            stores: names of the stores by id.
            alike: ids of those whose moments are told to the second.
        """
        self._stores, self._alike = stores, alike
        self.set_rows(points)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, when a point was looked into and its rows are left to its details."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        narrow = self.width() < px(_NARROW)
        self.setColumnHidden(_STORE, not self._stores)
        self.setColumnHidden(_LOOKED_INTO, narrow or bool(self._stores))
        counted = any(point.tables for point in self.rows)
        self.setColumnHidden(_ROWS, not counted or (narrow and bool(self._stores)))


def _columns(store: Callable[[Point], str], made: Callable[[Point], str]) -> list[Column[Point]]:
    def state(point: Point) -> Cell:
        tone, icon = STATES[point.state]
        return state_cell(state_word(point.state), tone, icon)

    return [
        Column(_tr("Made"), lambda point: capital(made(point)), 168, order=lambda point: point.made_at),
        Column(_tr("State"), state, 100, order=lambda point: list(STATES).index(point.state)),
        Column(_tr("Where"), lambda point: shown_name(store(point)) or whole_copy(), 144),
        Column(_tr("Looked into"), lambda point: Cell(looked_at(point), tone=Tone.MUTED), 164,
               order=lambda point: point.state_at),
        Column(_tr("Why"), _why),
        Column(_tr("Rows"), _rows, 76, right=True, order=lambda point: sum(t.rows for t in point.tables)),
        Column(_tr("Size"), lambda point: Cell(size(point.size_bytes), right=True), 84, right=True,
               order=lambda point: point.size_bytes),
    ]  # fmt: skip


def _why(point: Point) -> Cell:
    if point.held:
        return Cell(_tr("On legal hold: {why}").format(why=point.held), icon="lock")
    if point.warning:
        return Cell(point.warning, tone=Tone.WARNING, icon="triangle-alert")
    return Cell(reason(point))


def _rows(point: Point) -> Cell:
    return Cell(integer(sum(table.rows for table in point.tables)) if point.tables else "", right=True)


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
