"""The harness finds what it is there to find, and nothing where there is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from faults.breaker import Kind
from faults.harness import Bench, Trial, trials
from faults.operations import NEW, OLD
from steward_app.db.integrity import integrity_check
from steward_app.db.open import open_write
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context

pytestmark = pytest.mark.faults


def a_file(folder: Path) -> None:
    (folder / "file").write_bytes(OLD)


def file_is_wrong(trial: Trial[None]) -> str:
    path = trial.folder / "file"
    content = path.read_bytes() if path.exists() else b""
    if content not in (OLD, NEW):
        return f"neither old nor new, {len(content)} bytes"
    if trial.ended.how == "finished" and content != NEW:
        return "said to be done and is not"
    return "" if trial.ended.how in ("finished", "failed", "killed") else trial.ended.message


@pytest.mark.parametrize(
    ("operation", "sound"),
    [("write_a_file_whole", True), ("write_a_file_in_place", False), ("rename_without_sync", False)],
)
def test_tells_sound_writing_of_a_file_from_careless(
    tmp_path: Path, bench: Bench, operation: str, sound: bool
) -> None:
    tried = trials(
        bench, f"faults.operations:{operation}", tmp_path, a_file, every=True, name=f"harness: {operation}"
    )
    wrong = {f"{trial.kind} at {trial.at}": file_is_wrong(trial) for trial in tried}
    assert (not any(wrong.values())) == sound, wrong


def rows(folder: Path, *, wal: bool) -> None:
    builder = a_database(folder, "data.db").with_pragma("page_size = 512")
    builder.with_table("t", "a, b", rows=[(0, b"x" * 300)] * 60)
    (builder.in_wal_mode() if wal else builder).build()


def rows_are_wrong(trial: Trial[None]) -> str:
    try:
        with open_write(trial.folder / "data.db") as session:
            found = session.all("SELECT DISTINCT a FROM t")
            if integrity_check(session, Context()):
                return "damaged"
    except StewardError as error:
        return error.message
    if found not in ([(0,)], [(1,)]):
        return "half done"
    return "said to be done and is not" if trial.ended.how == "finished" and found == [(0,)] else ""


@pytest.mark.parametrize("wal", [False, True])
@pytest.mark.parametrize(
    ("operation", "sound"),
    [
        ("commit", (True, True)),
        ("commit_without_sync", (False, False)),
        ("commit_without_sync_of_the_folder", (False, True)),
    ],
)
def test_tells_a_durable_commit_from_a_hasty_one(
    tmp_path: Path, bench: Bench, operation: str, sound: tuple[bool, bool], wal: bool
) -> None:
    kinds = (Kind.KILL, Kind.POWER, Kind.POWER_TORN, Kind.FULL, Kind.IO_ERROR, Kind.SHORT)
    tried = trials(
        bench,
        f"faults.operations:{operation}",
        tmp_path,
        lambda folder: rows(folder, wal=wal),
        kinds=kinds,
        every=False,
        name=f"harness: {operation}, {'WAL' if wal else 'rollback journal'}",
    )
    wrong = {f"{trial.kind} at {trial.at}": rows_are_wrong(trial) for trial in tried}
    assert (not any(wrong.values())) == sound[wal], wrong


def test_a_folder_is_synced_with_all_its_names(tmp_path: Path, bench: Bench) -> None:
    for trial in trials(
        bench, "faults.operations:make_a_database", tmp_path, lambda folder: None, kinds=(Kind.POWER,), every=True,
        name="harness: make_a_database",
    ):  # fmt: skip
        left = {path.name: path.stat().st_size for path in trial.folder.glob("*")}
        assert left.get("new.db") or not left.get("new.db-wal"), left
        if trial.ended.how == "finished":
            with open_write(trial.folder / "new.db") as session:
                assert session.count("SELECT count(*) FROM t") == 0
