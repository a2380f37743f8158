"""Erasing inside the log and moving changes to an archive, broken at every step on the disk."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders.guarding import verified
from faults import leaving, points
from faults.harness import Bench, check_ended, trials
from faults.leaving import ARCHIVE
from steward_app.kernel.progress import Context

pytestmark = pytest.mark.faults

both = pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "WAL"])


@both
def test_an_erasure_happened_or_not(tmp_path: Path, bench: Bench, every: bool, wal: bool) -> None:
    for trial in trials(
        bench, "faults.leaving:erase_in_it", tmp_path, lambda place: leaving.build(place, wal=wal),
        every=every, name=f"audit: erase, {'WAL' if wal else 'rollback journal'}",
    ):  # fmt: skip
        folder = trial.folder
        settled = points.settled(folder)
        found = leaving.state(folder)
        happened = found.erased > 0
        assert (("audit.erase", True) in settled) == happened
        assert found.rows == trial.before.rows
        assert leaving.ledger(folder) <= {"confirmed" if happened else "withdrawn"}
        assert leaving.kept_seal(folder)
        check_ended(trial, happened)
        if not happened:
            assert leaving.secrets_on_disk(folder)
            leaving.erase_in_it(folder, Context())
        elif trial.ended.how != "finished" or leaving.left(folder):
            leaving.finish(folder)
        assert not leaving.secrets_on_disk(folder)
        assert leaving.left_lying(folder) == []
        assert leaving.state(folder).rows == trial.before.rows


@both
def test_changes_left_or_not(tmp_path: Path, bench: Bench, every: bool, wal: bool) -> None:
    for trial in trials(
        bench, "faults.leaving:prune_it", tmp_path, lambda place: leaving.build(place, wal=wal),
        every=every, name=f"audit: prune, {'WAL' if wal else 'rollback journal'}",
    ):  # fmt: skip
        folder = trial.folder
        settled = points.settled(folder)
        found = leaving.state(folder)
        happened = found.cut > 0
        assert (("audit.prune", True) in settled) == happened
        assert found.rows == trial.before.rows
        assert leaving.kept_seal(folder)
        check_ended(trial, happened)
        if not happened:
            assert leaving.left_lying(folder) == []
            leaving.prune_it(folder, Context())
        elif trial.ended.how == "finished" and leaving.left(folder):
            leaving.finish(folder)
        assert leaving.left_lying(folder) == [ARCHIVE]
        for path in (folder / ARCHIVE, folder / points.DATABASE):
            verdict = verified(path)
            assert verdict.holds, verdict.problems
        assert leaving.SECRET in (folder / ARCHIVE).read_bytes()


@both
@pytest.mark.parametrize("operation", ["erase_in_it", "prune_it"])
def test_a_file_locked_by_another_program(tmp_path: Path, bench: Bench, wal: bool, operation: str) -> None:
    before = leaving.build(tmp_path, wal=wal)
    other = apsw.Connection(str(tmp_path / points.DATABASE))
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE; DELETE FROM loose")
    ended = bench.run(f"faults.leaving:{operation}", tmp_path)
    other.close(True)
    assert ended.how == "failed"
    assert ended.message.startswith("locked")
    assert leaving.state(tmp_path) == before
    assert leaving.left_lying(tmp_path) == []
