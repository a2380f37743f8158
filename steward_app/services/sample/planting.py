"""Making rows wrong, and remembering which and how many."""

from __future__ import annotations

from collections.abc import Callable

from steward_app.kernel.values import SqlValue
from steward_app.services.sample.model import Planted
from steward_app.services.sample.world import Record, World


def text(row: Record, column: str) -> str:
    """A value that is text in clean rows."""
    value = row[column]
    if not isinstance(value, str):
        raise TypeError(f"{column} is not text")
    return value


def number(row: Record, column: str) -> float:
    """A value that is a number in clean rows."""
    value = row[column]
    if not isinstance(value, int | float):
        raise TypeError(f"{column} is not a number")
    return value


class Dirt:
    """Picks rows nobody touched yet, and keeps the list of what was done to them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = world.chance("dirt")
        self.planted: list[Planted] = []
        self._touched: set[int] = set()

    def pick(self, table: str, count: int, fit: Callable[[Record], bool] = lambda _: True) -> list[Record]:
        """That many rows of a table which fit and are clean so far, in their order."""
        rows = self.world.tables[table]
        clean = [place for place, row in enumerate(rows) if id(row) not in self._touched and fit(row)]
        picked = [rows[place] for place in sorted(self.chance.sample(clean, count))]
        self._touched.update(map(id, picked))
        return picked

    def add(self, table: str, **values: SqlValue) -> Record:
        """A row that should not be there."""
        row = self.world.put(table, **values)
        self._touched.add(id(row))
        return row

    def note(self, code: str, place: str, count: int, sentence: str, query: str) -> None:
        """Remember a kind of dirt. `place` is "table.column", more columns after commas."""
        table, _, columns = place.partition(".")
        self.planted.append(
            Planted(code, table, tuple(columns.split(", ")) if columns else (), count, sentence, query)
        )

    def next_id(self, table: str) -> int:
        """The number after the last one of a table."""
        return int(number(self.world.tables[table][-1], "id")) + 1
