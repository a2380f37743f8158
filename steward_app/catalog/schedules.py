"""When restore points of a database are made by themselves, and how long they stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from steward_app.catalog.store import Unit
from steward_app.db import Session


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the steward set for one database. Moments are RFC 3339 in UTC, "" for never.

    Attributes:
        every_minutes: between two points; 0 when points are made by hand only.
        keep: the rules of thinning, as `services.backup.retention` writes them.
        ran_at: when the last run began.
        drilled_at: when the last drill began.
    """

    database_id: str
    every_minutes: int
    keep: str
    ran_at: str = ""
    drilled_at: str = ""


def get(session: Session, database_id: str) -> Schedule | None:
    """The schedule of a database, or None when none was ever set."""
    row = session.one(
        "SELECT database_id, every_minutes, keep, ran_at, drilled_at FROM schedules WHERE database_id = ?",
        (database_id,),
    )
    return Schedule(*cast("tuple[str, int, str, str, str]", row)) if row else None


def save(unit: Unit, schedule: Schedule) -> None:
    """Set the schedule of a database."""
    unit.session.run(
        "INSERT OR REPLACE INTO schedules (database_id, every_minutes, keep, ran_at, drilled_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (
            schedule.database_id,
            schedule.every_minutes,
            schedule.keep,
            schedule.ran_at,
            schedule.drilled_at,
        ),
    )


def ran(unit: Unit, schedule: Schedule, at: str, *, drilled: bool = False) -> Schedule:
    """Record that a run, or a drill, began."""
    known = get(unit.session, schedule.database_id) or schedule
    known = replace(known, drilled_at=at) if drilled else replace(known, ran_at=at)
    save(unit, known)
    return known
