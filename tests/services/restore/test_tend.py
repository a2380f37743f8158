"""Doing what is due: a point when it is time, a drill once a day, nothing else; and watching without reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from builders import a_database
from builders.ageing import AgeingStore
from builders.erasing import Ledger
from steward_app.catalog import Catalog, points, schedules, stores
from steward_app.catalog.points import Point, PointKind
from steward_app.catalog.stores import Store
from steward_app.db import open_write
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.backup.connect import stores_of
from steward_app.services.backup.init import init_store
from steward_app.services.backup.retention import parse
from steward_app.services.backup.rounds import go_round
from steward_app.services.backup.schedule import set_schedule
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.erasure import own_key
from steward_app.services.restore.tend import Tended, tend, watch
from steward_app.storage.objects.opening import wrapping
from steward_app.storage.secrets import open_secrets


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path, "riverside.db").with_table("visit", "id", rows=[(1,)]).in_wal_mode().build()


@pytest.fixture
def store(catalog: Catalog, path: Path, tmp_path: Path) -> Store:
    made = init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)[0]
    set_schedule(catalog, path, Context(), every_minutes=5)
    return made


@contextmanager
def _at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(clock, "_source", lambda: moment)
        yield


def _later(monkeypatch: pytest.MonkeyPatch, **length: float) -> object:
    return _at(clock.now() + timedelta(**length), monkeypatch)


def _points(catalog: Catalog, store: Store) -> int:
    with catalog.reading() as session:
        return len(points.of_database(session, store.database_id))


def _write(path: Path) -> None:
    with open_write(path) as session, session.transaction(Context()):
        session.run("INSERT INTO visit VALUES (random())")


def test_a_point_first_then_a_drill_then_nothing_until_it_is_time(
    catalog: Catalog, path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tend(catalog, path, Context())
    assert [visit.store.id for visit in first.visits] == [store.id]
    assert first.drills == ()
    assert len(first.done) == 1  # a seventh of the store was read again
    (done,) = tend(catalog, path, Context()).drills
    assert done.passed
    assert tend(catalog, path, Context()) == Tended()
    _write(path)
    with _later(monkeypatch, minutes=6):  # type: ignore[attr-defined]
        assert [visit.unchanged for visit in tend(catalog, path, Context()).visits] == [False]
    with _later(monkeypatch, days=2):  # type: ignore[attr-defined]
        again = tend(catalog, path, Context())
    assert [visit.unchanged for visit in again.visits] == [True]
    assert all(each.passed for each in again.drills)
    assert _points(catalog, store) == 2


def test_what_the_tables_hold_is_taken_once_a_day(
    catalog: Catalog, path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    for days in (0.0, 0.01, 2.0):
        _write(path)
        with _later(monkeypatch, days=days):  # type: ignore[attr-defined]
            tend(catalog, path, Context())
        newest = max(_points_of(catalog, store), key=lambda point: point.sequence)
        taken.append(bool(newest.tables))
    assert taken == [True, False, True]


def test_a_plain_copy_comes_once_a_week_and_what_the_rules_let_go_goes(
    catalog: Catalog, path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_schedule(catalog, path, Context(), keep=parse("1h:1d"))
    for minutes in (0, 6, 12):
        _write(path)
        with _later(monkeypatch, minutes=minutes):  # type: ignore[attr-defined]
            assert not tend(catalog, path, Context()).failed
    assert [point.kind for point in _points_of(catalog, store)].count(PointKind.PLAIN) == 0
    assert len(_points_of(catalog, store)) <= 3
    _write(path)
    with (
        wrapping(lambda opened: AgeingStore(Path(store.url))),
        _later(monkeypatch, days=8),  # type: ignore[attr-defined]
    ):
        done = tend(catalog, path, Context())
    assert done.problems == ()
    kinds = [point.kind for point in _points_of(catalog, store)]
    assert kinds.count(PointKind.PLAIN) == 1
    assert len(kinds) <= 3  # those of a week ago are gone, but for the newest that was proven


def _points_of(catalog: Catalog, store: Store) -> tuple[Point, ...]:
    with catalog.reading() as session:
        return points.of_database(session, store.database_id)


def test_a_ledger_that_holds_something_lies_in_every_store(
    catalog: Catalog, path: Path, store: Store
) -> None:
    tend(catalog, path, Context())
    assert not (Path(store.url) / "ledger").exists()
    key = own_key(open_secrets(catalog.directory), store.database_id)
    Ledger(catalog, store.database_id, key).erase(path, "visit")
    go_round(catalog, path, Context())
    (copy,) = (Path(store.url) / "ledger").iterdir()
    go_round(catalog, path, Context())
    assert [*(Path(store.url) / "ledger").iterdir()] == [copy]


def test_what_is_not_set_up_is_said(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="have no store to go to"):
        tend(catalog, path, Context())
    init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)
    with pytest.raises(UsageError, match="made by hand only"):
        tend(catalog, path, Context())


def test_a_machine_without_the_private_key_makes_points_and_misses_no_drill(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    new_keys = make_keys(KeyMode.KEY)
    init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=new_keys, keep_key=False)
    set_schedule(catalog, path, Context(), every_minutes=5)
    assert not tend(catalog, path, Context()).failed
    assert tend(catalog, path, Context()) == Tended()


def test_a_store_without_its_key_keeps_no_other_from_its_drill(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    keys = make_keys(KeyMode.KEY)
    init_store(catalog, path, str(tmp_path / "a"), Context(), new_keys=keys, keep_key=False)
    readable, _ = init_store(catalog, path, str(tmp_path / "b"), Context(), new_keys=None)
    set_schedule(catalog, path, Context(), every_minutes=5)
    done = tend(catalog, path, Context())
    done = done if done.drills else tend(catalog, path, Context())
    assert [(each.store_id, each.passed) for each in done.drills] == [(readable.id, True)]
    assert done.problems == ()


def test_a_store_that_is_gone_fails_its_visit_and_nothing_else(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    other, _ = init_store(catalog, path, str(tmp_path / "other"), Context(), new_keys=None)
    (tmp_path / "other").rename(tmp_path / "unplugged")
    done = tend(catalog, path, Context())
    assert done.failed
    assert {visit.store.id: bool(visit.problem) for visit in done.visits} == {store.id: False, other.id: True}


def test_a_database_that_is_gone_is_a_problem_and_not_a_crash(
    catalog: Catalog, path: Path, store: Store
) -> None:
    tend(catalog, path, Context())
    with catalog.unit() as unit:
        known = schedules.get(unit.session, store.database_id)
        assert known is not None
        drilled = clock.to_text(clock.now())
        schedules.save(unit, replace(known, ran_at="2026-01-01T00:00:00.000Z", drilled_at=drilled))
        unit.commit()
    path.rename(path.with_name("moved.db"))
    done = tend(catalog, path, Context())
    assert done.visits[0].problem


def test_a_store_is_read_again_although_nobody_writes_to_the_database(
    catalog: Catalog, path: Path, store: Store
) -> None:
    tend(catalog, path, Context())
    assert tend(catalog, path, Context(), unchanged=True).done == ()
    with catalog.unit() as unit:
        stores.add(unit, replace(stores.get(unit.session, store.id), verified_at="2026-01-01T00:00:00.000Z"))
        unit.commit()
    (sentence,) = tend(catalog, path, Context(), unchanged=True).done
    assert "all as they were written" in sentence


def test_watching_makes_a_point_and_then_only_looks(
    catalog: Catalog, path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute passes with every look; nothing is written, so nothing is scanned again."""
    began = clock.now()
    now, context, told = [began], Context(), []

    def wait(seconds: float) -> None:
        now[0] += timedelta(minutes=1)
        if now[0] > began + timedelta(minutes=21):
            context.cancel()
        context.checkpoint()

    monkeypatch.setattr(context, "wait", wait)
    with monkeypatch.context() as patch, pytest.raises(Cancelled):
        patch.setattr(clock, "_source", lambda: now[0])
        watch(catalog, path, context, on_tended=told.append)
    assert [(len(done.visits), len(done.drills)) for done in told] == [(1, 0), (0, 1)]
    (known,) = stores_of(catalog, path, Context())
    assert known.current_at == clock.to_text(began + timedelta(minutes=20))
