"""Values erased inside the log, and changes that leave it for an archive, with what must hold after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from builders import a_database
from builders.guarding import install, verified
from builders.operations import known
from builders.under_audit import run
from faults.points import DATABASE, home
from steward_app.catalog import erasure, journal
from steward_app.db import open_read, open_write
from steward_app.db.integrity import integrity_check
from steward_app.kernel.progress import Context
from steward_app.services.audit.erasing.erase import EraseRequest, erase, plan_erase
from steward_app.services.audit.leaving.prune_log import PruneRequest, plan_prune_log, prune_log
from steward_app.services.audit.seals import chain, receipt, statement
from steward_app.services.audit.seals.seal_log import SealRequest, seal_log
from steward_app.services.operation import Confirmation

SECRET = b"Wilhelmina Secretkeeper"
ARCHIVE = "old.db"
_ALL = timedelta(days=-1)
"""Older than a day from now: everything that is sealed."""


@dataclass(frozen=True)
class Logged:
    """How many values of the log are erased, up to where it was pruned, and the rows of the table."""

    erased: int
    cut: int
    rows: tuple[tuple[object, ...], ...]


def build(folder: Path, *, wal: bool) -> Logged:
    """A table under audit, whose log holds the life of a row that is gone; sealed but for the last change."""
    builder = a_database(folder, DATABASE).with_pragma("page_size = 1024")
    builder.with_table(
        "person", "id INTEGER PRIMARY KEY, name TEXT, note", rows=[(n, "x" * 60, n) for n in range(9)]
    )
    builder.with_table("loose", "a, b", rows=[(n, "y" * 60) for n in range(9)])
    path = (builder.in_wal_mode() if wal else builder).build()
    with home(folder) as catalog:
        known_as = known(catalog, path).id
        install(catalog, path)
        run(
            path,
            f"INSERT INTO person VALUES (50, '{SECRET.decode()}', 1)",
            "DELETE FROM person WHERE id = 50",
        )
        run(path, "DELETE FROM loose WHERE a IN (2, 5)", "UPDATE person SET note = 'changed' WHERE id < 4")
        seal_log(catalog, SealRequest(path, known_as), Context())
        run(path, "UPDATE person SET note = 'again' WHERE id = 3")
    return state(folder)


def state(folder: Path) -> Logged:
    """What the file holds now; it holds together, and its log is as it was sealed."""
    path = folder / DATABASE
    with open_write(path) as session:
        assert integrity_check(session, Context()) == ()
    verdict = verified(path)
    assert verdict.holds, (verdict.problems, verdict.differences)
    with open_read(path) as session:
        rows = session.all("SELECT rowid, * FROM person UNION ALL SELECT rowid, *, NULL FROM loose")
        found = chain.Chain.read(session)
        assert found is not None
        erased = len(list(statement.signed_events(session, found.log, statement.REDACTED)))
        return Logged(erased, statement.cut(session).last_seq, tuple(rows))


def erase_in_it(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        path = folder / DATABASE
        request = EraseRequest(path, known(catalog, path).id, "person", (50,), reason="rq_1")
        plan = plan_erase(catalog, request, context)
        erase(catalog, plan, context, Confirmation.of(plan))


def finish(folder: Path) -> None:
    """Write the file anew, as is asked for where an erasure was interrupted after it had happened."""
    with home(folder) as catalog:
        path = folder / DATABASE
        plan = plan_erase(catalog, EraseRequest(path, known(catalog, path).id, finish=True), Context())
        erase(catalog, plan, Context(), Confirmation.of(plan))


def prune_it(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        path = folder / DATABASE
        request = PruneRequest(path, known(catalog, path).id, folder / ARCHIVE, _ALL)
        plan = plan_prune_log(catalog, request, context)
        prune_log(catalog, plan, context, Confirmation.of(plan))


def secrets_on_disk(folder: Path) -> bool:
    """Whether the secret stands anywhere in the file or beside it."""
    return any(SECRET in each.read_bytes() for each in folder.glob(f"{DATABASE}*"))


def left(folder: Path) -> str:
    """What the newest erasure or pruning says is not gone from the disk yet."""
    with home(folder) as catalog, catalog.reading() as session:
        ends = journal.events(session, phases=(journal.Phase.FINISHED,))
        result = next(event.data for event in ends if event.operation in ("audit.erase", "audit.prune"))[
            "result"
        ]
    assert isinstance(result, dict)
    return str(result["left"])


def ledger(folder: Path) -> set[str]:
    """What the ledger says of its entries: "confirmed", "withdrawn", "open"."""
    with home(folder) as catalog:
        known_as = known(catalog, folder / DATABASE).id
        with catalog.reading() as session:
            return {
                "withdrawn" if each.withdrawn_at else "confirmed" if each.erased_at else "open"
                for each in erasure.every(session, known_as)
            }


def left_lying(folder: Path) -> list[str]:
    """Files of an archive, and indexes of the time in which the file was written anew."""
    with open_read(folder / DATABASE) as session:
        names = session.all("SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE '%still%'")
    return [
        *(str(name) for (name,) in names),
        *(each.name for each in folder.glob(f"*{ARCHIVE}*")),
        *(each.name for each in folder.glob("*.part*")),
    ]


def kept_seal(folder: Path) -> bool:
    """Whether the receipt that is kept outside is of a seal the log has."""
    with home(folder) as catalog, open_read(folder / DATABASE) as session:
        found, last = chain.Chain.read(session), chain.last_seal(session)
        kept = (
            receipt.kept(catalog.directory, found.log.hex(), known(catalog, folder / DATABASE).id)
            if found
            else None
        )
        return kept is not None and last is not None and kept.n <= last.n
