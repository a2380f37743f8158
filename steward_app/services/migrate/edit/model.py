"""What can be changed of a schema, as frozen values. Expressions and definitions are SQL; names are not quoted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

FIRST = "\x00first"
"""A column to stand behind: none, before all others. No name of a column can hold a NUL character."""


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A new column. `definition` is its name, type and constraints; `after` a column, FIRST, or "" for the end."""

    table: str
    definition: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class DropColumn:
    """A column and its values go."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """A column gets another name, in everything that names it, too."""

    table: str
    column: str
    name: str


@dataclass(frozen=True, slots=True)
class MoveColumn:
    """A column stands elsewhere: behind `after`, or FIRST."""

    table: str
    column: str
    after: str


@dataclass(frozen=True, slots=True)
class SetType:
    """A column is declared of another type, or with "" of none.

    Attributes:
        using: an expression over the old row that gives the new value, or "" for the value as SQLite converts it.
    """

    table: str
    column: str
    declared_type: str
    using: str = ""


@dataclass(frozen=True, slots=True)
class SetDefault:
    """A column's default, as it stands behind DEFAULT ("0", "'new'", "(datetime('now'))"), or "" for none."""

    table: str
    column: str
    default: str


@dataclass(frozen=True, slots=True)
class SetNotNull:
    """Whether a column must have a value.

    Attributes:
        fill: an expression over the row, for the rows that have none now, or "".
        conflict: what stands behind ON CONFLICT, or "".
    """

    table: str
    column: str
    on: bool
    fill: str = ""
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class SetCollation:
    """How a column compares texts, or with "" as SQLite does by default."""

    table: str
    column: str
    collation: str


@dataclass(frozen=True, slots=True)
class SetGenerated:
    """A column is computed from others, or with "" holds the values it has now as its own."""

    table: str
    column: str
    expression: str
    stored: bool = False


@dataclass(frozen=True, slots=True)
class AddConstraint:
    """A constraint of the table: CHECK (...), UNIQUE (...), FOREIGN KEY (...) REFERENCES ..., with its name."""

    table: str
    text: str


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """A constraint goes, of the table or of a column: the one of that name, else the one that reads so.

    Attributes:
        text: its text without CONSTRAINT and name, of a column's REFERENCES, UNIQUE or CHECK too. Spaces, comments and
            the case of keywords do not count.
        column: the column it stands at, or "" for one of the table.
    """

    table: str
    name: str = ""
    text: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class SetPrimaryKey:
    """The columns that name a row, in order; () for none. AUTOINCREMENT needs one INTEGER column."""

    table: str
    columns: tuple[str, ...]
    autoincrement: bool = False


@dataclass(frozen=True, slots=True)
class SetOption:
    """Whether a table is STRICT, or WITHOUT ROWID."""

    table: str
    option: Literal["STRICT", "WITHOUT ROWID"]
    on: bool


@dataclass(frozen=True, slots=True)
class RewriteTable:
    """A table says something else as a whole, under its name; it is written anew.

    Attributes:
        sql: its CREATE TABLE, stored as it is given.
        values: columns with an expression over the old row; any other holds what the old column of its name holds, or
            its default.
    """

    table: str
    sql: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RewriteVirtual:
    """A virtual table says something else under its name; it is made anew.

    Attributes:
        sql: its CREATE VIRTUAL TABLE, stored as it is given.
        copied: its rows are copied, as far as columns have the same name. Otherwise it is empty then.
    """

    table: str
    sql: str
    copied: bool = True


@dataclass(frozen=True, slots=True)
class FillFullText:
    """A full-text table gets its words from the table that it takes its text from."""

    table: str


@dataclass(frozen=True, slots=True)
class RenameTable:
    """A table gets another name, in everything that names it, too."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class SplitTable:
    """Columns move into a new table, of which a row belongs to each row of the old one by its key.

    Rules, indexes and remarks that are about these columns alone move along.

    Attributes:
        into: name of the new table.
        columns: what moves.
        key: name of the column that points back.
    """

    table: str
    into: str
    columns: tuple[str, ...]
    key: str


@dataclass(frozen=True, slots=True)
class MergeTable:
    """Columns of a table that points to this one, at most a row each, move into it, and that table goes.

    Rules, indexes and remarks that are about these columns alone move along. A row of that table that belongs to none
    of this one makes the migration fail.

    Attributes:
        merged: the table that goes.
        key: its column that points to `table`.
        names: its columns that are called otherwise from then on: as they are called, and as they will be.
        complete: a row of it belongs to each row, or the migration fails; what must have a value there still must.
            Otherwise a column of a row without one is NULL.
    """

    table: str
    merged: str
    key: str
    names: tuple[tuple[str, str], ...] = ()
    complete: bool = False


@dataclass(frozen=True, slots=True)
class CreateObject:
    """A table, index, view or trigger, by its CREATE statement."""

    sql: str


@dataclass(frozen=True, slots=True)
class DropObject:
    """A table, index, view or trigger goes, with what it holds. `if_there`: or went already, when it runs."""

    kind: Literal["table", "index", "view", "trigger"]
    name: str
    if_there: bool = False


@dataclass(frozen=True, slots=True)
class ReplaceObject:
    """An index, view or trigger says something else under the same name."""

    kind: Literal["index", "view", "trigger"]
    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Settle:
    """What was said of a table before is done: what follows sees its rows as they are then."""


TableEdit: TypeAlias = (
    AddColumn
    | DropColumn
    | RenameColumn
    | MoveColumn
    | SetType
    | SetDefault
    | SetNotNull
    | SetCollation
    | SetGenerated
    | AddConstraint
    | DropConstraint
    | SetPrimaryKey
    | SetOption
    | RewriteTable
    | RenameTable
)
Edit: TypeAlias = (
    TableEdit
    | SplitTable
    | MergeTable
    | RewriteVirtual
    | FillFullText
    | CreateObject
    | DropObject
    | ReplaceObject
    | Settle
)


@dataclass(frozen=True, slots=True)
class Written:
    """Edits as SQL.

    Attributes:
        statements: in order, each without a semicolon at its end; to be run in one transaction by the runner.
        rebuilt: tables that are written anew, row by row.
        notes: what a reader of the statements should know, in plain words.
    """

    statements: tuple[str, ...]
    rebuilt: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
