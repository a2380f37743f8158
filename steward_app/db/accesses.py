"""What SQLite tells of a statement and of a column, before anything runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ColumnMetadata:
    """What SQLite itself says of a declared column (sqlite3_table_column_metadata)."""

    declared_type: str
    collation: str
    not_null: bool
    primary_key: bool
    autoincrement: bool


@dataclass(frozen=True, slots=True)
class Access:
    """One thing a statement would do, as SQLite's authorizer reports it.

    Attributes:
        action: the authorizer's name, e.g. "SQLITE_READ", "SQLITE_INSERT".
        table: table or view concerned, or "".
        column: column read or updated, or "" (also for count(*)-like reads).
        through: the view or trigger that does it, or "" for the statement itself.
    """

    action: str
    table: str
    column: str
    through: str
