"""What carries the rules of a copy out: a table's rows go in by the batch, and come out changed.

Whoever copies reads, for each table, the expressions of `TableTransform.reads`, on the session that `prepare` was given
and in the same snapshot, and writes what `apply` gives into `TableTransform.columns`:

    with prepare(session, schema, rules, key, context) as transforms:
        table = transforms.table("patient")
        sql = f"SELECT {', '.join(table.reads)} FROM main.{quote('patient')} AS {ROW}"
        rows = table.apply(batch)
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from steward_app.kernel.finding import Finding
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.rules import ReleaseRules

if TYPE_CHECKING:
    from steward_app.services.privacy.transform.effects import Effect
    from steward_app.services.privacy.transform.joined import Joined
    from steward_app.services.privacy.transform.together import Together

ROW = "t"
"""The name by which the expressions of `TableTransform.reads` call the table that is read."""

Column = Sequence[SqlValue]


class Batch:
    """Rows as columns, as they stand in the original. Columns by their place in `TableTransform.reads`."""

    __slots__ = ("columns", "size")

    def __init__(self, rows: Sequence[Row], width: int) -> None:
        self.size = len(rows)
        self.columns: list[Column] = list(zip(*rows, strict=True)) if rows else [()] * width

    def again(self, rows: Sequence[int]) -> Batch:
        """Some of the rows, as often as they are named: for the values inside a cell, which have its row."""
        batch = Batch((), 0)
        batch.size = len(rows)
        batch.columns = [[column[row] for row in rows] for column in self.columns]
        return batch

    def rows_of(self, places: Sequence[int]) -> list[Row]:
        """The values of some columns, row by row."""
        return list(zip(*(self.columns[place] for place in places), strict=True))


class Step(Protocol):
    """Gives the new values of one column for a batch. NULL stays NULL unless the technique says otherwise."""

    def __call__(self, values: Column, batch: Batch) -> Column: ...


@runtime_checkable
class Remembers(Protocol):
    """A step that remembers what became of values."""

    def remember_at_most(self, size_bytes: int) -> None: ...


def remember_at_most(steps: Iterable[Step], size_bytes: int) -> None:
    """Let steps hold no more memory than that together; 0 makes them forget."""
    remembering = [step for step in steps if isinstance(step, Remembers)]
    for step in remembering:
        step.remember_at_most(size_bytes // len(remembering))


@dataclass(frozen=True, slots=True)
class TableTransform:
    """What becomes of one table.

    Attributes:
        table: as written in the file.
        columns: what is written: every stored column in the order of the table; generated ones are left out.
        reads: what is read, as SQL over the table called `ROW`: the columns, in that order, then whatever the
            techniques need to know of a row (its rowid, the person it belongs to, the value that is dealt to it).
        steps: by place in `columns`; a column without one stays as it is.
        together: what changes some of these columns in one go, as their steps would.
    """

    table: str
    columns: tuple[str, ...]
    reads: tuple[str, ...]
    steps: Mapping[int, Step]
    together: Together | None = None

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of the columns that are changed."""
        return tuple(self.columns[place] for place in sorted(self.steps))

    @contextmanager
    def remembering(self, size_bytes: int) -> Iterator[None]:
        """In the block the steps remember what became of values, in no more memory than that; then they forget it."""
        self._remember_at_most(size_bytes)
        try:
            yield
        finally:
            self._remember_at_most(0)

    def apply(self, rows: Sequence[Row]) -> list[Row]:
        """The rows as the copy has them, in the same order.

        Args:
            rows: values of `reads`. Some ten thousand at a time are fast; the result does not depend on it.
        """
        return list(zip(*self.changed_columns(rows)[: len(self.columns)], strict=True)) if rows else []

    def changed_columns(self, rows: Sequence[Row]) -> list[Column]:
        """As `apply`, column by column; what was read besides follows the columns, as it was read."""
        with nothing_collected():
            batch = Batch(rows, len(self.reads))
            columns = list(batch.columns)
            done = self.together.places if self.together else ()
            for place, column in self.together.changed(batch) if self.together else ():
                columns[place] = column
            for place, step in self.steps.items():
                if place not in done:
                    columns[place] = step(batch.columns[place], batch)
            return columns

    def joined(self) -> Joined | None:
        """How to read the next rows with fewer values; None where they are read as `reads` says."""
        if self.together is None or len(self.reads) > len(self.columns):
            return None
        return self.together.joined(self.reads, self.steps)

    def changed_joined(self, rows: Sequence[Row], joined: Joined) -> list[Column] | None:
        """As `changed_columns`, of rows that were read in this way.

        None where they are to be read as `reads` says: `joined` gives None from now on.
        """
        with nothing_collected():
            columns = joined.columns(rows)
            if columns is None:
                return None
            nothing_else = Batch((), 0)
            for place, step in self.steps.items():
                if place not in joined.places:
                    columns[place] = step(columns[place], nothing_else)
            return columns

    def _remember_at_most(self, size_bytes: int) -> None:
        """Half of it for whole rows, where they are remembered: what is found there is not looked for elsewhere."""
        left = size_bytes
        if self.together:
            self.together.remember_at_most(size_bytes // 2)
            left -= size_bytes // 2
        remember_at_most(self.steps.values(), left)


@contextmanager
def nothing_collected() -> Iterator[None]:
    """In the block, Python does not look for cycles among the tuples of rows: there are none, and it takes long."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@dataclass(frozen=True, slots=True)
class Asked:
    """What transforms were made from, for another process that makes them too."""

    rules: ReleaseRules
    key: bytes = field(repr=False)


@dataclass(slots=True)
class Transforms:
    """What becomes of a database. Use it in a `with` block: it leaves nothing in `temp` behind.

    Attributes:
        rules: as they are carried out: those of the policy, and what foreign keys extend them to.
        notes: what was extended, and what else is worth knowing; never blocking.
        effects: of the rules that make values coarser, what they do to the values there are.
        asked: what they were made from, where they were made from rules.
    """

    rules: ReleaseRules
    tables: Mapping[str, TableTransform]
    notes: tuple[Finding, ...] = ()
    reasons: Mapping[Place, str] = field(default_factory=dict)
    effects: Mapping[Place, Effect] = field(default_factory=dict)
    on_close: Callable[[], None] = lambda: None
    asked: Asked | None = None

    def table(self, name: str) -> TableTransform | None:
        """What becomes of a table, or None where no rule concerns it."""
        return self.tables.get(name)

    def permitted(self, place: Place) -> str:
        """Why an original value of this place may stand in it in the copy: "shuffled", "small domain"; "" if not."""
        return self.reasons.get(place, "")

    def close(self) -> None:
        """Take the tables away that were made in `temp`."""
        self.on_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
