"""Files that another program holds, or swaps while they are open."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from builders.odd_files import a_file_with_rows
from builders.processes import OtherProgram
from steward_app import db
from steward_app.db import connect
from steward_app.kernel.errors import ErrorCode, Failure

TELLS = Path("/proc/locks").exists()  # which program holds a lock is told on Linux alone


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a tenth of a second for locks: what is tested is not how long."""
    monkeypatch.setattr(connect, "BUSY_TIMEOUT_MS", 100)


def _refused(path: Path, other: OtherProgram) -> str:
    with pytest.raises(Failure) as caught:
        db.open_read(path)
    assert caught.value.code is ErrorCode.LOCKED
    assert "“clinic.db”" in caught.value.message
    if TELLS:
        assert f"(process {other.pid})" in caught.value.message
    return caught.value.message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_file_with_rows(tmp_path / "clinic.db")


def test_a_file_that_is_being_written(path: Path) -> None:
    with OtherProgram(path) as other:
        other.does("run('BEGIN EXCLUSIVE')")
        begun = time.monotonic()
        _refused(path, other)
        assert 1 < time.monotonic() - begun < 10  # it waits, and not for ever
        other.does("run('COMMIT')")
        with db.open_read(path) as session:
            assert session.count("SELECT count(*) FROM visit") == 50


@pytest.mark.usefixtures("impatient")
def test_a_writer_that_waits_for_readers_lets_no_new_one_in(path: Path) -> None:
    with OtherProgram(path) as reader, OtherProgram(path) as writer:
        reader.does("run('BEGIN', 'SELECT count(*) FROM visit')")
        writer.does("run('BEGIN IMMEDIATE', 'DELETE FROM visit')")
        writer.does("c.set_busy_timeout(0)\ntry: run('COMMIT')\nexcept apsw.BusyError: pass")
        _refused(path, writer)  # PENDING
        reader.does("run('COMMIT')")
        writer.does("run('COMMIT')")
        with db.open_read(path) as session:
            assert session.count("SELECT count(*) FROM visit") == 0


@pytest.mark.usefixtures("impatient")
def test_wal_held_by_one_program_alone(tmp_path: Path) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db", "journal_mode = WAL")
    with OtherProgram(path) as other:
        other.does("run('PRAGMA locking_mode = EXCLUSIVE', 'BEGIN IMMEDIATE', 'COMMIT')")
        _refused(path, other)


@pytest.mark.usefixtures("impatient")
def test_a_lock_of_our_own_is_not_blamed_on_others(path: Path) -> None:
    with (
        db.open_write(path) as one,
        one.transaction(),
        db.open_write(path) as two,
        pytest.raises(Failure) as caught,
        two.transaction(),
    ):
        raise AssertionError("two writers")
    assert ("Another part of this program is using" in caught.value.message) == TELLS


@pytest.mark.usefixtures("impatient")
def test_readers_do_not_wait_for_a_transaction_that_only_began(path: Path) -> None:
    with OtherProgram(path) as other:
        other.does("run('BEGIN IMMEDIATE')")
        with db.open_read(path) as session:
            assert session.count("SELECT count(*) FROM visit") == 50
        with pytest.raises(Failure) as caught, db.open_write(path) as writing, writing.transaction():
            raise AssertionError("two writers")
        assert caught.value.code is ErrorCode.LOCKED


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_holders_are_named_with_what_they_do(tmp_path: Path, journal: str) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db", f"journal_mode = {journal}")
    assert db.holders(path) == ()
    with OtherProgram(path) as opened, OtherProgram(path) as reading, OtherProgram(path) as writing:
        opened.does("run('SELECT 1 FROM visit')")
        reading.does("run('BEGIN', 'SELECT count(*) FROM visit')")
        writing.does("run('BEGIN IMMEDIATE')")
        with db.open_read(path) as own:
            own.count("SELECT count(*) FROM visit")
            found = {process.pid: process for process in db.holders(path)}
        assert os.getpid() not in found
        if TELLS:
            assert {pid: process.doing for pid, process in found.items()} == {
                opened.pid: db.Doing.OPEN,
                reading.pid: db.Doing.READING,
                writing.pid: db.Doing.WRITING,
            }
            assert all(process.name in Path(sys.executable).resolve().name for process in found.values())
            assert db.holders(path)[0].pid == writing.pid
    assert db.holders(path) == ()


def test_holders_never_fail(tmp_path: Path) -> None:
    assert db.holders(tmp_path / "no.db") == ()
    assert db.holders(tmp_path) == ()


def test_a_file_that_was_replaced(path: Path, tmp_path: Path) -> None:
    with db.open_read(path) as session:
        session.check_identity()
        shutil.copy(path, tmp_path / "copy.db")
        (tmp_path / "copy.db").replace(path)
        with pytest.raises(Failure) as caught:
            session.check_identity()
        assert caught.value.code is ErrorCode.FILE_REPLACED
        assert session.count("SELECT count(*) FROM visit") == 50  # what was open can still be read


def test_a_file_that_was_deleted_or_moved(path: Path, tmp_path: Path) -> None:
    with db.open_read(path) as session:
        path.rename(tmp_path / "moved.db")
        with pytest.raises(Failure) as caught:
            session.check_identity()
        assert caught.value.code is ErrorCode.NOT_FOUND
        (tmp_path / "moved.db").rename(path)
        session.check_identity()


def test_a_link_that_leads_elsewhere_now(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(path)
    with db.open_read(link) as session:
        link.unlink()
        link.symlink_to(a_file_with_rows(tmp_path / "other.db"))
        with pytest.raises(Failure) as caught:
            session.check_identity()
        assert caught.value.code is ErrorCode.FILE_REPLACED


def test_nothing_is_written_to_a_file_that_was_replaced(path: Path, tmp_path: Path) -> None:
    with db.open_write(path) as session:
        new = a_file_with_rows(tmp_path / "new.db", rows=3)
        new.replace(path)
        with pytest.raises(Failure) as caught, session.transaction():
            session.run("DELETE FROM visit")
        assert caught.value.code is ErrorCode.FILE_REPLACED
    with db.open_read(path) as session:
        assert session.count("SELECT count(*) FROM visit") == 3
