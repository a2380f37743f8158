"""A plan: what an operation will do, as a frozen value that can be shown, saved, compared and applied."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from typing_extensions import TypeAliasType

from steward_app.kernel.finding import Finding

# A named alias, since only that may speak of itself where pydantic reads a saved plan or writes its JSON Schema.
Json = TypeAliasType("Json", "bool | int | float | str | list[Json] | dict[str, Json] | None")


class Reversal(StrEnum):
    """How what was done can be undone."""

    NOT_NEEDED = "not_needed"  # nothing that exists is changed (a point, a copy, a report)
    INVERSE = "inverse"  # by the opposite operation
    RESTORE_POINT = "restore_point"  # by the point taken just before
    NONE = "none"  # not at all


@dataclass(frozen=True, slots=True)
class TableChange:
    """What happens to one table. `rows_before` and `rows_after` are counts of rows, exact unless `why` says so."""

    table: str
    rows_before: int
    rows_after: int
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something the plan rests on: a query of one value and the value it gave. Re-run before applying."""

    sql: str
    expected: int | str | None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What the plan was made from.

    Attributes:
        schema_hash: hash over the stored schema text of the file.
        data_version: SQLite's data_version on the connection that made the plan; good within this process only.
        conditions: counts and conditions a saved plan rests on; re-computed under BEGIN IMMEDIATE.
    """

    schema_hash: str
    data_version: int | None = None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen. Holds counts, keys and SQL, never values of rows.

    Attributes:
        id: "pl_...".
        operation: which one, as capability and verb: "backup.create".
        title: verb and object, with the number: "Restore riverside.db from the point of 10:20".
        path: the file it is about.
        database_id: UUID of the database in the catalog.
        made_at: RFC 3339, UTC.
        request: what was asked for, enough to make the plan again.
        sentences: what will happen, in plain words.
        changes: per table, with counts.
        also: tables that triggers in the file change by themselves: a rehearsal counts what differs there.
        sql: the statements, in order; empty where there are none.
        findings: what to know first; one that blocks stops the plan.
        reversal: how it can be undone, and `reversal_text` in words.
        disk_bytes: free space needed, in bytes, on the disk of `disk_path`.
        fingerprint: what it was made from.
        button: the words of the button that applies it: "Restore 23 tables".
        needs_confirmation: whether the command line asks (False for what only makes new files).
        type_to_confirm: what must be typed first, where nothing can undo it; else "".
    """

    id: str
    operation: str
    title: str
    path: str
    database_id: str
    made_at: str
    request: dict[str, Json]
    sentences: tuple[str, ...]
    reversal: Reversal
    reversal_text: str
    fingerprint: Fingerprint
    button: str
    changes: tuple[TableChange, ...] = ()
    sql: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    disk_bytes: int = 0
    disk_path: str = ""
    needs_confirmation: bool = True
    type_to_confirm: str = ""
    also: tuple[str, ...] = ()

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The findings that stop this plan."""
        return tuple(finding for finding in self.findings if finding.blocks)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at in a rehearsal or a verification, and what came of it."""

    title: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What the plan did to a copy of the real data.

    Attributes:
        plan_id: the plan it rehearsed.
        finished_at: RFC 3339, UTC.
        seconds: time it took on the copy.
        checks: what was looked at; all must pass.
        changes: rows changed per table, as measured on the copy.
        findings: what a steward should know of the copy before the file itself is changed.
    """

    plan_id: str
    finished_at: str
    seconds: float
    checks: tuple[Check, ...]
    changes: tuple[TableChange, ...] = field(default=())
    findings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)
