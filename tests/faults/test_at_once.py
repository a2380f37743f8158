"""Everybody at once: two computers on one store, and three programs on one database. Real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.guarded import guarded
from builders.stores import UnsyncedDisk
from steward_app.catalog import open_catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup.connect import connect
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.operation import Confirmation
from steward_app.storage.disk import using

pytestmark = pytest.mark.faults

_COMPUTER = """
import json, sys
from pathlib import Path
from steward_app.catalog import open_catalog
from steward_app.db import open_write
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.operation import Confirmation

name, path, turns = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
with open_catalog() as catalog:
    (store,) = backup.stores_of(catalog, path, Context())
    for turn in range(turns):
        with open_write(path) as session, session.transaction():
            session.run("INSERT INTO visit (note) VALUES (?)", (f"{name} {turn}",))
        print(json.dumps([name, turn, backup.capture(catalog, path, store, Context()).point]), flush=True)
        if turn % 3 == 2:
            plan = backup.plan_prune(catalog, path, Context())
            backup.prune(catalog, plan, Context(), Confirmation.of(plan))
"""


@pytest.fixture(autouse=True)
def _quick_disk() -> Iterator[None]:
    with using(UnsyncedDisk()):
        yield


def _started(*command: str, home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command],
        env={**os.environ, "STEWARD_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _rows(path: Path) -> set[str]:
    with open_read(path) as session:
        return {str(note) for (note,) in session.execute("SELECT note FROM visit")}


def test_two_computers_write_to_one_store_and_thin_it_out(
    tmp_path: Path, steward_home: Path, every: bool
) -> None:
    turns = 12 if every else 4
    with guarded(tmp_path, encrypted=True, wal=True) as here:
        assert here.keys is not None
        here.captures(1)
        (second_home := tmp_path / "second").mkdir()
        with open_catalog(second_home) as second:
            given = Unlocking(key=here.keys.identity.reveal())
            connect(second, here.path, here.store.url, Context(), given=given, keep_key=True, same=True)
        computers = [
            _started("-c", _COMPUTER, name, str(here.path), str(turns), home=home)
            for name, home in (("one", steward_home), ("two", second_home))
        ]
        said = [computer.communicate(timeout=300) for computer in computers]
        assert [computer.returncode for computer in computers] == [0, 0], said
        made = {
            point: f"{name} {turn}"
            for out, _ in said
            for name, turn, point in map(json.loads, out.splitlines())
        }
        backup.refresh(here.catalog, here.store, Context())
        left = [point for point in here.known() if point.id in made]
        assert left
        verdicts, told = backup.verify_store(here.catalog, here.store, Context())
        assert (told.problems, [verdict.problems for verdict in verdicts]) == ((), [()] * len(verdicts))
        for number, point in enumerate(left):
            target = tmp_path / f"seen-{number}.db"
            plan = restore.plan_restore(here.catalog, here.path, point.id, Context(), to=target)
            restore.restore(here.catalog, plan, Context(), Confirmation.of(plan))
            assert made[point.id] in _rows(target)
        newest = here.capture()
        here.restore(newest)
        assert {f"{name} {turn}" for name in ("one", "two") for turn in range(turns)} <= _rows(
            here.held[newest]
        )
        here.settled()


def test_programs_at_once_on_one_database(tmp_path: Path, steward_home: Path) -> None:
    """Whoever finds another at work says so; nobody makes a point of half a state, and all agree afterwards."""
    with guarded(tmp_path, encrypted=True, wal=True) as here:
        backup.set_schedule(here.catalog, here.path, Context(), every_minutes=1)
        here.write()
        command = ("-m", "steward_app.cli", "backup")
        watch = _started(*command, "watch", str(here.path), home=steward_home)
        others = [
            _started(*command, verb, str(here.path), home=steward_home)
            for verb in ("create", "run", "create", "run", "create")
        ]
        for other in others:
            out, err = other.communicate(timeout=200)
            assert other.returncode in (0, 1, 4), (out, err)
            assert other.returncode == 0 or "works on this database" in out + err, (out, err)
            assert "Traceback" not in err
        watch.send_signal(signal.SIGINT)
        out, err = watch.communicate(timeout=60)
        assert "Traceback" not in err, err
        here.settled()
        point = here.capture()
        here.restore(point)
        verdicts, _ = backup.verify_store(here.catalog, here.store, Context())
        assert verdicts
        assert all(verdict.sound for verdict in verdicts)
        with here.catalog.reading() as session:
            assert session.count("SELECT count(*) FROM points") == len(verdicts)
