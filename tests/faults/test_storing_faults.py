"""Writing a point to a store, and restoring one, broken at every step on the disk.

Whatever was broken: every point that is listed restores to the bytes that were captured, the restored file is whole or
not there, and the next run does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builders.stores import UnsyncedDisk
from faults import storing
from faults.breaker import Kind
from faults.harness import Bench, Trial, trials
from faults.storing import IMAGE, LATER, Before
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import reader
from steward_app.storage.disk import using

pytestmark = pytest.mark.faults


def tried(
    bench: Bench, operation: Callable[[Path, Context], None], folder: Path, *, encrypted: bool, every: bool
) -> Iterator[Trial[Before]]:
    name = operation.__name__
    return trials(
        bench,
        f"faults.storing:{name}",
        folder,
        lambda place: storing.build(place, encrypted=encrypted),
        every=every,
        name=f"store: {name.replace('_', ' ')}, {'encrypted' if encrypted else 'open'}",
    )


def check_points(folder: Path) -> list[str]:
    """The ids of the points that are listed, each restored and compared."""
    store, identity = storing.opened(folder)
    listing = reader.points(store, Context())
    assert listing.damaged == ()
    (folder / "compared").mkdir(exist_ok=True)
    for point in listing.points:
        target = folder / "compared" / point.manifest.id
        reader.read_point(store, point.manifest, identity, target, Context(), scratch=folder / "scratch")
        assert target.read_bytes() == (LATER if point.manifest.id == "pt_second" else IMAGE)
        target.unlink()
    return [point.manifest.id for point in listing.points]


def check_ended(trial: Trial[Before], happened: bool) -> None:
    ended = trial.ended
    assert ended.how != "bug", ended.message
    if ended.how == "finished":
        assert happened
    if ended.how == "cancelled":
        assert trial.kind is Kind.CANCEL
    if ended.how == "failed":
        assert trial.kind in (Kind.FULL, Kind.SHORT, Kind.IO_ERROR)
        assert trial.kind is not Kind.FULL or ended.message.startswith("disk_full")


@pytest.mark.parametrize("encrypted", [False, True])
def test_writing_a_point(tmp_path: Path, bench: Bench, every: bool, encrypted: bool) -> None:
    for trial in tried(bench, storing.write_the_second, tmp_path, encrypted=encrypted, every=every):
        with using(UnsyncedDisk()):
            first = trial.before.first.manifest.id
            there = check_points(trial.folder)
            check_ended(trial, "pt_second" in there)
            assert there in ([first], [first, "pt_second"])
            storing.write_the_second(trial.folder, Context())
            assert check_points(trial.folder) == [first, "pt_second"]


@pytest.mark.parametrize("encrypted", [False, True])
def test_restoring_a_point(tmp_path: Path, bench: Bench, every: bool, encrypted: bool) -> None:
    for trial in tried(bench, storing.restore_the_first, tmp_path, encrypted=encrypted, every=every):
        with using(UnsyncedDisk()):
            target = trial.folder / storing.TARGET
            check_ended(trial, target.exists())
            if not target.exists():
                storing.restore_the_first(trial.folder, Context())
            assert target.read_bytes() == IMAGE
            assert check_points(trial.folder) == [trial.before.first.manifest.id]
