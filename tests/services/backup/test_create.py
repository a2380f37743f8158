"""Restore points: taken, checked, proven."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.stopping import cancelled_after
from steward_app.catalog import Catalog, journal, lease, points
from steward_app.catalog.journal import Phase
from steward_app.catalog.points import PointState
from steward_app.db import open_write
from steward_app.db.image import same_image
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, StewardError
from steward_app.kernel.progress import Context, Progress
from steward_app.kernel.receipt import Receipt
from steward_app.services import backup
from steward_app.services.backup import manifest as manifests
from steward_app.services.backup.files import Files
from steward_app.services.operation import Scope

DATA = Path(__file__).parents[2] / "data"


def a_clinic(folder: Path, *, wal: bool = False) -> Path:
    builder = (
        a_database(folder)
        .with_table("patient", "id INTEGER PRIMARY KEY, name", rows=[(1, "a"), (2, "b")])
        .with_table("visit", "id INTEGER PRIMARY KEY, patient REFERENCES patient", rows=[(1, 1), (2, 9)])
    )
    return (builder.in_wal_mode() if wal else builder).build()


def make(catalog: Catalog, path: Path, context: Context | None = None, **options: bool) -> Receipt:
    context = context or Context()
    return backup.create(catalog, backup.plan_create(catalog, path, context, **options), context)  # type: ignore[arg-type]


def only_point(catalog: Catalog, path: Path) -> backup.Point:
    (point,) = backup.list_points(catalog, path, Context())
    return point


@pytest.mark.parametrize("wal", [False, True])
def test_a_point_is_proven_and_tells_what_it_holds(tmp_path: Path, catalog: Catalog, wal: bool) -> None:
    path = a_clinic(tmp_path, wal=wal)
    before = path.read_bytes()
    receipt = make(catalog, path)
    assert receipt.sentence == "Restore point made, checked and proven"
    assert all(check.passed for check in receipt.checks)
    point = only_point(catalog, path)
    assert point.id == (receipt.result or {})["point"]
    assert point.state is PointState.PROVEN
    assert {table.name: table.rows for table in point.tables} == {"patient": 2, "visit": 2}
    assert path.read_bytes() == before
    assert same_image(path, point.path, Context())
    made, _ = manifests.read(Files(point.path).manifest)
    assert made.found is not None
    assert made.found.foreign_keys[0].violations == 1
    assert made.size_bytes == point.path.stat().st_size
    assert point.path.stat().st_mode & 0o077 == 0
    assert sorted(each.suffix for each in point.path.parent.iterdir()) == [".json", ".sqlite"]
    assert not list(catalog.scratch.iterdir())


def test_the_ladder_is_told(tmp_path: Path, catalog: Catalog) -> None:
    told: list[str] = []
    make(catalog, a_clinic(tmp_path), Context(lambda progress: told.append(progress.note)))
    rungs = ["Taking a copy", "Taken. Comparing it with the database", "Checked. Restoring it to scratch"]
    assert [note for note in told if note in rungs] == rungs


@pytest.mark.parametrize(
    ("options", "state"),
    [
        ({"check": False, "prove": False}, PointState.TAKEN),
        ({"check": True, "prove": False}, PointState.CHECKED),
        ({"check": False, "prove": True}, PointState.PROVEN),
    ],
)
def test_less_can_be_asked_for(
    tmp_path: Path, catalog: Catalog, options: dict[str, bool], state: PointState
) -> None:
    path = a_clinic(tmp_path)
    make(catalog, path, **options)
    assert only_point(catalog, path).state is state


def test_that_nothing_has_changed_is_said(tmp_path: Path, catalog: Catalog) -> None:
    path = a_clinic(tmp_path)
    first = (make(catalog, path).result or {})["point"]
    assert make(catalog, path).sentence.endswith(f"Nothing has changed since {first}")
    with open_write(path) as session, session.transaction():
        session.run("UPDATE patient SET name = 'c' WHERE id = 2")
    assert make(catalog, path).sentence == "Restore point made, checked and proven"


@pytest.mark.parametrize("name", ["chinook.sqlite", "northwind.sqlite"])
def test_real_databases(tmp_path: Path, catalog: Catalog, name: str) -> None:
    path = tmp_path / name
    path.write_bytes((DATA / name).read_bytes())
    make(catalog, path)
    assert only_point(catalog, path).state is PointState.PROVEN


def zap(path: Path, table: str) -> None:
    connection = apsw.Connection(str(path))
    page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).get
    size = connection.execute("PRAGMA page_size").get
    connection.close()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\x5a" * size
    path.write_bytes(content)


@pytest.mark.parametrize("wal", [False, True])
def test_a_damaged_database_is_kept_as_it_is_and_said_to_be_damaged(
    tmp_path: Path, catalog: Catalog, wal: bool
) -> None:
    path = a_clinic(tmp_path, wal=wal)
    zap(path, "visit")
    receipt = make(catalog, path)
    assert receipt.sentence == "Restore point made. The database itself is damaged"
    point = only_point(catalog, path)
    assert point.state is PointState.TAKEN
    assert {table.name: bool(table.problem) for table in point.tables} == {"patient": False, "visit": True}
    assert same_image(path, point.path, Context())


def test_a_damaged_schema_does_not_stop_it(tmp_path: Path, catalog: Catalog) -> None:
    path = a_clinic(tmp_path)
    connection = apsw.Connection(str(path))
    connection.execute(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE visit (' WHERE name = 'visit'"
    )
    connection.close()
    assert make(catalog, path).sentence == "Restore point made. The database itself is damaged"
    assert same_image(path, only_point(catalog, path).path, Context())


def test_a_file_that_is_cut_short_is_kept_as_far_as_it_goes(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "chinook.sqlite"
    path.write_bytes((DATA / "chinook.sqlite").read_bytes()[:600_100])  # through a page
    before = path.read_bytes()
    assert make(catalog, path).sentence == "Restore point made. The database itself is damaged"
    point = only_point(catalog, path)
    assert point.state is PointState.TAKEN
    assert point.path.read_bytes().startswith(before[100:4096], 100)
    assert path.read_bytes() == before


def files_of(catalog: Catalog) -> list[str]:
    root = catalog.directory / "points"
    return sorted(each.name for each in root.rglob("*") if each.is_file()) if root.exists() else []


def test_cancelled_anywhere_nothing_is_left(tmp_path: Path, catalog: Catalog) -> None:
    path = a_clinic(tmp_path)
    told: list[Progress] = []
    make(catalog, path, Context(told.append))
    kept = files_of(catalog)
    for stop in range(1, len(told) + 1):
        plan = backup.plan_create(catalog, path, Context())
        with pytest.raises(Cancelled):
            backup.create(catalog, plan, cancelled_after(stop))
        assert files_of(catalog) == kept
    with catalog.reading() as session:
        assert len(journal.events(session, phases=(Phase.CANCELLED,))) == stop


def test_a_copy_that_is_not_the_database_is_no_point(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("steward_app.services.backup.create")

    def copy_with_a_wrong_byte(*arguments: object) -> object:
        report = honest(*arguments)  # type: ignore[arg-type]
        target = arguments[1]
        assert isinstance(target, Path)
        content = bytearray(target.read_bytes())
        content[-1] ^= 1
        target.write_bytes(content)
        return report

    honest = module.copy_snapshot
    monkeypatch.setattr(module, "copy_snapshot", copy_with_a_wrong_byte)
    with pytest.raises(Failure) as failure:
        make(catalog, a_clinic(tmp_path))
    assert failure.value.code is ErrorCode.VERIFY_FAILED
    assert files_of(catalog) == []


@pytest.mark.parametrize("wal", [False, True])
def test_rows_are_read_for_their_hashes_once(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, wal: bool
) -> None:
    module = importlib.import_module("steward_app.db.content")
    read: list[str] = []
    reading = module.table_content
    monkeypatch.setattr(module, "table_content", lambda *asked: (read.append(asked[1]), reading(*asked))[1])
    path = a_clinic(tmp_path, wal=wal)
    make(catalog, path)
    assert sorted(read) == ["patient", "visit"]
    (verdict,) = backup.verify(catalog, path, Context(), prove=True)
    assert verdict.state is PointState.PROVEN
    assert sorted(read) == ["patient", "patient", "visit", "visit"]


def test_what_comes_back_otherwise_is_not_proven(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("steward_app.services.backup.write_out")

    def with_a_wrong_byte(*arguments: object, **options: object) -> object:
        file = arguments[0]
        assert isinstance(file, Path)
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
        return honest(*arguments, **options)

    honest = module.examine
    monkeypatch.setattr(module, "examine", with_a_wrong_byte)
    with pytest.raises(Failure, match="did not give back what was written") as failure:
        make(catalog, a_clinic(tmp_path, wal=True))
    assert failure.value.code is ErrorCode.VERIFY_FAILED
    assert files_of(catalog) == []


def test_too_little_space_is_said_before_anything_is_written(tmp_path: Path, catalog: Catalog) -> None:
    path = a_clinic(tmp_path)
    plan = backup.plan_create(catalog, path, Context())
    assert plan.disk_bytes > 2 * path.stat().st_size
    with pytest.raises(Failure) as failure:
        backup.create(catalog, replace(plan, disk_bytes=2**60), Context())
    assert failure.value.code is ErrorCode.DISK_FULL
    assert files_of(catalog) == []


def test_what_a_killed_process_left_is_removed(tmp_path: Path, catalog: Catalog) -> None:
    path = a_clinic(tmp_path)
    make(catalog, path)
    kept = files_of(catalog)
    folder = only_point(catalog, path).path.parent
    (folder / "pt_unfinished.sqlite").write_bytes(b"half")
    (folder / ".steward-0123456789ab-01234567.part").write_bytes(b"half")
    make(catalog, path)
    assert len(files_of(catalog)) == len(kept) + 2
    assert not (folder / "pt_unfinished.sqlite").exists()


def test_a_locked_file_is_told(tmp_path: Path, catalog: Catalog) -> None:
    path = a_clinic(tmp_path)
    plan = backup.plan_create(catalog, path, Context())
    other = apsw.Connection(str(path))
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StewardError) as error:
        backup.create(catalog, plan, Context())
    assert error.value.code is ErrorCode.LOCKED
    other.close(True)
    assert files_of(catalog) == []


def test_a_manifest_is_plain_json_without_values_of_rows(tmp_path: Path, catalog: Catalog) -> None:
    path = a_database(tmp_path, "odd name.db").with_table('q"\n<b>', "a", rows=[("secret word",)]).build()
    make(catalog, path)
    text = Files(only_point(catalog, path).path).manifest.read_text("ascii")
    assert "secret word" not in text
    document = json.loads(text)
    assert document["schema"] == "steward/restore-point/v1"
    assert document["found"]["tables"][0]["name"] == 'q"\n<b>'


@pytest.mark.parametrize("manifest", ["whole", "gone", "damaged"])
def test_what_a_crash_left_is_settled_by_the_manifest(
    tmp_path: Path, catalog: Catalog, manifest: str
) -> None:
    path = a_clinic(tmp_path)
    make(catalog, path)
    point = only_point(catalog, path)
    files = Files(point.path)
    with catalog.reading() as session:
        record = journal.record(session, point.operation_id)
    assert record is not None
    with catalog.unit() as unit:
        lease_of_settling = lease.take(unit, point.database_id, "op_settling", "journal.settle")
        points.delete(unit, point.id)
        unit.commit()
    if manifest == "gone":
        files.manifest.unlink()
    elif manifest == "damaged":
        files.manifest.write_text("{}")
    scope = Scope(catalog, point.operation_id, "backup.create", point.database_id, path, lease_of_settling)
    assert backup.CreatePoint().settle(record.started, scope).happened == (manifest == "whole")
    assert files.copy.exists() == (manifest != "gone")
    with catalog.reading() as session:
        assert len(points.of_database(session, point.database_id)) == (manifest == "whole")
