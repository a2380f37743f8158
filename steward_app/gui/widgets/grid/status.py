"""What a data table tells of itself."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.kernel.values import Key
from steward_app.services.rows import Filter, RowCount, Sort, SortCost


@dataclass(frozen=True, slots=True)
class RowRef:
    """A row that can be acted on: its key, and its number, which is about right when `exact` is False."""

    key: Key
    number: int
    exact: bool


@dataclass(frozen=True, slots=True)
class TableStatus:
    """What is shown: rows `first` to `last` of `total`."""

    first: int
    last: int
    exact: bool
    total: RowCount
    filter: Filter
    sort: Sort | None
    cost: SortCost | None
