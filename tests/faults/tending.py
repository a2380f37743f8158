"""What is done with a store of points beside making and restoring them: holds, checks, drills, plain copies, another
computer. With what was there before, and what must hold after.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from builders.erasing import Ledger
from faults import capturing
from faults.capturing import Before
from faults.points import DATABASE, home
from steward_app.catalog import Catalog, chain, journal, open_catalog, points
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Store
from steward_app.db.content import TableContent, table_contents
from steward_app.db.image import open_image, same_image
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup.connect import connect, opened, reached, stores_of
from steward_app.services.backup.drills import drills as recorded
from steward_app.services.backup.ledger import put, take_in
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.keys import Unlocking, write_key_file
from steward_app.services.backup.store.model import PointKind
from steward_app.services.erasure import own_key
from steward_app.storage import private_directory
from steward_app.storage.secrets import open_secrets

KEY_FILE = "key.txt"


def build(folder: Path) -> Before:
    """An encrypted store with one point, its key beside it."""
    before = capturing.build(folder, encrypted=True)
    write_key_file(capturing.KEYS.identity, folder / KEY_FILE)
    return before


def build_held(folder: Path) -> Before:
    """The same, the point on hold."""
    before = build(folder)
    hold(folder, Context())
    return before


def build_erased(folder: Path) -> Before:
    """The same as `build`, and a row erased since, which the store does not know yet."""
    before = build(folder)
    with home(folder) as catalog:
        known_as = _store(catalog, folder).database_id
        ledger = Ledger(catalog, known_as, own_key(open_secrets(catalog.directory), known_as))
        ledger.erase(folder / DATABASE, "visit", "id = 3", at=clock.to_text(clock.now()))
    return before


def copy_the_ledger(folder: Path, context: Context) -> None:
    """Put a copy of the erasure ledger into the store."""
    with home(folder) as catalog:
        store = _store(catalog, folder)
        with reached(catalog, store, context) as found:
            put(catalog, found, store.database_id, context)


def learnt(folder: Path) -> int:
    """How many erasures a new computer learns of from the store."""
    with open_catalog(private_directory(folder / "new")) as catalog:
        given = Unlocking(key_file=folder / KEY_FILE)
        with opened(catalog, str(folder / "store"), Context(), given=given, to_read=True) as found:
            new = take_in(catalog, found, found.store.descriptor.database_id, Context())
    shutil.rmtree(folder / "new")
    return new


def hold(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        backup.hold(catalog, folder / DATABASE, _oldest(catalog, folder), "The court in Ghent asked", context)


def release(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        backup.release(catalog, folder / DATABASE, _oldest(catalog, folder), context)


def verify(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        backup.verify_store(catalog, _store(catalog, folder), context)


def prove(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        backup.verify_store(catalog, _store(catalog, folder), context, prove=True)


def drill(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        restore.drill(catalog, folder / DATABASE, context)


def make_plain(folder: Path, context: Context) -> None:
    """A plain copy of the database, as one object."""
    with home(folder) as catalog:
        backup.create_plain(catalog, folder / DATABASE, _store(catalog, folder), context)


def connect_another(folder: Path, context: Context) -> None:
    """Another computer meets the store, and keeps its key."""
    with another(folder) as catalog:
        given = Unlocking(key_file=folder / KEY_FILE)
        url = str(folder / "store")
        connect(catalog, folder / DATABASE, url, context, given=given, keep_key=True, same=True)


def another(folder: Path) -> Catalog:
    return open_catalog(private_directory(folder / "another"))


def agreed(folder: Path, before: Before) -> tuple[Point, ...]:
    """Look and settle, and compare store and catalog: every point restores to what it was made of.

    The points, the newest first, as they are known then.
    """
    with home(folder) as catalog:
        restore.settle(catalog, folder / DATABASE, Context())
        found = backup.look(catalog, folder / DATABASE, Context()).points
        store = _store(catalog, folder)
        with catalog.reading() as session:
            assert chain.verify(session).holds
            assert journal.open_operations(session, store.database_id) == ()
            assert session.count("SELECT count(*) FROM leases") == 0
        with reached(catalog, store, Context(), to_read=True) as reach:
            listing = reader.points(reach.store, Context())
            assert listing.damaged == ()
            assert {point.id for point in found} == {point.manifest.id for point in listing.points}
            for point in listing.points:
                target = folder / "compared.db"
                made = point.manifest
                reader.read_point(
                    reach.store, made, reach.identity, target, Context(), scratch=catalog.scratch
                )
                if made.kind is PointKind.PAGES:
                    assert same_image(target, before.then, Context())
                else:
                    assert contents(target) == contents(before.now)
                target.unlink()
        assert list(catalog.scratch.glob("scratch-*")) == []
    return found


def contents(path: Path) -> tuple[TableContent, ...]:
    with open_image(path) as session:
        return table_contents(session, Context())


def states(folder: Path) -> set[PointState]:
    with home(folder) as catalog, catalog.reading() as session:
        return {point.state for point in points.every(session)}


def drills(folder: Path) -> list[bool]:
    """The drills that are recorded, and whether each passed."""
    with home(folder) as catalog, catalog.reading() as session:
        return [done.passed for done in recorded(session, _store(catalog, folder).database_id)]


def known_elsewhere(folder: Path) -> int:
    """How many stores the other computer knows; each can be opened and read there with what it keeps."""
    with another(folder) as catalog:
        known = stores_of(catalog, folder / DATABASE, Context())
        for store in known:
            with reached(catalog, store, Context(), to_read=True) as found:
                assert found.readable
    return len(known)


def _oldest(catalog: Catalog, folder: Path) -> str:
    return backup.list_points(catalog, folder / DATABASE, Context())[-1].id


def _store(catalog: Catalog, folder: Path) -> Store:
    (store,) = stores_of(catalog, folder / DATABASE, Context())
    return store
