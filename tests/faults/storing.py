"""Points written to a store and restored from it, with what was there before."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from builders.stores import UnsyncedDisk, a_store, request, stage
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.base_point import load_base
from steward_app.services.backup.store.descriptor import open_store
from steward_app.services.backup.store.model import OpenStore, StoredPoint
from steward_app.services.backup.store.writer import write_point
from steward_app.storage import scratch_directory
from steward_app.storage.age import Identity
from steward_app.storage.disk import using
from steward_app.storage.objects.folder import FolderStore

IMAGE = random.Random(1).randbytes(24 * 512)
LATER = IMAGE[:3000] + b"changed" + IMAGE[3007:] + b"grown".ljust(512, b".")
TARGET = "restored.db"


@dataclass(frozen=True)
class Before:
    """The point that was there."""

    first: StoredPoint


def build(folder: Path, *, encrypted: bool) -> Before:
    """A store with one point, its keys beside it."""
    with using(UnsyncedDisk()):
        made = a_store(folder, encrypted=encrypted)
        first = made.write(IMAGE)
    if made.identity and made.store.naming_key:
        (folder / "keys").write_text(f"{made.store.naming_key.hex()} {made.identity.reveal().reveal()}")
    return Before(first)


def opened(folder: Path) -> tuple[OpenStore, Identity | None]:
    keys = (folder / "keys").read_text().split() if (folder / "keys").exists() else []
    naming_key = bytes.fromhex(keys[0]) if keys else None
    store = open_store(FolderStore(folder / "store"), Context(), naming_key=naming_key)
    return store, Identity(Secret(keys[1])) if keys else None


def write_the_second(folder: Path, context: Context) -> None:
    store, identity = opened(folder)
    first = reader.points(store, context).points[0]
    with scratch_directory(folder / "scratch") as scratch:
        (place := scratch / "base").mkdir()
        base = load_base(store, first, None, identity, place, context)
        assert base is not None
        staging = scratch / "staging"
        previous, key = base.hashes.read_bytes(), store.naming_key
        scanned = stage(staging, LATER, 512, previous=previous, key=key, frame_pages=2)
        write_point(store, scanned, staging, base, request("pt_second"), context)


def restore_the_first(folder: Path, context: Context) -> None:
    store, identity = opened(folder)
    first = reader.points(store, context).points[0]
    scratch = folder / "scratch"
    reader.read_point(store, first.manifest, identity, folder / TARGET, context, scratch=scratch)
