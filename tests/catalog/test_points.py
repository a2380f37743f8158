"""Restore points in the catalog: a projection that can be built again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from steward_app.catalog import Catalog, points
from steward_app.catalog.points import Point, PointState
from steward_app.db.content import TableContent
from steward_app.kernel.errors import UsageError
from steward_app.kernel.plan import Check

POINT = Point(
    id="pt_abc123",
    database_id="db-1",
    made_at="2026-11-20T10:20:00.000Z",
    path=Path("/data/points/pt_abc123.sqlite"),
    source_path=Path("/home/ada/clinic.db"),
    size_bytes=4096,
    state=PointState.TAKEN,
    state_at="2026-11-20T10:20:01.000Z",
    reason="By hand",
    operation_id="op_1",
    checks=(Check("Integrity", True), Check("Foreign keys", False, "3 rows")),
    tables=(TableContent('od"d\n', 3, "ab" * 32),),
)


def insert(catalog: Catalog, *made: Point) -> None:
    with catalog.unit() as unit:
        for point in made:
            points.insert(unit, point)
        unit.commit()


def test_a_point_comes_back_as_it_was_recorded(catalog: Catalog) -> None:
    insert(catalog, POINT)
    with catalog.reading() as session:
        assert points.find(session, "pt_abc123") == POINT
        assert points.of_database(session, "db-1") == (POINT,)
        assert points.of_database(session, "db-2") == ()


def test_points_are_listed_newest_first(catalog: Catalog) -> None:
    later = replace(POINT, id="pt_abd", made_at="2026-11-20T11:00:00.000Z")
    other = replace(POINT, id="pt_b", database_id="db-2")
    insert(catalog, POINT, later, other)
    with catalog.reading() as session:
        assert points.of_database(session, "db-1") == (later, POINT)
        assert points.every(session) == (later, other, POINT)


def test_a_point_is_found_by_the_start_of_its_name_when_only_one_fits(catalog: Catalog) -> None:
    insert(catalog, POINT, replace(POINT, id="pt_abc"), replace(POINT, id="pt_a_c%", database_id="db-2"))
    with catalog.reading() as session:
        assert points.find(session, "abc1").id == "pt_abc123"
        assert points.find(session, "pt_abc").id == "pt_abc"
        assert points.find(session, "a_").id == "pt_a_c%"
        with pytest.raises(UsageError, match="More than one"):
            points.find(session, "pt_a")
        with pytest.raises(UsageError, match="no restore point"):
            points.find(session, "abc1", database_id="db-2")
        with pytest.raises(UsageError, match="no restore point"):
            points.find(session, "A_")


def test_what_is_found_out_later_is_recorded_with_its_moment(catalog: Catalog) -> None:
    insert(catalog, POINT)
    with catalog.unit() as unit:
        points.update(unit, POINT.id, PointState.PROVEN, checks=(Check("Restored and compared", True),))
        points.keep_until(unit, POINT.id, "2027-01-01T00:00:00.000Z")
        unit.commit()
    with catalog.reading() as session:
        found = points.find(session, POINT.id)
    assert found.state is PointState.PROVEN
    assert found.state_at > POINT.state_at
    assert found.checks == (Check("Restored and compared", True),)
    assert found.tables == POINT.tables
    assert found.kept_until == "2027-01-01T00:00:00.000Z"


def test_a_lost_catalog_takes_points_back_and_keeps_what_it_knows(catalog: Catalog) -> None:
    with catalog.unit() as unit:
        assert points.adopt(unit, POINT)
        points.update(unit, POINT.id, PointState.PROVEN)
        assert not points.adopt(unit, POINT)
        unit.commit()
    with catalog.reading() as session:
        assert points.find(session, POINT.id).state is PointState.PROVEN


def test_a_deleted_point_is_forgotten(catalog: Catalog) -> None:
    insert(catalog, POINT)
    with catalog.unit() as unit:
        points.delete(unit, POINT.id)
        unit.commit()
    with catalog.reading() as session:
        assert points.every(session) == ()
