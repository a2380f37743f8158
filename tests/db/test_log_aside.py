"""A file does without its write-ahead log for a while, and gets it again."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.migrating import other_program
from steward_app.db import open_read, open_write
from steward_app.db.log_aside import put_aside, put_back


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

    assert put_aside(path)

    assert mode(path) == "delete"
    assert not path.with_name("clinic.db-wal").exists()
    with open_read(path) as session:
        assert session.all("SELECT a FROM t") == [(1,), (2,)]


def test_the_log_is_set_up_again(path: Path) -> None:
    put_aside(path)
    with open_write(path) as session, session.transaction():
        session.run("INSERT INTO t VALUES (3)")

    assert put_back(path)

    assert mode(path) == "wal"
    with open_read(path) as session:
        assert session.all("SELECT a FROM t") == [(1,), (3,)]


@pytest.mark.parametrize("ours", [True, False], ids=["this program", "another program"])
def test_a_log_stays_while_anybody_has_the_file_open(path: Path, ours: bool) -> None:
    if ours:
        with open_read(path) as session:
            assert session.all("SELECT a FROM t") == [(1,)]
            assert not put_aside(path)
    else:
        with other_program(path) as other:
            other.execute("SELECT a FROM t").fetchall()
            assert not put_aside(path)
            other.execute("INSERT INTO t VALUES (2)")
    assert mode(path) == "wal"


def test_a_file_without_a_log_is_left_alone(path: Path) -> None:
    put_aside(path)
    before = path.read_bytes()
    assert not put_aside(path)
    assert path.read_bytes() == before


def test_a_log_is_not_set_up_under_a_reader(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("steward_app.db.connect.BUSY_TIMEOUT_MS", 10)
    put_aside(path)
    with other_program(path) as other:
        rows = other.execute("SELECT a FROM t")
        next(iter(rows))
        assert not put_back(path)
        rows.close()
    assert mode(path) == "delete"
    assert put_back(path)
