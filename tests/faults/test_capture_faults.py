"""Stores made, brought up to date and restored from, broken at every step of catalog, scratch space and store.

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
from faults.points import NEW_FILE, settled
from steward_app.db.image import same_image
from steward_app.kernel.progress import Context
from steward_app.storage.disk import using

pytestmark = [pytest.mark.faults, pytest.mark.skipif("os.name == 'nt'", reason="it scans in forks")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Both kinds of stores with `--all-faults`; else one."""
    if "encrypted" in metafunc.fixturenames:
        every = metafunc.config.getoption("--all-faults")
        metafunc.parametrize("encrypted", [False, True] if every else [True])


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


def test_restoring_from_a_store(tmp_path: Path, bench: Bench, every: bool, encrypted: bool) -> None:
    """The new file is whole or not there, and it is there where the journal says so."""
    for trial in trials(
        bench,
        "faults.capturing:restore_the_first",
        tmp_path,
        lambda place: capturing.build(place, encrypted=encrypted),
        every=every,
        name=f"restore from a store, {'encrypted' if encrypted else 'open'}",
    ):
        assert trial.ended.how != "bug", trial.ended.message
        with using(UnsyncedDisk()):
            new = trial.folder / NEW_FILE
            operation, happened = settled(trial.folder)[-1]
            assert capturing.agreed(trial.folder, trial.before) == [trial.before.first]
            if operation == "restore.new_file":
                assert new.exists() or not happened  # told as failed, where its name may not be safe yet
            if new.exists():
                assert same_image(new, trial.before.then, Context())
                new.unlink()
            elif trial.ended.how == "finished":
                pytest.fail("finished, and nothing is there")
            capturing.restore_the_first(trial.folder, Context())
            assert same_image(new, trial.before.then, Context())
            assert capturing.left_over(trial.folder) == []


def test_making_a_store(tmp_path: Path, bench: Bench, every: bool) -> None:
    """It is there and known, with its keys, or it is not; and in the place where it was begun one can be made."""
    for trial in trials(
        bench,
        "faults.capturing:make_a_store",
        tmp_path,
        capturing.build_without_a_store,
        every=every,
        name="make an encrypted store",
    ):
        assert trial.ended.how != "bug", trial.ended.message
        with using(UnsyncedDisk()):
            known = capturing.stores(trial.folder)
            if trial.ended.how == "finished":
                assert known == 1
            if not known:
                capturing.make_a_store(trial.folder, Context())
            assert capturing.stores(trial.folder) == 1
