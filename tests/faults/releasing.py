"""Making a copy for release and anonymizing in place, with the state before and what must hold after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from builders.guarding import install
from builders.releases import trap, write_to
from faults.points import home
from steward_app.catalog import chain, journal
from steward_app.db import open_read, open_write
from steward_app.db.content import TableContent, table_contents
from steward_app.db.integrity import integrity_check
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.audit.engine import tables
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.audit.seals.verify import verify
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.operation import Confirmation
from steward_app.services.privacy.anonymize import copy, in_place

DATABASE, COPY = "trap.db", "copy.db"


@dataclass(frozen=True)
class Before:
    """The bytes of the database, and what it held."""

    digest: str
    held: tuple[TableContent, ...]


def build(folder: Path, *, wal: bool = False) -> Before:
    """The trap file, known to the catalog, which has the key already."""
    path = trap(folder, DATABASE, wal=wal, customers=30)
    with home(folder) as catalog:
        plan = copy.plan_copy(catalog, path, folder / "first.db", Context(), rules="trap")
        copy.make_copy(catalog, plan, Context())
    (folder / "first.db").unlink()
    return Before(digest(path), contents(path))


def build_with_store(folder: Path, *, wal: bool = False) -> Before:
    """The same, with an encrypted store."""
    before = build(folder, wal=wal)
    with home(folder) as catalog:
        backup.init_store(
            catalog, folder / DATABASE, str(folder / "store"), Context(), new_keys=make_keys(KeyMode.KEY)
        )
    return before


def build_under_audit(folder: Path, *, wal: bool = False) -> Before:
    """The same under audit, with a log that holds originals."""
    build_with_store(folder, wal=wal)
    with home(folder) as catalog:
        install(catalog, folder / DATABASE, "customers", "logins")
    write_to(folder / DATABASE, "UPDATE logins SET ip = '10.0.0.77' WHERE id = 3")
    return Before(digest(folder / DATABASE), contents(folder / DATABASE))


def digest(path: Path) -> str:
    return blake3(path.read_bytes()).hexdigest()


def contents(path: Path) -> tuple[TableContent, ...]:
    """What a file holds, but for our own table; opened as the next program would, with the right to write."""
    with open_write(path) as session:
        assert integrity_check(session, Context()) == ()
        assert session.all("PRAGMA foreign_key_check") == []
        return tuple(
            each for each in table_contents(session, Context()) if not each.name.startswith("_steward")
        )


def make(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        plan = copy.plan_copy(catalog, folder / DATABASE, folder / COPY, context, rules="trap")
        copy.make_copy(catalog, plan, context)


def anonymize(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        plan = in_place.plan_in_place(catalog, folder / DATABASE, context, rules="trap")
        in_place.anonymize_in_place(catalog, plan, context, Confirmation.of(plan))


def settled(folder: Path) -> tuple[list[tuple[str, bool]], list[tuple[str, str, int]]]:
    """Settle what is open, as opening the file does: operations with whether each happened, and the register."""
    with home(folder) as catalog:
        restore.settle(catalog, folder / DATABASE, Context())
        with catalog.reading() as session:
            assert chain.verify(session).holds
            assert session.count("SELECT count(*) FROM leases") == 0
            events = journal.events(session, phases=(journal.Phase.STARTED,))
            records = [journal.record(session, event.operation_id) for event in reversed(events)]
            entries = [
                (str(path), str(state), int(str(place)))
                for path, state, place in session.execute(
                    "SELECT path, state, in_place FROM releases ORDER BY id"
                )
            ]
    assert all(record and record.ended for record in records)
    return [(record.started.operation, record.happened) for record in records if record], entries


def originals(folder: Path) -> int:
    """How many of the originals' e-mail addresses stand in the database and what lies beside it."""
    beside = [path for path in folder.glob(f"{DATABASE}*") if path.suffix != ".yaml"]
    held = b"".join(path.read_bytes().lower() for path in beside)
    return held.count(b"@orig.example")


def audited(folder: Path) -> tuple[bool, list[str], list[State]]:
    """Whether the log is as it was sealed and the rows are what it says; what its events tell; how its tables stand."""
    path = folder / DATABASE
    with open_read(path) as session, session.snapshot():
        holds = verify(session, Context(), full=True).holds
        told = [each.kind for each in tables.events(session)]
    return holds, told, [each.state for each in audit_status(path).tables]


def read(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_read(path) as session:
        return session.all(sql)
