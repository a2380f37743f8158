"""The schema of a file, as frozen values. Names are as written in the file: hostile, escaped only where shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from steward_app.kernel.finding import Finding


class TableKind(StrEnum):
    TABLE = "table"
    VIEW = "view"
    VIRTUAL = "virtual"
    SHADOW = "shadow"  # belongs to a virtual table; told by SQLite itself, never guessed from the name
    SYSTEM = "system"  # sqlite_schema, sqlite_sequence, sqlite_stat1


class Generated(StrEnum):
    NO = ""
    VIRTUAL = "virtual"
    STORED = "stored"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table or view.

    Attributes:
        position: place in the table, from 0, hidden ones counted.
        declared_type: as written, "" where there is none.
        affinity: "INTEGER", "TEXT", "BLOB", "REAL", "NUMERIC", by SQLite's rules for the declared type.
        not_null: declared or implied (STRICT and WITHOUT ROWID primary keys).
        default: text of the default expression, or None.
        key_position: place in the primary key from 1, or 0.
        rowid_alias: True when the column is another name for the rowid.
        collation: declared collating sequence, "BINARY" by default.
        hidden: hidden column of a virtual table.
        not_null_conflict: ON CONFLICT clause of NOT NULL, or "".
        comment: comment standing beside the column in the stored text, or "".
    """

    name: str
    position: int
    declared_type: str
    affinity: str
    not_null: bool = False
    default: str | None = None
    key_position: int = 0
    rowid_alias: bool = False
    autoincrement: bool = False
    collation: str = "BINARY"
    generated: Generated = Generated.NO
    generated_expression: str = ""
    hidden: bool = False
    not_null_conflict: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """The primary key. `nullable` is True where SQLite accepts NULL in it (a rowid table, not STRICT)."""

    columns: tuple[str, ...]
    name: str = ""
    conflict: str = ""
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Unique:
    """A UNIQUE constraint of the table's text, with the automatic index that enforces it."""

    columns: tuple[str, ...]
    index: str
    name: str = ""
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint; `column` is set where it stands in a column's definition."""

    expression: str
    name: str = ""
    column: str = ""


class Mismatch(StrEnum):
    """Why SQLite cannot use a foreign key. Each makes it an error to write the child or delete the parent."""

    NONE = ""
    NO_TABLE = "no_table"  # the parent table does not exist
    PARENT_IS_VIEW = "parent_is_view"
    NO_COLUMN = "no_column"  # a parent column does not exist
    NOT_UNIQUE = "not_unique"  # no primary key or full UNIQUE index covers the parent columns
    COLUMN_COUNT = "column_count"  # as many child columns as parent key columns are needed
    COLLATION = "collation"  # the unique index compares otherwise than the parent column
    PARTIAL_INDEX = "partial_index"  # the only unique index covers some rows only


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A declared foreign key, composite ones as one.

    Attributes:
        id: stable within the table: place in order of declaration, from 0.
        columns: child columns, in order.
        parent: parent table as written.
        parent_table: the table of the file it means (names compare without case), or "" when there is none.
        parent_columns: as written, or the parent's primary key where none is written; () when unknown.
        implicit: True when no parent columns are written.
        on_delete, on_update: "NO ACTION", "CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT".
        deferrable: "" or the clause as written, e.g. "DEFERRABLE INITIALLY DEFERRED".
        index: the child index that serves it, "INTEGER PRIMARY KEY" where its column is the rowid itself, or ""
            (deleting a parent then scans the child).
    """

    id: int
    columns: tuple[str, ...]
    parent: str
    parent_table: str
    parent_columns: tuple[str, ...]
    implicit: bool = False
    name: str = ""
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    match: str = ""
    deferrable: str = ""
    mismatch: Mismatch = Mismatch.NONE
    index: str = ""


@dataclass(frozen=True, slots=True)
class IndexColumn:
    """One term of an index: a column, the rowid, or an expression (then `name` is "" and `expression` set)."""

    name: str
    expression: str = ""
    descending: bool = False
    collation: str = "BINARY"


@dataclass(frozen=True, slots=True)
class Index:
    """An index. `origin` is "create" (CREATE INDEX), "unique" or "primary key" (made by a constraint)."""

    name: str
    table: str
    columns: tuple[IndexColumn, ...]
    unique: bool
    origin: str
    where: str = ""
    sql: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger.

    Attributes:
        timing: "BEFORE", "AFTER", "INSTEAD OF".
        event: "INSERT", "UPDATE", "DELETE".
        of_columns: columns of UPDATE OF, or ().
        when: text of the WHEN expression, or "".
        reads, writes: (table, column) pairs; column "" for whole rows. From SQLite's authorizer.
        temporary: True when it lives in the temp schema of our own connection only.
        problem: why it does not compile, in SQLite's words, or "".
    """

    name: str
    table: str
    timing: str
    event: str
    sql: str
    of_columns: tuple[str, ...] = ()
    when: str = ""
    reads: tuple[tuple[str, str], ...] = ()
    writes: tuple[tuple[str, str], ...] = ()
    temporary: bool = False
    problem: str = ""

    @property
    def occasion(self) -> tuple[str, str]:
        """What it fires at: of several with the same, SQLite fires the one first that was made last."""
        return self.timing, self.event


@dataclass(frozen=True, slots=True)
class Table:
    """A table, view, virtual or shadow table.

    Attributes:
        sql: the stored text, byte for byte; "" for system tables.
        parsed: False when the stored text could not be read: what only the text knows is then missing,
            and the text itself is to be shown.
        module: module of a virtual table, and `owner` the virtual table of a shadow table; else "".
        reads: for a view, the (table, column) pairs it reads, through other views too.
        made_of: for its columns the other columns that their values come of: for those of a view, generated ones,
            full text over another table, shadow tables.
        problem: why it cannot be used, in SQLite's words ("no such column: x"), or "".
        comment: comment standing in the stored text before the first column, or "".
        hazards: what is odd about its name (control, bidi, zero-width characters, look-alike), or ().
    """

    name: str
    kind: TableKind
    sql: str
    columns: tuple[Column, ...]
    primary_key: PrimaryKey | None = None
    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    without_rowid: bool = False
    strict: bool = False
    parsed: bool = True
    module: str = ""
    owner: str = ""
    reads: tuple[tuple[str, str], ...] = ()
    made_of: Mapping[tuple[str, str], frozenset[tuple[str, str]]] = field(
        default_factory=dict, repr=False, compare=False
    )
    problem: str = ""
    comment: str = ""
    hazards: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        """The column of that name as SQLite compares names, or None."""
        folded = name.casefold() if name.isascii() else name
        for column in self.columns:
            if column.name == name or (column.name.isascii() and column.name.casefold() == folded):
                return column
        return None

    @property
    def ours(self) -> bool:
        """Whether this program keeps its own record in it, which the steward did not make and need not mend."""
        return self.name.lower().startswith("_steward_")

    @property
    def rowid_name(self) -> str:
        """A name under which SQL reaches the rowid, or "" where there is none or columns took all three names."""
        if self.without_rowid or self.kind is TableKind.VIEW:
            return ""
        taken = {column.name.casefold() for column in self.columns if column.name.isascii()}
        return next((name for name in ("rowid", "_rowid_", "oid") if name not in taken), "")

    @property
    def key_columns(self) -> tuple[str, ...]:
        """Columns that name a row: the primary key where it can, else a name of the rowid; () without either."""
        if self.primary_key and not self.primary_key.nullable:
            return self.primary_key.columns
        return (self.rowid_name,) if self.rowid_name else ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file says of itself, by pragmas. Sizes in bytes."""

    page_size_bytes: int
    page_count: int
    free_pages: int
    encoding: str
    journal_mode: str
    auto_vacuum: str
    user_version: int
    application_id: int
    schema_version: int


@dataclass(frozen=True, slots=True)
class Schema:
    """Everything in the file.

    Attributes:
        hash: BLAKE3 over the stored (type, name, table, sql) of every object that is not SQLite's own, in order of
            name; hex. See `db.schema_hash`.
        tables: in the order of the file; the schema table itself last.
        safe_mode: True when the stored schema is damaged; what SQLite refuses is then read from its text alone.
        problems: what could not be read, as findings.
    """

    path: str
    hash: str
    settings: Settings
    tables: tuple[Table, ...]
    safe_mode: bool = False
    problems: tuple[Finding, ...] = ()

    def table(self, name: str) -> Table | None:
        """The table or view of that name as SQLite compares names, or None."""
        exact = next((table for table in self.tables if table.name == name), None)
        if exact or not name.isascii():
            return exact
        folded = name.casefold()
        return next((t for t in self.tables if t.name.isascii() and t.name.casefold() == folded), None)

    @property
    def unusable(self) -> frozenset[str]:
        """Names of the views and triggers that do not compile."""
        views = {table.name for table in self.tables if table.problem}
        triggers = {trigger.name for table in self.tables for trigger in table.triggers if trigger.problem}
        return frozenset(views | triggers)

    def problem_of(self, name: str) -> str:
        """Why the view or trigger of that name does not compile, in SQLite's words, or ""."""
        views = (table.problem for table in self.tables if table.name == name)
        triggers = (each.problem for table in self.tables for each in table.triggers if each.name == name)
        return next(filter(None, (*views, *triggers)), "")

    def broken_since(self, before: Schema) -> tuple[str, ...]:
        """What did compile before and does not any more: views, and triggers but for those on such a view."""
        lost = self.unusable - before.unusable
        hanging = {trigger.name for table in self.tables if table.name in lost for trigger in table.triggers}
        return tuple(sorted(lost - hanging))

    def referring(self, table: str) -> tuple[tuple[Table, ForeignKey], ...]:
        """Every declared foreign key that points to the table, with the table it stands in."""
        return tuple((t, key) for t in self.tables for key in t.foreign_keys if key.parent_table == table)
