"""What a plan rests on, and whether it still holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from steward_app.db import Session, schema_hash
from steward_app.db.query import check_query, run_query
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.plan import Condition, Fingerprint, Plan
from steward_app.kernel.text import quoted


def take(session: Session, conditions: Sequence[str] = ()) -> Fingerprint:
    """What the file is like now, for a plan.

    Args:
        conditions: queries of one value that the plan rests on: "SELECT count(*) FROM ...". A value that is a
            count or a hash, never one of a row.
    """
    return Fingerprint(
        schema_hash=schema_hash(session),
        data_version=session.data_version(),
        conditions=tuple(Condition(sql, _value(session, sql)) for sql in conditions),
    )


def check(plan: Plan, session: Session) -> None:
    """Raise `Refused` (STALE_PLAN) when the file is no longer as the plan found it.

    Args:
        session: inside the transaction that will make the change, so that nothing changes in between.
    """
    fingerprint = plan.fingerprint
    if fingerprint.schema_hash and fingerprint.schema_hash != schema_hash(session):
        raise stale(plan, "its schema was changed")
    for condition in fingerprint.conditions:
        if _value(session, condition.sql) != condition.expected:
            raise stale(plan, "its data was changed")


def same_data(plan: Plan, held: Session) -> bool:
    """True when no other program has committed since the plan was made, by the connection that made it."""
    return plan.fingerprint.data_version in (None, held.data_version())


def _value(session: Session, sql: str) -> int | str | None:
    """The one value of a condition. It can only read: the conditions of a saved plan come from a file."""
    rows = run_query(session, check_query(session, sql))
    value = next(rows, (None,))[0]
    rows.close()
    if isinstance(value, int | str) or value is None:
        return value
    raise TypeError("a condition of a plan is a count, a text or nothing")


def stale(plan: Plan, what: str) -> Refused:
    """The error that says why a plan cannot be used any more."""
    return Refused(
        ErrorCode.STALE_PLAN,
        f"This plan no longer fits {quoted(Path(plan.path).name)}: {what} after it was made.",
        hint="Nothing was changed. Make the plan again.",
    )
