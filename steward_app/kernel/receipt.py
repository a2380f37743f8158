"""A receipt: what an operation did."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import Check, Json, TableChange


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done, verified. Holds counts and ids, never values of rows.

    Attributes:
        operation_id: "op_...": the same in the journal and in the file's `_steward_operations`.
        operation: capability and verb.
        sentence: what happened, for a toast and the journal: "Restore point made and checked".
        path: the file it was about.
        database_id: UUID of the database.
        finished_at: RFC 3339, UTC.
        seconds: how long it took.
        checks: what was verified.
        changes: rows changed per table.
        restore_point: id of the point taken just before, or "".
        result: what was produced, by name ("point": "pt_...", "file": "/path").
        findings: what a steward should know of what followed: that the audit log could not be sealed, for one. What was
            done is done.
        undo: what to hand to `services.operation.undo`, or "" when it has no inverse or needs none.
    """

    operation_id: str
    operation: str
    sentence: str
    path: str
    database_id: str
    finished_at: str
    seconds: float
    checks: tuple[Check, ...] = ()
    changes: tuple[TableChange, ...] = ()
    restore_point: str = ""
    result: dict[str, Json] | None = None
    undo: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables touched; pages that show one of them read again."""
        return tuple(change.table for change in self.changes)
