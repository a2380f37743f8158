"""Plain points on request and when they are due: a compressed SQLite file in each store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from builders import a_database
from builders.points import at_time
from builders.stores import UnsyncedDisk
from steward_app.catalog import Catalog
from steward_app.catalog.points import PointKind, PointState
from steward_app.catalog.stores import Store
from steward_app.db import open_read, open_write
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup.capture import capture, find_manifest
from steward_app.services.backup.connect import reached
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.storage.disk import using
from steward_app.storage.objects.folder import FolderStore
from steward_app.storage.objects.opening import wrapping


@pytest.fixture(autouse=True)
def unsynced() -> Iterator[None]:
    with using(UnsyncedDisk()):
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [(n, "x" * 300) for n in range(200)]
    columns = "id INTEGER PRIMARY KEY, note"
    return a_database(tmp_path, "riverside.db").with_table("visit", columns, rows=rows).in_wal_mode().build()


@pytest.fixture(params=[None, KeyMode.KEY], ids=["open", "encrypted"])
def store(catalog: Catalog, path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    new = make_keys(request.param) if request.param else None
    return init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=new)[0]


def test_a_plain_point_is_written_verified_proven_and_restores(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    with open_write(path) as session, session.transaction(Context()):
        session.run("DELETE FROM visit WHERE id < 100")
    result = backup.create_plain(catalog, path, store, Context()).result or {}
    (point,) = backup.list_points(catalog, path, Context())
    assert (point.id, point.kind, point.state) == (result["point"], PointKind.PLAIN, PointState.TAKEN)
    assert [(table.name, table.rows) for table in point.tables] == [("visit", 100)]
    (verdict,) = backup.verify(catalog, path, Context(), prove=True)
    assert (verdict.state, verdict.problems) == (PointState.PROVEN, ())
    with reached(catalog, store, Context()) as found:
        made = find_manifest(found, point.id, Context())
        assert made is not None
        target = tmp_path / "restored.db"
        reader.read_point(
            found.store, made.manifest, found.identity, target, Context(), scratch=catalog.scratch
        )
    with open_read(target) as session:
        assert session.count("SELECT count(*) FROM visit") == 100
        assert session.count("PRAGMA freelist_count") == 0
    assert list(catalog.scratch.glob("scratch-*")) == []


def test_one_is_due_a_week_after_the_last_when_something_was_written_since(
    catalog: Catalog, path: Path, store: Store
) -> None:
    assert not backup.plain_due(catalog, store), "nothing lies there yet"
    capture(catalog, path, store, Context())
    assert backup.plain_due(catalog, store)
    backup.create_plain(catalog, path, store, Context())
    assert not backup.plain_due(catalog, store)
    with at_time(clock.now() + timedelta(days=8)):
        assert not backup.plain_due(catalog, store), "nothing was written since"
        with open_write(path) as session, session.transaction(Context()):
            session.run("DELETE FROM visit WHERE id = 1")
        capture(catalog, path, store, Context())
        assert backup.plain_due(catalog, store)


@pytest.mark.parametrize("store", [None], indirect=True)
def test_a_store_that_fails_keeps_no_other_from_getting_its_copy(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    init_store(catalog, path, str(tmp_path / "other"), Context(), new_keys=None)
    (tmp_path / "other").rename(tmp_path / "unplugged")
    visits = backup.plain_round(catalog, path, Context())
    assert [bool(visit.problem) for visit in visits] == [False, True]
    with pytest.raises(UsageError):
        backup.plain_round(catalog, path, Context(), only="no such store")


@pytest.mark.parametrize("store", [None], indirect=True)
def test_a_plain_point_that_cannot_be_announced_is_none(catalog: Catalog, path: Path, store: Store) -> None:
    class Full(FolderStore):
        def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
            if name.startswith("points/"):
                raise Failure(ErrorCode.DISK_FULL, "The disk of the store is full.")
            super().put(name, data, context)

    with wrapping(lambda _: Full(Path(store.url))), pytest.raises(Failure):
        backup.create_plain(catalog, path, store, Context())
    assert backup.list_points(catalog, path, Context()) == ()
    assert list(catalog.scratch.glob("scratch-*")) == []


def test_without_a_store_there_is_nowhere_to_go(catalog: Catalog, path: Path) -> None:
    with pytest.raises(UsageError):
        backup.plain_round(catalog, path, Context())
