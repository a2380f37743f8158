"""Folds the log over the rows of a table, forward or backward, and insists that every value it tells was there.

A state is a dictionary: what names a row, and the values of its columns that are kept. It is held in memory, so this is
for tests, for small tables, and for parts of large ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from steward_app.db import Session, qualified, quote
from steward_app.services.audit.engine.model import (
    NOT_KEPT,
    AuditedTable,
    Change,
    Key,
    Mode,
    NotKept,
    Op,
    Value,
)
from steward_app.services.audit.engine.values import StoredValues, same

Image: TypeAlias = dict[str, "Value | NotKept"]
"""The kept columns of one row."""
State: TypeAlias = dict[Key, Image]


class DoesNotFit(Exception):
    """A change that tells something else than was there. The text holds no values.

    Attributes:
        seq: of the change.
        column: whose value it was, or "" where it was the row that should or should not have been there.
    """

    def __init__(self, seq: int, why: str, column: str = "") -> None:
        super().__init__(f"change {seq}: {why}")
        self.seq = seq
        self.column = column


def live(session: Session, audited: AuditedTable) -> State:
    """The rows of the table as they are now."""
    return dict(live_rows(session, audited))


def live_rows(session: Session, audited: AuditedTable) -> Iterator[tuple[Key, Image]]:
    """The rows of the table as they are now, one by one."""
    kept = [column.name for column in audited.columns if column.mode is Mode.FULL]
    number = quote(audited.rowid) if audited.by_rowid else "NULL"
    order = number if audited.by_rowid else ", ".join(map(quote, audited.primary_key))
    terms = [number, *map(quote, kept)]
    every = StoredValues(session).exactly(terms, f"FROM {qualified(audited.name)} ORDER BY {order}")
    for number_now, *values in every:
        image: Image = dict(zip(kept, values, strict=True))
        key = (number_now,) if audited.by_rowid else tuple(image[name] for name in audited.primary_key)
        yield key, image  # type: ignore[misc]  # of the key every value is kept


def forward(state: State, changes: Iterable[Change]) -> None:
    """Carry the changes out on a state, in order. Raises `DoesNotFit`."""
    for change in changes:
        if change.op is Op.INSERT:
            _put(state, change, change.key, {name: cell.new for name, cell in change.cells.items()})
            continue
        image = _take(state, change, change.key)
        for name, cell in change.cells.items():
            _expect(change, name, image, cell.old)
            if name in image:
                image[name] = cell.new
        if change.new_key is not None:
            _put(state, change, change.new_key, image)


def backward(state: State, changes: Iterable[Change]) -> None:
    """Take the changes back on a state; they come in the opposite order. Raises `DoesNotFit`."""
    for change in changes:
        if change.new_key is None:
            _put(state, change, change.key, {name: cell.old for name, cell in change.cells.items()})
            continue
        image = _take(state, change, change.new_key)
        for name, cell in change.cells.items():
            _expect(change, name, image, cell.new)
            if name in image:
                image[name] = cell.old
        if change.op is not Op.INSERT:
            _put(state, change, change.key, image)


def equal(one: State, other: State) -> bool:
    """Whether two states hold the same rows, in type and in bytes."""
    return one.keys() == other.keys() and all(
        image.keys() == other[key].keys() and all(same(v, other[key][name]) for name, v in image.items())
        for key, image in one.items()
    )


def _take(state: State, change: Change, key: Key) -> Image:
    image = state.pop(key, None)
    if image is None:
        raise DoesNotFit(change.seq, "the row was not there")
    return image


def _put(state: State, change: Change, key: Key, image: Image) -> None:
    if key in state:
        raise DoesNotFit(change.seq, "another row was there")
    state[key] = {name: value for name, value in image.items() if value is not NOT_KEPT}


def _expect(change: Change, name: str, image: Image, told: Value | NotKept) -> None:
    if told is NOT_KEPT:
        return
    if name not in image or not same(image[name], told):
        raise DoesNotFit(change.seq, "another value was there", name)
