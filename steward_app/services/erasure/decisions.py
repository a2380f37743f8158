"""What a person says of rows in quarantine."""

from __future__ import annotations

from steward_app.catalog import Catalog, journal, quarantine
from steward_app.catalog.journal import Phase
from steward_app.catalog.quarantine import Quarantined, Verdict
from steward_app.kernel.errors import ErrorCode, UsageError


def list_waiting(catalog: Catalog, database_id: str, *, limit: int = 1_000) -> tuple[Quarantined, ...]:
    """The rows that wait for a person, oldest first."""
    with catalog.reading() as session:
        return tuple(
            row for _, row in zip(range(limit), quarantine.waiting(session, database_id), strict=False)
        )


def decide_row(catalog: Catalog, database_id: str, row_id: str, verdict: Verdict) -> Quarantined:
    """Settle a row in quarantine; journalled, without its key.

    `KEEP`: it is another row, and comes back with the next restore. `ERASE`: it is the erased one in an older state,
    and is erased wherever it is found. A file that was handed over before stays as it is: restore again, or bring the
    row back from its point.

    Raises `UsageError` for a row that does not wait, or is of another database.
    """
    if verdict is Verdict.WAITING:
        raise UsageError(ErrorCode.BAD_REQUEST, "To wait is no decision.", hint="Nothing was changed.")
    with catalog.unit() as unit:
        row = quarantine.decide(unit, row_id, verdict, database_id)
        journal.append(
            unit,
            Phase.NOTE,
            "erasure.decide",
            database_id=database_id,
            details={"row": row.id, "table": row.table, "point": row.source, "verdict": verdict.value},
        )
        unit.commit()
    return row
