"""What `steward migrate expand --json` and `contract --json` print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from steward_app.services.migrate.expand.contract import Reason
    from steward_app.services.migrate.expand.expand import Expanding
    from steward_app.services.migrate.expand.model import Standing
    from steward_app.services.migrate.files import NewMigration


@dataclass(frozen=True, slots=True)
class MigrationExpand:
    """The migrations that put new columns beside an old one.

    Attributes:
        into: names of the new columns.
        batches: in how many steps the rows that are there are filled.
        file: the migration that makes the columns, or "" where none was written.
        undo_file: the one that takes it back, or "".
        fill_file: the migration that fills the rows that are there, or "".
        along: what becomes other with the table, as views that say SELECT *; a sentence each.
    """

    database: str
    table: str
    column: str
    into: tuple[str, ...]
    batches: int
    file: str
    undo_file: str
    fill_file: str
    along: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReasonItem:
    """Why it is too early. `id` is lost, unfilled, disagree, richer, used, young or undeclared."""

    id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class MigrationContract:
    """How far a column is on the way to the new ones, and the migration that ends it.

    Attributes:
        since: when it was expanded; RFC 3339, UTC, as all moments here.
        disagreeing: rows whose old and new columns do not say the same.
        richer: rows whose old column holds what the new ones do not lead back to.
        old_writes, new_writes: values that were written under the old name, and under the new ones.
        old_last, new_last: when that was last, or "".
        ready: whether it can be contracted.
        file: the migration that was written, or "".
        items: why it is too early.
    """

    database: str
    table: str
    column: str
    into: tuple[str, ...]
    since: str
    rows: int
    disagreeing: int
    richer: int
    old_writes: int
    old_last: str
    new_writes: int
    new_last: str
    ready: bool
    file: str
    items: tuple[ReasonItem, ...]


@dataclass(frozen=True, slots=True)
class ExpansionItem:
    """A column that is expanded and not contracted yet.

    Attributes:
        id: "table.column", of the old column, as the other verbs take it.
        filled: whether the rows that were there before were filled, at least in part.
        old_last: when a value was last written under the old name, or "".
    """

    id: str
    table: str
    column: str
    into: tuple[str, ...]
    since: str
    filled: bool
    rows: int
    disagreeing: int
    old_writes: int
    old_last: str


def expansion_item(found: Standing) -> ExpansionItem:
    """An expansion that is open, as it is listed."""
    expansion = found.expansion
    return ExpansionItem(
        id=f"{expansion.table}.{expansion.old}",
        table=expansion.table,
        column=expansion.old,
        into=expansion.into,
        since=found.since,
        filled=found.filled,
        rows=found.rows,
        disagreeing=found.disagreeing,
        old_writes=found.old_writes,
        old_last=found.old_last,
    )


def expand_document(database: Path, found: Expanding, *, kept: bool) -> MigrationExpand:
    """Migrations that were made, as they are printed."""
    expansion = found.expansion
    return MigrationExpand(
        database=str(database),
        table=expansion.table,
        column=expansion.old,
        into=expansion.into,
        batches=found.batches,
        file=str(found.expand.path) if kept else "",
        undo_file=str(found.expand.undo_path or "") if kept else "",
        fill_file=str(found.fill.path) if kept else "",
        along=tuple(f"{each}." for each in found.along),
    )


def contract_document(
    database: Path, found: Standing, against: tuple[Reason, ...], new: NewMigration | None
) -> MigrationContract:
    """Where an expansion stands, as it is printed."""
    return MigrationContract(
        database=str(database),
        table=found.expansion.table,
        column=found.expansion.old,
        into=found.expansion.into,
        since=found.since,
        rows=found.rows,
        disagreeing=found.disagreeing,
        richer=found.richer,
        old_writes=found.old_writes,
        old_last=found.old_last,
        new_writes=found.new_writes,
        new_last=found.new_last,
        ready=not against,
        file=str(new.path) if new else "",
        items=tuple(ReasonItem(each.code, each.sentence) for each in against),
    )
