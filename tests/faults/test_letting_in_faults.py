"""Letting a key into a store and shutting one out, broken at every step on the disk.

Whatever was broken: the store opens with the keys that were there before, it lists either these or the new ones, and
those that it lists open the point that is made next.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import letting_in
from faults.breaker import Kind
from faults.capturing import KEYS
from faults.harness import Bench, trials
from faults.letting_in import NEW
from faults.points import settled
from steward_app.services.backup.store import layout

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("adds", [True, False])
def test_keys_of_a_store(tmp_path: Path, bench: Bench, every: bool, adds: bool) -> None:
    operation, build = (
        (letting_in.let_in, letting_in.build_without)
        if adds
        else (letting_in.shut_out, letting_in.build_with)
    )
    name = "let a key into a store" if adds else "shut a key out of a store"
    after = (*KEYS.recipients, NEW.public_key) if adds else KEYS.recipients
    for trial in trials(
        bench, f"{letting_in.__name__}:{operation.__name__}", tmp_path, build, every=every, name=name
    ):
        ended, folder = trial.ended, trial.folder
        assert ended.how != "bug", ended.message
        assert ended.how != "failed" or trial.kind in (Kind.FULL, Kind.SHORT, Kind.IO_ERROR)
        assert letting_in.opens(folder, layout.NAMING_KEY, KEYS.identity), "before anything is settled"
        changes = [happened for told, happened in settled(folder) if told == "backup.recipients"]
        now = letting_in.listed(folder)
        assert now in (trial.before.listed, after)
        if ended.how == "finished":
            assert now == after
        if ended.how == "cancelled":
            assert now == trial.before.listed
        if len(changes) > (not adds):  # the one that was broken got as far as the journal
            assert changes[-1] == (now == after)
        for key in (KEYS.identity, NEW):
            was_let_in = not adds or key.public_key in now  # a key that is shut out keeps the naming key
            assert letting_in.opens(folder, layout.NAMING_KEY, key) == was_let_in
            assert letting_in.newest_opens(folder, key) == (key.public_key in now)
