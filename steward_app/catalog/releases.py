"""Copies for release, what people recorded of them, and the keys of their pseudonyms, as the catalog keeps them.

The meaning of it all is in `services.privacy.anonymize`; here are the rows. No key and no value of a row stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta

from steward_app.catalog.store import Unit
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.kernel.values import SqlValue


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A row of `releases`; the columns are explained in its migration."""

    id: str
    database_id: str
    operation_id: str
    path: str
    in_place: int
    file_hash: str
    size_bytes: int
    tables: int
    rows: int
    made_at: str
    made_by: str
    rules: str
    rules_hash: str
    plan_id: str
    plan_hash: str
    policy_hash: str
    key_name: str
    recipient: str
    purpose: str
    until: str
    state: str
    state_at: str
    state_by: str
    note: str
    checks: str
    risks: str = "[]"

    @property
    def over_since(self) -> date | None:
        """The day after its last one; None before that day, and where somebody recorded that it is gone."""
        if not self.until or self.state not in ("made", "given"):
            return None
        last = date.fromisoformat(self.until)
        return last + timedelta(days=1) if last < clock.now().date() else None


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    """A row of `release_assessments`."""

    id: str
    release_id: str
    recorded_at: str
    assessed_by: str
    recipient: str
    until: str
    sheet: str
    withdrawn_at: str = ""
    withdrawn_by: str = ""
    withdrawn_why: str = ""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A row of `release_keys`."""

    id: str
    name: str
    state: str
    made_at: str
    destroyed_at: str = ""
    destroyed_by: str = ""
    reason: str = ""


_RELEASE = ", ".join(field.name for field in fields(ReleaseRow))
_ASSESSMENT = ", ".join(field.name for field in fields(AssessmentRow))
_KEY = ", ".join(field.name for field in fields(KeyRow))


def insert(unit: Unit, release: ReleaseRow) -> None:
    """Put a copy into the register."""
    _insert(unit, "INSERT INTO releases", asdict(release))


def delete(unit: Unit, operation_id: str) -> None:
    """Forget a copy that was never finished."""
    unit.session.run("DELETE FROM releases WHERE operation_id = ? AND state = 'making'", (operation_id,))


def of_database(session: Session, database_id: str) -> tuple[ReleaseRow, ...]:
    """The copies of a database, newest first; those in the making are not told."""
    return tuple(
        _release(row)
        for row in session.execute(
            f"SELECT {_RELEASE} FROM releases WHERE database_id = ? AND state <> 'making'"
            " ORDER BY made_at DESC, id DESC",
            (database_id,),
        )
    )


def like(session: Session, path: str, size_bytes: int) -> tuple[ReleaseRow, ...]:
    """The copies that were made at a place or are as large as a file there, newest first."""
    rows = session.all(
        f"SELECT {_RELEASE} FROM releases WHERE (path = ? OR size_bytes = ?) AND state <> 'making'"
        " ORDER BY made_at DESC, id DESC",
        (path, size_bytes),
    )
    return tuple(map(_release, rows))


def find(session: Session, start: str) -> tuple[ReleaseRow, ...]:
    """The copies whose id begins so, two at most."""
    start = start if start.startswith("rl_") else f"rl_{start}"
    rows = session.all(
        f"SELECT {_RELEASE} FROM releases WHERE substr(id, 1, ?) = ? AND state <> 'making' ORDER BY id LIMIT 2",
        (len(start), start),
    )
    return tuple(map(_release, rows))


def of_operation(session: Session, operation_id: str) -> ReleaseRow | None:
    """What an operation made or is making, or None."""
    row = session.one(f"SELECT {_RELEASE} FROM releases WHERE operation_id = ?", (operation_id,))
    return _release(row) if row else None


def set_state(unit: Unit, release_id: str, state: str, at: str, by: str, note: str) -> None:
    """Record what became of a copy."""
    unit.session.run(
        "UPDATE releases SET state = ?, state_at = ?, state_by = ?, note = ? WHERE id = ?",
        (state, at, by, note, release_id),
    )


def insert_assessment(unit: Unit, assessment: AssessmentRow) -> None:
    """Keep what a person recorded."""
    _insert(unit, "INSERT INTO release_assessments", asdict(assessment))


def assessments(session: Session, release_id: str) -> tuple[AssessmentRow, ...]:
    """What was recorded of a copy, newest first."""
    return tuple(
        AssessmentRow(*map(str, row))
        for row in session.execute(
            f"SELECT {_ASSESSMENT} FROM release_assessments WHERE release_id = ? ORDER BY recorded_at DESC, id DESC",
            (release_id,),
        )
    )


def withdraw_assessments(unit: Unit, release_id: str, at: str, by: str, why: str) -> int:
    """Withdraw all that is recorded of a copy and not withdrawn yet; how many."""
    return unit.session.run(
        "UPDATE release_assessments SET withdrawn_at = ?, withdrawn_by = ?, withdrawn_why = ?"
        " WHERE release_id = ? AND withdrawn_at = ''",
        (at, by, why, release_id),
    )


def keep_report(unit: Unit, release_id: str, made_at: str, report: str) -> None:
    """Keep what was found out about a copy, in the place of what was before."""
    values = {"release_id": release_id, "made_at": made_at, "report": report}
    _insert(unit, "INSERT OR REPLACE INTO release_reports", values)


def report(session: Session, release_id: str) -> str:
    """What was found out about a copy when it was looked at last; "" where nobody did."""
    return str(session.value("SELECT report FROM release_reports WHERE release_id = ?", (release_id,)) or "")


def keys(session: Session) -> tuple[tuple[KeyRow, int], ...]:
    """All keys by name, each with how many copies were made with it."""
    return tuple(
        (KeyRow(*map(str, row[:-1])), int(str(row[-1])))
        for row in session.execute(
            f"SELECT {_KEY}, (SELECT count(*) FROM releases WHERE key_name = release_keys.name AND"
            " releases.state <> 'making') FROM release_keys ORDER BY name"
        )
    )


def key(session: Session, name: str) -> KeyRow | None:
    """The key of that name, or None."""
    row = session.one(f"SELECT {_KEY} FROM release_keys WHERE name = ?", (name,))
    return KeyRow(*map(str, row)) if row else None


def insert_key(unit: Unit, key: KeyRow) -> None:
    """Name a key; nothing happens where the name is taken."""
    _insert(unit, "INSERT OR IGNORE INTO release_keys", asdict(key))


def key_is_made(unit: Unit, name: str) -> None:
    """Note that the secret of a key is kept."""
    unit.session.run("UPDATE release_keys SET state = 'made' WHERE name = ? AND state = 'new'", (name,))


def key_is_destroyed(unit: Unit, name: str, at: str, by: str, reason: str) -> None:
    """Note that a key is destroyed; its name stays taken."""
    unit.session.run(
        "UPDATE release_keys SET state = 'destroyed', destroyed_at = ?, destroyed_by = ?, reason = ? WHERE name = ?",
        (at, by, reason, name),
    )


def databases_of_key(session: Session, name: str) -> tuple[str, ...]:
    """The databases of which copies were made with a key."""
    rows = session.execute("SELECT DISTINCT database_id FROM releases WHERE key_name = ? ORDER BY 1", (name,))
    return tuple(str(row[0]) for row in rows)


def _insert(unit: Unit, into_sql: str, values: Mapping[str, SqlValue]) -> None:
    marks = ", ".join("?" * len(values))
    unit.session.run(f"{into_sql} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


def _release(row: tuple[SqlValue, ...]) -> ReleaseRow:
    return ReleaseRow(*row)  # type: ignore[arg-type]  # a STRICT table of these types
