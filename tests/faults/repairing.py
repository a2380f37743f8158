"""A store whose packs are damaged, and another one of the same database in which they are good."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from builders import a_database
from builders.stores import UnsyncedDisk
from faults.capturing import KEYS
from faults.points import DATABASE, home
from steward_app.catalog import Catalog
from steward_app.catalog.points import PointState
from steward_app.catalog.stores import Store
from steward_app.db import open_write
from steward_app.db.copy import copy_database
from steward_app.db.image import same_image
from steward_app.kernel.errors import UsageError
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup.connect import find_store, reached
from steward_app.services.backup.store import reader
from steward_app.services.operation import Confirmation
from steward_app.storage.disk import using


@dataclass(frozen=True)
class Before:
    """What the database held at each point of the damaged store, as files, by id."""

    held: dict[str, Path]


def build(folder: Path, *, encrypted: bool) -> Before:
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    builder = a_database(folder, DATABASE).with_pragma("page_size = 1024")
    path = builder.with_table("visit", "id", rows=[(f"{n}" * 50,) for n in range(60)]).build()
    held: dict[str, Path] = {}
    with using(UnsyncedDisk()), home(folder) as catalog:
        keys = KEYS if encrypted else None
        store, _ = backup.init_store(
            catalog, path, str(folder / "store"), Context(), new_keys=keys, name="nas"
        )
        good, _ = backup.init_store(
            catalog, path, str(folder / "good"), Context(), new_keys=None, name="good"
        )
        for number in range(2):
            point = backup.capture(catalog, path, store, Context()).point
            backup.capture(catalog, path, good, Context())
            held[point] = folder / f"held-{number}.db"
            copy_database(path, held[point], Context())
            with open_write(path) as session, session.transaction():
                session.run(f"UPDATE visit SET id = id || 'changed {number}' WHERE rowid % 9 = {number}")
        for each in sorted((folder / "store/packs").rglob("*.zst*")):
            each.write_bytes(each.read_bytes()[:-40] + bytes(40))
        backup.verify_store(catalog, store, Context())
    return Before(held)


def repair(folder: Path, context: Context) -> None:
    """Repair the store, where there is something to repair."""
    with home(folder) as catalog:
        try:
            plan = backup.plan_repair(catalog, folder / DATABASE, context, store="nas")
        except UsageError:
            return
        backup.repair(catalog, plan, context, Confirmation.of(plan))


def whole(folder: Path, before: Before) -> set[str]:
    """The points that come back as they were captured; every other one is known as failed."""
    sound: set[str] = set()
    with home(folder) as catalog:
        store = _store(catalog, folder)
        verdicts, _ = backup.verify_store(catalog, store, Context())
        with reached(catalog, store, Context(), to_read=True) as found:
            listing = reader.points(found.store, Context())
            assert listing.damaged == ()
            assert {point.manifest.id for point in listing.points} == set(before.held)
            for point in listing.points:
                made, target = point.manifest, folder / "compared.db"
                verdict = next(each for each in verdicts if each.id == made.id)
                if verdict.state is PointState.FAILED:
                    continue
                reader.read_point(
                    found.store, made, found.identity, target, Context(), scratch=catalog.scratch
                )
                assert same_image(target, before.held[made.id], Context())
                target.unlink()
                sound.add(made.id)
    return sound


def _store(catalog: Catalog, folder: Path) -> Store:
    return find_store(catalog, folder / DATABASE, "nas", Context())
