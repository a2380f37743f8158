"""What is asked of an undo, and what is told of it, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from steward_app.kernel.plan import Plan
from steward_app.services.audit.engine.model import Key, NotKept, Value


class UndoMode(StrEnum):
    """What becomes of changes that others have built on."""

    STRICT = "strict"  # all or nothing
    SKIP = "skip"  # what can be undone is; the rest is left as it is
    DEPENDENT = "dependent"  # later changes that stand in the way are undone, too
    FORCE = "force"  # the values before are put back over later ones


class ConflictKind(StrEnum):
    """What stands in the way of undoing a change, or of what would come of it."""

    CHANGED_SINCE = "changed_since"  # the cell, or a row that would go, was changed by a later change
    ROW_GONE = "row_gone"  # the row was removed by a later change
    BEHIND_THE_LOG = "behind_the_log"  # the row is not as the log left it
    KEY_TAKEN = "key_taken"  # another row has the key
    UNIQUE_CLASH = "unique_clash"  # another row has a value that may stand only once
    MISSING_PARENT = "missing_parent"  # the row would point to a row that is gone
    MISSING_THEN = "missing_then"  # the row would point to nothing, as it did when the change was made
    POINTED_TO = "pointed_to"  # other rows point to a row that would go
    NOT_KEPT = "not_kept"  # the log was not to keep the value
    ERASED = "erased"  # the value belongs to somebody who was erased
    NOT_AUDITED = "not_audited"  # the table is not under audit any more
    COLUMN_GONE = "column_gone"  # the table has no such column any more
    RENUMBERED = "renumbered"  # the rows may have other numbers since


OVERRULED = frozenset({ConflictKind.CHANGED_SINCE, ConflictKind.BEHIND_THE_LOG, ConflictKind.MISSING_THEN})
"""What `UndoMode.FORCE` goes over. Nothing goes over what is left: not keys, nor links that held, nor erasures."""

ONLY_ROW = ""
"""In the place of a column: the row as such, that it came, went, or got another key."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which changes are undone: those that meet everything that is given. With nothing given, none.

    Attributes:
        table, key: changes of one row, by the name the table has now and the key the row has in the log.
        column: changes of one cell of it, or of a column.
        ranges: first and last number of runs of changes, both counted.
        txns: transactions of writers that said who they are.
        operation: the transaction of an operation of this program, by its id.
        writer: the actor's name; `unknown_writer` for changes that nobody signed.
        since_ms, until_ms: by the time of the change, in milliseconds since 1970, UTC; `until_ms` not counted.
        newest: of these, only the newest change of each row.
        everything: said where all changes are meant and nothing else is given.
    """

    table: str = ""
    key: Key | None = None
    column: str = ""
    ranges: tuple[tuple[int, int], ...] = ()
    txns: tuple[int, ...] = ()
    operation: str = ""
    writer: str | None = None
    unknown_writer: bool = False
    since_ms: int | None = None
    until_ms: int | None = None
    newest: bool = False
    everything: bool = False


@dataclass(frozen=True, slots=True)
class UndoRequest:
    """What is to be undone, and how.

    Attributes:
        excluded: what was unticked: (number of the change, column), or `ONLY_ROW` for the whole change.
    """

    path: Path
    database_id: str
    selection: Selection
    mode: UndoMode = UndoMode.STRICT
    excluded: frozenset[tuple[int, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that stands in the way.

    Attributes:
        table: the name it has now, or had.
        key: what names the row.
        column: of the cell, or `ONLY_ROW`.
        seq: of the change that is to be undone; None where it is about what would come of the row.
        by: number of the later change that did it, or None where that is not known.
        other_table, other_key: the row that has the key or value, points here, or is missed (then without a key).
        constraint: columns of the key or link it is about.
    """

    kind: ConflictKind
    table: str
    key: Key
    column: str = ONLY_ROW
    seq: int | None = None
    by: int | None = None
    other_table: str = ""
    other_key: Key = ()
    constraint: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowUndo:
    """What undoing does to one row. The window shows it; it holds values and goes into no plan.

    Attributes:
        before: what names the row now; None where it comes back.
        after: what names it then; None where it goes.
        now, then: its columns: all of a row that comes or goes, those that change of any other.
        seqs: the changes that are undone, ascending.
    """

    table: str
    before: Key | None
    after: Key | None
    now: Mapping[str, Value]
    then: Mapping[str, Value | NotKept]
    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LaterChange:
    """Who made a later change and when, for the words of a conflict. `actor` is "" for an unknown writer."""

    seq: int
    at_ms: int
    actor: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would come of an undo.

    Attributes:
        last_seq: the last change of the file when it was looked at.
        selected: the changes that were asked for, ascending.
        added: later changes that are undone with them (`UndoMode.DEPENDENT`).
        rows: what is done to each row, in the order of the tables.
        conflicts: what stands in the way, or was left out, or went over.
        later: who made the later changes that conflicts name, by number.
    """

    mode: UndoMode
    last_seq: int
    selected: tuple[int, ...]
    added: tuple[int, ...]
    rows: tuple[RowUndo, ...]
    conflicts: tuple[Conflict, ...]
    later: Mapping[int, LaterChange] = field(default_factory=dict)

    @property
    def blocking(self) -> tuple[Conflict, ...]:
        """The conflicts that keep anything from being done."""
        return blocking(self.mode, self.conflicts)


@dataclass(frozen=True, slots=True)
class Foresight:
    """What would come of an undo, and its plan. None where there is nothing to be done; `refusal` says why."""

    outlook: Outlook
    plan: Plan | None
    refusal: str = ""


def blocking(mode: UndoMode, conflicts: Sequence[Conflict]) -> tuple[Conflict, ...]:
    """The conflicts that keep anything from being done."""
    match mode:
        case UndoMode.SKIP:
            return ()
        case UndoMode.FORCE:
            return tuple(each for each in conflicts if each.kind not in OVERRULED)
    return tuple(conflicts)
