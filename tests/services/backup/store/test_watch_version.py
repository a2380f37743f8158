"""Nothing changed, told without reading the file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders import a_database
from builders.processes import OtherProgram, program_dies_after
from steward_app.db.open import open_write
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.services.backup.store.watch_version import VersionWatch


def built(folder: Path, *, wal: bool) -> Path:
    builder = a_database(folder).with_table("t", "a", rows=[(1,)] * 100)
    return (builder.in_wal_mode() if wal else builder).build()


@pytest.mark.parametrize("wal", [True, False])
def test_a_version_stands_until_somebody_commits(tmp_path: Path, wal: bool) -> None:
    path = built(tmp_path, wal=wal)
    with VersionWatch(path) as watch, OtherProgram(path) as other:
        seen = watch.version()
        assert seen is not None
        assert watch.version() == seen
        other.does("run('SELECT * FROM t', 'BEGIN IMMEDIATE', 'DELETE FROM t', 'ROLLBACK')")
        assert watch.version() == seen
        other.does("run('INSERT INTO t VALUES (2)')")
        by_other = watch.version()
        assert by_other != seen
        with open_write(path) as session, session.transaction():
            session.run("DELETE FROM t")
        assert watch.version() not in (seen, by_other)
    assert [each.name for each in tmp_path.iterdir()] == ["clinic.db"]


@pytest.mark.parametrize("wal", [True, False])
def test_nobody_waits_between_two_questions(tmp_path: Path, wal: bool) -> None:
    path = built(tmp_path, wal=wal)
    with VersionWatch(path) as watch, OtherProgram(path) as other:
        seen = watch.version()
        other.does("run('BEGIN EXCLUSIVE', 'DELETE FROM t')")
        assert watch.version() == (seen if wal else None)
        other.does("run('COMMIT')")
        if wal:
            other.does("assert run('PRAGMA wal_checkpoint(truncate)')[0][0][0] == 0")
        assert watch.version() not in (seen, None)


def test_another_file_at_the_path_is_another_version(tmp_path: Path) -> None:
    path = built(tmp_path, wal=True)
    shutil.copy(path, tmp_path / "copy.db")
    with VersionWatch(path) as watch:
        seen = watch.version()
        (tmp_path / "copy.db").replace(path)
        replaced = watch.version()
        assert replaced != seen
        assert watch.version() == replaced
        path.unlink()
        with pytest.raises(Failure) as failure:
            watch.version()
        assert failure.value.code is ErrorCode.NOT_FOUND
        built(tmp_path, wal=True)
        assert watch.version() not in (seen, replaced)


def test_a_file_with_a_hot_journal_is_watched_by_its_marks(tmp_path: Path) -> None:
    path = built(tmp_path, wal=False)
    program_dies_after(path, "run('PRAGMA cache_size = 1', 'BEGIN', 'UPDATE t SET a = zeroblob(9000)')")
    with VersionWatch(path) as watch:
        seen = watch.version()
        assert watch.version() == seen
        with open_write(path) as session:  # rolls it back
            assert session.count("SELECT count(*) FROM t") == 100
        assert watch.version() != seen
