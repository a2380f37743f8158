"""Restoring with erasures to replay, broken at every step on the disk: no erased person comes back, whatever breaks.

A file that is handed over appears whole and replayed, or not at all.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import erasing, points
from faults.harness import Bench, trials
from faults.test_point_faults import check_ended, leftovers
from steward_app.kernel.progress import Context

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("wal", [False, True])
def test_a_new_file_appears_replayed_or_not_at_all(
    tmp_path: Path, bench: Bench, every: bool, wal: bool
) -> None:
    name = f"restore to new file after an erasure, {'WAL' if wal else 'rollback journal'}"
    operation = f"{erasing.__name__}:restore_to_new_file"
    for trial in trials(
        bench, operation, tmp_path, lambda at: erasing.build(at, wal=wal), every=every, name=name
    ):
        new = trial.folder / points.NEW_FILE
        done, happened = points.settled(trial.folder)[-1]
        if new.exists():
            assert erasing.ERASED not in new.read_bytes()
            assert points.contents(new) == trial.before.then
        if done == "restore.new_file":
            assert new.exists() or not happened
            check_ended(trial, happened)
        new.unlink(missing_ok=True)
        erasing.restore_to_new_file(trial.folder, Context())
        assert points.contents(new) == trial.before.then
        assert leftovers(trial.folder) == [], (trial.kind, trial.at, trial.ended)


@pytest.mark.parametrize("wal", [False, True])
def test_in_place_no_erased_row_is_ever_there(tmp_path: Path, bench: Bench, every: bool, wal: bool) -> None:
    name = f"restore in place after an erasure, {'WAL' if wal else 'rollback journal'}"
    operation = f"{erasing.__name__}:restore_in_place"
    for trial in trials(
        bench, operation, tmp_path, lambda at: erasing.build(at, wal=wal), every=every, name=name
    ):
        path = trial.folder / points.DATABASE
        assert points.contents(path) == trial.before.then
        points.settled(trial.folder)
        assert trial.ended.how != "bug", trial.ended.message
        erasing.restore_in_place(trial.folder, Context())
        assert points.contents(path) == trial.before.then
        assert leftovers(trial.folder) == [], (trial.kind, trial.at, trial.ended)
