"""Pruning a store of points of many ages, with what was there before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from builders.ageing import AgeingStore, Site, a_site
from builders.points import at_time
from faults.points import home
from steward_app.catalog import Catalog, stores
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup.connect import reached
from steward_app.services.backup.prune_plan import decided
from steward_app.services.backup.refresh import refresh
from steward_app.services.operation import Confirmation
from steward_app.storage.objects.opening import wrapping

DATABASE = "riverside.db"


@dataclass(frozen=True)
class Before:
    """The points that the rules keep, and all that were there."""

    stays: frozenset[str]
    every: frozenset[str]


def build(folder: Path, *, encrypted: bool) -> Before:
    """A store with points that go, alone or sharing objects with ones that stay, and what a killed writer left."""
    with home(folder) as catalog:
        site = a_site(catalog, folder, encrypted=encrypted)
        image = bytes(range(256)) * 24
        for number in range(5):
            image = image[: number * 1000] + b"changed" + image[number * 1000 + 7 :]
            site.write(image, machine="ab"[number == 2])
            site.later(minutes=1)
            if number == 3:
                site.later(days=30)
        site.later(days=20)
        with site.there(), reached(catalog, site.store, Context()) as found:
            refresh(catalog, site.store, Context())
            told = decided(catalog, site.store, found, Context())
    (folder / "images").mkdir()
    for point_id, whole in site.images.items():
        (folder / "images" / point_id).write_bytes(whole)
    (folder / "now.json").write_text(json.dumps(clock.to_text(site.now)))
    return Before(frozenset(each.point.id for each in told if each.stays), frozenset(site.images))


def opened(folder: Path, catalog: Catalog) -> Site:
    """The site again."""
    path = folder / DATABASE
    with catalog.reading() as session:
        store = stores.of_database(session, backup.database_id(catalog, path, Context()))[0]
    now = clock.from_text(json.loads((folder / "now.json").read_text()))
    images = {each.name: each.read_bytes() for each in (folder / "images").iterdir()}
    return Site(catalog, path, store, folder / "work", now, images)


class _OneByOne(AgeingStore):
    """One transfer at once: the steps come in the same order each time, and nothing is written after a power cut."""

    transfers = 1


def prune(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        site = opened(folder, catalog)
        with at_time(site.now), wrapping(lambda _: _OneByOne(Path(site.store.url))):
            plan = backup.plan_prune(catalog, site.path, context)
            backup.prune(catalog, plan, context, Confirmation.of(plan))


def settle(folder: Path) -> tuple[str, ...]:
    """As opening the file does."""
    with home(folder) as catalog:
        site = opened(folder, catalog)
        with site.there():
            return restore.settle(catalog, site.path, Context())
