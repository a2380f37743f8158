"""A restore point: a plain SQLite file and, beside it, a manifest that says what it must hold.

`docs/restore-points.md` describes both, so that a point can be checked and restored without this program.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog.points import PointState
from steward_app.db.content import TableContent
from steward_app.db.integrity import ForeignKeyCheck
from steward_app.kernel.plan import Check


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """A restore point that shall be made.

    Attributes:
        database_id: of the database in the catalog.
        directory: the data directory, where points lie.
        reason: why it is made, in words.
        check: look into the copy and compare it with the database.
        prove: then restore it to scratch and compare again.
    """

    path: Path
    database_id: str
    directory: Path
    reason: str = "By hand"
    check: bool = True
    prove: bool = True


@dataclass(frozen=True, slots=True)
class Examination:
    """What was read from a copy, every byte of it.

    Attributes:
        file_hash: BLAKE3 over the file.
        schema_hash: over its schema (`db.schema_hash`).
        tables: rows and content hash of each.
        integrity: what SQLite's integrity check told; () when the file holds together.
        foreign_keys: tables with rows that point to nothing, or with a key SQLite cannot check.
        unchecked: tables the integrity check could not look at: they need a function or collation that is not here.
    """

    file_hash: str
    schema_hash: str
    tables: tuple[TableContent, ...]
    integrity: tuple[str, ...]
    foreign_keys: tuple[ForeignKeyCheck, ...]
    unchecked: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything needed to list, verify and restore a point without the catalog.

    Attributes:
        made_at: the moment the copy is a picture of; RFC 3339, UTC.
        file: name of the copy, in the folder of the manifest.
        source_path: of the database when the copy was made.
        journal_mode: of the database then; the copy has it too.
        state, state_at: how far it was looked into, and when.
        found: what must be read from the copy again; None when nobody has looked into it.
        checks: what was compared when the point was made.
        application: which version of this program made it.
    """

    id: str
    database_id: str
    made_at: str
    file: str
    source_path: str
    reason: str
    operation_id: str
    size_bytes: int
    page_size_bytes: int
    journal_mode: str
    state: PointState
    state_at: str
    found: Examination | None
    checks: tuple[Check, ...]
    application: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What reading a point again gave.

    Attributes:
        id: of the point.
        state: what is known of it now.
        problems: what is wrong with it, a sentence each; () when nothing is.
        checks: what was looked at.
        compared: True when all of it was read and compared; False where nobody looked into it when it was made, and
            where only a share of its store was read.
        store_id: the store it lies in; "" for a whole file on this computer.
        hint: what to do about the problems; "" when there are none.
    """

    id: str
    made_at: str
    state: PointState
    problems: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    compared: bool = True
    store_id: str = ""
    hint: str = ""

    @property
    def sound(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class StoreReading:
    """How much of a store was read, and what is wrong with the store itself.

    Attributes:
        id: of the store.
        name: what the steward calls it.
        sentence: how it went, for people.
        objects, size_bytes: packs, maps, details and plain copies that lie there.
        objects_read, read_bytes: how much of them was read and compared with its name.
        problems: what is wrong beside the points, a sentence each; also that the store does not answer.
        hint: what to do about that; "" when there is none.
    """

    id: str
    name: str
    sentence: str
    objects: int = 0
    size_bytes: int = 0
    objects_read: int = 0
    read_bytes: int = 0
    problems: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying a database's restore points gave.

    Attributes:
        items: the points, newest first.
        stores: the stores they were read from.
    """

    items: tuple[Verdict, ...]
    stores: tuple[StoreReading, ...] = ()

    @property
    def wrong(self) -> int:
        """How many points, and stores themselves, something is wrong with."""
        points = sum(not verdict.sound for verdict in self.items)
        return points + sum(bool(reading.problems) for reading in self.stores)
