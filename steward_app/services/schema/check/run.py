"""The check: every constraint of a file, table by table, never stopped by the first that cannot be checked."""

from __future__ import annotations

from steward_app.db import ReadSession
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.services.schema.check import findings
from steward_app.services.schema.check.constraints import constraints
from steward_app.services.schema.check.model import (
    CheckedConstraint,
    CheckReport,
    Constraint,
    ConstraintKind,
    ConstraintState,
)
from steward_app.services.schema.check.predicates import broken_sql, duplicates_sql, rows_sql
from steward_app.services.schema.check.scan import Counted, count_query, count_rows, sample_keys
from steward_app.services.schema.check.structure import structure_findings
from steward_app.services.schema.check.whole import check_file
from steward_app.services.schema.model import ForeignKey, Schema, Table


def unchecked(schema: Schema) -> CheckReport:
    """All constraints with nothing looked at yet, and what the schema alone tells."""
    listed = tuple(CheckedConstraint(c, ConstraintState.NOT_CHECKED) for c in constraints(schema))
    return CheckReport(listed, structure_findings(schema), "not checked", "", "", complete=False)


def check(
    session: ReadSession,
    schema: Schema,
    context: Context,
    *,
    tables: tuple[str, ...] = (),
    quick: bool = False,
) -> CheckReport:
    """Check every constraint of the file, or of some tables, and the file's own structure.

    Each table is one moment of the file; the file may be written meanwhile. When `context` is cancelled, what was
    checked is kept, the rest is "not checked", and `complete` is False.

    Args:
        tables: only these; () for all, and then the integrity check too.
        quick: leave out comparing indexes with their tables, which takes longest on a large file.
    """
    started = clock.to_text(clock.now())
    every = [c for c in constraints(schema) if not tables or c.table in tables]
    by_table: dict[str, list[Constraint]] = {}
    for constraint in every:
        by_table.setdefault(constraint.table, []).append(constraint)
    done: dict[str, CheckedConstraint] = {}
    found: list[Finding] = []
    integrity, complete = "not checked", True
    steps = len(by_table) + (0 if tables else 1)
    trust_indexes = (
        not quick and not tables
    )  # the integrity check that follows compares them with their tables
    try:
        for number, (name, of_table) in enumerate(by_table.items()):
            context.checkpoint()
            context.report(number, steps, unit="tables", note=name)
            table = schema.table(name)
            if table is not None:
                done |= {
                    result.constraint.id: result
                    for result in _check_table(session, schema, table, of_table, context, trust_indexes)
                }
        if not tables:
            context.report(len(by_table), steps, unit="tables", note="the structure of the file")
            integrity, damage = check_file(session, context, quick=quick)
            found += damage
    except Cancelled:
        complete = False
    listed = tuple(done.get(c.id, CheckedConstraint(c, ConstraintState.NOT_CHECKED)) for c in every)
    found += [checked.finding for checked in listed if checked.finding]
    found += [
        finding for finding in structure_findings(schema) if not tables or finding.subject.table in tables
    ]
    ordered = sorted(
        {finding.id: finding for finding in found}.values(), key=lambda finding: finding.severity.rank
    )
    return CheckReport(listed, tuple(ordered), integrity, started, clock.to_text(clock.now()), complete)


def _check_table(
    session: ReadSession,
    schema: Schema,
    table: Table,
    of_table: list[Constraint],
    context: Context,
    trust_indexes: bool,
) -> list[CheckedConstraint]:
    conditions = [broken_sql(schema, table, constraint) for constraint in of_table]
    asked = [condition for condition in conditions if condition]
    with session.snapshot():
        rows, counted = count_rows(session, table, asked, context)
        if rows is None:
            return [
                CheckedConstraint(c, ConstraintState.NOT_CHECKABLE, reason="the table cannot be read")
                for c in of_table
            ]
        answers = iter(counted)
        return [
            _result(
                session,
                schema,
                table,
                constraint,
                condition,
                next(answers) if condition else None,
                rows,
                context,
                trust_indexes,
            )
            for constraint, condition in zip(of_table, conditions, strict=True)
        ]


def _result(
    session: ReadSession,
    schema: Schema,
    table: Table,
    constraint: Constraint,
    condition: str,
    counted: Counted | None,
    rows: int,
    context: Context,
    trust_indexes: bool,
) -> CheckedConstraint:
    if constraint.kind is ConstraintKind.UNIQUE:
        query = duplicates_sql(table, constraint, trust_index=trust_indexes)
        return _unique(session, table, constraint, query, rows, context)
    key = _foreign_key(table, constraint)
    if counted is not None and counted.problem:
        return CheckedConstraint(constraint, ConstraintState.NOT_CHECKABLE, reason=counted.problem)
    if counted is not None and counted.rows:
        keys = sample_keys(session, table, condition, context)
        finding = findings.broken(table, constraint, counted.rows, keys, rows_sql(table, condition))
        why = findings.mismatch_words(key) if key is not None and key.mismatch else ""
        return CheckedConstraint(constraint, ConstraintState.BROKEN, counted.rows, rows, why, finding)
    if key is not None and key.mismatch:
        why = findings.mismatch_words(key)
        return CheckedConstraint(
            constraint, ConstraintState.NOT_ENFORCED, 0, rows, why, findings.mismatch(table, key)
        )
    if _only_a_wish(table, constraint):
        why = "every row fits today, and SQLite would take one that does not"
        return CheckedConstraint(constraint, ConstraintState.NOT_ENFORCED, 0, rows, why)
    return CheckedConstraint(constraint, ConstraintState.HOLDS, 0, rows)


def _only_a_wish(table: Table, constraint: Constraint) -> bool:
    """True where every row fits today and SQLite would not mind one that does not."""
    if constraint.kind is ConstraintKind.PRIMARY_KEY:
        return table.primary_key is not None and table.primary_key.nullable
    return constraint.kind is ConstraintKind.TYPE


def _unique(
    session: ReadSession, table: Table, constraint: Constraint, query: str, rows: int, context: Context
) -> CheckedConstraint:
    if not query:
        return CheckedConstraint(constraint, ConstraintState.NOT_CHECKABLE, reason="its index is not there")
    counted = count_query(session, query, context)
    if counted.problem:
        return CheckedConstraint(constraint, ConstraintState.NOT_CHECKABLE, reason=counted.problem)
    if not counted.rows:
        return CheckedConstraint(constraint, ConstraintState.HOLDS, 0, rows)
    finding = findings.broken(table, constraint, counted.rows, (), query)
    return CheckedConstraint(constraint, ConstraintState.BROKEN, counted.rows, rows, finding=finding)


def _foreign_key(table: Table, constraint: Constraint) -> ForeignKey | None:
    if constraint.kind is not ConstraintKind.LINK:
        return None
    return next(key for key in table.foreign_keys if key.id == constraint.number)
