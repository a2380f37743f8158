"""Files written whole or not at all, on a real disk, with every step broken once."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from builders import a_database
from steward_app import storage
from steward_app.db import open_read
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.storage import disk as disks
from steward_app.storage import process


class BreakingDisk(disks.Disk):
    """Counts the steps and fails the chosen one with the chosen error; short writes throughout."""

    def __init__(self, fail_at: int = 0, number: int = errno.ENOSPC) -> None:
        self.fail_at = fail_at
        self.number = number
        self.steps: list[str] = []

    def _step(self, name: str) -> None:
        self.steps.append(name)
        if len(self.steps) == self.fail_at:
            raise OSError(self.number, os.strerror(self.number))

    def open_new(self, path: Path, *, private: bool) -> int:
        self._step("open")
        return super().open_new(path, private=private)

    def write(self, descriptor: int, data: bytes) -> int:
        self._step("write")
        return super().write(descriptor, data[:1000])

    def fsync(self, descriptor: int) -> None:
        self._step("fsync")
        super().fsync(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        self._step("rename")
        super().rename(source, target)

    def delete(self, path: Path) -> None:
        self._step("delete")
        super().delete(path)

    def fsync_directory(self, path: Path) -> None:
        self._step("fsync directory")
        super().fsync_directory(path)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_synced_and_put_in_its_place(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    disk = BreakingDisk()
    with disks.using(disk):
        storage.write_whole(target, b"x" * 2500)
    assert target.read_bytes() == b"x" * 2500
    assert disk.steps == ["open", "write", "write", "write", "fsync", "rename", "fsync directory"]
    assert names(tmp_path) == ["a.json"]


def test_what_goes_with_the_process_waits_for_no_disk(tmp_path: Path) -> None:
    disk = BreakingDisk()
    with disks.using(disk), storage.staged(tmp_path / "a.bin") as new:
        new.write(b"x")
        new.finish(lasting=False)
    assert disk.steps == ["open", "write", "rename"]
    assert names(tmp_path) == ["a.bin"]


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, ErrorCode.DISK_FULL), (errno.EIO, ErrorCode.IO_ERROR)]
)
def test_whichever_step_fails_the_old_file_or_the_new_stands(
    tmp_path: Path, number: int, code: ErrorCode
) -> None:
    target = tmp_path / "a.json"
    for step in range(1, 8):
        target.write_bytes(b"old")
        with disks.using(BreakingDisk(step, number)), pytest.raises(Failure) as failure:
            storage.write_whole(target, b"n" * 2500)
        assert failure.value.code is code
        assert "a.json" in failure.value.message
        expected = b"n" * 2500 if step == 7 else b"old"
        assert target.read_bytes() == expected, f"step {step}"
        assert names(tmp_path) == ["a.json"], f"step {step}"


def test_a_staged_file_is_gone_unless_finished(tmp_path: Path) -> None:
    with storage.staged(tmp_path / "a") as new:
        new.write(b"half")
    with pytest.raises(ZeroDivisionError), storage.staged(tmp_path / "b") as new:
        new.write(b"half")
        raise ZeroDivisionError
    assert names(tmp_path) == []


def test_something_else_may_fill_a_staged_file_and_its_side_files_go_too(tmp_path: Path) -> None:
    with storage.staged(tmp_path / "copy.sqlite", private=True) as new:
        path = new.reserve()
        path.write_bytes(b"filled")
        path.with_name(path.name + "-journal").write_bytes(b"left")
    assert names(tmp_path) == []
    with storage.staged(tmp_path / "copy.sqlite", private=True) as new:
        new.reserve().write_bytes(b"filled")
        new.finish()
    assert (tmp_path / "copy.sqlite").read_bytes() == b"filled"


def test_private_means_private(tmp_path: Path) -> None:
    storage.write_whole(tmp_path / "key", b"secret", private=True)
    made = storage.private_directory(tmp_path / "one" / "two")
    tmp_path.chmod(0o755)
    storage.private_directory(tmp_path)
    if os.name == "posix":  # Windows has no permission bits: the user's folder is private by its access list
        assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
        assert made.stat().st_mode & 0o777 == 0o700
        assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_file_written_again_keeps_its_permissions(tmp_path: Path) -> None:
    shared = tmp_path / "shared.yaml"
    storage.write_whole(shared, b"1")
    shared.chmod(0o440)
    storage.write_whole(shared, b"2")
    assert shared.read_bytes() == b"2"
    assert shared.stat().st_mode & 0o777 == (0o440 if os.name == "posix" else 0o444)


def test_copying_keeps_the_bytes_and_cancelling_leaves_no_copy(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(3_000_000))
    assert storage.copy_whole(source, tmp_path / "copy") == 3_000_000
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()

    context = Context(lambda progress: context.cancel() if progress.done > 2_000_000 else None)
    with pytest.raises(Cancelled):
        storage.copy_whole(source, tmp_path / "second", context)
    assert names(tmp_path) == ["copy", "source"]

    (tmp_path / "empty").touch()
    assert storage.copy_whole(tmp_path / "empty", tmp_path / "nothing") == 0
    assert (tmp_path / "nothing").read_bytes() == b""


def test_sweep_removes_what_a_kill_left_for_that_target_only(tmp_path: Path) -> None:
    target = tmp_path / ("long name " * 20)
    program = """
import os, sys
from pathlib import Path
from steward_app import storage
with storage.staged(Path(sys.argv[1])) as new:
    new.write(b"half")
    new.temporary.with_name(new.temporary.name + "-wal").write_bytes(b"left")
    os._exit(9)
"""
    subprocess.run([sys.executable, "-c", program, target], check=False)
    subprocess.run([sys.executable, "-c", program, tmp_path / "other"], check=False)
    assert len(names(tmp_path)) == 4
    assert storage.sweep(target) == 2
    assert storage.sweep(target) == 0
    assert len(names(tmp_path)) == 2


def test_scratch_is_removed_even_after_a_kill(tmp_path: Path) -> None:
    program = """
import os, sys
from pathlib import Path
from steward_app import storage
with storage.scratch_directory(Path(sys.argv[1])) as scratch:
    (scratch / "copy").write_bytes(b"what the database holds")
    os._exit(9)
"""
    subprocess.run([sys.executable, "-c", program, tmp_path], check=False)
    (left,) = names(tmp_path)
    (tmp_path / "scratch-of-mine").mkdir()
    with storage.scratch_directory(tmp_path) as first, storage.scratch_directory(tmp_path) as second:
        assert {first.name, second.name, "scratch-of-mine"} == set(names(tmp_path))
        assert left not in names(tmp_path)
    assert names(tmp_path) == ["scratch-of-mine"]


def test_a_small_file_is_read_and_a_large_one_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert storage.read_whole(tmp_path / "a", limit_bytes=5) == b"12345"
    with pytest.raises(Failure) as failure:
        storage.read_whole(tmp_path / "a", limit_bytes=4)
    assert failure.value.code is ErrorCode.TOO_LARGE
    with pytest.raises(Failure) as failure:
        storage.read_whole(tmp_path / "gone", limit_bytes=4)
    assert failure.value.code is ErrorCode.NOT_FOUND


def test_free_space_of_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    assert storage.free_bytes(tmp_path / "a" / "b" / "c.sqlite") > 0


def test_home_follows_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "data" / "home"))
    assert storage.home() == tmp_path / "data" / "home"
    assert storage.home().is_dir()


def test_a_process_has_a_mark_as_long_as_it_lives() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        first = process.mark(child.pid)
        assert first
        assert first == process.mark(child.pid)
        assert first != process.own_mark()
    finally:
        assert child.stdin is not None
        child.stdin.close()
        child.wait()
    assert process.mark(child.pid) != first
    assert process.machine()
    assert process.host()


DATABASE = b"SQLite format 3\x00" + bytes(84)


@pytest.mark.parametrize("beside", ["", "-journal", "-wal", "-shm"])
def test_no_file_takes_the_place_of_a_database_or_of_what_sqlite_keeps_beside_it(
    tmp_path: Path, beside: str
) -> None:
    (tmp_path / "clinic.db").write_bytes(DATABASE)
    target = tmp_path / f"clinic.db{beside}"

    with pytest.raises(Refused, match="a database, and no other file takes its place"):
        storage.write_whole(target, b"a report")

    assert (tmp_path / "clinic.db").read_bytes() == DATABASE
    assert names(tmp_path) == ["clinic.db"]


def test_looking_whether_a_database_stands_there_keeps_the_locks_of_this_process(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a", rows=[(1,)]).build()
    with open_read(path) as session, session.snapshot():
        session.count("SELECT count(*) FROM t")
        with pytest.raises(Refused):
            storage.write_whole(path, b"a report")

        writer = subprocess.run(
            [sys.executable, "-c", _WRITE, str(path)], capture_output=True, text=True, check=False
        )

    assert "locked" in writer.stderr


_WRITE = "import sqlite3, sys; sqlite3.connect(sys.argv[1], 0, isolation_level=None).execute('delete from t')"


def test_a_name_that_only_ends_like_a_side_file_is_a_name(tmp_path: Path) -> None:
    storage.write_whole(tmp_path / "notes-wal", b"text")
    storage.write_whole(tmp_path / "notes-wal", b"other")
    assert (tmp_path / "notes-wal").read_bytes() == b"other"


def test_a_missing_folder_is_what_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"There is no folder “.*gone”") as told:
        storage.write_whole(tmp_path / "gone" / "report.html", b"")
    assert told.value.code is ErrorCode.NOT_FOUND
