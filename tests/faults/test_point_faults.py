"""Restore points and restores, broken at every step on the disk.

Whatever was broken: the database holds what it held or what was restored, every point that is listed is sound, the
journal says what is there, nothing half made is left after the next run, and the next run does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from faults import points
from faults.breaker import Kind
from faults.harness import Bench, Trial, check_ended, trials
from faults.points import Before
from steward_app.kernel.progress import Context
from steward_app.services import backup

pytestmark = pytest.mark.faults


def tried(
    bench: Bench, operation: Callable[[Path, Context], None], folder: Path, *, wal: bool, every: bool
) -> Iterator[Trial[Before]]:
    """All trials of an operation."""
    name = operation.__name__
    return trials(
        bench,
        f"faults.points:{name}",
        folder,
        lambda place: points.build(place, wal=wal),
        every=every,
        name=f"{name.replace('_', ' ')}, {'WAL' if wal else 'rollback journal'}",
    )


def sound_points(folder: Path) -> int:
    """How many points there are; each is read to its last byte."""
    with points.home(folder) as catalog:
        verdicts = backup.verify(catalog, folder / points.DATABASE, Context())
    assert all(verdict.sound for verdict in verdicts), verdicts
    return len(verdicts)


def leftovers(folder: Path) -> list[str]:
    """What no run may leave: temporary files, copies without a manifest, side files, scratch folders in use."""
    found = [path for path in folder.rglob("*") if ".part" in path.name]
    found += [
        path for path in folder.glob("home/points/*/*.sqlite") if not path.with_suffix(".json").exists()
    ]
    found += list(folder.glob("*-journal")) + list(folder.glob("home/scratch/*"))
    return [str(path.relative_to(folder)) for path in found]


def check_told(trial: Trial[Before], happened: bool) -> None:
    """How it ended fits what is there, and a full disk is called that."""
    check_ended(trial, happened)
    full = (trial.ended.how, trial.kind) == ("failed", Kind.FULL)
    assert not full or trial.ended.message.startswith("disk_full")


@pytest.mark.parametrize("wal", [False, True])
def test_making_a_point(tmp_path: Path, bench: Bench, every: bool, wal: bool) -> None:
    for trial in tried(bench, points.create, tmp_path, wal=wal, every=every):
        path = trial.folder / points.DATABASE
        assert points.contents(path) == trial.before.now
        operation, happened = points.settled(trial.folder)[-1]
        assert operation == "backup.create"
        there = sound_points(trial.folder)
        if len(points.settled(trial.folder)) > 1:
            assert there == 1 + happened
            check_told(trial, happened)
        points.create(trial.folder, Context())
        assert sound_points(trial.folder) == there + 1
        assert leftovers(trial.folder) == []


@pytest.mark.parametrize("wal", [False, True])
def test_restoring_to_a_new_file(tmp_path: Path, bench: Bench, every: bool, wal: bool) -> None:
    for trial in tried(bench, points.restore_to_new_file, tmp_path, wal=wal, every=every):
        new = trial.folder / points.NEW_FILE
        assert points.contents(trial.folder / points.DATABASE) == trial.before.now
        operation, happened = points.settled(trial.folder)[-1]
        if new.exists():
            assert points.contents(new) == trial.before.then
        if operation == "restore.new_file":
            assert new.exists() or not happened
            check_told(trial, happened)
        new.unlink(missing_ok=True)
        points.restore_to_new_file(trial.folder, Context())
        assert points.contents(new) == trial.before.then
        assert sound_points(trial.folder) == 1
        assert leftovers(trial.folder) == []


@pytest.mark.parametrize("wal", [False, True])
def test_restoring_in_place(tmp_path: Path, bench: Bench, every: bool, wal: bool) -> None:
    for trial in tried(bench, points.restore_in_place, tmp_path, wal=wal, every=every):
        path = trial.folder / points.DATABASE
        before = trial.before
        found = points.contents(path)
        done = [
            happened
            for operation, happened in points.settled(trial.folder)
            if operation == "restore.in_place"
        ]
        happened = bool(done) and done[-1]
        assert found == (before.then if happened else before.now)
        check_told(trial, happened)
        sound_points(trial.folder)
        points.restore_in_place(trial.folder, Context())
        assert points.contents(path) == before.then
        assert sound_points(trial.folder) >= 2
        assert leftovers(trial.folder) == []


@pytest.mark.parametrize("wal", [False, True])
@pytest.mark.parametrize("operation", [points.create, points.restore_in_place])
def test_a_file_locked_by_another_program(
    tmp_path: Path, bench: Bench, wal: bool, operation: Callable[[Path, Context], None]
) -> None:
    before = points.build(tmp_path, wal=wal)
    other = apsw.Connection(str(tmp_path / points.DATABASE))
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE; DELETE FROM visit")
    ended = bench.run(f"faults.points:{operation.__name__}", tmp_path)
    other.close(True)
    assert ended.how == "failed"
    assert ended.message.startswith("locked")
    assert points.contents(tmp_path / points.DATABASE) == before.now
    points.settled(tmp_path)
    operation(tmp_path, Context())
