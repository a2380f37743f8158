"""Rows brought back, and the undo of it, broken at every step on the disk: the old state or the new, never between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from faults import points, rows
from faults.harness import Bench, check_ended, trials
from steward_app.db.image import image_hash
from steward_app.kernel.progress import Context

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("wal", [False, True])
@pytest.mark.parametrize("operation", [rows.bring, rows.bring_the_table])
def test_bringing_rows_back(
    tmp_path: Path, bench: Bench, every: bool, wal: bool, operation: Callable[[Path, Context], None]
) -> None:
    what = "the table" if operation is rows.bring_the_table else "rows"
    for trial in trials(
        bench, f"faults.rows:{operation.__name__}", tmp_path, lambda place: rows.build(place, wal=wal),
        every=every, name=f"bringing {what} back, {'WAL' if wal else 'rollback journal'}",
    ):  # fmt: skip
        path = trial.folder / points.DATABASE
        found = rows.state(path)
        settled = points.settled(trial.folder)
        happened = bool(settled) and settled[-1] in (("restore.rows", True), ("restore.table", True))
        assert found == (trial.before.brought if happened else trial.before.now)
        check_ended(trial, happened)
        assert image_hash(trial.folder / rows.IMAGE, Context()) == trial.before.image
        if not happened:
            operation(trial.folder, Context())
            assert rows.state(path) == trial.before.brought
        assert list(trial.folder.glob("*-journal")) == []


@pytest.mark.parametrize("wal", [False, True])
def test_undoing_it(tmp_path: Path, bench: Bench, every: bool, wal: bool) -> None:
    for trial in trials(
        bench, "faults.rows:undo", tmp_path, lambda place: rows.build_brought(place, wal=wal), every=every,
        name=f"undoing rows, {'WAL' if wal else 'rollback journal'}",
    ):  # fmt: skip
        found = rows.state(trial.folder / points.DATABASE)
        settled = points.settled(trial.folder)
        happened = settled[-1] == ("restore.undo", True)
        assert found == (trial.before.now if happened else trial.before.brought)
        check_ended(trial, happened)
        if not happened:
            rows.undo(trial.folder, Context())
            assert rows.state(trial.folder / points.DATABASE) == trial.before.now


@pytest.mark.parametrize("wal", [False, True])
def test_a_file_locked_by_another_program(tmp_path: Path, bench: Bench, wal: bool) -> None:
    before = rows.build(tmp_path, wal=wal)
    other = apsw.Connection(str(tmp_path / points.DATABASE))
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE; DELETE FROM c")
    ended = bench.run("faults.rows:bring", tmp_path)
    other.close(True)
    assert ended.how == "failed"
    assert ended.message.startswith("locked")
    assert rows.state(tmp_path / points.DATABASE) == before.now
    rows.bring(tmp_path, Context())
