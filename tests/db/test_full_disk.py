"""A full disk is called one, whatever SQLite calls it."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

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
