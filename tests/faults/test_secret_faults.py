"""Secrets and the cache of a store broken at every step: the old state or the new, and the next run goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.stores import UnsyncedDisk
from faults import keeping as planted
from faults.harness import Bench, trials
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services.backup.store.cache import StoreCache
from steward_app.storage.disk import using
from steward_app.storage.secrets import secrets_state

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("operation", ["set_a_secret", "set_a_secret_with_a_passphrase"])
def test_a_secret_is_the_old_one_or_the_new_one(
    tmp_path: Path, bench: Bench, every: bool, operation: str
) -> None:
    for trial in trials(
        bench,
        f"faults.keeping:{operation}",
        tmp_path,
        planted.build,
        every=every,
        name=f"secrets: {operation}",
    ):
        ended = trial.ended
        assert ended.how != "bug", ended.message
        has_passphrase = secrets_state(trial.folder).protected
        with using(UnsyncedDisk()):
            secrets = planted.protected(trial.folder) if has_passphrase else planted.opened(trial.folder)
        kept = secrets.get("kept")
        assert kept in ((Secret("new"),) if ended.how == "finished" else (Secret("old"), Secret("new")))
        assert has_passphrase or operation == "set_a_secret" or ended.how != "finished"
        with using(UnsyncedDisk()), planted.little_work():
            getattr(planted, operation)(trial.folder, Context())
        assert not list(trial.folder.glob(".steward-*.part"))


def test_a_piece_is_the_old_one_or_the_new_one(tmp_path: Path, bench: Bench, every: bool) -> None:
    operation = "faults.keeping:remember_a_piece"
    for trial in trials(bench, operation, tmp_path, planted.build, every=every, name="remember a piece"):
        ended = trial.ended
        assert ended.how != "bug", ended.message
        cache = StoreCache(trial.folder, "store", planted.KEY)
        found = cache.get("piece", Context())
        assert found in ((planted.NEW,) if ended.how == "finished" else (planted.OLD, planted.NEW))
        with using(UnsyncedDisk()):
            planted.remember_a_piece(trial.folder, Context())
        assert cache.get("piece", Context()) == planted.NEW
        assert not list(trial.folder.rglob("*.part"))
