"""What was planned and what was done are compared by the pipeline, for every operation."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.db import Session, qualified
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plan import Check, Plan, TableChange
from steward_app.kernel.text import quoted
from steward_app.services.operation.model import Outcome


def checks(plan: Plan, outcome: Outcome, session: Session) -> tuple[Check, ...]:
    """As many rows were changed as planned, in the tables that were planned, and as many are there now."""
    planned = {change.table: change for change in plan.changes}
    done = {change.table: change for change in outcome.changes}
    return tuple(
        check
        for table in dict.fromkeys((*planned, *done))
        for check in _of_table(planned.get(table), done.get(table), session, counted=table not in plan.also)
    )


def require_passed(found: Sequence[Check], kept: str) -> None:
    """Raise `Failure` (VERIFY_FAILED) naming the checks that did not pass.

    Args:
        kept: the state things are in then, a sentence.
    """
    failed = [check for check in found if not check.passed]
    if failed:
        told = "; ".join(
            f"{check.title}: {check.detail}" if check.detail else check.title for check in failed
        )
        raise Failure(ErrorCode.VERIFY_FAILED, f"What was done is not what was planned. {told}.", hint=kept)


def _of_table(
    planned: TableChange | None, done: TableChange | None, session: Session, *, counted: bool
) -> tuple[Check, ...]:
    """What is checked of one table; how many rows it has only where `counted`: no trigger of the file changes that."""
    change = planned or done
    if change is None:
        return ()
    table = change.table
    changed = Check(
        f"Rows of {quoted(table)} changed as planned",
        _numbers(planned) == _numbers(done),
        f"planned {_told(planned)}, done {_told(done)}",
    )
    if planned is None or not counted:
        return (changed,)
    there = _count(session, table)
    as_many = Check(
        f"Rows of {quoted(table)} counted",
        there == planned.rows_after,
        f"planned {planned.rows_after:,}, found {there:,}",
    )
    return changed, as_many


def _numbers(change: TableChange | None) -> tuple[int, int, int]:
    return (change.inserted, change.updated, change.deleted) if change else (0, 0, 0)


def _told(change: TableChange | None) -> str:
    inserted, updated, deleted = _numbers(change)
    return f"{inserted:,} added, {updated:,} changed, {deleted:,} removed"


def _count(session: Session, table: str) -> int:
    """Rows in the table; 0 when the operation removed it."""
    known = session.value("SELECT 1 FROM pragma_table_list WHERE schema = 'main' AND name = ?", (table,))
    return session.count(f"SELECT count(*) FROM {qualified(table)}") if known else 0
