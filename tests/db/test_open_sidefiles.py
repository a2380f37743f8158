"""Side files that looking made go; those of others stay."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from builders.odd_files import a_file_with_rows, traces, with_wal_left
from builders.processes import OtherProgram
from steward_app import db
from steward_app.db import sidefiles


def _names(path: Path) -> list[str]:
    return sorted(each.name.removeprefix(path.name) for each in path.parent.iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_file_with_rows(tmp_path / "clinic.db", "journal_mode = WAL")


def test_side_files_stay_until_the_last_session_of_ours_is_closed(path: Path) -> None:
    first, second = db.open_read(path), db.open_read(path)
    assert first.count("SELECT count(*) FROM visit") == second.count("SELECT count(*) FROM visit") == 50
    assert _names(path) == ["", "-shm", "-wal"]
    first.close()
    assert _names(path) == ["", "-shm", "-wal"]
    assert second.count("SELECT count(*) FROM visit") == 50
    second.close()
    second.close()
    assert _names(path) == [""]


def test_many_threads_open_and_close_at_once(path: Path) -> None:
    before = traces(path)
    failed: list[BaseException] = []

    def look() -> None:
        try:
            for _ in range(15):
                with db.open_read(path) as session:
                    assert session.count("SELECT count(*) FROM visit") == 50
        except BaseException as error:  # noqa: BLE001  # told by the test
            failed.append(error)

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert traces(path) == before


def test_what_another_program_commits_while_we_look_stays_its_own(path: Path) -> None:
    main = path.read_bytes()
    with db.open_read(path) as session:
        with OtherProgram(path) as other:
            other.does("run(\"INSERT INTO visit(note) VALUES ('new')\")")
            assert session.count("SELECT count(*) FROM visit") == 51
            other.dies()
        assert session.count("SELECT count(*) FROM visit") == 51
    assert path.read_bytes() == main  # looking does not bring its commit into the file
    assert _names(path) == ["", "-shm", "-wal"]
    with db.open_read(path) as session:
        assert session.count("SELECT count(*) FROM visit") == 51


def test_a_reader_of_another_program_keeps_its_side_files(path: Path) -> None:
    session = db.open_read(path)
    with OtherProgram(path) as other:
        other.does("run('BEGIN', 'SELECT count(*) FROM visit')")
        session.close()
        assert _names(path) == ["", "-shm", "-wal"]
        other.does("assert run('SELECT count(*) FROM visit') == [[(50,)]]")
        other.ends()
    assert _names(path) == [""]


def test_side_files_without_content_that_nobody_uses_are_left_as_they_were_found(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).touch()
    before = traces(path)
    with db.open_read(path) as session:
        assert session.count("SELECT count(*) FROM visit") == 50
    assert traces(path) == before


def test_a_wal_that_another_program_emptied_while_we_looked_goes_with_us(tmp_path: Path) -> None:
    path = with_wal_left(a_file_with_rows(tmp_path / "clinic.db"))
    with db.open_read(path) as session:
        with OtherProgram(path) as other:
            other.does("run('PRAGMA wal_checkpoint(TRUNCATE)')")
            other.ends()
        assert sidefiles.size(path, "-wal") == 0
        assert session.count("SELECT count(*) FROM visit") == 51
    assert _names(path) == [""]


def test_what_we_wrote_is_in_the_file_when_all_is_closed(path: Path) -> None:
    reading = db.open_read(path)
    with db.open_write(path) as writing, writing.transaction():
        writing.run("INSERT INTO visit(note) VALUES ('ours')")
    assert sidefiles.size(path, "-wal")
    assert reading.count("SELECT count(*) FROM visit") == 51
    reading.close()
    assert _names(path) == [""]
    with db.open_read(path) as session:
        assert session.count("SELECT count(*) FROM visit") == 51


def test_a_file_that_took_the_name_is_not_touched_when_we_close(tmp_path: Path) -> None:
    """A -wal that was left must not be brought into another file."""
    path = a_file_with_rows(tmp_path / "clinic.db", "journal_mode = WAL")
    reading = db.open_read(path)
    with db.open_write(path) as writing, writing.transaction():
        writing.run("INSERT INTO visit(note) VALUES ('ours')")
    a_file_with_rows(tmp_path / "new.db", rows=3).replace(path)
    new = path.read_bytes()
    reading.close()
    assert path.read_bytes() == new


def test_a_file_that_was_deleted_while_open_can_be_closed(path: Path) -> None:
    with db.open_read(path) as session:
        path.unlink()
        assert session.count("SELECT count(*) FROM visit") == 50
    assert "" not in _names(path)


def test_whoever_forgets_to_close_leaves_nothing_either(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from steward_app import db\n"
        "session = db.open_read(Path(sys.argv[1])); assert session.count('SELECT count(*) FROM visit') == 50\n"
        "import os; assert os.path.exists(sys.argv[1] + '-shm')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    assert _names(path) == [""]


def test_only_the_shm_goes_where_the_wal_was_there(tmp_path: Path) -> None:
    path = with_wal_left(a_file_with_rows(tmp_path / "clinic.db"), shm=False)
    with db.open_read(path):
        assert _names(path) == ["", "-shm", "-wal"]
    assert _names(path) == ["", "-wal"]


def test_sessions_may_move_between_threads_one_at_a_time(path: Path) -> None:
    session = db.open_read(path)
    counts: list[int] = []
    for _ in range(3):
        thread = threading.Thread(target=lambda: counts.append(session.count("SELECT count(*) FROM visit")))
        thread.start()
        thread.join()
    closing = threading.Thread(target=session.close)
    closing.start()
    closing.join()
    assert counts == [50, 50, 50]
    assert _names(path) == [""]


def test_a_journal_whose_program_finishes_while_we_look_counts_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, journal = tmp_path / "clinic.db", tmp_path / "clinic.db-journal"
    journal.write_bytes(bytes(512))

    def finishes(path: Path, mode: int) -> bool:
        path.unlink()
        return True

    monkeypatch.setattr("steward_app.db.sidefiles.os.access", finishes)
    assert sidefiles.pages_before_journal(file) == 0
