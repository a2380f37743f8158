"""Where the steward was before a link was followed or another table was chosen."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.gui.widgets.data_table import DataTable
from steward_app.kernel.values import Key
from steward_app.services.rows import Filter, Sort

_MOST_STOPS = 50


@dataclass(frozen=True, slots=True)
class Stop:
    """A table with its filter, its order, and the row that was chosen."""

    table: str
    filter: Filter
    sort: Sort | None
    key: Key | None


class Trail:
    """The stops on the way here, the last on top."""

    def __init__(self) -> None:
        self._stops: list[Stop] = []

    def __bool__(self) -> bool:
        return bool(self._stops)

    def remember(self, rows: DataTable) -> None:
        """Put down where the steward stands."""
        source, status, current = rows.source, rows.status(), rows.current
        if source is None:
            return
        key = current.key if current is not None and source.key is not None else None
        stop = Stop(source.name, status.filter, status.sort, key)
        if not self._stops or self._stops[-1] != stop:
            self._stops = [*self._stops, stop][-_MOST_STOPS:]

    def back(self) -> Stop | None:
        """The last stop, which is then none any more."""
        return self._stops.pop() if self._stops else None
