"""Stores in a folder, and points in them made of images that stand for database files."""

from __future__ import annotations

import shutil
from array import array
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import zstandard
from blake3 import blake3

from steward_app.kernel.progress import Context
from steward_app.services.backup.store import keys
from steward_app.services.backup.store.base_point import load_base
from steward_app.services.backup.store.descriptor import create_store
from steward_app.services.backup.store.map import Group
from steward_app.services.backup.store.model import BasePoint, OpenStore, PointRequest, StoredPoint
from steward_app.services.backup.store.reader import read_point
from steward_app.services.backup.store.sealing import LEVEL
from steward_app.services.backup.store.staging import BLOCKS, GROUPS, HASHES, Scanned, StagedPack, pack_name
from steward_app.services.backup.store.writer import write_point
from steward_app.storage.age import Identity
from steward_app.storage.disk import Disk
from steward_app.storage.objects.folder import FolderStore

DATABASE_ID = "6a7e2f0e-7c5c-4f6e-9d53-0d5d6f6b1f10"
START = datetime(2026, 11, 20, 10, 40, tzinfo=UTC)


def hashed(data: bytes, key: bytes | None) -> bytes:
    return blake3(data, key=key).digest() if key else blake3(data).digest()


def stage(
    staging: Path,
    image: bytes,
    page_size: int,
    *,
    previous: bytes = b"",
    key: bytes | None = None,
    made_at: datetime = START,
    frame_pages: int = 256,
    pack_frames: int = 4,
) -> Scanned:
    """What a scan of a file with these bytes would leave in a staging folder.

    Args:
        previous: the page hashes of the base.
    """
    staging.mkdir()
    pages = [image[at : at + page_size] for at in range(0, len(image), page_size)]
    hashes = [hashed(page, key) for page in pages]
    changed = [n for n, each in enumerate(hashes, 1) if previous[(n - 1) * 32 : n * 32] != each]
    packs: list[bytes] = []
    records = b""
    for number, at in enumerate(range(0, len(changed), frame_pages)):
        chosen = changed[at : at + frame_pages]
        if number % pack_frames == 0:
            packs.append(b"")
        frame = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(
            b"".join(pages[n - 1] for n in chosen)
        )
        slots = bytes(range(len(chosen)))
        joined = b"".join(hashes[n - 1] for n in chosen)
        group = Group(len(packs) - 1, len(packs[-1]), len(frame), array("I", chosen), slots, joined)
        records += group.to_bytes()
        packs[-1] += frame
    (staging / GROUPS).write_bytes(records)
    (staging / HASHES).write_bytes(b"".join(hashes))
    (staging / BLOCKS).write_bytes(hashed(image, key))
    staged = []
    for number, pack in enumerate(packs):
        path = staging / pack_name(number)
        path.write_bytes(pack)
        staged.append(StagedPack(path, len(pack), hashed(pack, key)))
    return Scanned(
        page_size_bytes=page_size,
        pages=len(pages),
        journal_mode="wal",
        made_at=made_at,
        root=hashed(b"".join(hashes), key),
        changed_pages=len(changed),
        packs=tuple(staged),
        method="pages",
        tables=None,
        schema_hash="",
    )


def request(point_id: str) -> PointRequest:
    return PointRequest(point_id, "/data/clinic.db", "By hand", "op_1", "Data Steward 1.0")


class UnsyncedDisk(Disk):
    """A disk that is not waited for: nobody cuts the power of these tests."""

    def fsync(self, descriptor: int) -> None:
        pass

    def fsync_directory(self, path: Path) -> None:
        pass


@dataclass
class StoreInAFolder:
    """A store, its keys, and a way to make points in it one after another.

    Attributes:
        identity: the private key; None where the store is not encrypted.
        sheet: the private key of the recovery sheet, likewise.
    """

    folder: Path
    work: Path
    store: OpenStore
    identity: Identity | None
    sheet: Identity | None
    captured: dict[str, bytes] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def write(
        self, image: bytes, base: StoredPoint | None = None, *, page_size: int = 512, frame_pages: int = 4
    ) -> StoredPoint:
        """Make a point of an image, standing on another point when one is given."""
        number = next(self._numbers)
        stands_on = self.base(base) if base else None
        scanned = stage(
            staging := self.work / f"staging-{number}",
            image,
            page_size,
            previous=stands_on.hashes.read_bytes() if stands_on else b"",
            key=self.store.naming_key,
            made_at=START + timedelta(minutes=5 * number),
            frame_pages=frame_pages,
        )
        point_id = f"pt_{number:04d}"
        stored = write_point(self.store, scanned, staging, stands_on, request(point_id), Context())
        shutil.rmtree(staging)
        self.captured[stored.name] = image
        return stored

    def base(self, stored: StoredPoint) -> BasePoint:
        folder = self.work / f"base-{next(self._numbers)}"
        folder.mkdir()
        base = load_base(self.store, stored, None, self.identity, folder, Context())
        assert base is not None
        return base

    def restore(self, stored: StoredPoint) -> bytes:
        """The bytes a point restores to."""
        target = self.work / f"restored-{next(self._numbers)}.db"
        read_point(
            self.store, stored.manifest, self.identity, target, Context(), scratch=self.work / "scratch"
        )
        data = target.read_bytes()
        target.unlink()
        return data

    def path(self, name: str) -> Path:
        """Where an object lies on the disk."""
        return self.folder / name


def a_store(folder: Path, *, encrypted: bool) -> StoreInAFolder:
    """An empty store under a folder."""
    (place := folder / "store").mkdir(parents=True)
    (work := folder / "work").mkdir()
    made = keys.make_keys(keys.KeyMode.KEY) if encrypted else None
    store = create_store(FolderStore(place), DATABASE_ID, made, Context())
    return StoreInAFolder(place, work, store, made.identity if made else None, made.sheet if made else None)
