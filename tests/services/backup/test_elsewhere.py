"""Where else a moment is held, and how much of that is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog, points
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Store
from steward_app.db import open_write
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup.elsewhere import elsewhere
from steward_app.services.backup.store.keys import KeyMode, make_keys


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path, "riverside.db").with_table("visit", "id", rows=[(1,)]).in_wal_mode().build()


def _store(catalog: Catalog, path: Path, name: str, *, encrypted: bool = False) -> Store:
    keys = make_keys(KeyMode.KEY) if encrypted else None
    folder = str(path.with_name(name))
    return backup.init_store(catalog, path, folder, Context(), new_keys=keys, name=name)[0]


def _point(catalog: Catalog, path: Path, store: Store) -> Point:
    made = backup.capture(catalog, path, store, Context()).point
    with catalog.reading() as session:
        return points.find(session, made)


def _told(catalog: Catalog, point: Point) -> list[tuple[str, bool, bool]]:
    return [(each.store_name, each.exact, each.good) for each in elsewhere(catalog, point)]


def test_open_stores_are_compared_by_root(catalog: Catalog, path: Path) -> None:
    nas, disk, late = (_store(catalog, path, name) for name in ("nas", "disk", "late"))
    first, second = _point(catalog, path, nas), _point(catalog, path, disk)
    with open_write(path) as session, session.transaction():
        session.run("UPDATE visit SET id = 2")
    _point(catalog, path, late)  # of the same size, of the same run, and another state of the data
    assert _told(catalog, first) == [("disk", True, False)]
    backup.verify_store(catalog, disk, Context())
    assert _told(catalog, first) == [("disk", True, True)]
    with catalog.unit() as unit:
        points.update(unit, first.id, PointState.FAILED)
        unit.commit()
    assert _told(catalog, second) == [("nas", True, False)]


def test_of_encrypted_stores_the_run_is_all_that_is_known(catalog: Catalog, path: Path) -> None:
    nas, vault = _store(catalog, path, "nas"), _store(catalog, path, "vault", encrypted=True)
    first = _point(catalog, path, nas)
    _point(catalog, path, vault)
    assert _told(catalog, first) == [("vault", False, False)]


def test_a_whole_file_on_this_computer_is_nowhere_else(catalog: Catalog, path: Path) -> None:
    receipt = backup.create(catalog, backup.plan_create(catalog, path, Context()), Context())
    with catalog.reading() as session:
        point = points.find(session, str((receipt.result or {})["point"]))
    assert elsewhere(catalog, point) == ()
