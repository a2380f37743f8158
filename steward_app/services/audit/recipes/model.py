"""What a recipe is, and what is asked of the operations on it, as frozen values. Names are as written in the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from steward_app.kernel.values import Key
from steward_app.services.audit.guard.armed import State


class What(StrEnum):
    """The kinds of recipes."""

    UPDATED_AT = "updated_at"
    SOFT_DELETE = "soft_delete"
    IMMUTABLE = "immutable"
    APPEND_ONLY = "append_only"
    STATUS_LOG = "status_log"


class Form(StrEnum):
    """How a moment, in UTC, is written in a column."""

    ISO = "iso"  # 2026-11-20T21:31:24.123Z
    DATETIME = "datetime"  # 2026-11-20 21:31:24
    UNIX = "unix"  # seconds since 1970
    UNIX_MS = "unix_ms"  # milliseconds since 1970
    JULIAN = "julian"  # days, as julianday() has them


class OnDelete(StrEnum):
    """What becomes of a DELETE of a row that is to be deleted softly."""

    STAMP = "stamp"  # the row is stamped as deleted, and stays
    REFUSE = "refuse"  # the statement fails; programs set the column themselves


@dataclass(frozen=True, slots=True)
class UpdatedAt:
    """A column says when its row was last changed.

    Attributes:
        form: None for the one its values have; ISO where there are none.
    """

    table: str
    column: str = "updated_at"
    form: Form | None = None

    @property
    def what(self) -> What:
        return What.UPDATED_AT


@dataclass(frozen=True, slots=True)
class SoftDelete:
    """Rows are marked as deleted, their children with them, and purged after some days.

    Attributes:
        follow: tables whose rows follow their parents although their foreign keys do not say ON DELETE CASCADE.
        grace_days: how long a deleted row stays before it may be purged.
    """

    table: str
    column: str = "deleted_at"
    form: Form | None = None
    grace_days: int = 30
    follow: tuple[str, ...] = ()
    on_delete: OnDelete = OnDelete.STAMP

    @property
    def what(self) -> What:
        return What.SOFT_DELETE


@dataclass(frozen=True, slots=True)
class Immutable:
    """The values of some columns never change.

    Attributes:
        once_set: a NULL may still become a value.
    """

    table: str
    columns: tuple[str, ...]
    once_set: bool = False

    @property
    def what(self) -> What:
        return What.IMMUTABLE


@dataclass(frozen=True, slots=True)
class AppendOnly:
    """Rows are added, and never changed or removed."""

    table: str

    @property
    def what(self) -> What:
        return What.APPEND_ONLY


@dataclass(frozen=True, slots=True)
class StatusLog:
    """A table of its own tells each value that a column had, and from when.

    Attributes:
        log: its name; "" for one made from the names of table and column.
        signed: it says who, as far as the audit knows; None for "where the file has an audit".
    """

    table: str
    column: str
    log: str = ""
    form: Form | None = None
    signed: bool | None = None

    @property
    def what(self) -> What:
        return What.STATUS_LOG


Spec: TypeAlias = UpdatedAt | SoftDelete | Immutable | AppendOnly | StatusLog
"""What a recipe is to do."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of a recipe: its name, the table it stands at, and its text exactly as SQLite stores it."""

    name: str
    table: str
    sql: str


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column that a recipe needs and a table does not have yet."""

    table: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe as it stands in the file.

    Attributes:
        id: its number in this file.
        tables: those it writes to or watches, the one it was asked for first.
        columns: those it added, as (table, column).
        log: the table it made that holds the steward's data, or "".
        hashes: of the text of each trigger, by name; `places` says at which table it was made.
        purging: rows are being purged: DELETE really deletes. Never so in a committed file, unless somebody set it.
    """

    id: int
    spec: Spec
    tables: tuple[str, ...]
    columns: tuple[tuple[str, str], ...] = ()
    log: str = ""
    hashes: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    made_us: int = 0
    purging: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry in the list of recipes that somebody wrote, and wrongly.

    Attributes:
        id: its number; 0 for the list itself.
        why: what is wrong with it.
    """

    id: int
    why: str


@dataclass(frozen=True, slots=True)
class RecipeStatus:
    """How it stands with a recipe.

    Attributes:
        id: its number; 0 for the list of recipes itself, where that cannot be used.
        what, spec: None where its entry in the list cannot be read.
        table: the name of its table now; "" where it is gone.
        state: "armed", or what is wrong: "stale", "bypassed", "disarmed".
        why: what is not as it should be, a sentence each.
        sentence: what it does.
        added_columns, log: what it made that holds data, "table.column" each.
    """

    id: int
    what: What | None
    table: str
    tables: tuple[str, ...]
    state: State
    why: tuple[str, ...]
    sentence: str
    spec: Spec | None
    added_columns: tuple[str, ...] = ()
    log: str = ""


@dataclass(frozen=True, slots=True)
class AddRequest:
    """Install a recipe."""

    path: Path
    database_id: str
    spec: Spec


@dataclass(frozen=True, slots=True)
class RemoveRequest:
    """Remove recipes.

    Attributes:
        ids: which; empty for all.
        drop_data: the columns they added and the log tables they made go, too.
        drop_empty: the same, but only where they hold nothing.
    """

    path: Path
    database_id: str
    ids: tuple[int, ...] = ()
    drop_data: bool = False
    drop_empty: bool = False


@dataclass(frozen=True, slots=True)
class RenewRequest:
    """Make the triggers of recipes again, for the tables as they are now.

    Attributes:
        ids: which; empty for all that are not as they should be.
    """

    path: Path
    database_id: str
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PurgeRequest:
    """Remove the rows for good that were deleted softly longer ago than the days of grace.

    Attributes:
        ids: of which recipes; empty for all soft deletes.
    """

    path: Path
    database_id: str
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """Bring rows back that were deleted softly, with what followed them.

    Attributes:
        keys: of the rows, by the columns that `DeletedTable` names.
        id: of which recipe; None for the one that deletes rows of the table softly.
    """

    path: Path
    database_id: str
    table: str
    keys: tuple[Key, ...]
    id: int | None = None


@dataclass(frozen=True, slots=True)
class DeletedRow:
    """A row that is deleted softly.

    Attributes:
        key: its key, by the columns of its table.
        since: when it was deleted; RFC 3339, UTC, "" where that cannot be read.
        followed: it was deleted with a row that it belongs to, and comes back with that one.
    """

    key: Key
    since: str
    followed: bool


@dataclass(frozen=True, slots=True)
class DeletedTable:
    """The rows of one table that are deleted softly.

    Attributes:
        recipe: the number of the recipe that does it.
        key_columns: what names a row; those that look personal are in `personal`, too.
        count: how many rows are deleted, and `followed` how many of these were deleted with another one.
        rows: the newest of them, as many as were asked for.
    """

    recipe: int
    table: str
    key_columns: tuple[str, ...]
    personal: tuple[str, ...]
    count: int
    followed: int
    rows: tuple[DeletedRow, ...] = ()


Request: TypeAlias = AddRequest | RemoveRequest | RenewRequest | PurgeRequest | RestoreRequest
