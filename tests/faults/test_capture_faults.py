"""Bringing a store up to date, broken at every step of catalog, scratch space and store.

Whatever was broken: store, catalog and journal agree once it is settled, every point restores to what was captured, and
the next run makes the point.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.stores import UnsyncedDisk
from faults import capturing
from faults.breaker import Kind
from faults.harness import Bench, trials
from steward_app.kernel.progress import Context
from steward_app.storage.disk import using

pytestmark = [pytest.mark.faults, pytest.mark.skipif("os.name == 'nt'", reason="it scans in forks")]


@pytest.mark.parametrize("encrypted", [False, True])
def test_making_a_point_in_a_store(tmp_path: Path, bench: Bench, every: bool, encrypted: bool) -> None:
    name = f"point in a store, {'encrypted, WAL' if encrypted else 'open, rollback journal'}"
    for trial in trials(
        bench,
        "faults.capturing:capture",
        tmp_path,
        lambda place: capturing.build(place, encrypted=encrypted),
        every=every,
        name=name,
    ):
        ended = trial.ended
        assert ended.how != "bug", ended.message
        with using(UnsyncedDisk()):
            there = capturing.agreed(trial.folder, trial.before)
            assert there[:1] == [trial.before.first]
            if ended.how == "finished":
                assert len(there) == 2
            if ended.how == "cancelled":
                assert trial.kind is Kind.CANCEL
                assert len(there) == 1
            if ended.how == "failed":
                assert trial.kind in (Kind.FULL, Kind.SHORT, Kind.IO_ERROR)
                assert trial.kind is not Kind.FULL or ended.message.startswith("disk_full")
            capturing.capture(trial.folder, Context())
            after = capturing.agreed(trial.folder, trial.before)
            assert after[: len(there)] == there
            assert len(after) >= 2
            assert capturing.left_over(trial.folder) == []
