"""What a writer does when it is cut off, when something it shares is taken away, and when it is not alone."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from builders.stores import START, StoreInAFolder, UnsyncedDisk, a_store, request, stage
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import layout, reader
from steward_app.services.backup.store.base_point import load_base, remember
from steward_app.services.backup.store.cache import StoreCache
from steward_app.services.backup.store.descriptor import open_store
from steward_app.services.backup.store.map import DELTAS_AT_MOST
from steward_app.services.backup.store.model import BasePoint, BaseUnusable, OpenStore, StoredPoint
from steward_app.services.backup.store.staging import BLOCKS, Scanned
from steward_app.services.backup.store.writer import write_point
from steward_app.storage.age import Identity
from steward_app.storage.disk import using
from steward_app.storage.objects.folder import FolderStore

IMAGE = random.Random(7).randbytes(40 * 512)
LATER = IMAGE[:5000] + b"changed" + IMAGE[5007:]


class CutOff(FolderStore):
    """A store in a folder whose connection is cut at the N-th object, and which tells what is put."""

    def __init__(
        self, folder: Path, after: int = 1_000_000, then: Callable[[str], None] | None = None
    ) -> None:
        super().__init__(folder)
        self.left, self.then = after, then

    def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
        self.left -= 1
        if self.left < 0:
            raise Failure(ErrorCode.OFFLINE, "The connection was cut.")
        super().put(name, data, context)
        if self.then:
            self.then(name)


def scan(
    made: StoreInAFolder, image: bytes, name: str, base: BasePoint | None = None
) -> tuple[Scanned, Path]:
    staging = made.work / name
    previous = base.hashes.read_bytes() if base else b""
    key = made.store.naming_key
    return stage(staging, image, 512, previous=previous, key=key, frame_pages=4, pack_frames=2), staging


def objects(made: StoreInAFolder) -> set[str]:
    return {info.name for info in made.store.objects.list()}


@pytest.mark.parametrize("after", range(8))
def test_a_write_that_is_cut_off_is_finished_by_the_next_try(made: StoreInAFolder, after: int) -> None:
    scanned, staging = scan(made, IMAGE, "staging")
    assert len(scanned.packs) == 5
    cut = replace(made.store, objects=CutOff(made.folder, after))
    with pytest.raises(Failure, match="cut"):
        write_point(cut, scanned, staging, None, request("pt_1"), Context())
    there = objects(made)
    assert reader.points(made.store, Context()).points == ()
    stored = write_point(made.store, scanned, staging, None, request("pt_1"), Context())
    assert made.restore(stored) == IMAGE
    assert there <= objects(made), "what was there was found, not written beside"
    of_the_store = {layout.DESCRIPTOR, layout.NAMING_KEY} & objects(made)
    assert objects(made) == {*stored.manifest.objects, stored.name, *of_the_store}
    assert (stored.manifest.new_bytes == 0) is (after == 7)


def test_the_same_write_again_is_the_same_point(made: StoreInAFolder) -> None:
    scanned, staging = scan(made, IMAGE, "staging")
    first, again = (
        write_point(made.store, scanned, staging, None, request("pt_1"), Context()) for _ in range(2)
    )
    assert first == again
    assert len(reader.points(made.store, Context()).points) == 1


def test_an_object_that_was_half_written_is_written_again(made: StoreInAFolder) -> None:
    scanned, staging = scan(made, IMAGE, "staging")
    first = write_point(made.store, scanned, staging, None, request("pt_1"), Context())
    for name in first.manifest.packs:
        data = made.path(name).read_bytes()
        made.path(name).write_bytes(data[: len(data) // 2])
    second = write_point(made.store, scanned, staging, None, request("pt_2"), Context())
    assert made.restore(second) == IMAGE


@pytest.mark.parametrize("kind", [layout.PACKS, layout.MAPS])
def test_a_base_that_lost_an_object_is_told_before_anything_is_written(
    made: StoreInAFolder, kind: str
) -> None:
    first = made.write(IMAGE)
    base = made.base(first)
    scanned, staging = scan(made, LATER, "staging", base)
    gone = next(name for name in first.manifest.objects if name.startswith(kind))
    made.path(gone).unlink()
    before = objects(made)
    with pytest.raises(BaseUnusable) as caught:
        write_point(made.store, scanned, staging, base, request("pt_2"), Context())
    assert gone in caught.value.message
    assert objects(made) == before
    alone = made.write(LATER)
    assert made.restore(alone) == LATER


def test_a_pack_that_goes_while_the_manifest_is_written_takes_the_manifest_back(made: StoreInAFolder) -> None:
    first = made.write(IMAGE)
    base = made.base(first)
    scanned, staging = scan(made, LATER, "staging", base)
    gone = first.manifest.packs[0]

    def prune(name: str) -> None:
        if name.startswith(layout.POINTS):
            made.path(gone).unlink()

    racing = replace(made.store, objects=CutOff(made.folder, then=prune))
    with pytest.raises(BaseUnusable, match=gone):
        write_point(racing, scanned, staging, base, request("pt_2"), Context())
    assert [point.name for point in reader.point_names(made.store, Context())] == [first.name]


def test_two_machines_that_write_at_the_same_time(made: StoreInAFolder) -> None:
    first = made.write(IMAGE)
    bases = [made.base(first) for _ in range(2)]
    scans = [scan(made, LATER + bytes([n]) * 512, f"staging-{n}", bases[n]) for n in range(2)]
    other: list[StoredPoint] = []

    def meanwhile(name: str) -> None:
        if name.startswith(layout.DETAILS):
            other.append(write_point(made.store, *scans[1], bases[1], request("pt_b"), Context()))

    racing = replace(made.store, objects=CutOff(made.folder, then=meanwhile))
    one = write_point(racing, *scans[0], bases[0], replace(request("pt_a"), reason="Two"), Context())
    assert made.restore(one) == LATER + bytes(512)
    assert made.restore(other[0]) == LATER + b"\1" * 512
    assert len(reader.points(made.store, Context()).points) == 3


def test_what_changed_in_scratch_is_not_stored(made: StoreInAFolder) -> None:
    scanned, staging = scan(made, IMAGE, "staging")
    path = scanned.packs[0].path
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(Failure, match="scratch space changed"):
        write_point(made.store, scanned, staging, None, request("pt_1"), Context())
    assert reader.points(made.store, Context()).points == ()


def test_a_store_that_was_not_unlocked_takes_no_points(tmp_path: Path) -> None:
    made = a_store(tmp_path, encrypted=True)
    scanned, staging = scan(made, IMAGE, "staging")
    locked = open_store(made.store.objects, Context())
    with pytest.raises(Failure) as caught:
        write_point(locked, scanned, staging, None, request("pt_1"), Context())
    assert caught.value.code is ErrorCode.NEEDS_KEY


def test_a_clock_that_goes_backwards_leaves_the_order(made: StoreInAFolder) -> None:
    names = []
    for number, moment in enumerate((START, START.replace(year=2020), START.replace(year=2023))):
        scanned, staging = scan(made, IMAGE + bytes([number]) * 512, f"staging-{number}")
        scanned = replace(scanned, made_at=moment)
        stored = write_point(made.store, scanned, staging, None, request(f"pt_{number}"), Context())
        names.append(stored.name)
    assert [name.name for name in reader.point_names(made.store, Context())] == names


@pytest.fixture
def remembering(made: StoreInAFolder, steward_home: Path) -> Iterator[Remembering]:
    yield Remembering(made, StoreCache(steward_home, made.store.descriptor.store_id, Identity.generate()))


class Remembering:
    """A machine that makes backups and holds no private key, with its cache."""

    def __init__(self, made: StoreInAFolder, cache: StoreCache) -> None:
        self.made, self.cache, self.number = made, cache, 0

    def base(self, stored: StoredPoint) -> BasePoint | None:
        folder = self.made.work / f"base-{self.number}"
        folder.mkdir()
        return load_base(self.made.store, stored, self.cache, None, folder, Context())

    def base_again(self, stored: StoredPoint) -> BasePoint:
        self.number += 1
        base = self.base(stored)
        assert base is not None
        return base

    def write(self, image: bytes, last: StoredPoint | None) -> StoredPoint:
        self.number += 1
        base = self.base(last) if last else None
        scanned, staging = scan(self.made, image, f"staging-{self.number}", base)
        store: OpenStore = self.made.store
        stored = write_point(store, scanned, staging, base, request(f"pt_{self.number}"), Context())
        remember(self.cache, store, stored, staging, Context())
        shutil.rmtree(staging)
        return stored


def test_a_machine_without_the_private_key_stands_on_its_cache(remembering: Remembering) -> None:
    stored, images = remembering.write(IMAGE * 3, None), [IMAGE * 3]
    points = [stored]
    for number in range(DELTAS_AT_MOST + 2):
        images.append(images[-1][: 700 * number] + b"!" + images[-1][700 * number + 1 :])
        points.append(remembering.write(images[-1], points[-1]))
    assert any(len(point.manifest.maps) == 1 for point in points[1:]), "a keyframe was merged from the cache"
    for point, image in list(zip(points, images, strict=True))[::5]:
        assert remembering.made.restore(point) == image
    names = set(remembering.cache.names())
    last = points[-1].manifest
    assert names == {*last.maps, f"hashes/{last.id}", f"blocks/{last.id}"}
    base = remembering.base_again(points[-1])
    assert base.hashes.with_name(BLOCKS).stat().st_size == 32, "of the same point as the hashes beside them"


def test_without_its_cache_it_needs_the_key_or_makes_a_point_that_stands_alone(
    remembering: Remembering,
) -> None:
    stored = remembering.write(IMAGE, None)
    remembering.cache.forget_all()
    remembering.number += 1
    base = remembering.base(stored)
    assert (base is None) is remembering.made.store.encrypted
    assert remembering.made.base(stored).hashes.stat().st_size == 40 * 32


def test_a_cache_of_another_point_is_not_believed(remembering: Remembering, tmp_path: Path) -> None:
    stored = remembering.write(IMAGE, None)
    (other := tmp_path / "other").write_bytes(bytes(40 * 32))
    remembering.cache.put(f"hashes/{stored.manifest.id}", other, Context())
    base = remembering.base(stored)
    assert base is None or base.hashes.read_bytes() != bytes(40 * 32)


def test_a_hundred_packs_are_looked_for_in_a_list(tmp_path: Path) -> None:
    made = a_store(tmp_path, encrypted=False)
    with using(UnsyncedDisk()):
        point = made.write(IMAGE[:512])
        images = [IMAGE[: 512 * n] for n in range(2, 20)]
        for image in images:
            point = made.write(image, point)
        assert len(point.manifest.packs) > 12
        made.path(point.manifest.packs[0]).unlink()
        base = made.base(point)
        scanned, staging = scan(made, LATER, "staging", base)
        with pytest.raises(BaseUnusable, match=point.manifest.packs[0]):
            write_point(made.store, scanned, staging, base, request("pt_z"), Context())
