"""Pruning a store, broken at every step on the disk.

Whatever was broken: every point that is listed restores to the bytes that were captured, those that the rules keep are
listed, and the next prune finishes what this one began.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import pruning
from faults.breaker import POWER_CUTS, Kind
from faults.harness import Bench, trials
from faults.points import home
from steward_app.catalog import journal

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("encrypted", [False, True])
def test_pruning(tmp_path: Path, bench: Bench, every: bool, encrypted: bool) -> None:
    name = f"prune a store, {'encrypted' if encrypted else 'open'}"
    for trial in trials(
        bench,
        f"{pruning.__name__}:prune",
        tmp_path,
        lambda place: pruning.build(place, encrypted=encrypted),
        every=every,
        name=name,
    ):
        ended, before = trial.ended, trial.before
        assert ended.how != "bug", ended.message
        assert ended.how != "failed" or trial.kind in (Kind.FULL, Kind.SHORT, Kind.IO_ERROR)
        pruning.settle(trial.folder)
        with home(trial.folder) as catalog:
            site = pruning.opened(trial.folder, catalog)
            there = site.check()
            assert before.stays <= there <= before.every
            if ended.how == "finished":
                assert there == before.stays
            if ended.how == "cancelled":
                assert there == before.every, "a cancel that came too late is none"
            site.prune()
            assert site.check() == before.stays
            assert set(site.known()) == before.stays
            if trial.kind not in POWER_CUTS:  # what comes back after one is as young as the real clock says
                assert site.leavings() == set()
            with catalog.reading() as session:
                assert not journal.open_operations(session, site.store.database_id)
                assert session.count("SELECT count(*) FROM leases") == 0
