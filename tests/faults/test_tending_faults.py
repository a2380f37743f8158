"""Holds, checks, drills, plain copies and connecting, broken at every step of catalog, scratch space and store.

Whatever was broken: store, catalog and journal agree once it is settled, every point restores to what was captured, no
point is told to be bad because looking at it failed, and the next run does it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builders.stores import UnsyncedDisk
from faults import capturing, tending
from faults.breaker import Kind
from faults.capturing import Before
from faults.harness import Bench, Trial, trials
from steward_app.catalog.points import PointState
from steward_app.kernel.progress import Context
from steward_app.storage.disk import using

pytestmark = pytest.mark.faults

Operation = Callable[[Path, Context], None]


def tried(
    bench: Bench,
    operation: Operation,
    folder: Path,
    *,
    every: bool,
    build: Callable[[Path], Before] = tending.build,
) -> Iterator[Trial[Before]]:
    name = operation.__name__
    for trial in trials(
        bench, f"{tending.__name__}:{name}", folder, build, every=every, name=f"{name.replace('_', ' ')}, encrypted"
    ):  # fmt: skip
        assert trial.ended.how != "bug", trial.ended.message
        if trial.ended.how == "failed":
            assert trial.kind in (Kind.FULL, Kind.SHORT, Kind.IO_ERROR), trial.ended.message
        if trial.ended.how == "cancelled":
            assert trial.kind is Kind.CANCEL
        with using(UnsyncedDisk()):
            yield trial
            assert capturing.left_over(trial.folder) == []


def test_holding_a_point(tmp_path: Path, bench: Bench, every: bool) -> None:
    for trial in tried(bench, tending.hold, tmp_path, every=every):
        (point,) = tending.agreed(trial.folder, trial.before)
        assert point.held or trial.ended.how != "finished"
        tending.hold(trial.folder, Context())
        (point,) = tending.agreed(trial.folder, trial.before)
        assert point.held


def test_letting_go_of_a_point(tmp_path: Path, bench: Bench, every: bool) -> None:
    for trial in tried(bench, tending.release, tmp_path, every=every, build=tending.build_held):
        (point,) = tending.agreed(trial.folder, trial.before)
        assert not (point.held and trial.ended.how == "finished")
        if point.held:
            tending.release(trial.folder, Context())
        (point,) = tending.agreed(trial.folder, trial.before)
        assert not point.held


@pytest.mark.parametrize("operation", [tending.verify, tending.prove])
def test_checking_a_store(tmp_path: Path, bench: Bench, every: bool, operation: Operation) -> None:
    wished = PointState.PROVEN if operation is tending.prove else PointState.CHECKED
    for trial in tried(bench, operation, tmp_path, every=every):
        tending.agreed(trial.folder, trial.before)
        (state,) = tending.states(trial.folder)
        disk_failed = trial.kind in (Kind.FULL, Kind.SHORT, Kind.IO_ERROR)  # told beside what was found then
        assert state is wished or trial.ended.how != "finished" or disk_failed
        assert state is not PointState.FAILED
        operation(trial.folder, Context())
        tending.agreed(trial.folder, trial.before)
        assert tending.states(trial.folder) == {wished}


def test_drilling(tmp_path: Path, bench: Bench, every: bool) -> None:
    for trial in tried(bench, tending.drill, tmp_path, every=every):
        tending.agreed(trial.folder, trial.before)
        done = tending.drills(trial.folder)
        assert len(done) <= 1
        if trial.ended.how == "finished":
            assert done == [True]
        assert PointState.FAILED not in tending.states(trial.folder)
        for left in trial.folder.glob(
            "home/evidence/*.part"
        ):  # nobody can tell when another program writes there
            os.utime(left, (0, 0))
        tending.drill(trial.folder, Context())
        assert tending.drills(trial.folder) == [True, *done]
        tending.agreed(trial.folder, trial.before)
        assert tending.states(trial.folder) == {PointState.PROVEN}


def test_making_a_plain_copy(tmp_path: Path, bench: Bench, every: bool) -> None:
    for trial in tried(bench, tending.make_plain, tmp_path, every=every):
        there = tending.agreed(trial.folder, trial.before)
        assert len(there) in (1, 2)
        assert len(there) == 2 or trial.ended.how != "finished"
        assert len(there) == 1 or trial.ended.how != "cancelled"
        tending.make_plain(trial.folder, Context())
        assert len(tending.agreed(trial.folder, trial.before)) == len(there) + 1


def test_connecting_another_computer(tmp_path: Path, bench: Bench, every: bool) -> None:
    for trial in tried(bench, tending.connect_another, tmp_path, every=every):
        known = tending.known_elsewhere(trial.folder)
        assert known == 1 or trial.ended.how != "finished"
        if not known:
            tending.connect_another(trial.folder, Context())
        assert tending.known_elsewhere(trial.folder) == 1
        tending.agreed(trial.folder, trial.before)


def test_copying_the_ledger(tmp_path: Path, bench: Bench, every: bool) -> None:
    """A new computer learns who was erased, or that nobody said so yet; it is never kept from its restore."""
    operation = tending.copy_the_ledger
    for trial in tried(bench, operation, tmp_path, every=every, build=tending.build_erased):
        learnt = tending.learnt(trial.folder)
        assert learnt == 1 or trial.ended.how != "finished"
        operation(trial.folder, Context())
        assert tending.learnt(trial.folder) == 1
        copies = sorted((trial.folder / "store/ledger").glob("0*"))
        assert len(copies) == 1
        operation(trial.folder, Context())
        assert sorted((trial.folder / "store/ledger").glob("0*")) == copies
