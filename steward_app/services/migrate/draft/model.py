"""What a steward wants a table to be, as frozen values. Names are not quoted; what is SQL is called so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from steward_app.services.migrate.edit.text import written

ObjectKind = Literal["index", "view", "trigger"]


class RuleKind(StrEnum):
    """What a rule says."""

    CHECK = "check"
    UNIQUE = "unique"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class DraftColumn:
    """A column.

    Attributes:
        was: its name in the file, or "" for a new one.
        default: as it stands behind DEFAULT, or "".
        fill: SQL over the row, for the rows without a value, once it must have one.
        using: SQL over the row, for the values once the type is another.
        collation: "" where none is declared.
        generated: SQL it is computed from, or "".
        key: place in the primary key from 1, or 0.
    """

    name: str
    was: str = ""
    declared_type: str = ""
    not_null: bool = False
    default: str = ""
    fill: str = ""
    using: str = ""
    collation: str = ""
    generated: str = ""
    stored: bool = False
    key: int = 0

    @property
    def definition(self) -> str:
        """Its text in a CREATE TABLE, without the primary key; NOT NULL only where no row must be filled first."""
        parts = [written(self.name), self.declared_type]
        if self.not_null and not self.fill:
            parts.append("NOT NULL")
        if self.default and not self.generated:
            parts.append(f"DEFAULT {self.default}")
        if self.collation:
            parts.append(f"COLLATE {written(self.collation)}")
        if self.generated:
            parts.append(f"GENERATED ALWAYS AS ({self.generated}) {'STORED' if self.stored else 'VIRTUAL'}")
        return " ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Rule:
    """A CHECK, UNIQUE or foreign key.

    Attributes:
        was: place among the table's rules in the file, from 0, or -1 for a new one.
        body: SQL: the condition of a CHECK, the columns of the others as they stand between the brackets.
        parent: the table a link points to.
        parent_columns: SQL, as it stands between the brackets, or "" for the primary key.
        deferrable: the clause, or "".
        conflict: what stands behind ON CONFLICT, or "".
    """

    kind: RuleKind
    body: str = ""
    name: str = ""
    was: int = -1
    parent: str = ""
    parent_columns: str = ""
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    deferrable: str = ""
    conflict: str = ""

    @property
    def sql(self) -> str:
        """Its text as a constraint of the table."""
        head = f"CONSTRAINT {written(self.name)} " if self.name else ""
        if self.kind is RuleKind.LINK:
            return head + self._link()
        conflict = f" ON CONFLICT {self.conflict}" if self.conflict else ""
        return f"{head}{self.kind.upper()} ({self.body}){conflict}"

    def _link(self) -> str:
        columns = f"({self.parent_columns})" if self.parent_columns else ""
        parts = [f"FOREIGN KEY ({self.body}) REFERENCES {written(self.parent)}{columns}"]
        for event, action in (("DELETE", self.on_delete), ("UPDATE", self.on_update)):
            if action != "NO ACTION":
                parts.append(f"ON {event} {action}")
        return " ".join(filter(None, [*parts, self.deferrable]))


@dataclass(frozen=True, slots=True)
class DraftObject:
    """An index, trigger or view, as its CREATE statement; `was` is its name in the file, or "" for a new one."""

    kind: ObjectKind
    sql: str
    was: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A table with what belongs to it.

    Attributes:
        was: its name in the file, or "" for a new one.
        objects: its indexes and triggers, the triggers on the views that read it, and these views.
        gone: the table is to go, with its rows.
    """

    name: str
    was: str = ""
    columns: tuple[DraftColumn, ...] = ()
    rules: tuple[Rule, ...] = ()
    objects: tuple[DraftObject, ...] = ()
    strict: bool = False
    without_rowid: bool = False
    autoincrement: bool = False
    gone: bool = False

    @property
    def key(self) -> tuple[DraftColumn, ...]:
        """The columns of the primary key, in its order."""
        return tuple(sorted((column for column in self.columns if column.key), key=lambda each: each.key))

    @property
    def sql(self) -> str:
        """The text of a new table."""
        lines = [self._column(column) for column in self.columns]
        if len(self.key) > 1:
            lines.append(f"PRIMARY KEY ({', '.join(written(column.name) for column in self.key)})")
        lines += [rule.sql for rule in self.rules]
        options = [
            word for word, holds in (("WITHOUT ROWID", self.without_rowid), ("STRICT", self.strict)) if holds
        ]
        inside = ",\n".join(f"    {line}" for line in lines)
        tail = f" {', '.join(options)}" if options else ""
        return f"CREATE TABLE {written(self.name)} (\n{inside}\n){tail}"

    def _column(self, column: DraftColumn) -> str:
        if self.key != (column,):
            return column.definition
        counting = " AUTOINCREMENT" if self.autoincrement else ""
        head = " ".join(filter(None, [written(column.name), column.declared_type]))
        return f"{head} PRIMARY KEY{counting}{column.definition[len(head) :]}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a draft something stands: a part, its number there, and the field; a view of it may show it there."""

    part: Literal["table", "column", "rule", "object", ""] = ""
    number: int = 0
    field: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is in the way, in plain words, at its place."""

    place: Place
    sentence: str
