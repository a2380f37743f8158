"""Points in a store: what changed is written, nothing changed is no point, and any of them comes back as it was."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog, journal, points
from steward_app.catalog.points import Point, PointKind, PointState
from steward_app.catalog.stores import Store
from steward_app.db import open_write
from steward_app.db.copy import copy_database
from steward_app.db.image import same_image
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup import retention
from steward_app.services.backup.capture import capture, find_manifest
from steward_app.services.backup.connect import reached, stores_of
from steward_app.services.backup.init import init_store
from steward_app.services.backup.rounds import go_round
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.storage.objects import ObjectStore
from steward_app.storage.objects.folder import FolderStore
from steward_app.storage.objects.opening import wrapping

_every_mode = pytest.mark.parametrize("path", ["delete", "wal"], indirect=True)
_every_store = pytest.mark.parametrize("store", ["none", "age", "public key only"], indirect=True)


@pytest.fixture
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    made = a_database(tmp_path, "riverside.db").with_table(
        "visit", "id INTEGER PRIMARY KEY, note", rows=[(n, "x" * 500) for n in range(200)]
    )
    return (made.in_wal_mode() if getattr(request, "param", "wal") == "wal" else made).build()


@pytest.fixture
def store(catalog: Catalog, path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    kind = getattr(request, "param", "age")
    new = None if kind == "none" else make_keys(KeyMode.KEY)
    keep_key = kind != "public key only"
    return init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=new, keep_key=keep_key)[0]


def _write(path: Path, sql: str) -> None:
    with open_write(path) as session, session.transaction(Context()):
        session.run(sql)


def _points(catalog: Catalog, store: Store) -> tuple[Point, ...]:
    with catalog.reading() as session:
        return points.of_database(session, store.database_id)


@_every_mode
@_every_store
def test_only_what_changed_is_written_and_nothing_changed_is_no_point(
    catalog: Catalog, path: Path, store: Store
) -> None:
    first = capture(catalog, path, store, Context())
    unchanged = capture(catalog, path, store, Context())
    assert (unchanged.point, unchanged.unchanged) == (first.point, True)
    _write(path, "UPDATE visit SET note = 'changed' WHERE id = 7")
    second = capture(catalog, path, store, Context(), reason="After the change")
    newest, oldest = _points(catalog, store)
    assert (newest.id, oldest.id) == (second.point, first.point)
    assert (newest.reason, newest.kind, newest.state) == (
        "After the change",
        PointKind.PAGES,
        PointState.TAKEN,
    )
    assert newest.new_bytes < oldest.new_bytes
    assert (newest.sequence, oldest.sequence) == (2, 1)
    with catalog.reading() as session:
        done = journal.events(session, operation="backup.capture", phases=(journal.Phase.FINISHED,))
    assert len(done) == 2


@_every_mode
@pytest.mark.parametrize("store", ["none", "age"], indirect=True)
def test_every_point_comes_back_as_the_database_was(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    states = []
    for number in range(4):
        _write(path, f"INSERT INTO visit VALUES ({1000 + number}, hex(zeroblob(3000)))")
        copy_database(path, tmp_path / f"{number}.db", Context())
        states.append(capture(catalog, path, store, Context()).point)
    with reached(catalog, store, Context(), to_read=True) as found:
        for number, point in enumerate(states):
            made = find_manifest(found, point, Context())
            assert made is not None
            target = tmp_path / f"{number}.restored.db"
            reader.read_point(
                found.store, made.manifest, found.identity, target, Context(), scratch=catalog.scratch
            )
            assert same_image(target, tmp_path / f"{number}.db", Context())


def _readable(catalog: Catalog, store: Store) -> bool:
    with reached(catalog, store, Context()) as found:
        return found.readable


@_every_store
def test_a_base_that_lost_a_pack_is_given_up_and_the_next_point_stands_alone(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    first = capture(catalog, path, store, Context())
    for pack in (tmp_path / "store" / "packs").rglob("*.zst*"):
        pack.unlink()
    _write(path, "DELETE FROM visit WHERE id = 7")
    second = capture(catalog, path, store, Context())
    assert second.point != first.point
    with reached(catalog, store, Context()) as found:
        made = find_manifest(found, second.point, Context())
        assert made is not None
        assert len(made.manifest.maps) == 1
        there = {info.name for info in found.store.objects.list("packs/")}
        assert set(made.manifest.packs) <= there


@_every_store
def test_a_machine_that_forgot_everything_goes_on_or_begins_anew(
    catalog: Catalog, path: Path, store: Store
) -> None:
    first = capture(catalog, path, store, Context())
    shutil.rmtree(catalog.directory / "cache")
    again = capture(catalog, path, store, Context())
    assert again.unchanged == _readable(catalog, store)
    assert (again.point == first.point) == again.unchanged


def test_a_run_leaves_the_store_current(catalog: Catalog, path: Path, store: Store) -> None:
    for run_id in ("run-1", "run-2"):
        capture(catalog, path, store, Context(), run_id=run_id)
        (known,) = stores_of(catalog, path, Context())
        assert (known.run_id, known.problem) == (run_id, "")
        assert known.current_at


def test_what_the_tables_held_is_kept_when_it_was_asked_for(
    catalog: Catalog, path: Path, store: Store
) -> None:
    capture(catalog, path, store, Context(), contents=True)
    (point,) = _points(catalog, store)
    assert [(table.name, table.rows) for table in point.tables] == [("visit", 200)]


def test_a_store_that_is_gone_is_told_and_the_next_run_recovers(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "store").rename(tmp_path / "unplugged")
    with pytest.raises(Failure) as raised:
        capture(catalog, path, store, Context())
    assert raised.value.code is ErrorCode.STORE_MISSING
    assert _points(catalog, store) == ()
    (tmp_path / "unplugged").rename(tmp_path / "store")
    assert not capture(catalog, path, store, Context()).unchanged
    (known,) = stores_of(catalog, path, Context())
    assert known.problem == ""


class _Full(FolderStore):
    """A disk that is full as soon as the manifest is to be written."""

    def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
        if name.startswith("points/"):
            raise Failure(ErrorCode.DISK_FULL, "The disk of the store is full.")
        super().put(name, data, context)


@_every_store
def test_a_full_store_makes_no_point_and_the_next_run_uses_what_got_there(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    def full(opened: ObjectStore) -> ObjectStore:
        return _Full(tmp_path / "store")

    with wrapping(full), pytest.raises(Failure) as raised:
        capture(catalog, path, store, Context())
    assert raised.value.code is ErrorCode.DISK_FULL
    assert _points(catalog, store) == ()
    before = {each: each.stat().st_mtime_ns for each in (tmp_path / "store" / "packs").rglob("*.zst*")}
    capture(catalog, path, store, Context())
    after = {each: each.stat().st_mtime_ns for each in (tmp_path / "store" / "packs").rglob("*.zst*")}
    assert before == after
    assert len(_points(catalog, store)) == 1


def test_a_cancelled_run_leaves_no_point(catalog: Catalog, path: Path, store: Store) -> None:
    context = Context()
    context.cancel()
    with pytest.raises(Cancelled):
        capture(catalog, path, store, context)
    assert _points(catalog, store) == ()
    assert list(catalog.scratch.glob("scratch-*")) == []


def test_a_point_made_by_hand_stays_beside_newer_ones(catalog: Catalog, path: Path, store: Store) -> None:
    (by_hand,) = go_round(catalog, path, Context())
    _write(path, "DELETE FROM visit WHERE id = 7")
    (by_schedule,) = go_round(catalog, path, Context(), keep_days=0)
    listed = _points(catalog, store)
    later = clock.now() + timedelta(days=2)
    stays = {
        each.point.id: each.why for each in retention.decide(listed, retention.DEFAULT, later) if each.stays
    }
    assert stays[by_hand.point].startswith("Kept until")
    assert stays[by_schedule.point] == "The newest point"
    much_later = clock.now() + timedelta(days=400)
    gone = [
        each.point.id for each in retention.decide(listed, retention.DEFAULT, much_later) if not each.stays
    ]
    assert gone == [by_hand.point]
