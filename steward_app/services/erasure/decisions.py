"""What a person says of rows in quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from steward_app.catalog import Catalog, journal, quarantine
from steward_app.catalog.journal import Phase
from steward_app.catalog.quarantine import Quarantined, Verdict, Why
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Key

_WHY = {
    Why.DIFFERS: "it has the key of an erased row, and other content",
    Why.UNMATCHED: "it has the key of an erased row, and the table has other columns now",
    Why.CLASH: "it is an erased row, and the table refuses what should stand in its columns instead",
    Why.CHILD: "it belongs to an erased row",
}
_THEN = {
    Verdict.KEEP: "It is another row, and comes back with the next restore.",
    Verdict.ERASE: "It is the erased one, and is erased wherever it is found.",
}


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row that was left out of what was restored, until a person decides.

    Attributes:
        id: "qu_...".
        table: as it is called in the restore point.
        key_columns: its primary key there; empty where rows are named by their rowid.
        key: the values of these columns in the row, or its rowid.
        point: the restore point it was found in.
        made_at: the moment of that; RFC 3339, UTC.
        found_at: when it was found.
        why: why it waits.
        reason: the same in words.
    """

    id: str
    table: str
    key_columns: tuple[str, ...]
    key: Key
    point: str
    made_at: str
    found_at: str
    why: Why
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was said of a row that waited.

    Attributes:
        id: of the row: "qu_...".
        table: as it is called in the restore point.
        point: the restore point it was found in.
        verdict: what was said.
        sentence: what follows from it.
    """

    id: str
    table: str
    point: str
    verdict: Verdict
    sentence: str


def list_waiting(catalog: Catalog, database_id: str, *, limit: int = 1_000) -> tuple[WaitingRow, ...]:
    """The rows that wait for a person, the one found first first."""
    with catalog.reading() as session:
        return tuple(map(_waiting, islice(quarantine.waiting(session, database_id), limit)))


def decide_row(catalog: Catalog, database_id: str, row_id: str, verdict: Verdict) -> Decision:
    """Settle a row in quarantine; journalled, without its key.

    A file that was handed over before stays as it is: restore again, or bring the row back from its point.

    Args:
        verdict: `KEEP` or `ERASE`.

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
    sentence = f"Decided on a row of {quoted(row.table)}. {_THEN[verdict]}"
    return Decision(row.id, row.table, row.source, verdict, sentence)


def _waiting(row: Quarantined) -> WaitingRow:
    return WaitingRow(
        id=row.id,
        table=row.table,
        key_columns=row.shape.key_columns,
        key=row.key,
        point=row.source,
        made_at=row.made_at,
        found_at=row.found_at,
        why=row.why,
        reason=_WHY[row.why],
    )
