"""Undoing logged changes, and the undo of it, broken at every step on the disk: the old state or the new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from faults import points, undoing
from faults.harness import Bench, check_ended, trials
from steward_app.db import open_write
from steward_app.db.attribution import left_behind
from steward_app.db.integrity import integrity_check
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "WAL"])
@pytest.mark.parametrize("operation", [undoing.undo, undoing.redo])
def test_undo(
    tmp_path: Path, bench: Bench, every: bool, wal: bool, operation: Callable[[Path, Context], None]
) -> None:
    back = operation is undoing.redo
    build = undoing.build_undone if back else undoing.build
    for trial in trials(
        bench, f"faults.undoing:{operation.__name__}", tmp_path, lambda place: build(place, wal=wal),
        every=every, name=f"{operation.__name__} of changes, {'WAL' if wal else 'rollback journal'}",
    ):  # fmt: skip
        path = trial.folder / points.DATABASE
        old, new = (trial.before.then, trial.before.now) if back else (trial.before.now, trial.before.then)
        with open_write(path) as session:
            assert integrity_check(session, Context()) == ()
            assert left_behind(session) is None
        ends = points.settled(trial.folder)
        happened = len(ends) == 1 + back and ends[-1][1]
        assert undoing.state(trial.folder) == (new if happened else old)
        assert undoing.triggers(trial.folder) == trial.before.triggers
        with open_write(path) as session:
            assert len(list(tables.txns(session))) == back + happened
        check_ended(trial, happened)
        if not happened:
            operation(trial.folder, Context())
            assert undoing.state(trial.folder) == new


@pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "WAL"])
def test_a_file_locked_by_another_program(tmp_path: Path, bench: Bench, wal: bool) -> None:
    before = undoing.build(tmp_path, wal=wal)
    other = apsw.Connection(str(tmp_path / points.DATABASE))
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE; DELETE FROM c")
    ended = bench.run("faults.undoing:undo", tmp_path)
    other.close(True)
    assert ended.how == "failed"
    assert ended.message.startswith("locked")
    assert undoing.state(tmp_path) == before.now
    undoing.undo(tmp_path, Context())
    assert undoing.state(tmp_path) == before.then
