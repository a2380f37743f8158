"""The last rehearsal of each plan of migrations, as JSON of the service that rehearses. No keys of rows."""

from __future__ import annotations

import json
from dataclasses import dataclass

from steward_app.catalog.store import Unit
from steward_app.db import Session

_MOST = 100  # of one database; the oldest go


@dataclass(frozen=True, slots=True)
class KeptRehearsal:
    """A rehearsal that is over.

    Attributes:
        operation_id: in the journal.
        plan: digest of the plan that was rehearsed.
        files: names of the files that ran, each with its checksum, in order.
        finished_at: RFC 3339, UTC.
        failed: the file that did not go through, or "".
    """

    operation_id: str
    plan: str
    files: tuple[tuple[str, str], ...]
    finished_at: str
    passed: bool
    failed: str = ""


def keep(unit: Unit, database_id: str, kept: KeptRehearsal, result: str) -> None:
    """Keep a rehearsal in the place of the one before of the same plan."""
    unit.session.run("DELETE FROM rehearsals WHERE database_id = ? AND plan = ?", (database_id, kept.plan))
    unit.session.run(
        "INSERT INTO rehearsals (operation_id, database_id, plan, files, finished_at, passed, failed, result)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            kept.operation_id,
            database_id,
            kept.plan,
            json.dumps(kept.files),
            kept.finished_at,
            int(kept.passed),
            kept.failed,
            result,
        ),
    )
    unit.session.run(
        "DELETE FROM rehearsals WHERE database_id = ?1 AND operation_id NOT IN"
        " (SELECT operation_id FROM rehearsals WHERE database_id = ?1 ORDER BY finished_at DESC LIMIT ?2)",
        (database_id, _MOST),
    )


def of_database(session: Session, database_id: str) -> tuple[KeptRehearsal, ...]:
    """The rehearsals of a database, the newest first."""
    rows = session.all(
        "SELECT operation_id, plan, files, finished_at, passed, failed FROM rehearsals WHERE database_id = ?"
        " ORDER BY finished_at DESC",
        (database_id,),
    )
    return tuple(
        KeptRehearsal(
            str(operation_id),
            str(plan),
            tuple((str(file), str(checksum)) for file, checksum in json.loads(str(files))),
            str(finished_at),
            bool(passed),
            str(failed),
        )
        for operation_id, plan, files, finished_at, passed, failed in rows
    )


def result_of(session: Session, operation_id: str) -> str:
    """What a rehearsal found, as it was kept; "" where it is not there any more."""
    return str(session.value("SELECT result FROM rehearsals WHERE operation_id = ?", (operation_id,)) or "")
