"""The tables of two schemas side by side: which is which, and which columns both have."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from steward_app.db.names import fold
from steward_app.services.audit.engine.own_tables import is_own_trigger
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.schema.fulltext import content_of, is_full_text
from steward_app.services.schema.model import Column, Schema, Table, TableKind

Named = TypeVar("Named", Table, Column)

WITH_ROWS = (TableKind.TABLE, TableKind.VIRTUAL)
"""The tables that a steward knows; what a virtual one keeps its rows in is told with it, or not at all."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A table before and after; one of them may be None.

    Attributes:
        columns: its columns before and after, in the order they have afterwards, those that are gone last.
    """

    old: Table | None
    new: Table | None
    columns: tuple[tuple[Column | None, Column | None], ...] = ()

    @property
    def name(self) -> str:
        """The name it has, or had."""
        table = self.new or self.old
        return table.name if table else ""

    @property
    def is_virtual(self) -> bool:
        """Whether a module keeps its rows, before or after."""
        return any(each is not None and each.kind is TableKind.VIRTUAL for each in (self.old, self.new))

    @property
    def shows_others(self) -> bool:
        """Whether the rows are those of another table, which a full-text index takes its texts from."""
        there = [each for each in (self.old, self.new) if each is not None]
        return all(is_full_text(each) and bool(content_of(each)) for each in there)


def without_ours(schema: Schema) -> Schema:
    """What the steward made: without the tables and triggers of this program."""
    kept = (table for table in schema.tables if not table.ours)
    return replace(
        schema,
        tables=tuple(
            replace(
                table,
                triggers=tuple(each for each in table.triggers if not is_own_trigger(each.name, table.name)),
            )
            for table in kept
        ),
    )


def pairs(
    before: Schema, after: Schema, names: Names, kinds: Collection[TableKind] = WITH_ROWS
) -> tuple[Pair, ...]:
    """The tables that hold rows, in the order of the schema afterwards, those that are gone last.

    Args:
        kinds: other ones than those with rows.
    """
    old = [table for table in before.tables if table.kind in kinds]
    was = _claimed(old, lambda table: names.table(table.name))
    new = (table for table in after.tables if table.kind in kinds)
    found = tuple(_pair(was.get(fold(table.name)), table, names) for table in new)
    kept = {pair.old.name for pair in found if pair.old}
    return (*found, *(Pair(table, None) for table in old if table.name not in kept))


def _pair(old: Table | None, new: Table, names: Names) -> Pair:
    if old is None:
        return Pair(None, new)
    was = _claimed(old.columns, lambda column: names.column(old.name, column.name))
    columns = [(was.get(fold(column.name)), column) for column in new.columns]
    kept = {column.name for column, _ in columns if column}
    gone = [(column, None) for column in old.columns if column.name not in kept]
    return Pair(old, new, (*columns, *gone))


def _claimed(those: Iterable[Named], now: Callable[[Named], str]) -> dict[str, Named]:
    """What was there, by its name afterwards; what was renamed comes before what had that name and is gone."""
    ordered = sorted(those, key=lambda each: now(each) != each.name)
    return {fold(now(each)): each for each in ordered}
