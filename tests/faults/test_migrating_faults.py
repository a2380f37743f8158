"""Migrations broken at every step on the disk: each is there with its line in the history, or neither is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from faults import migrating, points
from faults.harness import Bench, check_ended, trials
from faults.migrating import VERSIONS, Found
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.migrate.model import State
from steward_app.services.migrate.status import status

pytestmark = pytest.mark.faults

ALL, NONE = (True,) * VERSIONS, (False,) * VERSIONS


@pytest.mark.parametrize(
    ("operation", "prepare", "wanted"),
    [
        ("apply", migrating.build, ALL),
        ("apply", partial(migrating.build, wal=True), ALL),
        ("apply", partial(migrating.build, audited=True), ALL),
        ("take_back", migrating.build_applied, NONE),
        ("take_back", partial(migrating.build_applied, wal=True), NONE),
        ("apply_without_log", partial(migrating.build, wal=True), ALL),
        ("take_back_without_log", partial(migrating.build_applied, wal=True), NONE),
    ],
    ids=[
        "applying",
        "applying in WAL mode",
        "applying under audit",
        "taking back",
        "taking back in WAL mode",
        "applying with the log aside",
        "taking back with the log aside",
    ],
)
def test_the_history_is_true_however_it_ends(
    tmp_path: Path,
    bench: Bench,
    every: bool,
    operation: str,
    prepare: Callable[[Path], Found],
    wanted: tuple[bool, ...],
) -> None:
    name = "migrate.apply" if operation.startswith("apply") else "migrate.undo"
    for trial in trials(
        bench,
        f"faults.migrating:{operation}",
        tmp_path,
        prepare,
        every=every,
        name=f"migrations: {operation}",
    ):
        settled = points.settled(trial.folder)
        found = migrating.state(trial.folder)
        assert found.done == found.said
        assert found.done in {ALL[:n] + NONE[n:] for n in range(VERSIONS + 1)}
        assert (found.visits, found.armed, found.log) == (20, True, trial.before.log)
        happened = found.done == wanted
        check_ended(trial, happened)
        if trial.ended.how == "finished":
            assert (name, True) in settled
        if not happened:
            getattr(migrating, operation)(trial.folder, Context())
            found = migrating.state(trial.folder)
        assert found == Found(wanted, wanted, 20, armed=True, log=trial.before.log)


def test_a_rehearsal_that_is_broken_leaves_the_file_alone_and_no_copies(
    tmp_path: Path, bench: Bench, every: bool
) -> None:
    for trial in trials(
        bench,
        "faults.migrating:rehearse",
        tmp_path,
        migrating.build,
        every=every,
        name="migrations: rehearse",
    ):
        points.settled(trial.folder)
        assert migrating.state(trial.folder) == trial.before
        assert trial.ended.how != "bug", trial.ended.message
        migrating.apply(trial.folder, Context())
        assert migrating.state(trial.folder).done == ALL


@pytest.mark.parametrize("wal", [False, True], ids=["journal", "WAL"])
def test_killed_between_statements_the_history_is_true(
    tmp_path: Path, bench: Bench, every: bool, wal: bool
) -> None:
    for at in range(1, 8) if every else (2, 5, 7):  # the seventh is the last: a program has none
        folder = tmp_path / str(at)
        folder.mkdir()
        migrating.build(folder, wal=wal)
        (folder / "die_at").write_text(str(at))

        assert bench.run("faults.migrating:apply_and_die", folder).how == "killed"

        settled = points.settled(folder)
        assert ("migrate.apply", False) in settled
        found = migrating.state(folder)
        assert found.done == found.said == (at > 3, False, False)
        migrating.apply(folder, Context())
        assert migrating.state(folder).done == ALL


@pytest.mark.parametrize("at", [1, 2, 3])
def test_killed_without_a_transaction_it_is_known_to_be_half_done(
    tmp_path: Path, bench: Bench, at: int
) -> None:
    folder = tmp_path / "clinic"
    folder.mkdir()
    migrating.build(folder)
    for path in (folder / "migrations").iterdir():
        path.unlink()
    text = "-- steward: no-transaction\nCREATE TABLE one (x);\nVACUUM;\nCREATE TABLE two (x);"
    (folder / "migrations" / "V0001__openly.sql").write_text(text)
    (folder / "die_at").write_text(str(at))

    assert bench.run("faults.migrating:apply_and_die", folder).how == "killed"

    settled = points.settled(folder)
    assert {("migrate.apply", False), ("migrate.open_step", False)} <= set(settled)
    with open_read(folder / points.DATABASE) as session:
        (entry,) = status(session, folder / "migrations").entries
        there = session.value("SELECT 1 FROM sqlite_schema WHERE name = 'one'") is not None
    assert entry.state is State.FAILED
    assert there == (at > 1)
