"""Writing decisions into the policy, broken at every step on the disk: all is said, or the policy is as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import classifying, points
from faults.harness import Bench, check_ended, trials
from steward_app.catalog.policy import read_policy
from steward_app.storage.local import is_temporary

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("operation", ["decide_two", "take_back", "carry_over"])
def test_all_or_nothing(tmp_path: Path, bench: Bench, every: bool, operation: str) -> None:
    name = f"privacy: {operation}"
    for trial in trials(
        bench, f"faults.classifying:{operation}", tmp_path, classifying.build, every=every, name=name
    ):
        now = classifying.said(trial.folder)
        happened = now != trial.before
        read_policy(trial.folder / points.DATABASE)
        assert b"# what we decided" in now
        settled = points.settled(trial.folder)
        kind = "privacy.carry" if operation == "carry_over" else "privacy.classify"
        assert ((kind, True) in settled) == happened
        assert classifying.said(trial.folder) == now
        assert not [path for path in trial.folder.iterdir() if is_temporary(path.name)]
        check_ended(trial, happened)
