"""Repairing a store, broken at every step on the disk.

Whatever was broken: every point comes back as it was captured or is known as failed, none is lost, and the next repair
finishes what this one began.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.stores import UnsyncedDisk
from faults import repairing
from faults.breaker import Kind
from faults.harness import Bench, trials
from faults.points import settled
from steward_app.kernel.progress import Context
from steward_app.storage.disk import using

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("encrypted", [False, True])
def test_repairing(tmp_path: Path, bench: Bench, every: bool, encrypted: bool) -> None:
    for trial in trials(
        bench,
        "faults.repairing:repair",
        tmp_path,
        lambda place: repairing.build(place, encrypted=encrypted),
        every=every,
        name=f"repair a store, {'encrypted' if encrypted else 'open'}",
    ):
        ended = trial.ended
        assert ended.how != "bug", ended.message
        assert ended.how != "failed" or trial.kind in (Kind.FULL, Kind.SHORT, Kind.IO_ERROR)
        with using(UnsyncedDisk()):
            settled(trial.folder)
            sound = repairing.whole(trial.folder, trial.before)
            if ended.how == "finished" and trial.kind is not Kind.IO_ERROR:  # which it tells of that object
                assert sound == set(trial.before.held)
            repairing.repair(trial.folder, Context())
            assert repairing.whole(trial.folder, trial.before) == set(trial.before.held)
            assert list(trial.folder.glob("home/scratch/*")) == []
