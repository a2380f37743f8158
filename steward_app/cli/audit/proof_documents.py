"""The documents of verifying and reconciling an audit. Apart from the commands, since their types must be loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from steward_app.cli.audit.documents import Hides
from steward_app.cli.rows_documents import key_to_id
from steward_app.db import Session
from steward_app.services.audit.engine import tables
from steward_app.services.audit.seals.unwind import Difference
from steward_app.services.audit.seals.verdict import Problem, Verdict


@dataclass(frozen=True, slots=True)
class Behind:
    """A row that was changed behind the log's back.

    Attributes:
        id: table and row, or the place in the list where the row is not shown.
        row: its key, as other commands take it; null where it looks personal, and of a table as a whole.
        how: "changed", "added" or "removed"; "renumbered" where VACUUM gave all rows of the table other numbers.
    """

    id: str
    table: str
    row: str | None
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


def verdict_document(
    path: str, verdict: Verdict, differences: tuple[Behind, ...] | None = None
) -> VerdictDocument:
    """A verdict as a document; `differences` are the verdict's as `behind` gives them."""
    return VerdictDocument(
        path=path,
        holds=verdict.holds,
        log=verdict.log,
        seals=verdict.seals,
        sealed=verdict.sealed,
        pruned=verdict.pruned,
        unsealed=verdict.unsealed,
        problems=verdict.problems,
        differences=differences,
        keys=dict(verdict.keys),
        receipt_seal=verdict.receipt.n if verdict.receipt else None,
        notes=verdict.notes,
    )


def behind(differences: Iterable[Difference], session: Session, hides: Hides) -> tuple[Behind, ...]:
    """Differences as documents, without the keys that look personal."""
    keys: dict[int, tuple[str, ...]] = {}
    found = []
    for at, each in enumerate(differences):
        if each.tid not in keys:
            table = tables.table(session, each.tid)
            keys[each.tid] = table.row_key if table is not None else ()
        secret = [column for column in keys[each.tid] if hides(each.table, column)]
        found.append(_behind(at, each, named=not secret))
    return tuple(found)


def _behind(at: int, each: Difference, *, named: bool) -> Behind:
    row = key_to_id(each.key) if each.key and named else None
    return Behind(f"{each.tid}:{at if row is None else row}", each.table, row, each.how.value)
