"""Forms of tables that are registered and taken out again, and what the catalog holds however it ends."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from builders.operations import known
from faults.points import DATABASE, home
from steward_app.catalog import journal, schema_versions
from steward_app.db import open_write
from steward_app.kernel.progress import Context
from steward_app.services import restore, undo
from steward_app.services.migrate import registering

Kept = tuple[tuple[str, int], ...]
BEFORE: Kept = (("visit", 1),)
AFTER: Kept = (("room", 1), ("visit", 1), ("visit", 2))


def build(folder: Path) -> None:
    """A file of which one table was registered, and has another form now."""
    path = a_database(folder, DATABASE).with_sql("CREATE TABLE visit (id INTEGER PRIMARY KEY)").build()
    register(folder, Context())
    with open_write(path) as session:
        session.run("ALTER TABLE visit ADD COLUMN day TEXT")
        session.run("CREATE TABLE room (name TEXT)")


def build_registered(folder: Path) -> None:
    """The same, with both forms registered."""
    build(folder)
    register(folder, Context())


def register(folder: Path, context: Context) -> None:
    """Register what has another form."""
    path = folder / DATABASE
    with home(folder) as catalog:
        plan = registering.plan_registering(catalog, path, (), context)
        registering.register(catalog, plan, context)


def take_back(folder: Path, context: Context) -> None:
    """Undo the registering that was last, from the journal."""
    with home(folder) as catalog:
        known_as = known(catalog, folder / DATABASE).id
        with catalog.reading() as session:
            done = journal.events(
                session, database_id=known_as, operation="schema.register", phases=(journal.Phase.FINISHED,)
            )
        undo.undo(catalog, done[0].operation_id, context)


def settled(folder: Path) -> Kept:
    """What is kept, once what was left open is settled."""
    path = folder / DATABASE
    with home(folder) as catalog:
        restore.settle(catalog, path, Context())
        known_as = known(catalog, path).id
        with catalog.reading() as session:
            assert journal.open_operations(session, known_as) == ()
            return tuple((each.table, each.number) for each in schema_versions.every(session, known_as))
