"""The documents of verifying and reconciling an audit. Apart from the commands, since their types must be loaded."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.cli.rows_documents import key_to_id
from steward_app.services.audit.unwind import Difference
from steward_app.services.audit.verdict import Problem, Verdict


@dataclass(frozen=True, slots=True)
class Behind:
    """A row that was changed behind the log's back.

    Attributes:
        id: table and row.
        row: its key, as other commands take it.
        how: "changed", "added" or "removed".
    """

    id: str
    table: str
    row: str
    how: str


@dataclass(frozen=True, slots=True)
class VerdictDocument:
    """What verifying the log gave.

    Attributes:
        holds: all is as it was sealed, and the tables are what the log says.
        log: the name of the log, in hex.
        seals: how many there are, `sealed` how many changes and events they cover, `pruned` how many have left.
        unsealed: changes and events since, which nothing protects yet.
        problems: what is not as it was sealed.
        differences: rows changed behind the log's back; null when the tables were not compared.
        keys: how many seals each key has signed.
        receipt_seal: the newest seal that a receipt was compared with, or null.
        notes: worth knowing, and proof of nothing.
    """

    path: str
    holds: bool
    log: str
    seals: int
    sealed: int
    pruned: int
    unsealed: int
    problems: tuple[Problem, ...]
    differences: tuple[Behind, ...] | None
    keys: dict[str, int]
    receipt_seal: int | None
    notes: tuple[str, ...]


def verdict_document(path: str, verdict: Verdict) -> VerdictDocument:
    """A verdict as a document."""
    return VerdictDocument(
        path=path,
        holds=verdict.holds,
        log=verdict.log,
        seals=verdict.seals,
        sealed=verdict.sealed,
        pruned=verdict.pruned,
        unsealed=verdict.unsealed,
        problems=verdict.problems,
        differences=None if verdict.differences is None else tuple(map(behind, verdict.differences)),
        keys=dict(verdict.keys),
        receipt_seal=verdict.receipt.n if verdict.receipt else None,
        notes=verdict.notes,
    )


def behind(difference: Difference) -> Behind:
    """A difference as a document."""
    row = key_to_id(difference.key)
    return Behind(f"{difference.tid}:{row}", difference.table, row, difference.how.value)
