"""A store in a folder, broken at every step on the disk and at every call of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from faults import stores
from faults.breaker import Kind
from faults.harness import Bench, trials
from steward_app.kernel.progress import Context
from steward_app.storage.objects import open_objects

pytestmark = pytest.mark.faults


def test_every_object_is_whole_or_not_there(tmp_path: Path, bench: Bench, every: bool) -> None:
    allowed = {name: {stores.OLD.get(name), stores.NEW.get(name)} for name in (*stores.OLD, *stores.NEW)}
    for trial in trials(
        bench,
        "faults.stores:write_and_prune",
        tmp_path,
        stores.build,
        every=every,
        name="objects in a folder",
    ):
        found = stores.contents(trial.folder)
        assert trial.ended.how != "bug", trial.ended.message
        assert all(data in allowed[name] for name, data in found.items())
        assert "store.json" in found
        if trial.ended.how == "finished":
            assert found == stores.NEW
        if "packs/00/old.zst" not in found:
            assert found == stores.NEW
        if trial.kind is Kind.FULL and trial.ended.how == "failed":
            assert trial.ended.message.startswith("disk_full")
        stores.write_and_prune(trial.folder, Context())
        assert stores.contents(trial.folder) == stores.NEW
        with open_objects(str(trial.folder / "store")) as store:
            store.sweep(datetime.now(UTC) + timedelta(days=1))
        assert not list((trial.folder / "store").rglob(".*"))
