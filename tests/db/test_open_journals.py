"""What a killed program leaves beside a file, and places where nothing may be written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.odd_files import a_file_with_rows, traces, with_hot_journal, with_wal_left
from builders.processes import OtherProgram, as_nobody, common_folder, program_dies_after
from steward_app import db
from steward_app.db import copying, scratch
from steward_app.db.place import locate
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


# --- A hot journal ---------------------------------------------------------------------------------------------------


def test_a_hot_journal_is_looked_at_in_a_copy(tmp_path: Path) -> None:
    path = with_hot_journal(a_file_with_rows(tmp_path / "clinic.db", rows=300))
    before = traces(path)
    with db.open_read(path) as session:
        assert session.state.mode is db.OpenMode.COPY
        assert [notice.code for notice in session.state.notices] == ["hot_journal"]
        assert not session.state.live
        assert session.state.writable
        assert session.state.looked_at.is_relative_to(scratch.root())
        with session.sibling() as other:
            assert other.state.looked_at == session.state.looked_at
            assert other.count("SELECT count(*) FROM visit WHERE note = 'changed'") == 0
        assert session.all("PRAGMA integrity_check") == [("ok",)]
        assert session.count("SELECT count(*) FROM visit") == 300
        assert traces(path) == before
    assert traces(path) == before
    assert list(scratch.root().iterdir()) == []


def test_whoever_writes_rolls_a_hot_journal_back(tmp_path: Path) -> None:
    path = with_hot_journal(a_file_with_rows(tmp_path / "clinic.db", rows=300))
    with db.open_write(path) as writing:
        assert writing.count("SELECT count(*) FROM visit WHERE note = 'changed'") == 0
    assert [each.name for each in tmp_path.iterdir()] == ["clinic.db"]
    with db.open_read(path) as session:
        assert session.state.mode is db.OpenMode.NORMAL


def test_a_journal_in_use_is_not_hot(tmp_path: Path) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db")
    with OtherProgram(path) as other:
        other.does("run('BEGIN IMMEDIATE', 'DELETE FROM visit')")
        assert _beside(path, "-journal").exists()
        with db.open_read(path) as session:
            assert session.state.mode is db.OpenMode.NORMAL
            assert session.count("SELECT count(*) FROM visit") == 50


def test_journals_that_are_kept_are_not_hot(tmp_path: Path) -> None:
    for mode in ("PERSIST", "TRUNCATE"):
        path = a_file_with_rows(tmp_path / f"{mode}.db", f"journal_mode = {mode}")
        assert _beside(path, "-journal").exists()
        before = traces(path)
        with db.open_read(path) as session:
            assert session.state.mode is db.OpenMode.NORMAL
        assert traces(path) == before


def test_another_program_that_settles_the_journal_while_we_copy_is_waited_out(tmp_path: Path) -> None:
    path = with_hot_journal(a_file_with_rows(tmp_path / "clinic.db", rows=300))

    class Settling(Context):
        """Stands for a moment of bad luck: between our first look and the copy, the other program comes back."""

        def __init__(self) -> None:
            super().__init__()
            self.times = 0

        def checkpoint(self) -> None:
            self.times += 1
            if self.times == 2:  # the copying has begun, and our lock is held
                with OtherProgram(path) as other:
                    other.does(
                        "c.set_busy_timeout(0)\ntry: run('SELECT 1 FROM visit')\nexcept apsw.BusyError: pass\n"
                        "else: raise AssertionError('the journal was settled under our lock')"
                    )

    context = Settling()
    with db.open_read(path, context) as session:
        assert session.state.mode is db.OpenMode.COPY
        assert session.count("SELECT count(*) FROM visit WHERE note = 'changed'") == 0
    assert context.times >= 2
    with db.open_write(path):
        pass
    with (
        scratch.directory() as directory,
        pytest.raises(copying.Moved),
    ):  # settled before our lock: look anew
        copying.copy_to_look(locate(path), directory, Context(), side_file="-journal")


def test_copying_can_be_cancelled_and_leaves_nothing(tmp_path: Path) -> None:
    path = with_hot_journal(a_file_with_rows(tmp_path / "clinic.db", rows=300))
    before = traces(path)

    class Impatient(Context):
        def report(self, done: int, total: int | None = None, *, unit: str = "", note: str = "") -> None:
            assert (total, unit) >= (path.stat().st_size, "bytes")
            self.cancel()

    with pytest.raises(Cancelled):
        db.open_read(path, Impatient())
    assert traces(path) == before
    assert list(scratch.root().iterdir()) == []


def test_no_room_for_a_copy_is_told(tmp_path: Path, steward_home: Path) -> None:
    path = with_hot_journal(a_file_with_rows(tmp_path / "clinic.db", rows=300))
    os.truncate(path, shutil.disk_usage(steward_home).free + 10**9)  # a hole: it takes no space
    before = path.stat()
    with pytest.raises(Failure) as caught:
        db.open_read(path)
    assert caught.value.code is ErrorCode.DISK_FULL
    assert "“clinic.db” can only be looked at in a copy" in caught.value.message
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def test_a_journal_of_two_files_is_undone_in_the_copy_and_stays_where_it_is(tmp_path: Path) -> None:
    """The super-journal names the journals of both files; looking at one must not take it from the other."""
    path = a_file_with_rows(tmp_path / "clinic.db", rows=300)
    a_file_with_rows(tmp_path / "other.db", rows=300)
    program_dies_after(
        path,
        # The last thing before both files are committed is that the super-journal goes.
        "class Dying(apsw.VFS):\n"
        "    def __init__(self): super().__init__('dying', '')\n"
        "    def xDelete(self, name, sync):\n"
        "        if '-mj' in name: os._exit(0)\n"
        "        super().xDelete(name, sync)\n"
        "dying = Dying()\n"
        "c = apsw.Connection(path, vfs='dying')\n"
        "run('ATTACH ' + repr(path.replace('clinic', 'other')) + ' AS o', 'BEGIN', 'DELETE FROM visit',"
        " 'DELETE FROM o.visit', 'COMMIT')",
    )
    before = traces(path)
    assert sum("-mj" in name for name in before) == 1
    with db.open_read(path) as session:
        assert session.state.mode is db.OpenMode.COPY
        assert session.count("SELECT count(*) FROM visit") == 300
    assert traces(path) == before


# --- A -wal that was left --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shm", [True, False])
def test_a_wal_that_was_left_is_read_and_left(tmp_path: Path, shm: bool) -> None:
    path = with_wal_left(a_file_with_rows(tmp_path / "clinic.db"), shm=shm)
    before = traces(path)
    with db.open_read(path) as session:
        assert session.state.mode is db.OpenMode.NORMAL
        assert session.state.journal_mode == "wal"
        assert session.state.wal_bytes > 0
        assert session.count("SELECT count(*) FROM visit") == 51
    assert traces(path) == before


def test_a_wal_of_another_file_is_told(tmp_path: Path) -> None:
    left = with_wal_left(a_file_with_rows(tmp_path / "old.db"))
    path = a_file_with_rows(tmp_path / "clinic.db")
    _beside(left, "-wal").rename(_beside(path, "-wal"))
    left.unlink()
    _beside(left, "-shm").unlink()
    before = traces(path)
    with db.open_read(path) as session:
        assert [notice.code for notice in session.state.notices] == ["stray_wal"]
    assert traces(path) == before


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_what_lies_beside_an_emptied_file_is_not_deleted_by_looking(tmp_path: Path, suffix: str) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db", rows=300)
    if suffix == "-wal":
        with_wal_left(path)
    else:
        with_hot_journal(path)
    path.write_bytes(b"")
    before = traces(path)
    with db.open_read(path) as session:
        assert session.all("SELECT * FROM sqlite_schema") == []
        notice = session.state.notices[0]
        assert notice.code == "emptied_file"
        assert suffix in notice.title
        assert not session.state.writable or suffix == "-journal"
    assert traces(path) == before
    with pytest.raises(Failure):
        db.open_write(path)
    assert traces(path) == before


def test_the_journal_of_a_file_that_is_just_being_made_is_no_trace_of_another(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with OtherProgram(path) as other:
        other.does("run('BEGIN IMMEDIATE', 'CREATE TABLE t (a)')")
        with db.open_read(path) as session:
            assert [notice.code for notice in session.state.notices] == ["empty_file"]
        other.does("run('COMMIT')")
        with db.open_write(path) as writing:
            assert writing.all("SELECT * FROM t") == []


# --- Places where nothing may be written -----------------------------------------------------------------------------


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder everybody may read; scratch space everybody may use."""
    with common_folder() as common:
        home = common / "home"
        home.mkdir()
        home.chmod(0o777)
        monkeypatch.setenv("STEWARD_HOME", str(home))
        clinic = common / "clinic"
        clinic.mkdir()
        yield clinic
        clinic.chmod(0o755)


def _seen(path: Path) -> tuple[str, list[str], object, bool]:
    with db.open_read(path) as session:
        state = session.state
        rows = session.value("SELECT count(*) FROM visit")
        return state.mode.value, [notice.code for notice in state.notices], rows, state.writable


def _seen_by_others(path: Path) -> tuple[str, list[str], object, bool]:
    """What somebody sees who may read the folder and write nothing in it."""
    path.parent.chmod(0o555)
    before = traces(path)
    try:
        return as_nobody(lambda: _seen(path))
    finally:
        path.parent.chmod(0o755)
        assert traces(path) == before


def test_a_read_only_folder(folder: Path) -> None:
    path = a_file_with_rows(folder / "clinic.db")
    assert _seen_by_others(path) == ("normal", [], 50, False)


def test_wal_in_a_read_only_folder_is_read_without_locks(folder: Path) -> None:
    path = a_file_with_rows(folder / "clinic.db", "journal_mode = WAL")
    assert _seen_by_others(path) == ("immutable", ["immutable"], 50, False)
    _beside(path, "-wal").touch()
    assert _seen_by_others(path) == ("immutable", ["immutable"], 50, False)


def test_a_wal_with_content_in_a_read_only_folder(folder: Path) -> None:
    path = with_wal_left(a_file_with_rows(folder / "clinic.db"))
    assert _seen_by_others(path) == ("normal", [], 51, False)
    _beside(path, "-shm").unlink()
    assert _seen_by_others(path) == ("copy", ["wal_copied"], 51, False)


def test_a_wal_in_use_in_a_read_only_folder(folder: Path) -> None:
    path = a_file_with_rows(folder / "clinic.db")
    with OtherProgram(path) as other:
        other.does("run('PRAGMA journal_mode = WAL', \"INSERT INTO visit(note) VALUES ('new')\")")
        folder.chmod(0o555)

        def look_twice() -> list[object]:
            with db.open_read(path) as session:
                first = session.value("SELECT count(*) FROM visit")
                other.does("run(\"INSERT INTO visit(note) VALUES ('newer')\")")
                return [first, session.value("SELECT count(*) FROM visit"), session.state.live]

        assert as_nobody(look_twice) == [51, 52, True]


def test_a_file_that_may_not_be_written_in_a_folder_that_may(folder: Path) -> None:
    path = a_file_with_rows(folder / "clinic.db", "journal_mode = WAL")
    folder.chmod(0o777)
    path.chmod(0o444)
    before = traces(path)
    assert as_nobody(lambda: _seen(path)) == ("immutable", ["immutable"], 50, False)
    assert traces(path) == before


def test_side_files_that_may_not_be_read(folder: Path) -> None:
    def code(path: Path) -> str:
        with pytest.raises(Failure) as caught:
            db.open_read(path)
        assert path.name in caught.value.message
        return caught.value.code

    left = with_wal_left(a_file_with_rows(folder / "left.db"))
    _beside(left, "-wal").chmod(0o600)
    hot = with_hot_journal(a_file_with_rows(folder / "hot.db", rows=300))
    _beside(hot, "-journal").chmod(0o600)
    before = traces(left), traces(hot)
    assert as_nobody(lambda: code(left)) == ErrorCode.WAL_NOT_READABLE
    assert as_nobody(lambda: code(hot)) == ErrorCode.HOT_JOURNAL
    assert (traces(left), traces(hot)) == before


def test_a_hot_journal_in_a_read_only_folder(folder: Path) -> None:
    path = with_hot_journal(a_file_with_rows(folder / "clinic.db", rows=300))
    assert _seen_by_others(path) == ("copy", ["hot_journal"], 300, False)


def test_writing_without_permission_is_refused_at_once(folder: Path) -> None:
    path = a_file_with_rows(folder / "clinic.db")

    def code() -> str:
        with pytest.raises(Failure) as caught:
            db.open_write(path)
        return caught.value.code

    assert as_nobody(code) == ErrorCode.READ_ONLY
    path.chmod(0o666)
    assert as_nobody(code) == ErrorCode.READ_ONLY  # a journal could not be made beside it
    folder.chmod(0o777)

    def write() -> None:
        with db.open_write(path) as writing, writing.transaction():
            writing.run("DELETE FROM visit")

    as_nobody(write)
    assert os.listdir(folder) == ["clinic.db"]  # noqa: PTH208
