"""A database with a store of its own, what it held at each point, and what a steward does with both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from builders.database import a_database
from steward_app.catalog import Catalog, chain, journal, open_catalog, points
from steward_app.catalog.points import Point
from steward_app.catalog.stores import Store
from steward_app.db import open_write
from steward_app.db.copy import copy_database
from steward_app.db.image import same_image
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import backup, restore
from steward_app.services.backup.store.keys import KeyMode, NewKeys, Unlocking, make_keys
from steward_app.services.operation import Confirmation


@dataclass
class Guarded:
    """A database and its store.

    Attributes:
        keys: of the store; None where it is not encrypted.
        held: what the database held when each point was made, as files.
    """

    catalog: Catalog
    path: Path
    store: Store
    keys: NewKeys | None
    held: dict[str, Path] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    @property
    def folder(self) -> Path:
        """Of the store, where it lies in one."""
        return Path(self.store.url)

    def write(self, *statements: str) -> None:
        """Another program changes something: a row of its own, or what it is told."""
        number = next(self._numbers)
        with open_write(self.path) as session, session.transaction():
            for sql in statements or (
                f"INSERT INTO visit VALUES ({1_000_000 + number}, hex(zeroblob(300)))",
            ):
                session.run(sql)

    def capture(self) -> str:
        """Bring the store up to date; the point that holds the database as it is."""
        made = backup.capture(self.catalog, self.path, self.store, Context()).point
        if made not in self.held:
            self.held[made] = self.path.with_name(f"held-{made}.db")
            copy_database(self.path, self.held[made], Context())
        return made

    def captures(self, number: int) -> list[str]:
        """So many points, with a change before each."""
        made = []
        for _ in range(number):
            self.write()
            made.append(self.capture())
        return made

    def restore(self, point: str, given: Unlocking | None = None) -> None:
        """Bring a point back to a new file and compare it with what the database held."""
        target = self.path.with_name(f"restored-{next(self._numbers)}.db")
        plan = restore.plan_restore(self.catalog, self.path, point, Context(), to=target, given=given)
        restore.restore(self.catalog, plan, Context(), Confirmation.of(plan), given=given)
        assert same_image(target, self.held[point], Context())
        target.unlink()

    def restore_on_a_new_computer(self, home: Path, point: str = "") -> None:
        """The same with the address of the store and its key alone."""
        home.mkdir()
        given = Unlocking(key=self.keys.identity.reveal()) if self.keys else None
        target = home / "restored.db"
        with open_catalog(home) as catalog:
            plan = restore.plan_restore_from_store(
                catalog, self.store.url, Context(), to=target, point=point, given=given
            )
            restore.restore(catalog, plan, Context(), Confirmation.of(plan), given=given)
        newest = point or self.known()[0].id
        assert same_image(target, self.held[newest], Context())

    def prune(self) -> Receipt:
        plan = backup.plan_prune(self.catalog, self.path, Context())
        return backup.prune(self.catalog, plan, Context(), Confirmation.of(plan))

    def known(self) -> tuple[Point, ...]:
        """The points in the catalog, the newest first."""
        with self.catalog.reading() as session:
            return points.of_database(session, self.store.database_id)

    def settled(self) -> None:
        """Nothing is open, nobody holds the lease, the journal's chain holds."""
        restore.settle(self.catalog, self.path, Context())
        with self.catalog.reading() as session:
            assert chain.verify(session).holds
            assert journal.open_operations(session, self.store.database_id) == ()
            assert session.count("SELECT count(*) FROM leases") == 0
        assert list(self.catalog.scratch.glob("scratch-*")) == []


@contextmanager
def guarded(
    folder: Path, url: str = "", *, encrypted: bool = False, wal: bool = False, rows: int = 100
) -> Iterator[Guarded]:
    """A database in a folder, and a store for it, in the same folder where no other address is given."""
    builder = a_database(folder, "riverside.db").with_table(
        "visit", "id INTEGER PRIMARY KEY, note", rows=[(n, "x" * 200) for n in range(rows)]
    )
    path = (builder.in_wal_mode() if wal else builder).build()
    keys = make_keys(KeyMode.KEY) if encrypted else None
    with open_catalog() as catalog:
        store, _ = backup.init_store(catalog, path, url or str(folder / "store"), Context(), new_keys=keys)
        yield Guarded(catalog, path, store, keys)
