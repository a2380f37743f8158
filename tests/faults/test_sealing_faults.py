"""Sealing, erasing and pruning, broken at every step on the disk: the log holds, as it was before or as it is after."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import points, sealing
from faults.harness import Bench, check_ended, trials
from steward_app.kernel.progress import Context

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("wal", [False, True])
def test_sealing(tmp_path: Path, bench: Bench, every: bool, wal: bool) -> None:
    for trial in trials(
        bench, "faults.sealing:seal_the_log", tmp_path, lambda place: sealing.build(place, wal=wal), every=every,
        name=f"sealing an audit log, {'WAL' if wal else 'rollback journal'}",
    ):  # fmt: skip
        found = sealing.state(trial.folder)
        happened = found.seals > trial.before.seals
        assert found.holds
        if not happened:
            assert found == trial.before
        settled = points.settled(trial.folder)
        assert (("audit.seal", True) in settled) == happened
        check_ended(trial, happened)
        assert sealing.kept_seal(trial.folder) in (0, found.seals)
        sealing.seal_the_log(trial.folder, Context())
        after = sealing.state(trial.folder)
        assert after.holds
        assert sealing.kept_seal(trial.folder) == after.seals


@pytest.mark.parametrize("wal", [False, True])
def test_erasing_in_a_log(tmp_path: Path, bench: Bench, every: bool, wal: bool) -> None:
    for trial in trials(
        bench, "faults.sealing:erase", tmp_path, lambda place: sealing.build(place, wal=wal), every=every,
        name=f"erasing in an audit log, {'WAL' if wal else 'rollback journal'}",
    ):  # fmt: skip
        found = sealing.state(trial.folder)
        happened = found.seals > trial.before.seals
        assert found.holds
        assert happened or found == trial.before
        check_ended(trial, happened)
        sealing.erase(trial.folder, Context())
        assert sealing.state(trial.folder).holds


@pytest.mark.parametrize("wal", [False, True])
def test_the_oldest_changes_leave(tmp_path: Path, bench: Bench, every: bool, wal: bool) -> None:
    for trial in trials(
        bench, "faults.sealing:leave", tmp_path, lambda place: sealing.build(place, wal=wal), every=every,
        name=f"changes leaving an audit log, {'WAL' if wal else 'rollback journal'}",
    ):  # fmt: skip
        found = sealing.state(trial.folder)
        happened = found.first_seq > 1
        assert found.holds
        assert happened or found == trial.before
        assert not happened or (trial.folder / sealing.ARCHIVE).exists()
        check_ended(trial, happened)
        if not happened:
            sealing.leave(trial.folder, Context())
            assert sealing.state(trial.folder).holds
