"""Points of a store restored and exported through the operations, with the state before and what must hold after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builders import a_database
from builders.stores import UnsyncedDisk, request, stage
from faults.points import DATABASE, NEW_FILE, Contents, contents, home
from steward_app.catalog import Catalog, journal, open_catalog
from steward_app.db import open_write
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup.connect import reached
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store.keys import KeyMode, Unlocking, make_keys, write_key_file
from steward_app.services.backup.store.writer import write_point
from steward_app.services.operation import Confirmation
from steward_app.storage import private_directory, scratch_directory
from steward_app.storage.disk import using

STORE, POINT = "store", "pt_stored"


@dataclass(frozen=True)
class Before:
    """What the database holds now, what it held then, and the bytes it had."""

    now: Contents
    then: Contents
    image: bytes


def build(folder: Path, *, encrypted: bool) -> Before:
    """A database with one point in a store, changed since."""
    builder = a_database(folder, DATABASE).with_pragma("page_size = 1024")
    path = builder.with_table(
        "visit", "id INTEGER PRIMARY KEY, note", rows=[(n, "x" * 200) for n in range(20)]
    )
    file = path.build()
    then, image = contents(file), file.read_bytes()
    with using(UnsyncedDisk()), home(folder) as catalog:
        _store(catalog, folder, file, image, encrypted=encrypted)
    with open_write(file) as session, session.transaction():
        session.run("DELETE FROM visit WHERE id > 5")
    return Before(contents(file), then, image)


def _store(catalog: Catalog, folder: Path, file: Path, image: bytes, *, encrypted: bool) -> None:
    keys = make_keys(KeyMode.KEY) if encrypted else None
    store, _ = init_store(catalog, file, str(folder / STORE), Context(), new_keys=keys)
    if keys:
        write_key_file(keys.identity, folder / "key.txt")
    with reached(catalog, store, Context()) as found, scratch_directory(catalog.scratch) as scratch:
        scanned = stage(scratch / "staging", image, 1024, key=found.store.naming_key)
        write_point(found.store, scanned, scratch / "staging", None, request(POINT), Context())
    backup.refresh(catalog, store, Context())


def restore_to_new_file(folder: Path, context: Context) -> None:
    _restore(folder, context, folder / NEW_FILE)


def restore_in_place(folder: Path, context: Context) -> None:
    _restore(folder, context, None)


def restore_the_moment_in_place(folder: Path, context: Context) -> None:
    """The same as `restore_in_place`, the point found by its moment."""
    path = folder / DATABASE
    with home(folder) as catalog:
        made_at = next(
            each.made_at for each in backup.list_points(catalog, path, context) if each.id == POINT
        )
        found = restore.point_at(catalog, path, made_at, context)
        plan = restore.plan_restore(catalog, path, found.point.id, context)
        restore.restore(catalog, plan, context, Confirmation.of(plan))


def export(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        plan = restore.plan_export(catalog, folder / DATABASE, POINT, folder / NEW_FILE, context)
        restore.restore(catalog, plan, context)


def restore_from_the_store_alone(folder: Path, context: Context) -> None:
    given = Unlocking(key_file=folder / "key.txt") if (folder / "key.txt").exists() else None
    url, target = str(folder / STORE), folder / NEW_FILE
    with another_home(folder) as catalog:
        plan = restore.plan_restore_from_store(catalog, url, context, to=target, given=given)
        restore.restore(catalog, plan, context, given=given)


def another_home(folder: Path) -> Catalog:
    return open_catalog(private_directory(folder / "another"))


def left_open(folder: Path) -> int:
    """How many operations have no end in the journal of the other computer."""
    with another_home(folder) as catalog, catalog.reading() as session:
        started = {each.database_id for each in journal.events(session, phases=(journal.Phase.STARTED,))}
        return sum(len(journal.open_operations(session, each)) for each in started)


def _restore(folder: Path, context: Context, to: Path | None) -> None:
    with home(folder) as catalog:
        plan = restore.plan_restore(catalog, folder / DATABASE, POINT, context, to=to)
        restore.restore(catalog, plan, context, Confirmation.of(plan))
