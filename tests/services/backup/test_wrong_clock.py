"""A clock that was years ahead and is put right: points keep their order, and what is due is done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import a_database
from builders.ageing import AgeingStore
from builders.points import at_time as clock_at
from builders.stores import UnsyncedDisk
from steward_app.catalog import Catalog
from steward_app.catalog.stores import Store
from steward_app.db import open_write
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup.capture import find_manifest
from steward_app.services.backup.connect import reached
from steward_app.services.backup.protection import Standing, protection
from steward_app.services.backup.status import StoreStanding, is_over, next_run, unset
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.staging import Scanned
from steward_app.services.operation import Confirmation
from steward_app.services.restore import drill
from steward_app.services.restore.tend import Tended, tend
from steward_app.storage.disk import using
from steward_app.storage.objects import ObjectStore
from steward_app.storage.objects.folder import FolderStore
from steward_app.storage.objects.opening import wrapping

AHEAD = timedelta(days=4 * 365)


@pytest.fixture(autouse=True)
def _scans_by_our_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that scans has a clock of its own, which is the same one outside of tests."""
    module = sys.modules[find_manifest.__module__]
    scan: Callable[..., Scanned] = vars(module)["scan"]

    def by_our_clock(*args: Any, **named: Any) -> Scanned:
        return replace(scan(*args, **named), made_at=clock.now())

    monkeypatch.setattr(module, "scan", by_our_clock)


@contextmanager
def at_time(moment: datetime) -> Iterator[None]:
    """Everybody's clock says so, that of the disk, too."""

    def wrap(opened: ObjectStore) -> ObjectStore:
        assert isinstance(opened, FolderStore)
        return AgeingStore(Path(opened.where))

    with clock_at(moment), wrapping(wrap), using(UnsyncedDisk()):
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path, "riverside.db").with_table("visit", "id", rows=[(1,)]).in_wal_mode().build()


@pytest.fixture
def store(catalog: Catalog, path: Path, tmp_path: Path) -> Store:
    made = backup.init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)[0]
    backup.set_schedule(catalog, path, Context(), every_minutes=5)
    return made


def _write(path: Path) -> None:
    with open_write(path) as session, session.transaction(Context()):
        session.run("INSERT INTO visit VALUES (random())")


def _capture(catalog: Catalog, path: Path, store: Store, at: datetime) -> str:
    _write(path)
    with at_time(at):
        return backup.capture(catalog, path, store, Context()).point


def test_what_is_due_is_done_though_it_was_done_in_the_future(
    catalog: Catalog, path: Path, store: Store
) -> None:
    with at_time(clock.now() + AHEAD):
        assert not tend(catalog, path, Context()).failed
        assert tend(catalog, path, Context()).drills
    _write(path)
    now = clock.now()
    with at_time(now):
        done = tend(catalog, path, Context())
        assert not done.failed
        assert [visit.unchanged for visit in done.visits] == [False]
        assert done.drills[0].passed
        assert all(not visit.unchanged for visit in done.visits)
        assert tend(catalog, path, Context()) == Tended()
    with at_time(now + timedelta(minutes=6)):
        assert [visit.unchanged for visit in tend(catalog, path, Context()).visits] == [True]


def test_the_next_run_is_at_once_where_nobody_can_say_when_the_last_was() -> None:
    now = clock.now()
    with at_time(now):
        told = clock.to_text(now + AHEAD)
        assert next_run(replace(unset("db"), every_minutes=5, ran_at=told)) == clock.to_text(now)
        assert is_over(told, timedelta(days=1))
        assert not is_over(clock.to_text(now), timedelta(days=1))
        assert is_over(clock.to_text(now - timedelta(days=1)), timedelta(days=1))
        assert is_over("", timedelta(days=1))


def test_points_keep_the_order_in_which_they_were_written(catalog: Catalog, path: Path, store: Store) -> None:
    now = clock.now()
    made = [_capture(catalog, path, store, at) for at in (now, now + AHEAD, now, now + timedelta(hours=1))]
    with at_time(now + timedelta(hours=2)):
        assert [point.id for point in backup.list_points(catalog, path, Context())] == made[::-1]
        assert [point.id for point in backup.list_in_store(catalog, store.url, Context())] == made[::-1]
        assert backup.find_in_store(catalog, store.url, "", Context()).id == made[3]
        assert backup.newest_in(catalog, path, store.name, Context()).id == made[3]
        told = backup.look(catalog, path, Context())
        assert [point.id for point in told.points] == made[::-1]
        (standing,) = told.stores
        assert standing.newest is not None
        assert standing.newest.id == made[3]
        newest, _ = drill(catalog, path, Context())
        assert newest.point == made[3]
        assert 0 <= newest.rpo_seconds <= 7200
    with reached(catalog, store, Context()) as found:
        last = find_manifest(found, made[2], Context())
        assert last is not None
        details = reader.read_details(found.store, last.manifest, None, Context())
        assert "went back" in details.clock_note


def test_thinning_out_keeps_the_last_written_and_what_is_young(
    catalog: Catalog, path: Path, store: Store
) -> None:
    now = clock.now()
    made = [_capture(catalog, path, store, now + AHEAD)]
    made += [_capture(catalog, path, store, now - timedelta(minutes=4 - n)) for n in range(4)]
    with at_time(now):
        plan = backup.plan_prune(catalog, path, Context())
        backup.prune(catalog, plan, Context(), Confirmation.of(plan))
        left = [point.id for point in backup.look(catalog, path, Context()).points]
    assert left[0] == made[-1]
    assert len(left) >= 2
    with at_time(now + timedelta(days=400)):
        plan = backup.plan_prune(catalog, path, Context())
        backup.prune(catalog, plan, Context(), Confirmation.of(plan))
        left = [point.id for point in backup.look(catalog, path, Context()).points]
    assert made[-1] in left


def test_a_point_that_was_proven_in_the_future_protects_nobody_for_ever(
    catalog: Catalog, path: Path, store: Store
) -> None:
    now = clock.now()
    _capture(catalog, path, store, now + AHEAD)
    with at_time(now + AHEAD):
        drill(catalog, path, Context())
        assert protection(backup.list_points(catalog, path, Context())).standing is Standing.PROVEN
    with at_time(now):
        assert protection(backup.list_points(catalog, path, Context())).standing is Standing.OLD
        _capture(catalog, path, store, now)
        drill(catalog, path, Context())
        assert protection(backup.list_points(catalog, path, Context())).standing is Standing.PROVEN


def test_a_store_that_was_current_in_the_future_makes_no_other_look_behind(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    now = clock.now()
    other, _ = backup.init_store(catalog, path, str(tmp_path / "other"), Context(), new_keys=None)
    with at_time(now + AHEAD):
        backup.go_round(catalog, path, Context(), only=[other.name])
    with at_time(now):
        (tmp_path / "other").rename(tmp_path / "unplugged")
        backup.go_round(catalog, path, Context())
        told = backup.look(catalog, path, Context())
    standing = {each.id: each.standing for each in told.stores}
    assert standing == {store.id: StoreStanding.IN_STEP, other.id: StoreStanding.SILENT}
