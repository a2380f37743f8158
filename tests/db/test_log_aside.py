"""A file does without its write-ahead log for a while, and gets it again."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.migrating import other_program
from steward_app.db import open_read, open_write
from steward_app.db.log_aside import log_aside, set_up_log


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path, "clinic.db").with_table("t", "a", rows=[(1,)]).in_wal_mode().build()


def mode(path: Path) -> str:
    with open_read(path) as session:
        return session.state.journal_mode


def test_what_stands_in_the_log_is_in_the_file_without_it(path: Path) -> None:
    with other_program(path) as other:
        other.execute("PRAGMA wal_autocheckpoint = 0")
        other.execute("INSERT INTO t VALUES (2)")
        other.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    assert path.with_name("clinic.db-wal").stat().st_size

    with open_write(path) as session, log_aside(session):
        assert not path.with_name("clinic.db-wal").exists()
        assert session.value("PRAGMA journal_mode") == "delete"
        assert session.all("SELECT a FROM t") == [(1,), (2,)]
        with session.transaction():
            session.run("INSERT INTO t VALUES (3)")

    assert mode(path) == "wal"
    assert [each.name for each in path.parent.iterdir()] == ["clinic.db"]
    with open_read(path) as reader:
        assert reader.all("SELECT a FROM t") == [(1,), (2,), (3,)]


def test_what_is_rolled_back_leaves_the_log_set_up(path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        open_write(path) as session,
        log_aside(session),
        session.transaction(),
    ):
        session.run("INSERT INTO t VALUES (3)")
        raise ZeroDivisionError
    assert mode(path) == "wal"
    with open_read(path) as reader:
        assert reader.all("SELECT a FROM t") == [(1,)]


def test_nobody_comes_in_meanwhile(path: Path) -> None:
    with open_write(path) as session, log_aside(session):
        with other_program(path) as other, pytest.raises(apsw.BusyError):
            other.execute("SELECT a FROM t").fetchall()
        with session.transaction():
            session.run("INSERT INTO t VALUES (2)")
        with other_program(path) as other, pytest.raises(apsw.BusyError):
            other.execute("SELECT a FROM t").fetchall()
    with other_program(path) as other:
        assert other.execute("SELECT count(*) FROM t").fetchall() == [(2,)]


@pytest.mark.parametrize("ours", [True, False], ids=["this program", "another program"])
def test_a_log_stays_while_anybody_has_the_file_open(path: Path, ours: bool) -> None:
    with open_read(path) as reader, other_program(path) as other:
        first = reader.all if ours else other.execute
        assert list(first("SELECT a FROM t")) == [(1,)]
        with open_write(path) as session, log_aside(session), session.transaction():
            assert session.value("PRAGMA journal_mode") == "wal"
            session.run("INSERT INTO t VALUES (2)")
            assert list(first("SELECT a FROM t")) == [(1,)]
        assert list(first("SELECT a FROM t")) == [(1,), (2,)]
    assert mode(path) == "wal"


def test_a_file_without_a_log_is_left_alone(path: Path) -> None:
    with open_write(path) as session:
        session.run("PRAGMA journal_mode = DELETE")
    before = path.read_bytes()
    with open_write(path) as session, log_aside(session):
        assert session.value("PRAGMA locking_mode") == "normal"
    assert path.read_bytes() == before


def test_a_log_is_not_set_up_under_a_reader(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("steward_app.db.connect.BUSY_TIMEOUT_MS", 10)
    with open_write(path) as session:
        session.run("PRAGMA journal_mode = DELETE")
    with other_program(path) as other:
        rows = other.execute("SELECT a FROM t")
        next(iter(rows))
        assert not set_up_log(path)
        rows.close()
    assert mode(path) == "delete"
    assert set_up_log(path)
    assert mode(path) == "wal"
