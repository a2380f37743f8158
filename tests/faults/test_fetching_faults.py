"""Restores and exports from a store, broken at every step on the disk.

Whatever was broken: the database holds what it held or what was restored, the new file is whole or not there, the
journal says what is there, and the next run does it. What lies in the store is only ever read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults import fetching, points
from faults.breaker import Kind
from faults.fetching import Before
from faults.harness import Bench, Trial, trials
from steward_app.kernel.progress import Context

pytestmark = pytest.mark.faults


def tried(
    bench: Bench, operation: Callable[[Path, Context], None], folder: Path, *, encrypted: bool, every: bool
) -> Iterator[Trial[Before]]:
    name = operation.__name__
    for trial in trials(
        bench,
        f"faults.fetching:{name}",
        folder,
        lambda place: fetching.build(place, encrypted=encrypted),
        every=every,
        name=f"{name.replace('_', ' ')}, from a store, {'encrypted' if encrypted else 'open'}",
    ):
        assert trial.ended.how != "bug", trial.ended.message
        if trial.ended.how == "failed":
            assert trial.kind in (Kind.FULL, Kind.SHORT, Kind.IO_ERROR)
        if trial.ended.how == "cancelled":
            assert trial.kind is Kind.CANCEL
        stored = _objects(trial.folder)
        yield trial
        assert _objects(trial.folder) == stored


def _objects(folder: Path) -> dict[str, bytes]:
    files = (each for each in (folder / fetching.STORE).rglob("*") if each.is_file())
    return {str(each.relative_to(folder)): each.read_bytes() for each in files}


def leftovers(folder: Path) -> list[Path]:
    """What no run may leave: temporary files, side files, scratch folders in use."""
    found = [path for path in folder.rglob("*") if ".part" in path.name]
    return found + list(folder.glob("*-journal")) + list(folder.glob("*/scratch/*"))


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("operation", [fetching.restore_to_new_file, fetching.export])
def test_to_a_new_file(
    tmp_path: Path, bench: Bench, every: bool, encrypted: bool, operation: Callable[[Path, Context], None]
) -> None:
    for trial in tried(bench, operation, tmp_path, encrypted=encrypted, every=every):
        new = trial.folder / points.NEW_FILE
        assert points.contents(trial.folder / points.DATABASE) == trial.before.now
        done = [
            happened for name, happened in points.settled(trial.folder) if not name.startswith("backup.init")
        ]
        if new.exists() and done != [True]:  # told as failed, where its name may not be safe yet
            assert trial.kind is Kind.IO_ERROR, trial.ended.message
        assert new.exists() or done != [True]
        if new.exists():
            assert new.read_bytes() == trial.before.image
            new.unlink()
        operation(trial.folder, Context())
        assert new.read_bytes() == trial.before.image
        assert leftovers(trial.folder) == []


@pytest.mark.parametrize(
    ("operation", "encrypted"),
    [
        (fetching.restore_in_place, False),
        (fetching.restore_in_place, True),
        (fetching.restore_the_moment_in_place, True),
    ],
)
def test_in_place(
    tmp_path: Path, bench: Bench, every: bool, encrypted: bool, operation: Callable[[Path, Context], None]
) -> None:
    for trial in tried(bench, operation, tmp_path, encrypted=encrypted, every=every):
        path = trial.folder / points.DATABASE
        found = points.contents(path)
        done = [happened for name, happened in points.settled(trial.folder) if name == "restore.in_place"]
        assert found == (trial.before.then if done == [True] else trial.before.now)
        operation(trial.folder, Context())
        assert points.contents(path) == trial.before.then
        assert leftovers(trial.folder) == []


@pytest.mark.parametrize("encrypted", [False, True])
def test_on_a_new_computer(tmp_path: Path, bench: Bench, every: bool, encrypted: bool) -> None:
    operation = fetching.restore_from_the_store_alone
    for trial in tried(bench, operation, tmp_path, encrypted=encrypted, every=every):
        new = trial.folder / points.NEW_FILE
        if new.exists():
            assert new.read_bytes() == trial.before.image
            new.unlink()
        operation(trial.folder, Context())
        assert new.read_bytes() == trial.before.image
        assert fetching.left_open(trial.folder) == 0
        assert leftovers(trial.folder) == []
