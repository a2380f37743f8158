"""What a rehearsal found: a file before its migrations and after. Keys and counts, never values of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from enum import StrEnum

from steward_app.catalog.policy_names import Twin
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.plan import Check
from steward_app.services.migrate.rehearsal.row_model import Fate, TableDifference
from steward_app.services.schema.diff_model import SchemaDiff
from steward_app.services.schema.erd.model import Diagram


@dataclass(frozen=True, slots=True)
class Renamed:
    """A table or column that has another name afterwards, and is the same.

    Attributes:
        table: "" where a table was renamed, else the table of the column, by its name before.
        before, after: the two names.
        into: of a column that moved into another table, that one, by its name afterwards.
        comes_by, goes_by: the column of `into` that points to `table`, or that of `table` which pointed to `into`.
        twin: whether `before` and `after` are two columns that say the same, and what becomes of them.
    """

    table: str
    before: str
    after: str
    into: str = ""
    comes_by: str = ""
    goes_by: str = ""
    twin: Twin = Twin.NO

    @property
    def parts(self) -> tuple[str, ...]:
        """What `renamed` makes again."""
        parts = astuple(self)
        return parts if self.twin else parts[:-1] if self.into else parts[:3]


def renamed(parts: Sequence[str]) -> Renamed:
    """The inverse of `Renamed.parts`. Raises `ValueError` or `TypeError` for anything else."""
    table, before, after, into, comes_by, goes_by, twin = [*parts, "", "", "", ""][:7]
    return Renamed(table, before, after, into, comes_by, goes_by, Twin(twin))


@dataclass(frozen=True, slots=True)
class Step:
    """One migration as it was carried out on the copy. Others cannot write while it runs.

    Attributes:
        name: its file.
        seconds: from BEGIN to the end of COMMIT.
    """

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Links:
    """The foreign keys of one table: rows that point to nothing.

    Attributes:
        problem: why SQLite cannot check them afterwards, or "".
    """

    table: str
    before: int
    after: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ViewDifference:
    """What became of a view.

    Attributes:
        fate: CHANGED where it has other columns or another text.
        columns_before, columns_after: what it gives. A view with `SELECT *` gives others without a change of its own.
        silently: nobody changed it, and it gives other columns, takes a text for a column or the reverse, or joins
            otherwise.
        problem: why it does not work afterwards, in SQLite's words, or "".
        sql_before, sql_after: its stored text with its triggers, statement by statement; () where there is none.
        texts: what it names in double quotes and SQLite takes for a text, since there is no such column any more.
        taken: what was such a text and SQLite takes for a column, since there is one by now.
        joins: what it joins by otherwise since its tables have other columns (NATURAL JOIN, USING), behind its name, or
            "".
    """

    name: str
    fate: Fate
    columns_before: tuple[str, ...] = ()
    columns_after: tuple[str, ...] = ()
    silently: bool = False
    problem: str = ""
    sql_before: tuple[str, ...] = ()
    sql_after: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    joins: str = ""


@dataclass(frozen=True, slots=True)
class TriggerDifference:
    """What became of a trigger.

    Attributes:
        silently: nobody changed it, and it takes a text for a column, or the reverse, or joins otherwise.
        dead_columns: columns of its UPDATE OF that are gone: it does not run for them any more, and SQLite does not
            say so.
        problem: why it does not compile afterwards, in SQLite's words, or "".
        texts: what it names in double quotes and SQLite takes for a text, since there is no such column any more.
        taken: what was such a text and SQLite takes for a column, since there is one by now.
        joins: what it joins by otherwise since its tables have others in common, behind its name, or "".
    """

    table: str
    name: str
    fate: Fate
    silently: bool = False
    dead_columns: tuple[str, ...] = ()
    problem: str = ""
    texts: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    joins: str = ""


@dataclass(frozen=True, slots=True)
class AuditDifference:
    """What became of the audit of one table.

    Attributes:
        armed_before, armed_after: whether every change of it reaches the log.
        why: what is in the way afterwards, sentences.
    """

    table: str
    armed_before: bool
    armed_after: bool
    why: tuple[str, ...] = ()


class Moved(StrEnum):
    """What happened to what was decided of a column."""

    UNDECIDED = "undecided"  # a new column, of which nobody said whether it is personal
    COPIED = "copied"  # an undecided column that holds values of a personal one
    RENAMED = "renamed"  # a personal column has another name
    MOVED = "moved"  # a personal column is in another table
    BESIDE = "beside"  # a new column says the same as a personal one, or a part of it
    GONE = "gone"  # a personal column is gone


@dataclass(frozen=True, slots=True)
class PersonalDifference:
    """A column whose personal data the policy must follow.

    Attributes:
        table, column: as they are afterwards, for a column that is gone as they were.
        table_before, column_before: of a renamed or moved column its names before, of one that holds copies or stands
            beside another that one; else "".
        looks_personal: whether the name of an undecided column says that it may hold personal data.
    """

    kind: Moved
    table: str
    column: str
    table_before: str = ""
    column_before: str = ""
    looks_personal: bool = False


@dataclass(frozen=True, slots=True)
class QueryDifference:
    """How SQLite runs a kept query before and after: the steps of its plan, outermost first.

    Attributes:
        worse: what became worse, a sentence, or "".
        problem: why it cannot be run afterwards, in SQLite's words, or "".
    """

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    worse: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Disk:
    """What applying needs on the disk of the file, in bytes.

    Attributes:
        growth: by how much the file is longer afterwards.
        journal: the most that its journal takes until COMMIT.
        point: the restore point that is taken first.
        free: what is free there now.
    """

    growth: int
    journal: int
    point: int
    free: int

    @property
    def needed(self) -> int:
        """All of it, at the same time."""
        return self.growth + self.journal + self.point

    @property
    def enough(self) -> bool:
        """Whether it fits."""
        return self.needed <= self.free


@dataclass(frozen=True, slots=True)
class Report:
    """A rehearsal: what the migrations did to a copy of the real data.

    Attributes:
        path: the file it was rehearsed for.
        finished_at: RFC 3339, UTC.
        schema_before, schema_after: hash of the schema before, as `db.schema_hash` gives it, and after.
        steps: the migrations, with the time each took.
        checks: what was looked at; a rehearsal has passed when all of these did.
        findings: what a steward should know besides, the gravest first. None of them blocks.
        schema: what differs between the two schemas, object by object.
        tables: every table of either file, in the order of the file afterwards, those that are gone last.
        links, views, triggers, audit, personal, queries: all that were looked at, the same ones, too; of `personal`
            and `queries` only what differs.
        map: the tables and links of both schemas in one diagram, with marks on what differs; empty where nothing does.
    """

    path: str
    finished_at: str
    schema_before: str
    schema_after: str
    steps: tuple[Step, ...]
    disk: Disk
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]
    schema: SchemaDiff
    tables: tuple[TableDifference, ...]
    links: tuple[Links, ...]
    views: tuple[ViewDifference, ...]
    triggers: tuple[TriggerDifference, ...]
    audit: tuple[AuditDifference, ...]
    personal: tuple[PersonalDifference, ...]
    queries: tuple[QueryDifference, ...]
    map: Diagram = field(default_factory=lambda: Diagram((), ()))

    @property
    def passed(self) -> bool:
        """Whether nothing went wrong that must not."""
        return all(check.passed for check in self.checks)

    @property
    def seconds(self) -> float:
        """What all migrations took together."""
        return sum(step.seconds for step in self.steps)

    @property
    def lock_seconds(self) -> float:
        """The longest that other programs which write have to wait at one go."""
        return max((step.seconds for step in self.steps), default=0.0)

    @property
    def changed_tables(self) -> tuple[TableDifference, ...]:
        """Those that are not the same, in any way."""
        return tuple(table for table in self.tables if table.fate is not Fate.SAME)

    @property
    def rows_lost(self) -> int:
        """Rows of the file before that are not in the one afterwards, under any key."""
        return sum(table.lost - table.renumbered for table in self.tables)

    @property
    def values_lost(self) -> int:
        """Values that cannot be had back from what they became."""
        return sum(column.lost for table in self.tables for column in table.columns)

    @property
    def warned(self) -> bool:
        """Whether a finding is more than a note."""
        return any(each.severity is not Severity.NOTE for each in self.findings)
