"""A small audited file with a history, for tests of time travel: change number n was made n hours after `BEGIN`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from builders import a_database
from builders.sealed import by_hand, put_under_audit
from builders.under_audit import run
from steward_app.db import open_read
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Mode

BEGIN = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=10)
CHANGES = (
    "UPDATE visit SET score = 99 WHERE id = 1",
    "DELETE FROM visit WHERE id = 2",
    "INSERT INTO visit VALUES (50, 1, 1, 'new', 5.0)",
    "UPDATE patient SET ward = 'north' WHERE id = 3",
    "UPDATE visit SET kind = 'late', score = NULL WHERE id = 3",
    "UPDATE visit SET patient_id = 2 WHERE id = 4",
)
"""Visit 1 changes, 2 goes, 50 comes, patient 3 changes, visit 3 changes, visit 4 points elsewhere."""


def at(change: float) -> datetime:
    """When a change was made."""
    return BEGIN + timedelta(hours=change)


def a_past(path: Path, *changes: str) -> Path:
    """patient 1 to 5 and visit 1 to 30 under audit, staff 1 to 3 not; then the changes."""
    return write_history(a_present(path), *(changes or CHANGES))


def a_present(path: Path, modes: Mapping[str, Mode] | None = None) -> Path:
    """The same before the changes. `modes`: of the columns of visit."""
    a_database(path).with_table(
        "patient",
        "id INTEGER PRIMARY KEY, given_name TEXT, ward TEXT",
        rows=[(n, f"Name{n}", "south") for n in range(1, 6)],
    ).with_table(
        "staff", "id INTEGER PRIMARY KEY, role TEXT", rows=[(n, "nurse") for n in range(1, 4)]
    ).with_table(
        "visit",
        "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient, staff_id INTEGER REFERENCES staff, "
        "kind TEXT, score REAL",
        rows=[(n, n % 5 + 1, n % 3 + 1, "check", n / 2) for n in range(1, 31)],
    ).build()
    put_under_audit(path, "patient")
    put_under_audit(path, "visit", modes=modes)
    return path


def write_history(path: Path, *changes: str) -> Path:
    """Run statements as another program does, and give every change its time."""
    assert run(path, *changes) == []
    with open_read(path) as session:
        tids = [each.tid for each in tables.tables(session)]
    begin = int(BEGIN.timestamp() * 1000)
    for tid in tids:
        by_hand(path, f"UPDATE _steward_audit_log_{tid} SET at = ? + 3600000 * seq", begin)
    by_hand(path, "UPDATE _steward_audit_event SET at_us = 1000 * (? + 3600000 * seq)", begin)
    return path
