"""What a check of a file gives: every constraint with its state, and the findings behind the broken ones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from steward_app.kernel.finding import Finding


class ConstraintKind(StrEnum):
    """What kind of promise it is, in the words of the window."""

    PRIMARY_KEY = "primary key"
    LINK = "link"
    UNIQUE = "unique"
    CHECK = "check"
    NOT_EMPTY = "not empty"
    TYPE = "type"


class ConstraintState(StrEnum):
    """What is known of a constraint, worst first."""

    BROKEN = "broken"  # rows break it
    NOT_ENFORCED = "not enforced"  # declared, and SQLite would accept rows that break it
    NOT_CHECKABLE = "not checkable"  # the check could not be made; the reason is said
    HOLDS = "holds"
    NOT_CHECKED = "not checked"  # nobody looked yet, or the check was stopped before

    @property
    def rank(self) -> int:
        return list(ConstraintState).index(self)


@dataclass(frozen=True, slots=True)
class Constraint:
    """One promise the file makes.

    Attributes:
        id: stable within the file: kind, table and what it says.
        rule: what it says, short: "visit_id -> visit.id", "ended_at >= started_at".
        columns: the columns it is about.
        name: its own name in the schema, or "".
        number: for a link, the foreign key's id; else -1.
        enforcement: how far SQLite itself holds to it, in words.
    """

    id: str
    kind: ConstraintKind
    table: str
    rule: str
    columns: tuple[str, ...]
    name: str = ""
    number: int = -1
    enforcement: str = ""


@dataclass(frozen=True, slots=True)
class CheckedConstraint:
    """A constraint and what came of checking it.

    Attributes:
        broken_rows: rows that break it, exact; 0 when none or not checked.
        rows_checked: rows that were looked at; None when none were.
        reason: why it is not enforced or not checkable, in words, or "".
        finding: the finding with the rows, where there is one.
    """

    constraint: Constraint
    state: ConstraintState
    broken_rows: int = 0
    rows_checked: int | None = None
    reason: str = ""
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything a check found.

    Attributes:
        constraints: all of them, in the order of the schema.
        findings: broken constraints and what is wrong with the schema itself, worst first.
        integrity: what SQLite's own check said of the file's structure: "ok", "damaged", "not checked", or "partly
            checked", where it refused to look at some tables.
        started_at, finished_at: RFC 3339, UTC.
        complete: False when it was stopped: what was not reached is then "not checked", never "holds".
    """

    constraints: tuple[CheckedConstraint, ...]
    findings: tuple[Finding, ...]
    integrity: str
    started_at: str
    finished_at: str
    complete: bool = True

    def count(self, state: ConstraintState) -> int:
        return sum(1 for checked in self.constraints if checked.state is state)

    @property
    def broken_rows(self) -> int:
        """Rows that break something, a row counted once for each constraint it breaks."""
        return sum(checked.broken_rows for checked in self.constraints)
