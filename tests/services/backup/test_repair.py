"""Repairing a store: what is damaged is written again from where it is good, and what cannot be is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builders.guarded import Guarded, guarded
from builders.stores import UnsyncedDisk
from steward_app.catalog.points import PointState
from steward_app.catalog.stores import Store
from steward_app.kernel.errors import UsageError
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup.capture import cache_of
from steward_app.services.backup.connect import reached
from steward_app.services.backup.repair import Repaired, plan_repair, repair
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.backup.store.model import Manifest
from steward_app.services.operation import Confirmation
from steward_app.services.restore import drill
from steward_app.storage.disk import using

Damage = Callable[[Path], None]


@pytest.fixture(autouse=True)
def _quick_disk() -> Iterator[None]:
    with using(UnsyncedDisk()):
        yield


@pytest.fixture(params=[False, True], ids=["open", "encrypted"])
def here(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Guarded]:
    with guarded(tmp_path, encrypted=request.param, rows=2000) as here:
        yield here


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def deleted(path: Path) -> None:
    path.unlink()


def _second(here: Guarded, *, encrypted: bool) -> Store:
    keys = make_keys(KeyMode.KEY) if encrypted else None
    folder = here.path.with_name("second")
    return backup.init_store(here.catalog, here.path, str(folder), Context(), new_keys=keys, name="second")[0]


def _manifests(here: Guarded) -> dict[str, Manifest]:
    with reached(here.catalog, here.store, Context()) as found:
        return {p.manifest.id: p.manifest for p in reader.points(found.store, Context()).points}


def _repair(here: Guarded) -> Repaired:
    backup.verify_store(here.catalog, here.store, Context())
    plan = plan_repair(here.catalog, here.path, Context(), store=here.store.name)
    done = repair(here.catalog, plan, Context(), Confirmation.of(plan))
    here.settled()
    return done


def _all_sound(here: Guarded, *points: str) -> None:
    verdicts, told = backup.verify_store(here.catalog, here.store, Context())
    assert [each.problems for each in verdicts if each.problems] == []
    assert {each.id: each.state for each in verdicts} == dict.fromkeys(points, PointState.CHECKED)
    assert told.problems == ()
    for point in points:
        here.restore(point)


@pytest.mark.parametrize("damage", [flipped, deleted])
def test_a_pack_is_made_again_from_the_live_database(here: Guarded, damage: Damage) -> None:
    (first,) = here.captures(1)
    damage(here.folder / _manifests(here)[first].packs[0])
    done = _repair(here)
    assert done.left == {}
    assert [each.state for each in done.points] == [PointState.CHECKED]
    _all_sound(here, first)


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("damage", [flipped, deleted])
def test_what_the_database_no_longer_holds_comes_from_another_store(
    here: Guarded, encrypted: bool, damage: Damage
) -> None:
    second = _second(here, encrypted=encrypted)
    made = []
    for _ in range(3):
        here.write("UPDATE visit SET note = note || 'x' WHERE id % 3 = 0")
        made.append(here.capture())
        backup.capture(here.catalog, here.path, second, Context())
    here.write("UPDATE visit SET note = 'quite another'")
    before = _manifests(here)
    for name in {name for each in before.values() for name in each.packs}:
        damage(here.folder / name)
    done = _repair(here)
    assert done.left == {}
    _all_sound(here, *made)
    assert {point: each.root for point, each in _manifests(here).items()} == {
        point: each.root for point, each in before.items()
    }


def test_a_flipped_bit_costs_a_frame_and_the_rest_of_the_pack_is_its_own_source(tmp_path: Path) -> None:
    with guarded(tmp_path, rows=40_000) as here:
        (first,) = here.captures(1)
        here.write("UPDATE visit SET note = 'new' WHERE id < 500")  # the first frame, in the database alone
        pack = here.folder / _manifests(here)[first].packs[0]
        data = bytearray(pack.read_bytes())
        data[-200] ^= 1
        pack.write_bytes(data)
        assert _repair(here).left == {}
        _all_sound(here, first)


def test_what_is_nowhere_else_is_said_and_the_rest_is_repaired(here: Guarded) -> None:
    (first,) = here.captures(1)
    here.write("UPDATE visit SET note = 'quite another'")
    second = here.capture()
    made = _manifests(here)
    old = set(made[first].packs)
    new = set(made[second].packs) - old
    for name in old | new:
        deleted(here.folder / name)
    done = _repair(here)
    assert set(done.left) == old
    assert "found" in next(iter(done.left.values()))
    assert str(done.receipt.sentence).startswith("Repaired 1 of 2 objects")
    states = {each.id: each.state for each in done.points}
    assert states[first] is PointState.FAILED


def test_a_page_map_comes_from_what_this_computer_remembers(here: Guarded) -> None:
    first, second = here.captures(2)
    deleted(here.folder / _manifests(here)[second].maps[-1])
    assert _repair(here).left == {}
    _all_sound(here, first, second)


def test_details_are_told_again_as_the_catalog_knows_them(here: Guarded) -> None:
    (first,) = here.captures(1)
    flipped(here.folder / _manifests(here)[first].details)
    assert _repair(here).left == {}
    _all_sound(here, first)
    with reached(here.catalog, here.store, Context(), to_read=True) as found:
        told = reader.read_details(found.store, _manifests(here)[first], found.identity, Context())
    assert told.reason == "By hand"


def test_a_drill_that_fails_says_which_objects_and_a_repair_answers_it(here: Guarded) -> None:
    (first,) = here.captures(1)
    pack = _manifests(here)[first].packs[0]
    flipped(here.folder / pack)
    (failed,) = drill(here.catalog, here.path, Context())
    assert not failed.passed
    assert pack in {check.detail for check in failed.checks}
    assert any(check.detail == "2 of 3" for check in failed.checks)
    plan = plan_repair(here.catalog, here.path, Context(), store=here.store.name)
    done = repair(here.catalog, plan, Context(), Confirmation.of(plan))
    assert [each.state for each in done.points] == [PointState.CHECKED]
    assert drill(here.catalog, here.path, Context())[0].passed


def test_where_nothing_is_damaged_there_is_nothing_to_repair(here: Guarded) -> None:
    here.captures(1)
    with pytest.raises(UsageError, match="known to be damaged"):
        plan_repair(here.catalog, here.path, Context(), store=here.store.name)


def test_the_next_points_stand_on_what_was_repaired(here: Guarded) -> None:
    first, second = here.captures(2)
    deleted(here.folder / _manifests(here)[second].packs[-1])
    assert _repair(here).left == {}
    (third,) = here.captures(1)
    assert here.known()[0].new_bytes < 100_000
    for point in (first, second, third):
        here.restore(point)
    here.prune()
    _all_sound(here, third)


@pytest.mark.parametrize("encrypted", [False, True])
def test_page_maps_are_made_again_from_the_same_moment_elsewhere(here: Guarded, encrypted: bool) -> None:
    second = _second(here, encrypted=encrypted)
    made = []
    for _ in range(3):
        here.write("UPDATE visit SET note = note || 'x' WHERE id % 3 = 0")
        made.append(here.capture())
        backup.capture(here.catalog, here.path, second, Context())
    here.write("UPDATE visit SET note = 'quite another'")
    before = _manifests(here)
    cache_of(here.catalog, here.store).forget_all()
    for name in {name for each in before.values() for name in each.maps}:
        deleted(here.folder / name)
    done = _repair(here)
    assert done.left == {}
    _all_sound(here, *made)
    assert {point: each.packs for point, each in _manifests(here).items()} == {
        point: each.packs for point, each in before.items()
    }


def test_points_that_need_none_of_the_lost_pages_are_whole_again(here: Guarded) -> None:
    (first,) = here.captures(1)
    here.write("UPDATE visit SET note = 'another' WHERE id = 7")
    second = here.capture()
    (pack,) = _manifests(here)[first].packs
    deleted(here.folder / pack)
    done = _repair(here)
    assert set(done.left) == {pack}  # the first point needs a page of it that nobody has any more
    assert " pages were found nowhere else" in done.left[pack]
    assert {each.id: each.state for each in done.points} == {
        first: PointState.FAILED,
        second: PointState.CHECKED,
    }
    assert (done.receipt.result or {})["broken"] == [first]
    here.restore(second)
    (third,) = here.captures(1)
    here.restore(third)
