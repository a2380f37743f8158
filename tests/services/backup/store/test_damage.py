"""Damage to any object of a store is noticed, and told with the names of the point and the object."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.stores import StoreInAFolder, UnsyncedDisk, a_store
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import documents, layout, reader, records, sealing
from steward_app.services.backup.store.descriptor import open_store
from steward_app.services.backup.store.model import ProofState, StoredPoint
from steward_app.storage.age import Identity
from steward_app.storage.disk import using

IMAGE = random.Random(7).randbytes(30 * 512)
LATER = IMAGE[:5000] + b"changed" + IMAGE[5007:]

Damage = Callable[[Path], None]


def flip(offset_part: float) -> Damage:
    """Change one bit, at a part of the way through the file."""

    def damage(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[min(int(offset_part * len(data)), len(data) - 1)] ^= 0x04
        path.write_bytes(data)

    return damage


def cut(part: float) -> Damage:
    """Leave only the first part of the file, as a write that was cut off on a bad server."""

    def damage(path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data[: int(part * len(data))])

    return damage


def deleted(path: Path) -> None:
    path.unlink()


def lengthened(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


DAMAGES: dict[str, Damage] = {
    **{f"bit flipped at {part:.0%}": flip(part) for part in (0.0, 0.1, 0.35, 0.5, 0.77, 0.9, 1.0)},
    "empty": cut(0),
    "half": cut(0.5),
    "all but the end": cut(0.98),
    "deleted": deleted,
}


@pytest.fixture
def second(made: StoreInAFolder) -> StoredPoint:
    return made.write(LATER, made.write(IMAGE))


def restore_fails(made: StoreInAFolder, point: StoredPoint) -> Failure:
    """The failure of a restore, which leaves nothing behind."""
    (scratch := made.work / "scratch").mkdir(exist_ok=True)
    before = sorted(made.work.iterdir())
    with pytest.raises(Failure) as caught:
        made.restore(point)
    assert sorted(made.work.iterdir()) == before, "no target, no temporary file"
    assert list(scratch.iterdir()) == []
    return caught.value


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("folder", [layout.PACKS, layout.MAPS])
def test_a_damaged_pack_or_map_stops_the_restore(
    made: StoreInAFolder, second: StoredPoint, folder: str, damage: Damage
) -> None:
    for name in [name for name in second.manifest.objects if name.startswith(folder)]:
        kept = made.path(name).read_bytes()
        damage(made.path(name))
        assert damage is deleted or not sealing.verify_file(name, made.path(name), made.store.naming_key)
        error = restore_fails(made, second)
        assert error.code is (ErrorCode.NOT_FOUND if damage is deleted else ErrorCode.DAMAGED)
        assert name in error.message
        assert second.manifest.id in error.message
        assert "another point" in error.hint
        made.path(name).write_bytes(kept)
    assert made.restore(second) == LATER


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_details_are_told_and_stop_no_restore(
    made: StoreInAFolder, second: StoredPoint, damage: Damage
) -> None:
    name = second.manifest.details
    told = reader.read_details(made.store, second.manifest, made.identity, Context())
    assert (told.reason, told.source_path, told.journal_mode) == ("By hand", "/data/clinic.db", "wal")
    damage(made.path(name))
    with pytest.raises(Failure) as caught:
        reader.read_details(made.store, second.manifest, made.identity, Context())
    assert name in caught.value.message
    assert second.manifest.id in caught.value.message
    assert made.restore(second) == LATER


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_manifest_is_listed_as_such(
    made: StoreInAFolder, second: StoredPoint, damage: Damage
) -> None:
    damage(made.path(second.name))
    listing = reader.points(made.store, Context())
    assert len(listing.points) == 1
    assert made.restore(listing.points[0]) == IMAGE
    if damage is deleted:
        assert listing.damaged == ()
    else:
        (damaged,) = listing.damaged
        assert damaged.name == second.name
        assert second.name in damaged.error.message
        assert damaged.error.code in (ErrorCode.DAMAGED, ErrorCode.NEWER_FORMAT)


def test_objects_in_the_place_of_others_of_their_kind(made: StoreInAFolder, second: StoredPoint) -> None:
    for folder in (layout.PACKS, layout.MAPS):
        one, other = [name for name in second.manifest.objects if name.startswith(folder)][:2]
        kept = made.path(one).read_bytes()
        shutil.copy(made.path(other), made.path(one))
        error = restore_fails(made, second)
        assert error.code is ErrorCode.DAMAGED
        assert one in error.message
        made.path(one).write_bytes(kept)


def test_a_manifest_in_the_place_of_another(made: StoreInAFolder, second: StoredPoint) -> None:
    first = reader.points(made.store, Context()).points[0]
    shutil.copy(made.path(first.name), made.path(second.name))
    assert [each.name for each in reader.points(made.store, Context()).damaged] == [second.name]


def test_a_manifest_that_was_edited(made: StoreInAFolder, second: StoredPoint) -> None:
    first = reader.points(made.store, Context()).points[0].manifest
    path = made.path(second.name)
    document = json.loads(path.read_bytes())
    path.write_text(json.dumps({**document, "maps": list(first.maps), "root": first.root}))
    (damaged,) = reader.points(made.store, Context()).damaged
    assert "changed or is damaged" in damaged.error.message
    assert "Restore another point" in damaged.error.hint


def test_a_forged_seal_needs_the_naming_key(tmp_path: Path) -> None:
    made = a_store(tmp_path, encrypted=True)
    point = made.write(IMAGE)
    document, _ = documents.from_json(made.path(point.name).read_bytes())
    made.path(point.name).write_bytes(documents.to_json({**document, "new_bytes": 1}, None))
    assert reader.points(made.store, Context()).points == ()


def test_maps_that_do_not_belong_to_the_point(made: StoreInAFolder, second: StoredPoint) -> None:
    mixed = StoredPoint(second.name, replace(second.manifest, maps=second.manifest.maps[:1]))
    error = restore_fails(made, mixed)
    assert error.code is ErrorCode.DAMAGED
    assert all(name in error.message for name in (second.manifest.id, mixed.manifest.maps[0]))
    swapped = replace(second.manifest, maps=second.manifest.maps[::-1])
    assert "belong together" in restore_fails(made, StoredPoint(second.name, swapped)).message


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    made = a_store(tmp_path, encrypted=True)
    point = made.write(IMAGE)
    made.identity = Identity.generate()
    error = restore_fails(made, point)
    assert error.code is ErrorCode.WRONG_KEY
    assert point.manifest.id in error.message
    made.identity = None
    assert restore_fails(made, point).code is ErrorCode.NEEDS_KEY


def test_a_store_that_was_not_unlocked_lists_and_does_not_restore(tmp_path: Path) -> None:
    made = a_store(tmp_path, encrypted=True)
    point = made.write(IMAGE)
    made.store = open_store(made.store.objects, Context())
    assert reader.points(made.store, Context()).points == (point,)
    assert restore_fails(made, point).code is ErrorCode.NEEDS_KEY


def test_a_point_of_another_store(made: StoreInAFolder, tmp_path: Path) -> None:
    other = a_store(tmp_path / "other", encrypted=False)
    point = other.write(IMAGE)
    made.path("points").mkdir()
    shutil.copy(other.path(point.name), made.path(point.name))
    assert reader.points(made.store, Context()).points == ()
    assert len(reader.points(made.store, Context()).damaged) == 1
    assert restore_fails(made, point).code is ErrorCode.WHICH_DATABASE


def test_a_store_of_another_database(made: StoreInAFolder) -> None:
    with pytest.raises(Refused, match="another database") as caught:
        open_store(made.store.objects, Context(), database_id="11111111-7c5c-4f6e-9d53-0d5d6f6b1f10")
    assert caught.value.code is ErrorCode.WHICH_DATABASE


@pytest.mark.parametrize("part", [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97])
def test_a_damaged_description_of_the_store(made: StoreInAFolder, part: float) -> None:
    flip(part)(made.path(layout.DESCRIPTOR))
    with pytest.raises(Failure) as caught:
        open_store(made.store.objects, Context(), naming_key=made.store.naming_key)
    assert caught.value.code in (ErrorCode.DAMAGED, ErrorCode.NEWER_FORMAT)
    assert layout.DESCRIPTOR in caught.value.message


def test_recipients_that_somebody_swapped(tmp_path: Path) -> None:
    made = a_store(tmp_path, encrypted=True)
    document, _ = documents.from_json(made.path(layout.DESCRIPTOR).read_bytes())
    stranger = {"recipients": [Identity.generate().public_key]}
    for forged in (stranger, {"encryption": "none", "recipients": []}):
        made.path(layout.DESCRIPTOR).write_bytes(documents.to_json({**document, **forged}, None))
        with pytest.raises(Failure, match="was changed or is damaged"):
            open_store(made.store.objects, Context(), naming_key=made.store.naming_key)


@pytest.mark.parametrize("name", [layout.DESCRIPTOR, "points"])
def test_a_format_of_tomorrow_is_refused(made: StoreInAFolder, second: StoredPoint, name: str) -> None:
    path = made.path(second.name if name == "points" else name)
    document, _ = documents.from_json(path.read_bytes())
    newer = {**document, "format": document["format"].replace("/1", "/2")}
    path.write_bytes(documents.to_json(newer, made.store.naming_key))
    with pytest.raises(Failure) as caught:
        store = open_store(made.store.objects, Context(), naming_key=made.store.naming_key)
        reader.read_manifest(store, second.name, Context())
    assert caught.value.code is ErrorCode.NEWER_FORMAT


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_proofs_and_holds(made: StoreInAFolder, second: StoredPoint, damage: Damage) -> None:
    point_id, at = second.manifest.id, "2026-11-21T03:00:00.000Z"
    name = records.write_proof(made.store, point_id, at, ProofState.PROVEN, {"pages": 30}, Context())
    records.write_hold(made.store, point_id, {"by": "A. Steward", "why": "Case 7"}, Context())
    assert records.read_proof(made.store, name, made.identity, Context()) == {"pages": 30}
    hold = layout.hold(point_id, sealed=made.store.encrypted)
    damage(made.path(name))
    damage(made.path(hold))
    with pytest.raises(Failure) as caught:
        records.read_proof(made.store, name, made.identity, Context())
    assert name[:60] in caught.value.message
    with pytest.raises(Failure):
        records.read_hold(made.store, point_id, made.identity, Context())
    assert records.holds(made.store, Context()) == (set() if damage is deleted else {point_id})


@pytest.fixture(scope="module")
def kept() -> Iterator[tuple[StoreInAFolder, StoredPoint]]:
    with TemporaryDirectory() as folder, using(UnsyncedDisk()):
        made = a_store(Path(folder), encrypted=True)
        yield made, made.write(LATER, made.write(IMAGE))


@settings(max_examples=50)
@given(data=st.data())
def test_any_bit_of_any_object(kept: tuple[StoreInAFolder, StoredPoint], data: st.DataObject) -> None:
    made, point = kept
    name = data.draw(st.sampled_from(point.manifest.objects))
    before = made.path(name).read_bytes()
    at = data.draw(st.integers(0, 8 * len(before) - 1))
    after = bytearray(before)
    after[at // 8] ^= 1 << at % 8
    assert not sealing.verify_name(name, bytes(after), made.store.naming_key)
    assert sealing.verify_name(name, before, made.store.naming_key)
    if name == point.manifest.details:
        return
    made.path(name).write_bytes(after)
    try:
        with pytest.raises(Failure) as caught:
            made.restore(point)
        assert name in caught.value.message
    finally:
        made.path(name).write_bytes(before)
