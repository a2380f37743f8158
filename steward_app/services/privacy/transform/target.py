"""Where a step is made for: a column of a table, and what its rule says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from steward_app.db import quote
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform import dealt
from steward_app.services.privacy.transform.model import ROW
from steward_app.services.privacy.transform.options import BadOption, Options
from steward_app.services.schema.model import Column, Table

_NUMERIC = frozenset({"INTEGER", "REAL", "NUMERIC"})
_EMPTY: Mapping[str, SqlValue] = {"TEXT": "", "BLOB": b"", "INTEGER": 0, "REAL": 0.0, "NUMERIC": 0}


@dataclass(slots=True)
class Target:
    """Where a step is made for.

    Attributes:
        place: of the column in a batch.
        reads: what is read of the table; a step that needs more appends it.
        names: of the columns that `reads` begins with.
    """

    table: Table
    column: Column
    rule: Rule
    place: int
    names: tuple[str, ...]
    reads: list[str]

    @property
    def options(self) -> Options:
        return Options(self.rule.options)

    @property
    def inside(self) -> bool:
        """It is about a path inside the JSON of the column."""
        return bool(self.rule.place.path)

    @property
    def numeric(self) -> bool:
        """The column takes what looks like a number for one, or takes nothing else."""
        return not self.inside and self.column.affinity in _NUMERIC

    @property
    def nullable(self) -> bool:
        return self.inside or not (self.column.not_null or self.column.rowid_alias)

    def otherwise(self, value: SqlValue) -> SqlValue:
        """What stands for a value that a technique cannot work with: NULL, or what is empty in this column."""
        del value
        return None if self.nullable else self.empty

    @property
    def empty(self) -> SqlValue:
        if self.table.strict and self.column.declared_type.upper() == "ANY":
            return ""
        return _EMPTY[self.column.affinity]

    def also_read(self, sql: str) -> int:
        """Where in a batch stands what an expression gives."""
        if sql not in self.reads:
            self.reads.append(sql)
        return self.reads.index(sql)

    def row_places(self) -> list[int]:
        """Where in a batch stands what names the row: its key, or all that it holds."""
        names = dealt.row_keys(self.table) or self.names
        return [self.also_read(f"{ROW}.{quote(name)}") for name in names]

    def named(self, name: str) -> str:
        """A column of the table, as it is written. Raises `BadOption` where there is none of that name."""
        column = self.table.column(name)
        if column is None:
            raise BadOption(f"there is no column {name} in {self.table.name}")
        return column.name

    def column_at(self, name: str) -> int:
        """Where in a batch a column stands. Raises `BadOption` where the table has none of that name."""
        return self.also_read(f"{ROW}.{quote(self.named(name))}")
