"""A file that may not get any larger: SQLite calls it an error of the disk, and we say what it is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from builders import a_database
from builders.size_limit import no_file_above
from steward_app.db import open_write
from steward_app.db.size_limit import reached_size_limit
from steward_app.kernel.errors import ErrorCode, Failure

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of its own")


@pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "WAL"])
def test_it_is_no_failing_disk(tmp_path: Path, wal: bool) -> None:
    path = a_database(tmp_path, "clinic.db").with_table("a", "x").build()
    with open_write(path) as session:
        if wal:
            session.all("PRAGMA journal_mode = WAL")
        with (
            no_file_above(200_000),
            pytest.raises(Failure, match="cannot become larger: no file here") as raised,
            session.transaction(),
        ):
            session.run("INSERT INTO a VALUES (randomblob(5000000))")
        assert raised.value.code is ErrorCode.DISK_FULL
        assert session.count("SELECT count(*) FROM a") == 0


def test_a_file_below_it_is_not_at_it(tmp_path: Path) -> None:
    path = tmp_path / "small.db"
    path.write_bytes(b"x")
    with no_file_above(200_000):
        assert reached_size_limit(path) == 0
        path.write_bytes(b"x" * 199_000)
        assert reached_size_limit(path) == 200_000
    assert reached_size_limit(path) == 0
