"""Sealing by itself, broken at every step: the operation stands, the log holds, the rest is sealed later."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import own_sealing, points
from faults.breaker import Kind
from faults.harness import Bench, check_ended, trials
from steward_app.kernel.progress import Context

pytestmark = pytest.mark.faults


def finish(folder: Path) -> None:
    """The next time the file is opened."""
    own_sealing.seal_new(folder, Context())
    found = own_sealing.state(folder)
    assert (found.unsealed, found.holds, found.gaps) == (0, True, 0)
    assert own_sealing.newest_is_kept(folder)


@pytest.mark.parametrize("wal", [False, True])
def test_when_a_file_is_opened(tmp_path: Path, bench: Bench, every: bool, wal: bool) -> None:
    for trial in trials(
        bench, "faults.own_sealing:seal_new", tmp_path, lambda place: own_sealing.build(place, wal=wal),
        every=every, name=f"sealing by itself, {'WAL' if wal else 'rollback journal'}",
    ):  # fmt: skip
        found, ended = own_sealing.state(trial.folder), trial.ended
        assert (found.rows, found.holds, found.gaps) == (trial.before.rows, True, 0)
        assert (found.unsealed < trial.before.unsealed) == (found.seals > trial.before.seals)
        assert ended.how != "bug", ended.message
        assert ended.how != "cancelled" or trial.kind is Kind.CANCEL
        assert points.settled(trial.folder) == [("audit.install", True)]
        finish(trial.folder)


@pytest.mark.parametrize("wal", [False, True])
def test_after_an_operation(tmp_path: Path, bench: Bench, every: bool, wal: bool) -> None:
    for trial in trials(
        bench, "faults.own_sealing:undo_all", tmp_path, lambda place: own_sealing.build(place, wal=wal),
        every=every, name=f"an operation and its seal, {'WAL' if wal else 'rollback journal'}",
    ):  # fmt: skip
        found = own_sealing.state(trial.folder)
        happened = found.rows != trial.before.rows
        assert (found.holds, found.gaps) == (True, 0)
        assert happened or found.seals == trial.before.seals
        check_ended(trial, happened)
        assert (("audit.undo", True) in points.settled(trial.folder)) == happened
        finish(trial.folder)
