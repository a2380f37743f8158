"""A store that ages as fast as a test wishes, with points of images that stand for database files, and its catalog."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from builders.database import a_database
from builders.points import at_time
from builders.stores import UnsyncedDisk, request, stage
from steward_app.catalog import Catalog, points
from steward_app.catalog.points import Point
from steward_app.catalog.stores import Store
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import backup
from steward_app.services.backup.connect import reached
from steward_app.services.backup.init import init_store
from steward_app.services.backup.refresh import refresh
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.base_point import load_base
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.backup.store.model import BaseUnusable, StoredPoint
from steward_app.services.backup.store.writer import write_point
from steward_app.services.operation import Confirmation
from steward_app.storage.disk import using
from steward_app.storage.objects import ObjectInfo, ObjectStore
from steward_app.storage.objects.folder import FolderStore
from steward_app.storage.objects.opening import wrapping

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


class AgeingStore(FolderStore):
    """A folder whose clock is the test's; `on_call` is told of each step."""

    def __init__(self, root: Path, on_call: Callable[[str], None] = lambda what: None) -> None:
        super().__init__(root)
        self._on_call = on_call

    def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
        self._on_call(f"put {name}")
        super().put(name, data, context)
        now = clock.now().timestamp()
        os.utime(self._root / name, (now, now))

    def get(self, name: str, context: Context | None = None, *, most_bytes: int | None = None) -> bytes:
        self._on_call(f"get {name}")
        return super().get(name, context, most_bytes=most_bytes)

    def get_to(
        self, name: str, target: Path, context: Context | None = None, *, most_bytes: int | None = None
    ) -> None:
        self._on_call(f"get {name}")
        super().get_to(name, target, context, most_bytes=most_bytes)

    def info(self, name: str, context: Context | None = None) -> ObjectInfo | None:
        self._on_call(f"info {name}")
        return super().info(name, context)

    def list(self, prefix: str = "", context: Context | None = None) -> Iterator[ObjectInfo]:
        self._on_call(f"list {prefix}")
        return iter(tuple(super().list(prefix, context)))

    def delete(self, name: str, context: Context | None = None) -> None:
        self._on_call(f"delete {name}")
        super().delete(name, context)

    def sweep(self, before: datetime, context: Context | None = None) -> int:
        self._on_call("sweep")
        return super().sweep(before, context)


@dataclass
class Site:
    """A database with a store, and machines that write to it.

    Attributes:
        now: what every clock says.
        images: what each point must restore to.
        last: the point each machine stands on.
    """

    catalog: Catalog
    path: Path
    store: Store
    work: Path
    now: datetime = BEGAN
    images: dict[str, bytes] = field(default_factory=dict)
    last: dict[str, StoredPoint] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    @contextmanager
    def there(self, on_call: Callable[[str], None] = lambda what: None) -> Iterator[None]:
        """The site's time, and its store."""

        def wrap(opened: ObjectStore) -> ObjectStore:
            return AgeingStore(Path(self.store.url), on_call) if isinstance(opened, FolderStore) else opened

        with at_time(self.now), using(UnsyncedDisk()), wrapping(wrap):
            yield

    def later(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)

    def write(
        self, image: bytes, machine: str = "a", on_call: Callable[[str], None] = lambda what: None
    ) -> str:
        """Make a point of an image, on the one this machine made last; alone where that cannot be stood on."""
        with self.there(on_call):
            return self.write_now(image, machine)

    def write_now(self, image: bytes, machine: str) -> str:
        """The same, within `there`."""
        number = next(self._numbers)
        point_id = f"pt_{number:04d}"
        with reached(self.catalog, self.store, Context()) as found:
            for alone in (machine not in self.last, True):
                folder = self.work / f"{number}-{alone}"
                (folder / "base").mkdir(parents=True)
                try:
                    base = None
                    if not alone:
                        last = self.last[machine]
                        if last.name not in {
                            name.name for name in reader.point_names(found.store, Context())
                        }:
                            continue
                        base = load_base(found.store, last, None, found.identity, folder / "base", Context())
                    scanned = stage(
                        folder / "staging",
                        image,
                        512,
                        previous=base.hashes.read_bytes() if base else b"",
                        key=found.store.naming_key,
                        made_at=self.now,
                        frame_pages=4,
                    )
                    made = write_point(
                        found.store, scanned, folder / "staging", base, request(point_id), Context()
                    )
                except BaseUnusable:
                    continue
                else:
                    break
                finally:
                    shutil.rmtree(folder)
        self.last[machine] = made
        self.images[point_id] = image
        return point_id

    def prune(self, on_call: Callable[[str], None] = lambda what: None) -> Receipt:
        with self.there(on_call):
            return self.prune_now()

    def prune_now(self) -> Receipt:
        """The same, within `there`."""
        plan = backup.plan_prune(self.catalog, self.path, Context())
        return backup.prune(self.catalog, plan, Context(), Confirmation.of(plan))

    def known(self) -> dict[str, Point]:
        """The points as the catalog knows them after a look."""
        with self.there():
            refresh(self.catalog, self.store, Context())
        with self.catalog.reading() as session:
            return {each.id: each for each in points.of_database(session, self.store.database_id)}

    def check(self) -> set[str]:
        """Every point that is listed restores to what it must; their ids."""
        with self.there(), reached(self.catalog, self.store, Context()) as found:
            listing = reader.points(found.store, Context())
            assert listing.damaged == ()
            for point in listing.points:
                target = self.work / "restored.db"
                reader.read_point(
                    found.store,
                    point.manifest,
                    found.identity,
                    target,
                    Context(),
                    scratch=self.work / "scratch",
                )
                assert target.read_bytes() == self.images[point.manifest.id]
                target.unlink()
        return {point.manifest.id for point in listing.points}

    def leavings(self) -> set[str]:
        """Objects that are there and that no point names."""
        with self.there(), reached(self.catalog, self.store, Context()) as found:
            listing = reader.points(found.store, Context())
        needed = {name for point in listing.points for name in point.manifest.objects}
        ours = ("packs/", "maps/", "details/")
        return {name for name in self.objects() if name.startswith(ours)} - needed

    def objects(self) -> set[str]:
        with self.there(), reached(self.catalog, self.store, Context()) as found:
            return {info.name for info in found.store.objects.list()}


def a_site(catalog: Catalog, folder: Path, *, encrypted: bool = False) -> Site:
    """A database, and an empty store for it."""
    (work := folder / "work").mkdir(parents=True)
    path = a_database(folder, "riverside.db").with_table("visit", "id", rows=[(1,)]).build()
    new = make_keys(KeyMode.KEY) if encrypted else None
    with using(UnsyncedDisk()):
        store = init_store(catalog, path, str(folder / "store"), Context(), new_keys=new)[0]
    return Site(catalog, path, store, work)
