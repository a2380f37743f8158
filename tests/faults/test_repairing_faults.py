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

DISK_FAULTS = (Kind.FULL, Kind.SHORT, Kind.IO_ERROR)


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
        assert ended.how != "failed" or trial.kind in DISK_FAULTS
        with using(UnsyncedDisk()):
            settled(trial.folder)
            sound = repairing.whole(trial.folder, trial.before)
            if ended.how == "finished" and trial.kind not in DISK_FAULTS:  # what one kept from it, it tells
                assert sound == set(trial.before.held)
            repairing.repair(trial.folder, Context())
            assert repairing.whole(trial.folder, trial.before) == set(trial.before.held)
            assert list(trial.folder.glob("home/scratch/*")) == []
