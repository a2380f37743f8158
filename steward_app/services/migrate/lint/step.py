"""One statement of a migration, with the schema before and after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from steward_app.db import Access, fold
from steward_app.db.migration_script import Script
from steward_app.db.script import Statement
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.services.migrate.lint.acts import Act, RenameColumn, RenameTable
from steward_app.services.migrate.lint.codes import RULES
from steward_app.services.migrate.lint.model import Place, Problem
from steward_app.services.schema.model import Schema


@dataclass(frozen=True, slots=True)
class Step:
    """A statement that SQLite took.

    Attributes:
        number: its place in the file, from 0; behind the last for a TEMP table that goes with the connection.
        act: what it does, or None where no rule looks at it.
        before, after: the schema around it; the same object where it changes none.
        accesses: what it reads and writes, through views and triggers too.
    """

    script: Script
    statement: Statement
    number: int
    act: Act | None
    before: Schema
    after: Schema
    accesses: tuple[Access, ...] = ()

    @property
    def reads(self) -> tuple[Access, ...]:
        """What it reads and writes, seen through what stands behind WITH."""
        return tuple(
            each if self.before.table(each.through) else replace(each, through="")
            for each in self.accesses
            if self.before.table(each.table)
        )

    def problem(
        self,
        code: str,
        title: str,
        subject: Subject,
        *,
        offset: int = 0,
        severity: Severity | None = None,
        count: int | None = None,
        query: str = "",
        fix_sql: str = "",
    ) -> Problem:
        """Something to say of it, `offset` characters into it; see `problem_at`."""
        at = self.statement.offset + offset
        return problem_at(
            self.script,
            at,
            code,
            title,
            subject,
            severity=severity,
            count=count,
            query=query,
            fix_sql=fix_sql,
        )


def problem_at(
    script: Script,
    offset: int,
    code: str,
    title: str,
    subject: Subject,
    *,
    severity: Severity | None = None,
    count: int | None = None,
    query: str = "",
    fix_sql: str = "",
) -> Problem:
    """Something to say of a place in a file: what a rule says of all, with what is so of this one.

    Args:
        offset: where it stands in the script's text, in characters.
        severity: where it is another than the rule's own.
        count: rows concerned, where they were counted.
        query: SQL that lists them, over the file as it is now.
        fix_sql: a statement that mends it.
    """
    rule = RULES[code]
    at = script.position(offset)
    finding = Finding(
        code,
        severity or rule.severity,
        title,
        subject,
        detail=rule.why,
        count=count,
        query=query,
        remedies=(rule.fix,) if rule.fix else (),
    )
    return Problem(Place(script.migration.path.name, at.line, at.column), finding, fix_sql)


def columns_read(accesses: Iterable[Access]) -> dict[str, set[str]]:
    """The columns that are read of each table, folded; "" where its rows are only counted."""
    found: dict[str, set[str]] = defaultdict(set)
    for each in accesses:
        if each.action == "SQLITE_READ":
            found[fold(each.table)].add(fold(each.column))
    return found


def written_columns(step: Step, name: str) -> set[str]:
    """The columns of a table that a statement itself writes."""
    return {
        fold(each.column)
        for each in step.accesses
        if each.action == "SQLITE_UPDATE" and not each.through and fold(each.table) == fold(name)
    }


def since(steps: Sequence[Step], holds: Callable[[Schema], bool]) -> Step:
    """The statement since which something holds of the schema, to the end of the file."""
    found = steps[-1]
    for step in reversed(steps):
        if not holds(step.after):
            break
        found = step
        if not holds(step.before):
            break
    return found


def earlier_name(steps: Sequence[Step], table: str, column: str = "") -> tuple[str, str]:
    """What a table, and a column of it, were called before the statements renamed them."""
    for step in reversed(steps):
        match step.act:
            case RenameTable(before, name) if fold(name) == fold(table):
                table = before
            case RenameColumn(of, before, name) if (fold(of), fold(name)) == (fold(table), fold(column)):
                column = before
    return table, column
