"""Copies for release and anonymizing in place, broken at every step on the disk.

Whatever was broken: the database is as it was, to the byte, or wholly anonymized; a copy is there whole under its name,
with its entry in the register, or not at all; the next run does it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import releasing
from faults.harness import Bench, check_ended, trials
from faults.releasing import COPY, DATABASE
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard.armed import State

pytestmark = pytest.mark.faults


def leftovers(folder: Path) -> list[str]:
    """What no run may leave: temporary files beside the database, scratch folders, anything readable elsewhere.

    What a killed writer left unfinished in a store is swept by `prune` after seven days, since another computer may
    still be writing it; in the data directory, when something is written there next. It holds nothing of a row.
    """
    parts = [path for path in folder.rglob("*") if ".part" in path.name and path.is_file()]
    found = [path for path in parts if path.parent == folder or _readable(path)]
    found += [*folder.glob("*-journal"), *folder.glob("home/scratch/*")]
    return [str(path.relative_to(folder)) for path in found]


def _readable(path: Path) -> bool:
    held = path.read_bytes().lower()
    return b"sqlite format" in held or b"@orig.example" in held


@pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "WAL"])
def test_a_copy_is_there_whole_or_not_at_all(tmp_path: Path, bench: Bench, every: bool, wal: bool) -> None:
    def prepare(folder: Path) -> releasing.Before:
        return releasing.build(folder, wal=wal)

    for trial in trials(
        bench,
        "faults.releasing:make",
        tmp_path,
        prepare,
        every=every,
        name=f"copy for release, {'WAL' if wal else 'rollback journal'}",
    ):
        folder, copy = trial.folder, trial.folder / COPY
        assert releasing.digest(folder / DATABASE) == trial.before.digest
        operations, entries = releasing.settled(folder)
        if len(operations) > 1:
            assert operations[-1] == ("privacy.release", copy.exists())
        assert [entry for entry in entries if entry[0] == str(copy)] == (
            [(str(copy), "made", 0)] if copy.exists() else []
        )
        check_ended(trial, copy.exists())
        if copy.exists():
            releasing.contents(copy)
            assert b"@orig.example" not in copy.read_bytes().lower()
            copy.unlink()
        releasing.make(folder, Context())
        assert b"@orig.example" not in copy.read_bytes().lower()
        assert releasing.digest(folder / DATABASE) == trial.before.digest
        assert leftovers(folder) == []


@pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "WAL"])
def test_in_place_it_is_the_old_state_or_the_new(
    tmp_path: Path, bench: Bench, every: bool, wal: bool
) -> None:
    def prepare(folder: Path) -> releasing.Before:
        return releasing.build_with_store(folder, wal=wal)

    for trial in trials(
        bench,
        "faults.releasing:anonymize",
        tmp_path,
        prepare,
        every=every,
        name=f"anonymizing in place, {'WAL' if wal else 'rollback journal'}",
    ):
        folder = trial.folder
        operations, entries = releasing.settled(folder)
        done = [happened for operation, happened in operations if operation == "privacy.anonymize_in_place"]
        happened = bool(done) and done[-1]
        found = releasing.contents(folder / DATABASE)
        assert (found == trial.before.held) is not happened
        assert ((str(folder / DATABASE), "made", 1) in entries) is happened
        check_ended(trial, happened)
        if happened:
            assert releasing.originals(folder) == 0
        else:
            releasing.anonymize(folder, Context())
            assert releasing.originals(folder) == 0
        assert leftovers(folder) == []


def test_under_audit_the_log_is_the_old_one_or_begins_anew(tmp_path: Path, bench: Bench, every: bool) -> None:
    for trial in trials(
        bench,
        "faults.releasing:anonymize",
        tmp_path,
        releasing.build_under_audit,
        every=every,
        name="anonymizing in place, under audit",
    ):
        folder = trial.folder
        operations, _ = releasing.settled(folder)
        done = [happened for operation, happened in operations if operation == "privacy.anonymize_in_place"]
        happened = bool(done) and done[-1]
        assert (releasing.contents(folder / DATABASE) == trial.before.held) is not happened
        check_ended(trial, happened)
        old, new = ["installed", "installed"], ["anonymized", "installed", "installed"]
        assert releasing.audited(folder) == (True, new if happened else old, [State.ARMED, State.ARMED])
        if not happened:
            releasing.anonymize(folder, Context())
            assert releasing.audited(folder) == (True, new, [State.ARMED, State.ARMED])
        assert releasing.originals(folder) == 0
        assert leftovers(folder) == []
