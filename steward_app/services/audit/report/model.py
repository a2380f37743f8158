"""What the auditor's report tells, as frozen values. Counts, times and names; keys of rows only where asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from steward_app.services.audit.guard.status import TableStatus
from steward_app.services.audit.seals.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What the report is to be about.

    Attributes:
        since, until: changes made between these times; None for all the log holds.
        show_keys: name rows that were changed behind the log by their keys, which may be personal data.
    """

    since: datetime | None = None
    until: datetime | None = None
    show_keys: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """How many changes of each kind, of a table, a writer or a day.

    Attributes:
        name: of the table; of the writer, "" for unknown ones; the day as 2026-11-20.
        detail: the writer's application.
        replaced: rows that were displaced by the REPLACE of another.
        transactions: how many signed ones; 0 for unknown writers and where it is not counted.
        first_at, last_at: RFC 3339, UTC, by the clocks of who wrote; "" where there is none.
    """

    name: str
    detail: str = ""
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    replaced: int = 0
    transactions: int = 0
    first_at: str = ""
    last_at: str = ""

    @property
    def changes(self) -> int:
        return self.inserted + self.updated + self.deleted + self.replaced


@dataclass(frozen=True, slots=True)
class Watched:
    """A table under audit.

    Attributes:
        columns: how many are logged with their values.
        reduced: the others, each with what is logged of it: ("note", "flag").
        hazards: what of it cannot be logged, a sentence each.
    """

    status: TableStatus
    columns: int
    reduced: tuple[tuple[str, str], ...]
    hazards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to the audit itself, or to what it logged.

    Attributes:
        seq: the number of its event.
        at: RFC 3339, UTC.
        what: in words.
        detail: more, or "".
        keys: of rows, where they were asked for.
    """

    seq: int
    at: str
    what: str
    detail: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """A transaction of an operation of this program.

    Attributes:
        undo_of: what it undid: the id of an operation, or runs of changes; "" else.
        journal: how the journal of this computer says it ended: "finished", ...; "" where it does not know it.
    """

    txn: int
    at: str
    actor: str
    title: str
    operation_id: str
    changes: int
    undo_of: str = ""
    journal: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptKept:
    """A receipt outside the file that the log was compared with."""

    n: int
    sealed_at: str
    key_id: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The whole report.

    Attributes:
        log: the name of the log, in hex.
        first_seq, last_seq: the numbers of changes and events that the period covers; 0 and -1 where it is empty.
        missing_before: changes up to this number left for archives.
        tables, not_audited: what is under audit and what could be.
        others: see `Happened`: installed, removed, armed again, restored, a name that was left behind.
        behind: rows that are not what the log says, now: (table, key, how); keys are "" unless asked for.
        context_left_behind: a program did not clear its name.
    """

    path: str
    database_id: str
    log: str
    size_bytes: int
    made_at: str
    request: ReportRequest
    first_seq: int
    last_seq: int
    missing_before: int
    by_writer: tuple[Counted, ...]
    by_table: tuple[Counted, ...]
    by_day: tuple[Counted, ...]
    tables: tuple[Watched, ...]
    not_audited: tuple[str, ...]
    gaps: tuple[Happened, ...]
    erasures: tuple[Happened, ...]
    prunes: tuple[Happened, ...]
    others: tuple[Happened, ...]
    operations: tuple[Signed, ...]
    verdict: Verdict
    sealed_at: str
    receipts: tuple[ReceiptKept, ...]
    behind: tuple[tuple[str, str, str], ...]
    context_left_behind: bool

    @property
    def changes(self) -> int:
        return sum(each.changes for each in self.by_table)

    @property
    def undos(self) -> tuple[Signed, ...]:
        return tuple(each for each in self.operations if each.undo_of)

    @property
    def unknown(self) -> int:
        """Changes by writers that did not say who they are."""
        return sum(each.changes for each in self.by_writer if not each.name and not each.detail)

    @property
    def armed(self) -> bool:
        return all(each.status.state.value == "armed" for each in self.tables)
