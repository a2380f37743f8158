"""Restore points and restores, with the state before and what must hold after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builders import a_database
from steward_app.catalog import Catalog, chain, journal, open_catalog, stamp
from steward_app.db import open_write
from steward_app.db.content import TableContent, table_contents
from steward_app.db.integrity import integrity_check
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.operation import Confirmation
from steward_app.storage import private_directory

DATABASE, NEW_FILE = "clinic.db", "restored.db"

Contents = tuple[TableContent, ...]


@dataclass(frozen=True)
class Before:
    """What there was: the rows of the database now, and those of the point that was made of it earlier."""

    now: Contents
    then: Contents
    point: str


def build(folder: Path, *, wal: bool) -> Before:
    """A database with one restore point, changed since."""
    builder = a_database(folder, DATABASE).with_pragma("page_size = 1024")
    builder.with_table("visit", "id INTEGER PRIMARY KEY, note", rows=[(n, "x" * 200) for n in range(20)])
    path = (builder.in_wal_mode() if wal else builder).build()
    then = contents(path)
    with home(folder) as catalog:
        plan = backup.plan_create(catalog, path, Context(), prove=False)
        receipt = backup.create(catalog, plan, Context())
    with open_write(path) as session, session.transaction():
        session.run("DELETE FROM visit WHERE id > 5")
        session.run("INSERT INTO visit VALUES (99, 'later')")
    return Before(contents(path), then, str((receipt.result or {})["point"]))


def home(folder: Path) -> Catalog:
    return open_catalog(private_directory(folder / "home"))


def contents(path: Path) -> Contents:
    """What a file holds, but for our own table; opened as the next program would, with the right to write."""
    with open_write(path) as session:
        assert integrity_check(session, Context()) == ()
        return tuple(table for table in table_contents(session, Context()) if table.name != stamp.TABLE)


def create(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        plan = backup.plan_create(catalog, folder / DATABASE, context)
        backup.create(catalog, plan, context)


def restore_to_new_file(folder: Path, context: Context) -> None:
    _restore(folder, context, folder / NEW_FILE)


def restore_in_place(folder: Path, context: Context) -> None:
    _restore(folder, context, None)


def _restore(folder: Path, context: Context, to: Path | None) -> None:
    path = folder / DATABASE
    with home(folder) as catalog:
        oldest = backup.list_points(catalog, path, context)[-1]
        plan = restore.plan_restore(catalog, path, oldest.id, context, to=to)
        restore.restore(catalog, plan, context, Confirmation.of(plan))


def settled(folder: Path) -> list[tuple[str, bool]]:
    """Settle what is open, as opening the file does; the operations in order, and whether each happened."""
    with home(folder) as catalog:
        restore.settle(catalog, folder / DATABASE, Context())
        with catalog.reading() as session:
            assert chain.verify(session).holds
            assert session.count("SELECT count(*) FROM leases") == 0
            events = journal.events(session, phases=(journal.Phase.STARTED,))
            records = [journal.record(session, event.operation_id) for event in reversed(events)]
    assert all(record and record.ended for record in records)
    return [(record.started.operation, record.happened) for record in records if record]
