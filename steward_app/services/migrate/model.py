"""Migrations of a database: the files of a folder beside what the file itself says was applied."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from steward_app.db.migration_files import Migration


class Origin(StrEnum):
    """How a migration came to be in the history of a file."""

    RUN = "run"  # it was run here
    BASELINE = "baseline"  # the file stood at this version when its history began
    ADOPTED = "adopted"  # another tool ran it, and the schema bears that out
    UNDO = "undo"  # it took the migration of its version back
    FORGOTTEN = "forgotten"  # a steward took it out of the history; what it did stays


class State(StrEnum):
    """Where a migration stands."""

    APPLIED = "applied"
    PENDING = "pending"
    REPEATS = "repeats"  # a repeatable file whose text is another one than when it ran last
    LATE = "late"  # pending, with a version below one that was applied
    EDITED = "edited"  # applied, and the file was changed since
    MISSING = "missing"  # applied, and the file is gone
    FAILED = "failed"  # begun without a transaction, and not ended
    UNDONE = "undone"  # applied, and taken back since

    @property
    def in_the_way(self) -> bool:
        """Whether nothing can be applied before a steward did something about it."""
        return self in (State.EDITED, State.MISSING, State.LATE, State.FAILED)


@dataclass(frozen=True, slots=True)
class Applied:
    """A row of the history that travels with the file.

    Attributes:
        rank: its place in the history, from 1.
        version: as in the file's name; 0 for a repeatable one.
        name: what stands behind the version.
        file: name of the file, "" for a baseline.
        checksum: BLAKE3 of the file's text, in hex; "" for a baseline.
        applied_at: RFC 3339, UTC.
        applied_by: name of the person's account.
        schema_before, schema_after: hash of the steward's own schema (`db.schema_hash`, without what is ours).
        restore_point: the point taken just before, or "".
        operation_id: the operation in the journal, or "".
        complete: False while one without a transaction runs, and for good where it stopped.
        renames: tables and columns that it gave other names: the table, by its name before, or "" where a table was
            renamed, then the names before and after. Of a column that moved into another table also that one, and how
            the two belong together, as `rehearsal.model.Renamed` has it.
    """

    rank: int
    version: int
    name: str
    file: str
    checksum: str
    origin: Origin
    applied_at: str
    duration_ms: int
    applied_by: str
    schema_before: str
    schema_after: str
    restore_point: str = ""
    operation_id: str = ""
    complete: bool = True
    renames: tuple[tuple[str, ...], ...] = ()

    @property
    def repeatable(self) -> bool:
        """Whether it is a file that runs again when its text changes."""
        return self.file.startswith("R__")


@dataclass(frozen=True, slots=True)
class Entry:
    """One migration, from the folder, the history or both.

    Attributes:
        migration: the file, or None where it is missing.
        applied: its newest row of the history, or None.
        undo: the file that takes it back, or None.
    """

    state: State
    migration: Migration | None = None
    applied: Applied | None = None
    undo: Migration | None = None

    @property
    def version(self) -> int:
        """Its version, 0 for a repeatable one."""
        return self.migration.version if self.migration else self.applied.version if self.applied else 0

    @property
    def name(self) -> str:
        """What stands behind its version."""
        return self.migration.name if self.migration else self.applied.name if self.applied else ""

    @property
    def file(self) -> str:
        """Name of its file."""
        return self.migration.path.name if self.migration else self.applied.file if self.applied else ""

    @property
    def empty(self) -> bool:
        """Whether it waits, and its file holds no statement."""
        waits = self.state in (State.PENDING, State.REPEATS, State.LATE)
        return waits and self.migration is not None and self.migration.empty


@dataclass(frozen=True, slots=True)
class Status:
    """A database and its folder of migrations.

    Attributes:
        entries: versioned ones in order of version, then repeatable ones by name.
        version: the highest that is applied, or None where nothing is.
        schema_hash: of the file now, without what is ours in it.
        drifted: whether the schema is another one than the last migration left, so that something else changed it.
    """

    path: Path
    folder: Path
    entries: tuple[Entry, ...]
    version: int | None
    schema_hash: str
    drifted: bool

    @property
    def pending(self) -> tuple[Entry, ...]:
        """What `apply` would run, in order."""
        return tuple(entry for entry in self.entries if entry.state in (State.PENDING, State.REPEATS))

    @property
    def in_the_way(self) -> tuple[Entry, ...]:
        """What must be settled before anything is applied."""
        return tuple(entry for entry in self.entries if entry.state.in_the_way)
