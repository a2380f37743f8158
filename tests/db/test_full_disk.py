"""A full disk is called one, whatever SQLite calls it."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders.database import a_database
from steward_app.db import open_write
from steward_app.db.errors import translate
from steward_app.kernel.errors import ErrorCode, Failure


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (apsw.SQLITE_FULL, ErrorCode.DISK_FULL),
        (apsw.SQLITE_IOERR_SHMSIZE, ErrorCode.DISK_FULL),  # no room for the -shm file beside a WAL
        (apsw.SQLITE_IOERR_READ, ErrorCode.IO_ERROR),
    ],
)
def test_a_disk_without_room_is_full(code: int, told: ErrorCode) -> None:
    failure = translate(apsw.exception_for(code), Path("catalog.sqlite"))
    assert isinstance(failure, Failure)
    assert failure.code is told
    assert ("is full" in failure.message) == (told is ErrorCode.DISK_FULL)


def test_a_change_for_which_there_is_no_room_leaves_no_journal_behind(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = (
        a_database(tmp_path, "clinic.db").with_sql("CREATE TABLE t (x)", "INSERT INTO t VALUES (1)").build()
    )
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_write(path) as session:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
        try:
            with pytest.raises(Failure), session.transaction():
                for _ in range(20):  # more than fits into memory
                    session.run("INSERT INTO t VALUES (zeroblob(500000))")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert [each.name for each in tmp_path.iterdir()] == ["clinic.db"]
    assert path.read_bytes() == before
