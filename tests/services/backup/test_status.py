"""How a database is guarded, told from the catalog alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from steward_app.catalog import Catalog, points, schedules, stores
from steward_app.catalog.points import Point, PointKind, PointState
from steward_app.catalog.schedules import Schedule
from steward_app.catalog.stores import Encryption, Store
from steward_app.kernel import clock
from steward_app.kernel.plan import Check
from steward_app.services.backup import drills, retention
from steward_app.services.backup.drills import Drill
from steward_app.services.backup.status import StoreStanding, next_run, status

NOW = "2026-11-20T10:00:00.000Z"
LATER = "2026-11-20T10:05:00.000Z"
NAS = Store("s-nas", "db", "NAS", "sftp://nas/riverside", Encryption.AGE, NOW)


def _ago(**length: float) -> str:
    return clock.to_text(clock.now() - timedelta(**length))


def _point(number: int, made_at: str, store_id: str = NAS.id) -> Point:
    kind = PointKind.PAGES if store_id else PointKind.FILE
    checked = PointState.CHECKED
    return Point(
        f"pt_{number}", "db", made_at, Path(), Path(), 4096, checked, made_at, store_id=store_id, kind=kind
    )


def _drill(number: int, *, passed: bool = True) -> Drill:
    checks = (Check("Every page is as it was written", passed, "304 of 304"),)
    return Drill(
        f"dr_{number}",
        NOW,
        "db",
        "pt_1",
        NOW,
        NAS.id,
        passed,
        "Restored and compared",
        checks,
        9.8,
        60.0,
        4096,
        3,
        40,
    )


def _add(catalog: Catalog, *told: Store | Point | Schedule) -> None:
    with catalog.unit() as unit:
        for each in told:
            match each:
                case Store():
                    stores.add(unit, each)
                case Point():
                    points.insert(unit, each)
                case Schedule():
                    schedules.save(unit, each)
        unit.commit()


def test_a_database_nobody_guarded_yet(catalog: Catalog) -> None:
    told = status(catalog, "db")
    assert (told.points, told.lines, told.stores, told.drills, told.next_run_at) == ((), (), (), (), "")
    assert told.rules == retention.DEFAULT


def test_points_stand_on_the_line_of_the_rule_that_reaches_them_oldest_first(catalog: Catalog) -> None:
    ages = ({"minutes": 5}, {"hours": 2}, {"days": 3}, {"days": 20}, {"days": 100}, {"days": 700})
    _add(catalog, NAS, *(_point(number, _ago(**age)) for number, age in enumerate(ages)))
    assert [(line.title, [point.id for point in line.points]) for line in status(catalog, "db").lines] == [
        ("Every 5 minutes", ["pt_1", "pt_0"]),
        ("Every hour", ["pt_2"]),
        ("Every day", ["pt_3"]),
        ("Every month", ["pt_4"]),
        ("Older", ["pt_5"]),
    ]


def test_a_store_the_last_run_did_not_reach_is_behind(catalog: Catalog) -> None:
    here = Store("s-here", "db", "Here", "/backups", Encryption.NONE, NOW, current_at=LATER, run_id="run-2")
    _add(
        catalog, here, replace(NAS, current_at=NOW, run_id="run-1"), _point(1, NOW), _point(2, LATER, here.id)
    )
    told = {each.store.name: (each.standing, each.points) for each in status(catalog, "db").stores}
    assert told == {"Here": (StoreStanding.IN_STEP, 1), "NAS": (StoreStanding.BEHIND, 1)}


@pytest.mark.parametrize("state", [PointState.FAILED, PointState.MISSING])
def test_a_store_whose_newest_point_is_not_sound_is_not_in_step(catalog: Catalog, state: PointState) -> None:
    _add(
        catalog,
        replace(NAS, current_at=NOW, run_id="run-1"),
        _point(1, NOW),
        replace(_point(2, LATER), state=state),
    )
    (told,) = status(catalog, "db").stores
    assert told.standing is StoreStanding.BEHIND


def test_a_run_that_found_nothing_changed_leaves_a_store_in_step(catalog: Catalog) -> None:
    """The point in one store is older: nothing changed since, and there was nothing to add."""
    here = Store("s-here", "db", "Here", "/backups", Encryption.NONE, NOW, current_at=LATER, run_id="run-2")
    _add(
        catalog, here, replace(NAS, current_at=NOW, run_id="run-2"), _point(1, NOW), _point(2, LATER, here.id)
    )
    assert {each.standing for each in status(catalog, "db").stores} == {StoreStanding.IN_STEP}


def test_a_store_that_does_not_answer_and_one_that_is_empty(catalog: Catalog) -> None:
    empty = Store("s-e", "db", "Empty", "/e", Encryption.NONE, LATER)
    _add(catalog, replace(NAS, problem="The server nas does not answer."), empty, _point(1, NOW))
    told = status(catalog, "db").stores
    assert [(each.standing, each.newest and each.newest.id) for each in told] == [
        (StoreStanding.SILENT, "pt_1"),
        (StoreStanding.EMPTY, None),
    ]


def test_the_next_run_follows_the_last(catalog: Catalog) -> None:
    schedule = Schedule("db", 5, retention.to_text(()), ran_at=NOW)
    assert next_run(schedule) == LATER
    assert next_run(replace(schedule, every_minutes=0)) == ""
    assert next_run(replace(schedule, ran_at="")) <= clock.to_text(clock.now())
    _add(catalog, schedule)
    told = status(catalog, "db")
    assert (told.next_run_at, told.rules, told.schedule) == (LATER, (), schedule)


def test_drills_come_back_from_the_journal_newest_first(catalog: Catalog) -> None:
    with catalog.unit() as unit:
        for drill in (_drill(1), _drill(2, passed=False)):
            drills.record(unit, drill)
        unit.commit()
    told = status(catalog, "db").drills
    assert list(told) == [_drill(2, passed=False), _drill(1)]
    with catalog.reading() as session:
        assert drills.drills(session, "db", point="pt_9") == ()
        assert drills.drills(session, "another") == ()
        assert drills.drills(session, "db", since=_ago(days=-1)) == ()
