"""A column on its way to another name, type or shape, as frozen values that the file itself keeps meanwhile."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from blake3 import blake3

from steward_app.catalog.policy_names import Twin
from steward_app.db.names import fold, quote
from steward_app.services.migrate.rehearsal.model import Renamed

PREFIX = "_steward_expand_"
"""How the names begin of what an expansion keeps in a file; a migration may make and drop them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column that is to take the place of an old one.

    Attributes:
        declared_type: as it is to be written; None for that of the old column.
        value: an expression over the old column, or "" for its value as SQLite converts it.
    """

    name: str
    declared_type: str | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A new column beside an old one.

    Attributes:
        value_sql: SQL that makes its value from the old column.
        exact: whether values of other storage classes differ, since the column keeps any class.
        default: what it holds in a row whose program does not name it, as SQL.
        default_class: `typeof` of that.
    """

    name: str
    declared_type: str
    value_sql: str
    exact: bool
    default: str = "NULL"
    default_class: str = "null"


@dataclass(frozen=True, slots=True)
class Expansion:
    """An old column and the new ones, kept alike by triggers.

    Attributes:
        old: the old column.
        back: SQL that makes the old column's value from the new ones.
        back_exact: as `NewColumn.exact`, of the old column.
        default: the old column's default as it is stored, as SQL; "NULL" for none.
        computed: the default is computed anew for each row, so that it tells nothing about who wrote.
        must: the old column must have a value. Triggers see to it meanwhile where `relaxed`.
        relaxed: its NOT NULL is lifted, since new programs do not name it.
        conflict: what stands behind ON CONFLICT of its NOT NULL, or "".
        key: columns that name a row.
        renames: one new column with the same type and values.
        indexes: names of indexes of the new column that stand in for those of the old one.
    """

    table: str
    old: str
    new: tuple[NewColumn, ...]
    back: str
    back_exact: bool
    default: str
    default_class: str
    computed: bool
    must: bool
    relaxed: bool
    conflict: str
    key: tuple[str, ...]
    renames: bool
    indexes: tuple[str, ...] = ()

    @property
    def record(self) -> str:
        """Name of the table of ours that knows of it; what it keeps besides begins with this, too."""
        return record_name(self.table, self.old)

    @property
    def into(self) -> tuple[str, ...]:
        """The names of the new columns."""
        return tuple(each.name for each in self.new)

    def twins(self, *, ends: bool = False) -> tuple[Renamed, ...]:
        """The new columns as the policy follows them: they come to stand beside the old one, or it ends for them."""
        alike, part = (Twin.GOES, Twin.PART_GOES) if ends else (Twin.BESIDE, Twin.PART_BESIDE)
        return tuple(
            Renamed(self.table, self.old, each.name, twin=alike if self.says_the_same(each) else part)
            for each in self.new
        )

    def says_the_same(self, new: NewColumn) -> bool:
        """Whether a new column holds the values of the old one, be it as SQLite converts them."""
        return len(self.new) == 1 and new.value_sql == quote(self.old)

    @property
    def triggers(self) -> tuple[str, ...]:
        """The names of the triggers that keep the columns alike."""
        return tuple(
            f"{self.record}_{each}" for each in ("insert_new", "insert_old", "update_new", "update_old")
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a file is on the way from the old column to the new ones.

    Attributes:
        since: when it was expanded; RFC 3339 in UTC, as all moments here.
        filled: whether the backfill has begun.
        rows: rows of the table.
        disagreeing: rows whose old and new columns do not say the same.
        richer: rows whose old column holds what the new ones do not lead back to.
        old_writes, new_writes: values that were written under the old name, and under the new ones.
        old_last, new_last: when that was last, or "".
        lost: triggers that should be there and are not.
        apart: why the columns are not kept alike any more, or "".
    """

    expansion: Expansion
    since: str
    filled: bool
    rows: int
    disagreeing: int
    old_writes: int
    old_last: str
    new_writes: int
    new_last: str
    richer: int = 0
    lost: tuple[str, ...] = ()
    apart: str = ""


def record_name(table: str, column: str) -> str:
    """The name of the table of ours for a column: its own may hold anything and be long."""
    return PREFIX + blake3(f"{fold(table)}\x00{fold(column)}".encode()).hexdigest()[:10]


def to_json(expansion: Expansion) -> str:
    """An expansion as a text of ASCII letters."""
    return json.dumps(asdict(expansion), ensure_ascii=True)


def from_json(text: str) -> Expansion:
    """The inverse of `to_json`. Raises ValueError, TypeError or KeyError for anything else."""
    said: dict[str, Any] = json.loads(text)
    new = tuple(NewColumn(**each) for each in said.pop("new"))
    return Expansion(new=new, key=tuple(said.pop("key")), indexes=tuple(said.pop("indexes")), **said)
