"""Whether other programs have a file in use, as the system and SQLite itself tell. Real processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.processes import OtherProgram
from steward_app.db import alone, open_read
from steward_app.db.alone import company


@pytest.fixture(params=["delete", "wal"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    builder = a_database(tmp_path).with_table("visit", "id INTEGER PRIMARY KEY")
    return (builder.in_wal_mode() if request.param == "wal" else builder).build()


@pytest.fixture
def nobody_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a system that names no programs."""
    monkeypatch.setattr(alone, "holders", lambda path: ())


def test_a_file_nobody_has_open_is_ours_and_is_not_written(file: Path) -> None:
    before = file.read_bytes()
    assert company(file).alone
    assert company(file).who == "Another program"
    assert file.read_bytes() == before


def test_a_program_that_only_has_it_open_is_named(file: Path) -> None:
    with OtherProgram(file) as other:
        other.does("run('SELECT count(*) FROM visit')")
        found = company(file)
        assert not found.alone
        assert f"(process {other.pid})" in found.who


@pytest.mark.usefixtures("nobody_tells")
def test_sqlite_tells_of_a_reader_where_the_system_does_not(file: Path) -> None:
    with OtherProgram(file) as other:
        other.does("run('BEGIN', 'SELECT count(*) FROM visit')")
        assert company(file).locked
        assert company(file, asking_sqlite=False).alone
        other.does("run('COMMIT')")
        other.ends()
        assert company(file).alone


@pytest.mark.usefixtures("nobody_tells")
def test_in_wal_mode_sqlite_tells_of_whoever_has_it_open(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("visit", "id INTEGER PRIMARY KEY").in_wal_mode().build()
    with OtherProgram(path) as other:
        other.does("run('SELECT count(*) FROM visit')")
        assert company(path).locked
        other.ends()
    assert company(path).alone


@pytest.mark.usefixtures("nobody_tells")
def test_our_own_sessions_are_not_taken_for_others(file: Path) -> None:
    with open_read(file) as session, session.snapshot():
        session.count("SELECT count(*) FROM visit")
        assert company(file).alone


def test_others_can_write_again_afterwards(file: Path) -> None:
    with OtherProgram(file) as other:
        company(file)
        other.does("run('INSERT INTO visit VALUES (1)')")
        company(file)
        other.does("run('INSERT INTO visit VALUES (2)')")
