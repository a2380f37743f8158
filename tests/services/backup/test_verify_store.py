"""Verifying stores: damage of every kind is noticed, shares cover everything, and results are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builders import a_database
from builders.stores import UnsyncedDisk
from steward_app.catalog import Catalog, journal, points, stores
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Store
from steward_app.db import open_write
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup import share
from steward_app.services.backup.capture import capture
from steward_app.services.backup.connect import reached
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store import records
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.backup.store.model import ProofState
from steward_app.services.backup.verify_store import verify_store
from steward_app.storage.disk import using
from steward_app.storage.objects.folder import FolderStore
from steward_app.storage.objects.opening import wrapping

KINDS = ("packs", "maps", "details")


@pytest.fixture(autouse=True)
def unsynced() -> Iterator[None]:
    with using(UnsyncedDisk()):
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [(n, "x" * 500) for n in range(100)]
    return (
        a_database(tmp_path, "riverside.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=rows)
        .in_wal_mode()
        .build()
    )


@pytest.fixture(params=["none", "age", "public key only"])
def store(catalog: Catalog, path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    new = None if request.param == "none" else make_keys(KeyMode.KEY)
    keep_key = request.param != "public key only"
    made = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=new, keep_key=keep_key)[0]
    for number in range(3):
        if number:
            with open_write(path) as session, session.transaction(Context()):
                session.run("INSERT INTO visit (note) VALUES (?)", (f"{number}" * 3000,))
        capture(catalog, path, made, Context(), reason=str(number), contents=True)
    return made


def known(catalog: Catalog, store: Store) -> dict[str, Point]:
    with catalog.reading() as session:
        return {each.id: each for each in points.of_database(session, store.database_id)}


def proofs(catalog: Catalog, store: Store) -> list[ProofState]:
    with reached(catalog, store, Context()) as found:
        return [proof.state for proof in records.proofs(found.store, Context())]


def an_object(store: Store, kind: str) -> Path:
    """The largest of a kind: what the first point was made of."""
    return max((Path(store.url) / kind).rglob("*.zst*"), key=lambda path: path.stat().st_size)


def flip(path: Path) -> None:
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def gone(path: Path) -> None:
    path.unlink()


def test_a_sound_store_is_checked_and_says_so_everywhere(catalog: Catalog, path: Path, store: Store) -> None:
    told = backup.verify_all(catalog, path, Context())
    assert [each.state for each in told.items] == [PointState.CHECKED] * 3
    (reading,) = told.stores
    assert (reading.objects_read, reading.read_bytes, reading.problems) == (
        reading.objects,
        reading.size_bytes,
        (),
    )
    assert told.wrong == 0
    assert proofs(catalog, store) == [ProofState.CHECKED] * 3
    with catalog.reading() as session:
        assert stores.get(session, store.id).verified_at
        assert any(
            "objects" in str(event.data.get("sentence"))
            for event in journal.events(session, operation="backup.verify")
        )


@pytest.mark.parametrize("store", ["none", "public key only"], indirect=True)
def test_damage_is_noticed_and_the_object_and_its_points_named(
    catalog: Catalog, path: Path, store: Store
) -> None:
    for kind in KINDS:
        victim = an_object(store, kind)
        for damage in (flip, cut, empty, gone):
            whole = victim.read_bytes()
            damage(victim)
            verdicts, _ = verify_store(catalog, store, Context())
            bad = [each for each in verdicts if not each.sound]
            assert bad
            for each in bad:
                assert victim.name in each.problems[0]
                assert (each.state, bool(each.hint)) == (PointState.FAILED, True)
                assert known(catalog, store)[each.id].state is PointState.FAILED
            assert proofs(catalog, store).count(ProofState.FAILED) >= len(bad)
            victim.write_bytes(whole)
            again, _ = verify_store(catalog, store, Context(), part=7)
            assert {each.state for each in again} == {PointState.CHECKED}, (
                "what failed is read whole at any turn"
            )


@pytest.mark.parametrize("store", ["none"], indirect=True)
def test_a_damaged_manifest_fails_its_point(catalog: Catalog, path: Path, store: Store) -> None:
    manifest = sorted((Path(store.url) / "points").iterdir())[1]
    manifest.chmod(0o600)
    manifest.write_bytes(manifest.read_bytes().replace(b'"pages":', b'"Pages":'))
    verdicts, _ = verify_store(catalog, store, Context())
    assert [each.sound for each in verdicts] == [True, False, True]
    assert manifest.name in verdicts[1].problems[0]


@pytest.mark.parametrize("store", ["none"], indirect=True)
def test_a_manifest_that_went_is_missing(catalog: Catalog, path: Path, store: Store) -> None:
    max((Path(store.url) / "points").iterdir()).unlink()
    verdicts, _ = verify_store(catalog, store, Context())
    assert [each.state for each in verdicts] == [PointState.MISSING, PointState.CHECKED, PointState.CHECKED]


@pytest.mark.parametrize("store", ["none"], indirect=True)
def test_an_object_that_no_point_needs_is_read_too(catalog: Catalog, path: Path, store: Store) -> None:
    for manifest in (Path(store.url) / "points").iterdir():
        manifest.unlink()
    victim = an_object(store, "packs")
    flip(victim)
    _, reading = verify_store(catalog, store, Context())
    assert [victim.name in problem for problem in reading.problems] == [True]


@pytest.mark.parametrize("store", ["age"], indirect=True)
def test_a_naming_key_that_went_is_told(catalog: Catalog, path: Path, store: Store) -> None:
    (Path(store.url) / "keys" / "naming.age").unlink()
    _, reading = verify_store(catalog, store, Context())
    assert "naming key" in reading.problems[0]


@pytest.fixture
def read_in_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """No store is so small that it is read whole."""
    monkeypatch.setattr(share, "READ_WHOLE_BYTES", 0)


@pytest.mark.parametrize("store", ["none", "public key only"], indirect=True)
def test_shares_cover_everything_and_then_points_are_checked(
    catalog: Catalog, path: Path, store: Store, read_in_shares: None
) -> None:
    seen: list[str] = []

    class Watched(FolderStore):
        def get(self, name: str, context: Context | None = None, *, most_bytes: int | None = None) -> bytes:
            seen.append(name)
            return super().get(name, context, most_bytes=most_bytes)

    with wrapping(lambda _: Watched(Path(store.url))):
        for _ in range(5):
            verdicts, reading = verify_store(catalog, store, Context(), part=5)
    objects = {
        path.relative_to(store.url).as_posix()
        for kind in KINDS
        for path in (Path(store.url) / kind).rglob("*.zst*")
    }
    assert objects <= set(seen)
    assert reading.objects == len(objects)
    assert {each.state for each in verdicts} == {PointState.CHECKED}
    assert verify_store(catalog, store, Context(), part=5)[0][0].state is PointState.CHECKED


@pytest.mark.parametrize("store", ["none"], indirect=True)
def test_a_small_store_is_read_whole_whatever_the_share(catalog: Catalog, path: Path, store: Store) -> None:
    for _ in range(2):
        verdicts, reading = verify_store(catalog, store, Context(), part=1000)
        assert reading.objects_read == reading.objects > 0
        assert {each.state for each in verdicts} == {PointState.CHECKED}
    assert proofs(catalog, store) == [ProofState.CHECKED] * 3, "the second reading knew nothing new"


@pytest.mark.parametrize("store", ["none"], indirect=True)
def test_no_share_is_empty(catalog: Catalog, path: Path, store: Store, read_in_shares: None) -> None:
    _, reading = verify_store(catalog, store, Context(), part=1_000_000_000)
    assert reading.objects_read == 1


@pytest.mark.parametrize("store", ["none"], indirect=True)
def test_one_share_alone_says_nothing_new(
    catalog: Catalog, path: Path, store: Store, read_in_shares: None
) -> None:
    verdicts, reading = verify_store(catalog, store, Context(), part=1000)
    assert {each.state for each in verdicts} == {PointState.TAKEN}
    assert not any(each.compared for each in verdicts)
    assert reading.objects_read < reading.objects
    assert proofs(catalog, store) == []


@pytest.mark.parametrize("store", ["none", "age"], indirect=True)
def test_a_point_is_proven_by_restoring_it_and_stays_proven(
    catalog: Catalog, path: Path, store: Store
) -> None:
    newest = next(iter(known(catalog, store)))
    (verdict,) = backup.verify(catalog, path, Context(), point=newest, prove=True)
    assert (verdict.state, verdict.sound) == (PointState.PROVEN, True)
    assert "Every table holds the same rows" in [check.title for check in verdict.checks]
    assert proofs(catalog, store) == [ProofState.PROVEN]
    backup.verify(catalog, path, Context())
    assert known(catalog, store)[newest].state is PointState.PROVEN
    assert proofs(catalog, store).count(ProofState.CHECKED) == 2
    flip(an_object(store, "packs"))
    (verdict,) = backup.verify(catalog, path, Context(), point=newest, prove=True)
    assert verdict.state is PointState.FAILED
    assert known(catalog, store)[newest].state is PointState.FAILED


@pytest.mark.parametrize("store", ["public key only"], indirect=True)
def test_proving_takes_the_private_key(catalog: Catalog, path: Path, store: Store) -> None:
    newest = next(iter(known(catalog, store)))
    with pytest.raises(Failure) as raised:
        backup.verify(catalog, path, Context(), point=newest, prove=True)
    assert raised.value.code is ErrorCode.NEEDS_KEY
    told = backup.verify_all(catalog, path, Context(), prove=True)
    assert "does not keep its key" in told.stores[0].problems[0]


@pytest.mark.parametrize("store", ["none"], indirect=True)
def test_a_drill_that_failed_is_not_forgotten_by_reading(catalog: Catalog, path: Path, store: Store) -> None:
    newest = next(iter(known(catalog, store)))
    with reached(catalog, store, Context()) as found:
        records.write_proof(found.store, newest, "2099-01-01T00:00:00.000Z", ProofState.FAILED, {}, Context())
    verdicts, _ = verify_store(catalog, store, Context())
    assert [each.sound for each in verdicts] == [False, True, True]


@pytest.mark.parametrize("store", ["none"], indirect=True)
def test_a_store_that_does_not_answer_keeps_no_other_from_being_read(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    init_store(catalog, path, str(tmp_path / "other"), Context(), new_keys=None)
    (tmp_path / "other").rename(tmp_path / "unplugged")
    told = backup.verify_all(catalog, path, Context())
    assert [bool(each.problems) for each in told.stores] == [False, True]
    assert (len(told.items), told.wrong) == (3, 1)
    with pytest.raises(Failure):
        backup.verify_all(catalog, path, Context(), store="other")


@pytest.mark.parametrize("store", ["none"], indirect=True)
def test_a_store_that_takes_no_proofs_is_verified_all_the_same(
    catalog: Catalog, path: Path, store: Store
) -> None:
    class Closed(FolderStore):
        def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
            raise Failure(ErrorCode.NO_PERMISSION, "The store gave no permission.")

    with wrapping(lambda _: Closed(Path(store.url))):
        verdicts, reading = verify_store(catalog, store, Context())
    assert all(each.sound for each in verdicts)
    assert "could not be written" in reading.problems[0]
    assert next(iter(known(catalog, store).values())).state is PointState.CHECKED


@pytest.mark.parametrize("store", ["none"], indirect=True)
def test_a_cancelled_verification_keeps_nothing(catalog: Catalog, path: Path, store: Store) -> None:
    context = Context()

    class Slow(FolderStore):
        def get(self, name: str, context_: Context | None = None, *, most_bytes: int | None = None) -> bytes:
            if name.startswith("packs/"):
                context.cancel()
            return super().get(name, context_, most_bytes=most_bytes)

    with wrapping(lambda _: Slow(Path(store.url))), pytest.raises(Cancelled):
        verify_store(catalog, store, context)
    assert proofs(catalog, store) == []
    assert list(catalog.scratch.glob("scratch-*")) == []


@pytest.mark.parametrize("damage", [flip, cut, gone])
@pytest.mark.parametrize("store", ["none", "age"], indirect=True)
def test_the_next_point_does_not_stand_on_what_is_damaged_and_repairs_what_it_can(
    catalog: Catalog, path: Path, store: Store, damage: Callable[[Path], None]
) -> None:
    victim = an_object(store, "packs")
    damage(victim)
    verify_store(catalog, store, Context())
    assert {each.state for each in known(catalog, store).values()} == {PointState.FAILED}
    made = capture(catalog, path, store, Context())
    assert not made.unchanged, "what is damaged does not count as a backup"
    verdicts, _ = verify_store(catalog, store, Context(), prove=True)
    assert (verdicts[0].id, verdicts[0].state) == (made.point, PointState.PROVEN)
    again = capture(catalog, path, store, Context())
    assert (again.point, again.unchanged) == (made.point, True)


@pytest.mark.parametrize("store", ["none"], indirect=True)
def test_a_pack_that_is_written_anew_is_whole_again_for_every_point(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    other, _ = init_store(catalog, path, str(tmp_path / "other"), Context(), new_keys=None)
    first = capture(catalog, path, other, Context()).point
    flip(an_object(other, "packs"))
    verify_store(catalog, other, Context())
    second = capture(catalog, path, other, Context()).point
    verdicts, _ = verify_store(catalog, other, Context())
    assert {each.id: each.state for each in verdicts} == dict.fromkeys([first, second], PointState.CHECKED)
