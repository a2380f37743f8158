"""Stores in the catalog: recorded, found by any of their names, and forgotten with their points."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from steward_app.catalog import Catalog, points, stores
from steward_app.catalog.points import Point, PointKind, PointState
from steward_app.catalog.stores import Encryption, Store
from steward_app.kernel.errors import UsageError

NOW = "2026-11-20T10:20:00.000Z"
NAS = Store("s-1", "db-1", "Clinic NAS", "sftp://nas/riverside", Encryption.AGE, NOW)


def _point(number: int, *, store_id: str = "", made_at: str = NOW) -> Point:
    kind = PointKind.PAGES if store_id else PointKind.FILE
    return Point(
        f"pt_{number}",
        "db-1",
        made_at,
        Path(),
        Path("/data/riverside.db"),
        4096,
        PointState.CHECKED,
        made_at,
        store_id=store_id,
        kind=kind,
        new_bytes=17,
        held="A court asked for it",
        sequence=number,
    )


def test_what_is_added_is_found_by_name_url_and_id(catalog: Catalog) -> None:
    with catalog.unit() as unit:
        stores.add(unit, NAS)
        unit.commit()
    with catalog.reading() as session:
        assert stores.of_database(session, "db-1") == (NAS,)
        assert stores.of_database(session, "another") == ()
        for name in (NAS.name, NAS.url, NAS.id):
            assert stores.find(session, "db-1", name) == NAS
        assert stores.get(session, "s-1") == NAS
        with pytest.raises(UsageError, match="no store Garage"):
            stores.find(session, "db-1", "Garage")
        with pytest.raises(UsageError, match="does not know this store"):
            stores.get(session, "s-2")


def test_a_store_that_does_not_answer_keeps_what_was_known_of_it(catalog: Catalog) -> None:
    with catalog.unit() as unit:
        stores.answered(unit, NAS, 12_345)
        known = stores.get(unit.session, "s-1")
        stores.silent(unit, known, "The server nas does not answer.")
        unit.commit()
    with catalog.reading() as session:
        now = stores.get(session, "s-1")
    assert now.problem == "The server nas does not answer."
    assert replace(now, problem="") == known
    assert known.size_bytes == 12_345
    assert known.answered_at


def test_a_forgotten_store_takes_its_points_along_and_no_others(catalog: Catalog) -> None:
    with catalog.unit() as unit:
        stores.add(unit, NAS)
        for point in (_point(1), _point(2, store_id="s-1"), _point(3, store_id="s-2")):
            points.insert(unit, point)
        stores.remove(unit, "s-1")
        unit.commit()
    with catalog.reading() as session:
        assert {point.id for point in points.of_database(session, "db-1")} == {"pt_1", "pt_3"}
        assert stores.of_database(session, "db-1") == ()


def test_a_point_of_a_store_is_read_back_as_it_was_written(catalog: Catalog) -> None:
    point = _point(7, store_id="s-1")
    with catalog.unit() as unit:
        points.insert(unit, point)
        unit.commit()
    with catalog.reading() as session:
        assert points.find(session, "pt_7") == point


def test_points_of_one_moment_stand_in_the_order_of_their_store(catalog: Catalog) -> None:
    with catalog.unit() as unit:
        for number in (2, 3, 1):
            points.insert(unit, _point(number, store_id="s-1"))
        unit.commit()
    with catalog.reading() as session:
        assert [point.sequence for point in points.of_database(session, "db-1")] == [3, 2, 1]
