"""Walks a stretch of the log back and notes, row by row, what has to be put in the place of what is there now.

Only what changes is held: of a row that was changed, the values of the cells that were; of one that was removed, all.
Where a row got another key, it is noted from which row the other cells come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from steward_app.db import fold
from steward_app.services.audit.engine.layout import layout
from steward_app.services.audit.engine.model import Key, Op, Value
from steward_app.services.audit.past.lineage import Version

_HEAD = 6  # seq, at, op, txn, rid, nrid


@dataclass(slots=True)
class Earlier:
    """A row as it was.

    Attributes:
        base: the key of the row, as it is now, that has the other cells; None where all are here.
        cells: values by place among the columns.
    """

    base: Key | None
    cells: dict[int, Value]


Folded: TypeAlias = dict[Key, Earlier | None]
"""The rows that a stretch touched, by key; None for one that was not there."""


@dataclass
class Stretch:
    """What walking back a stretch of the log gave.

    Attributes:
        rows: the rows before the first change of the stretch.
        unknown: places of columns of which values are not in the log.
        erased: removed rows whose values were erased: they do not come back.
        emptied: changes of which some values were erased: they come back as NULL.
        left: how the last changes of the stretch left the rows: values by place, or None for no row.
    """

    rows: Folded = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)
    erased: int = 0
    emptied: int = 0
    left: dict[Key, dict[int, Value] | None] = field(default_factory=dict)


class FoldBack:
    """Walks back over the log of one version of a table.

    Args:
        places: of the columns as they are called now, folded.
    """

    def __init__(self, version: Version, places: Mapping[str, int]) -> None:
        audited, made = version.audited, layout(version.audited)
        self._version = version
        self._by_rowid = audited.by_rowid
        now = {fold(then): fold(name) for then, name in version.columns.items()}
        target = [places.get(now.get(fold(name), "")) for name in made.columns]
        self._old = _HEAD + made.masks
        self._span = len(made.kept)
        self._new = self._old + self._span
        at = {place: index for index, place in enumerate(made.kept)}
        self._whole = [
            (self._old + index, to) for place, index in at.items() if (to := target[place]) is not None
        ]
        self._bits = []
        for place in made.flagged:
            mask, bit = made.bit(place)
            if (to := target[place]) is not None:
                self._bits.append((_HEAD + mask, bit, self._old + at[place] if place in at else None, to))
        self._unkept = {to for _, _, index, to in self._bits if index is None}
        self._alias = next(
            (to for name, to in zip(made.columns, target, strict=True) if fold(name) == fold(audited.alias)),
            None,
        )
        self._key = [(*made.bit(place), at[place]) for place in made.key]
        self._unnamed = [self._old + index for place, index in at.items() if place not in made.key]

    def run(self, records: Iterable[tuple[Value, ...]], stretch: Stretch, erased: Collection[int]) -> None:
        """Walk back.

        Args:
            records: of the log, descending.
            erased: numbers of changes from which values were erased.
        """
        rows = stretch.rows
        for record in records:
            before, after = self._keys(record)
            is_erased = record[0] in erased
            stretch.emptied += is_erased
            if record[2] == Op.UPDATE:
                row = rows[after] if after in rows else Earlier(after, {})
                left = stretch.left.setdefault(after, {})
                if before != after:
                    rows[after] = None
                    stretch.left.setdefault(before, None)
                if row is not None:
                    self._change(record, row, stretch, None if is_erased or row.base != after else left)
                rows[before] = row
            elif record[2] == Op.INSERT:
                stretch.left.setdefault(before, {})
                rows[before] = None
            elif record[0] in erased and all(record[index] is None for index in self._unnamed):
                rows[before] = None
                stretch.left.setdefault(before, None)
                stretch.erased += 1
                stretch.emptied -= 1
            else:
                cells = {to: record[index] for index, to in self._whole}
                if self._alias is not None:
                    cells[self._alias] = record[4]
                stretch.unknown |= self._unkept
                stretch.left.setdefault(before, None)
                rows[before] = Earlier(None, cells)

    def _change(
        self, record: tuple[Value, ...], row: Earlier, stretch: Stretch, left: dict[int, Value] | None
    ) -> None:
        for mask, bit, index, to in self._bits:
            if record[mask] & bit:  # type: ignore[operator]
                if index is None:
                    stretch.unknown.add(to)
                else:
                    if left is not None and to not in row.cells:
                        left[to] = record[index + self._span]
                    row.cells[to] = record[index]
        if record[5] is not None and self._alias is not None:
            row.cells[self._alias] = record[4]

    def _keys(self, record: tuple[Value, ...]) -> tuple[Key, Key]:
        """The keys before and after a change, as they are written now."""
        if self._by_rowid:
            before: Key = (record[4],)
            after = before if record[5] is None else (record[5],)
        elif record[2] == Op.INSERT:
            before = after = tuple(record[self._new + index] for _, _, index in self._key)
        else:
            before = tuple(record[self._old + index] for _, _, index in self._key)
            after = before
            if record[2] == Op.UPDATE:
                after = tuple(
                    record[(self._new if record[_HEAD + mask] & bit else self._old) + index]  # type: ignore[operator]
                    for mask, bit, index in self._key
                )
        return self._version.key_now(before), self._version.key_now(after)
