"""A drive that is unplugged in the middle of whatever is done with the store on it; and databases nobody may open.

What was going on ends with a clear error, nothing is written in the drive's place, no point is told to be bad because
its store was away, and when the drive is back the same goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import apsw
import pytest

from builders.ageing import AgeingStore
from builders.guarded import Guarded, guarded
from builders.stores import UnsyncedDisk
from faults.points import contents
from steward_app.catalog.points import PointState
from steward_app.db.image import same_image
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.operation import Confirmation
from steward_app.storage.disk import using
from steward_app.storage.objects import ObjectStore
from steward_app.storage.objects.opening import wrapping

pytestmark = pytest.mark.faults

Work = Callable[[Guarded, str], object]
MOST_STEPS = 400


@pytest.fixture(autouse=True)
def _quick_disk() -> Iterator[None]:
    with using(UnsyncedDisk()):
        yield


def _restored(here: Guarded, point: str) -> None:
    here.restore(point)


def _exported(here: Guarded, point: str) -> None:
    target = here.path.with_name("exported.db")
    target.unlink(missing_ok=True)
    plan = restore.plan_export(here.catalog, here.path, point, target, Context())
    restore.restore(here.catalog, plan, Context())
    assert same_image(target, here.held[point], Context())


def _in_place(here: Guarded, point: str) -> None:
    plan = restore.plan_restore(here.catalog, here.path, point, Context())
    restore.restore(here.catalog, plan, Context(), Confirmation.of(plan))
    assert contents(here.path) == contents(here.held[point])  # the file has our own table now, too


def _held(here: Guarded, point: str) -> None:
    backup.hold(here.catalog, here.path, point, "The court in Ghent asked", Context())
    backup.release(here.catalog, here.path, point, Context())


def _verified(here: Guarded, point: str) -> None:
    verdicts, told = backup.verify_store(here.catalog, here.store, Context())
    if told.problems:
        raise Failure(ErrorCode.STORE_MISSING, told.problems[0])
    assert all(verdict.sound for verdict in verdicts)


def _proven(here: Guarded, point: str) -> None:
    verdicts, told = backup.verify_store(here.catalog, here.store, Context(), prove=True)
    if told.problems:
        raise Failure(ErrorCode.STORE_MISSING, told.problems[0])
    assert all(verdict.sound for verdict in verdicts)


def _drilled(here: Guarded, point: str) -> None:
    assert all(done.passed for done in restore.drill(here.catalog, here.path, Context()))


def _plain(here: Guarded, point: str) -> None:
    backup.create_plain(here.catalog, here.path, here.store, Context())


def _pruned(here: Guarded, point: str) -> None:
    here.prune()


WORK: tuple[Work, ...] = (
    _restored,
    _exported,
    _in_place,
    _held,
    _verified,
    _proven,
    _drilled,
    _plain,
    _pruned,
)


def _unplugging(here: Guarded, away: Path, at: int) -> Callable[[ObjectStore], ObjectStore]:
    """A store that goes away just before its step of that number."""
    steps = count(1)

    def unplug(what: str) -> None:
        if next(steps) == at:
            here.folder.rename(away)

    return lambda opened: AgeingStore(here.folder, unplug)


@pytest.mark.parametrize("work", WORK, ids=lambda work: work.__name__.strip("_"))
def test_a_drive_unplugged_at_any_moment(
    tmp_path: Path, every: bool, work: Work, expect_log: Callable[[str], None]
) -> None:
    if work is _plain:
        expect_log("could not be withdrawn: store_missing")
    with guarded(tmp_path, encrypted=True) as here:
        made = here.captures(1 if work is _pruned else 2)  # the first of two would be thinned out
        away = tmp_path / "away"
        for at in range(1, MOST_STEPS, 1 if every else 7):
            problem = ""
            with wrapping(_unplugging(here, away, at)):
                try:
                    work(here, made[0])
                except Failure as error:
                    problem = error.message
            if not away.exists():
                break
            done = work is _drilled and not problem  # its proof is kept in the journal then, not in the store
            assert done or "not there" in problem or "cut" in problem, (at, problem)
            assert not here.folder.exists()
            away.rename(here.folder)
            restore.settle(here.catalog, here.path, Context())
            known = {point.id: point for point in here.known()}
            assert known.keys() >= set(made)
            assert all(point.state is not PointState.FAILED for point in known.values()), at
            for point in made:
                if known[point].held:
                    backup.release(here.catalog, here.path, point, Context())
        assert at > 5
        assert at < MOST_STEPS - 7
        assert not problem
        for point in made:
            here.restore(point)
        assert all(verdict.sound for verdict in backup.verify_store(here.catalog, here.store, Context())[0])
        here.settled()


def _captured(here: Guarded, point: str) -> None:
    here.capture()


@pytest.mark.parametrize("work", [_captured, _plain, _in_place], ids=lambda work: work.__name__.strip("_"))
@pytest.mark.parametrize("wal", [False, True])
def test_a_database_that_another_program_keeps_locked(tmp_path: Path, wal: bool, work: Work) -> None:
    with guarded(tmp_path, wal=wal) as here:
        (first,) = here.captures(1)
        here.write()
        other = apsw.Connection(str(here.path))
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE; DELETE FROM visit")
        with pytest.raises(Failure) as raised:
            work(here, first)
        assert raised.value.code is ErrorCode.LOCKED, raised.value.message
        other.close(True)
        restore.settle(here.catalog, here.path, Context())
        here.restore(here.capture())
        here.restore(first)
        here.settled()
