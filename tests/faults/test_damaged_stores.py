"""A store that was damaged: what is wrong is told, what is not comes back, and the next point is whole again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builders.erasing import Ledger
from builders.guarded import Guarded, guarded
from builders.stores import UnsyncedDisk
from steward_app.catalog import open_catalog
from steward_app.catalog.points import PointState
from steward_app.db.image import open_image, same_image
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.secret import Secret
from steward_app.services import backup, restore
from steward_app.services.backup.connect import reached
from steward_app.services.backup.store import layout, reader
from steward_app.services.backup.store.keys import KeyMode, Unlocking, make_keys
from steward_app.services.erasure import own_key
from steward_app.services.restore import drill
from steward_app.storage.disk import using
from steward_app.storage.secrets import open_secrets

pytestmark = pytest.mark.faults

Damage = Callable[[Path], None]


@pytest.fixture(autouse=True)
def _quick_disk() -> Iterator[None]:
    with using(UnsyncedDisk()):
        yield


@pytest.fixture
def here(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Guarded]:
    with guarded(tmp_path, encrypted=request.param, wal=request.param) as here:
        yield here


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def deleted(path: Path) -> None:
    path.unlink()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Everything with `--all-faults`; else a sample."""
    every = metafunc.config.getoption("--all-faults")
    if "damage" in metafunc.fixturenames:
        metafunc.parametrize("damage", [flipped, halved, deleted] if every else [flipped])
    if "here" in metafunc.fixturenames:
        modes = {"open": False, "encrypted": True} if every else {"encrypted": True}
        metafunc.parametrize("here", modes.values(), ids=modes, indirect=True)


def _of(here: Guarded, point: str, folder: str) -> Path:
    """What a point needs and none before it, of one kind."""
    with reached(here.catalog, here.store, Context()) as found:
        listing = {p.manifest.id: p.manifest for p in reader.points(found.store, Context()).points}
    before = (each.objects for name, each in listing.items() if name < point)
    (name,) = (each for each in set(listing[point].objects).difference(*before) if each.startswith(folder))
    return here.folder / name


@pytest.mark.parametrize("folder", [layout.PACKS, layout.MAPS])
def test_a_damaged_pack_or_map_fails_its_points_and_the_next_point_is_whole(
    here: Guarded, folder: str, damage: Damage
) -> None:
    first, second = here.captures(2)
    damage(_of(here, second, folder))
    verdicts, _ = backup.verify_store(here.catalog, here.store, Context())
    assert {each.id: each.state for each in verdicts} == {
        first: PointState.CHECKED,
        second: PointState.FAILED,
    }
    told = next(each for each in verdicts if each.id == second)
    assert folder[:-2] in told.problems[0]
    with pytest.raises(Failure) as raised:
        here.restore(second)
    assert raised.value.code in (ErrorCode.DAMAGED, ErrorCode.NOT_FOUND)
    here.restore(first)
    third = here.capture()  # nothing was written to the database since
    assert third != second
    here.restore(third)
    assert all(each.passed for each in drill(here.catalog, here.path, Context(), point=third))
    verdicts, _ = backup.verify_store(here.catalog, here.store, Context())
    assert {each.id: each.sound for each in verdicts} == {first: True, second: True, third: True} or (
        {each.id: each.sound for each in verdicts} == {first: True, second: False, third: True}
    )
    here.settled()


def test_damaged_details_and_manifests_cost_at_most_their_own_point(here: Guarded, damage: Damage) -> None:
    first, second, third = here.captures(3)
    damage(_of(here, first, layout.DETAILS))
    (manifest,) = (here.folder / "points").glob(f"*-{second}.json")
    damage(manifest)
    backup.refresh(here.catalog, here.store, Context())
    verdicts, _ = backup.verify_store(here.catalog, here.store, Context())
    assert next(each for each in verdicts if each.id == third).sound
    here.restore(first)
    here.restore(third)
    with pytest.raises(
        (Failure, UsageError)
    ) as raised:  # one that is gone may have been thinned out elsewhere
        here.restore(second)
    assert raised.value.code in (ErrorCode.DAMAGED, ErrorCode.UNKNOWN_OBJECT)
    (fourth,) = here.captures(1)
    here.restore(fourth)
    here.settled()


def test_a_damaged_description_stops_everything_and_a_copy_of_it_puts_it_right(
    here: Guarded, tmp_path: Path, damage: Damage
) -> None:
    (first,) = here.captures(1)
    description = here.folder / layout.DESCRIPTOR
    shutil.copy(description, tmp_path / "copy.json")
    damage(description)
    here.write()
    for attempt in (here.capture, lambda: here.restore(first), here.prune):
        with pytest.raises((Failure, Refused)) as raised:
            attempt()
        assert raised.value.code in (ErrorCode.DAMAGED, ErrorCode.NOT_FOUND)
        assert raised.value.hint
    visits = backup.go_round(here.catalog, here.path, Context())
    assert "store.json" in visits[0].problem or "no backup store" in visits[0].problem
    shutil.copy(tmp_path / "copy.json", description)
    second = here.capture()
    here.restore(first)
    here.restore(second)
    here.settled()


def test_a_damaged_naming_key_matters_on_a_new_computer_only_and_comes_back(
    tmp_path: Path, damage: Damage
) -> None:
    with guarded(tmp_path, encrypted=True) as here:
        (first,) = here.captures(1)
        damage(here.folder / layout.NAMING_KEY)
        here.restore(first)
        _, told = backup.verify_store(here.catalog, here.store, Context())
        assert told.problems
        assert "written anew" in told.problems[0]
        _, told = backup.verify_store(here.catalog, here.store, Context())
        assert told.problems == ()
        damage(here.folder / layout.NAMING_KEY)
        with pytest.raises(Failure):
            here.restore_on_a_new_computer(tmp_path / "too early")
        backup.verify_store(here.catalog, here.store, Context())
        (second,) = here.captures(1)
        here.restore_on_a_new_computer(tmp_path / "new computer")
        here.restore(second)


def test_damaged_proofs_and_ledgers_are_told_and_lose_no_point(here: Guarded, damage: Damage) -> None:
    (first,) = here.captures(1)
    assert drill(here.catalog, here.path, Context())[0].passed
    backup.hold(here.catalog, here.path, first, "The court in Ghent asked for it", Context())
    for path in [*(here.folder / "proofs").rglob("*.json*"), *(here.folder / "holds").glob("*")]:
        damage(path)
    (told,) = backup.look(here.catalog, here.path, Context()).points
    assert bool(told.held) is (damage is not deleted)
    here.restore(first)
    (second,) = here.captures(1)
    here.restore(second)
    here.prune()
    here.settled()


def test_a_damaged_plain_copy_fails_alone(here: Guarded, damage: Damage) -> None:
    (first,) = here.captures(1)
    plain = _made(backup.create_plain(here.catalog, here.path, here.store, Context()))
    (stored,) = (here.folder / "plain").iterdir()
    damage(stored)
    verdicts, _ = backup.verify_store(here.catalog, here.store, Context())
    assert {each.id: each.sound for each in verdicts} == {first: True, plain: False}
    target = here.path.with_name("restored.db")
    with pytest.raises(Failure) as raised:
        plan = restore.plan_restore(here.catalog, here.path, plain, Context(), to=target)
        restore.restore(here.catalog, plan, Context())
    assert raised.value.code in (ErrorCode.DAMAGED, ErrorCode.NOT_FOUND)
    assert not target.exists()
    here.restore(first)
    again = _made(backup.create_plain(here.catalog, here.path, here.store, Context()))
    plan = restore.plan_restore(here.catalog, here.path, again, Context(), to=target)
    restore.restore(here.catalog, plan, Context())
    here.settled()


def _made(receipt: Receipt) -> str:
    return str((receipt.result or {})["point"])


def test_a_damaged_ledger_is_told_and_written_anew(here: Guarded, tmp_path: Path, damage: Damage) -> None:
    """Of its two copies the newest: nobody else says what it says."""
    (point,) = here.captures(1)
    secrets, known_as = open_secrets(here.catalog.directory), here.store.database_id
    erased = Ledger(here.catalog, known_as, own_key(secrets, known_as))
    for number in (3, 4):
        erased.erase(here.path, "visit", f"id = {number}", at=clock.to_text(clock.now()))
        assert not backup.go_round(here.catalog, here.path, Context())[0].problem
    newest = max((here.folder / "ledger").iterdir())
    damage(newest)
    if damage is not deleted:
        assert "nobody can tell which people were erased" in _told_elsewhere(here, tmp_path / "one", point)
        _, told = backup.verify_store(here.catalog, here.store, Context())
        assert ["ledger" in problem for problem in told.problems] == [True]
    backup.go_round(here.catalog, here.path, Context())
    _, told = backup.verify_store(here.catalog, here.store, Context())
    assert told.problems == ()
    assert _told_elsewhere(here, tmp_path / "two", point) == ""
    assert {3, 4}.isdisjoint(_rows(tmp_path / "two" / "restored.db"))
    here.settled()


def _told_elsewhere(here: Guarded, home: Path, point: str) -> str:
    """What a new computer is told that restores the point."""
    home.mkdir()
    given = Unlocking(key=here.keys.identity.reveal()) if here.keys else None
    with open_catalog(home) as catalog:
        try:
            plan = restore.plan_restore_from_store(
                catalog, here.store.url, Context(), to=home / "restored.db", point=point, given=given
            )
            restore.restore(catalog, plan, Context(), given=given)
        except Failure as error:
            return error.message
    return ""


def _rows(path: Path) -> set[object]:
    with open_image(path) as session:
        return {row for (row,) in session.all("SELECT id FROM visit")}


def test_a_damaged_key_under_a_passphrase_is_told_and_other_keys_open(tmp_path: Path, damage: Damage) -> None:
    with guarded(tmp_path) as other:  # whose store is not used
        keys = make_keys(KeyMode.PASSPHRASE, passphrase=Secret("correct horse battery"))
        place = str(tmp_path / "second")
        store, _ = backup.init_store(
            other.catalog, other.path, place, Context(), new_keys=keys, name="second"
        )
        point = backup.capture(other.catalog, other.path, store, Context()).point
        damage(Path(place) / layout.IDENTITY)
        given = Unlocking(passphrase=Secret("correct horse battery"))
        target = tmp_path / "restored.db"
        (home := tmp_path / "new").mkdir()
        with open_catalog(home) as catalog:
            with pytest.raises(Failure) as raised:
                restore.plan_restore_from_store(catalog, place, Context(), to=target, given=given)
            assert raised.value.code in (ErrorCode.DAMAGED, ErrorCode.NOT_FOUND, ErrorCode.WRONG_KEY), (
                raised.value
            )
            assert raised.value.hint
            given = Unlocking(key=keys.identity.reveal())
            plan = restore.plan_restore_from_store(
                catalog, place, Context(), to=target, point=point, given=given
            )
            restore.restore(catalog, plan, Context(), given=given)
        assert same_image(target, other.path, Context())


def test_a_key_of_another_store_opens_nothing_and_changes_nothing(tmp_path: Path) -> None:
    with guarded(tmp_path, encrypted=True) as here:
        (first,) = here.captures(1)
        before = {path: path.read_bytes() for path in here.folder.rglob("*") if path.is_file()}
        wrong = Unlocking(key=make_keys(KeyMode.KEY).identity.reveal())
        for attempt in (
            lambda: here.restore(first, wrong),
            lambda: drill(here.catalog, here.path, Context(), given=wrong),
            lambda: backup.verify_store(here.catalog, here.store, Context(), given=wrong),
            lambda: backup.connect(here.catalog, here.path, here.store.url, Context(), given=wrong),
        ):
            with pytest.raises(Failure) as raised:
                attempt()
            assert raised.value.code is ErrorCode.WRONG_KEY
        assert {path: path.read_bytes() for path in here.folder.rglob("*") if path.is_file()} == before
        (known,) = here.known()
        assert known.state is PointState.TAKEN
        here.restore(first)


def test_the_store_of_another_database_in_the_place_of_this_one(here: Guarded, tmp_path: Path) -> None:
    (first,) = here.captures(1)
    (place := tmp_path / "other").mkdir()
    with guarded(place) as other:
        other.captures(1)
        here.folder.rename(tmp_path / "away")
        shutil.copytree(other.folder, here.folder)
    before = {path: path.read_bytes() for path in here.folder.rglob("*") if path.is_file()}
    here.write()
    for attempt in (here.capture, here.prune, lambda: here.restore(first)):
        with pytest.raises(Refused) as raised:
            attempt()
        assert raised.value.code is ErrorCode.WHICH_DATABASE
    assert backup.go_round(here.catalog, here.path, Context())[0].problem
    assert backup.look(here.catalog, here.path, Context()).stores[0].store.problem
    assert {path: path.read_bytes() for path in here.folder.rglob("*") if path.is_file()} == before
    shutil.rmtree(here.folder)
    (tmp_path / "away").rename(here.folder)
    second = here.capture()
    here.restore(first)
    here.restore(second)
    here.settled()


def test_another_store_of_this_database_in_the_place_of_this_one(here: Guarded, tmp_path: Path) -> None:
    (first,) = here.captures(1)
    here.folder.rename(tmp_path / "away")
    second, _ = backup.init_store(
        here.catalog, here.path, str(here.folder), Context(), new_keys=None, name="second"
    )
    before = {path: path.read_bytes() for path in here.folder.rglob("*") if path.is_file()}
    here.write()
    for attempt in (here.capture, lambda: here.restore(first)):
        with pytest.raises(Refused) as raised:
            attempt()
        assert raised.value.code is ErrorCode.WHICH_DATABASE
        assert "another store" in raised.value.message
    assert {path: path.read_bytes() for path in here.folder.rglob("*") if path.is_file()} == before
    (known,) = (point for point in here.known() if point.id == first)
    assert known.state is PointState.TAKEN
    visits = backup.go_round(here.catalog, here.path, Context())
    assert [bool(visit.problem) for visit in visits] == [True, False]
    assert second.id != here.store.id
