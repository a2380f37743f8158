"""What happens to databases, disks and stores meanwhile: each is told or mended, and the next run recovers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from builders.ageing import AgeingStore
from builders.guarded import Guarded, guarded
from builders.processes import OtherProgram, as_nobody, common_folder
from builders.stores import UnsyncedDisk
from faults.capturing import scanning_in_a_fork
from servers.limits import small_files_only
from steward_app.db import open_read
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.operation import Confirmation
from steward_app.services.restore import drill
from steward_app.storage.disk import using
from steward_app.storage.objects import ObjectStore
from steward_app.storage.objects.opening import wrapping

pytestmark = pytest.mark.faults


@pytest.fixture(autouse=True)
def _quick_disk() -> Iterator[None]:
    with using(UnsyncedDisk()):
        yield


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """In both modes with `--all-faults`; else in one."""
    modes = {"WAL": True, "rollback": False} if metafunc.config.getoption("--all-faults") else {"WAL": True}
    for name in {"here", "wal"} & set(metafunc.fixturenames):
        metafunc.parametrize(name, modes.values(), ids=modes, indirect=name == "here")


@pytest.fixture
def here(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Guarded]:
    with guarded(tmp_path, encrypted=request.param, wal=request.param) as here:
        yield here


# Databases


def test_another_page_size_and_vacuums_between_points(here: Guarded) -> None:
    made = here.captures(2)
    for change in (
        "DELETE FROM visit WHERE id % 2",
        "VACUUM",
        "PRAGMA page_size = 1024",
        "VACUUM",
        "PRAGMA page_size = 65536",
        "VACUUM",
    ):
        with OtherProgram(here.path) as other:
            mode = "wal" if here.keys else "delete"
            other.does(f"run('PRAGMA journal_mode = DELETE', {change!r})")
            if change.startswith("PRAGMA"):
                other.does("run('VACUUM')")
            other.does(f"run('PRAGMA journal_mode = {mode}')")
            other.ends()
        made.append(here.capture())
        made += here.captures(1)
    for point in dict.fromkeys(made):
        here.restore(point)
    assert all(verdict.sound for verdict in backup.verify_store(here.catalog, here.store, Context())[0])
    here.settled()


def test_a_database_cut_to_nothing_is_told_and_comes_back(here: Guarded, tmp_path: Path) -> None:
    first, second = here.captures(2)
    for side in ("-wal", "-shm"):
        here.path.with_name(here.path.name + side).unlink(missing_ok=True)
    os.truncate(here.path, 0)
    (visit,) = backup.go_round(here.catalog, here.path, Context())
    assert "has 0 bytes" in visit.problem
    assert "Restore the database" in visit.hint
    with pytest.raises(Failure, match="has 0 bytes"):
        backup.create_plain(here.catalog, here.path, here.store, Context())
    assert [point.id for point in here.known()] == [second, first]
    here.restore(first)
    plan = restore.plan_restore(here.catalog, here.path, second, Context())
    restore.restore(here.catalog, plan, Context(), Confirmation.of(plan))
    third = here.captures(1)[0]
    here.restore(third)
    here.settled()


# Disks


@pytest.mark.skipif(os.name == "nt", reason="a limit of the system that Windows has not")
def test_a_full_disk_of_the_data_directory(tmp_path: Path) -> None:
    """The scan has no room for what it packs, then the catalog none for a word more; another process runs into it."""
    with guarded(tmp_path) as here:
        (first,) = here.captures(1)
        for number in range(60):
            here.write(f"INSERT INTO visit VALUES ({5000 + number}, randomblob(20000))")
        before = here.known()
        code = (
            "from pathlib import Path\n"
            "from steward_app.catalog import open_catalog\n"
            "from steward_app.kernel.errors import StewardError\n"
            "from steward_app.kernel.progress import Context\n"
            "from steward_app.services import backup\n"
            "try:\n"
            "    with open_catalog() as catalog:\n"
            f"        visit, = backup.go_round(catalog, Path({str(here.path)!r}), Context())\n"
            "        print(visit.problem or 'done')\n"
            "except StewardError as error:\n"
            "    print(error.code, error.message)\n"
        )
        for most_bytes in (800_000, 100_000, 4_000, 0):
            said = subprocess.run(
                [sys.executable, "-c", code],
                capture_output=True,
                text=True,
                check=True,
                preexec_fn=small_files_only(most_bytes),
            ).stdout
            assert "disk" in said, said  # SQLite takes this limit for an error of the disk
            assert here.known() == before
        here.settled()
        second = here.capture()
        here.restore(first)
        here.restore(second)


def _unplugging(here: Guarded, away: Path, at: int) -> Callable[[ObjectStore], ObjectStore]:
    """A store that goes away just before its step of that number, and leaves an empty folder every other time."""
    steps = count(1)

    def unplug(what: str) -> None:
        if next(steps) == at:
            here.folder.rename(away)
            if at % 2:
                here.folder.mkdir()

    return lambda opened: AgeingStore(here.folder, unplug)


def test_a_drive_unplugged_at_any_moment(
    tmp_path: Path, every: bool, expect_log: Callable[[str], None]
) -> None:
    """Before a capture, and at each step of it; an empty place to mount it is left behind every other time."""
    expect_log("could not be withdrawn: store_missing")
    with guarded(tmp_path, encrypted=True) as here:
        made = here.captures(2)
        away = tmp_path / "away"
        for at in range(1, 60, 1 if every else 5):
            here.write()
            with wrapping(_unplugging(here, away, at)):
                (visit,) = backup.go_round(here.catalog, here.path, Context())
            if not away.exists():
                break
            assert visit.problem, at
            assert "not there" in visit.problem or "Another folder" in visit.problem or "cut" in visit.problem
            assert visit.hint
            if here.folder.exists():
                assert list(here.folder.iterdir()) == []
                here.folder.rmdir()
            assert backup.look(here.catalog, here.path, Context()).stores[0].store.problem
            away.rename(here.folder)
            restore.settle(here.catalog, here.path, Context())
            made.append(here.capture())
        assert at > 10
        backup.refresh(here.catalog, here.store, Context())
        for point in dict.fromkeys(made[-6:]):
            here.restore(point)
        verdicts, _ = backup.verify_store(here.catalog, here.store, Context())
        assert all(verdict.sound for verdict in verdicts)
        here.settled()


@pytest.mark.skipif(os.name == "nt", reason="rights as POSIX has them")
def test_a_store_without_permission() -> None:
    with common_folder() as folder:
        folder.chmod(0o777)
        (folder / "first").mkdir()
        _without_permission(
            folder / "first"
        )  # all that is imported late is there then: nobody may not read Python
        folder = folder / "second"
        folder.mkdir()
        folder.chmod(0o777)
        told = as_nobody(lambda: _without_permission(folder))
    assert told == ["no_permission"] * 3


def _without_permission(folder: Path) -> list[str]:
    """In a process of an ordinary user, who may not run the tests' own Python a second time."""
    os.environ["STEWARD_HOME"] = str(folder / "home")
    told = []
    with scanning_in_a_fork(), guarded(folder) as here:
        (first,) = here.captures(1)
        for place, rights in ((here.folder, 0o000), (here.folder, 0o100), (here.folder / "points", 0o500)):
            here.write()
            place.chmod(rights)
            try:
                here.capture()
            except Failure as error:
                told.append(str(error.code))
            place.chmod(0o700)
            restore.settle(here.catalog, here.path, Context())
            here.restore(here.capture())
        here.restore(first)
        here.settled()
    return told


# Everybody at once


def test_captures_while_another_program_writes_fifty_times_a_second(tmp_path: Path, wal: bool) -> None:
    """Each point is of one moment: two tables that are written together hold the same."""
    with guarded(tmp_path, wal=wal) as here:
        here.write("CREATE TABLE one (n)", "CREATE TABLE two (n)")
        with OtherProgram(here.path) as other:
            other.does("import time")
            other.begins(
                "end = time.monotonic() + 4\n"
                "n = 0\n"
                "while time.monotonic() < end:\n"
                "    n += 1\n"
                "    both = [f'INSERT INTO {table} VALUES ({n})' for table in ('one', 'two')]\n"
                "    run('BEGIN IMMEDIATE', *both, 'COMMIT')\n"
                "    time.sleep(0.02)\n"
                "assert n > 20, n\n"
            )
            made = [backup.capture(here.catalog, here.path, here.store, Context()).point for _ in range(6)]
            other.has_done()
        assert len(set(made)) > 3
        seen = []
        for number, point in enumerate(dict.fromkeys(made)):
            target = tmp_path / f"restored-{number}.db"
            plan = restore.plan_restore(here.catalog, here.path, point, Context(), to=target)
            restore.restore(here.catalog, plan, Context(), Confirmation.of(plan))
            with open_read(target) as session:
                one = session.all("SELECT n FROM one ORDER BY n")
                assert one == session.all("SELECT n FROM two ORDER BY n")
                assert one == [(n + 1,) for n in range(len(one))]
                seen.append(len(one))
        assert seen == sorted(seen)
        assert all(done.passed for done in drill(here.catalog, here.path, Context()))
