"""An export is whole or not there, whatever the disk does at whichever write."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from builders import a_database
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.rows import Export, Format, export_rows
from steward_app.storage.disk import Disk, using


class FailingDisk(Disk):
    """A disk that fails at its n-th write or sync."""

    def __init__(self, fail_at: int, error: int) -> None:
        self._left = fail_at
        self._error = error
        self.failed = False

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.failed = True
            raise OSError(self._error, "the disk said no")

    def write(self, descriptor: int, data: bytes) -> int:
        self._step()
        return super().write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        self._step()
        super().fsync(descriptor)


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("kind", list(Format))
def test_the_old_file_or_the_new(tmp_path: Path, opened, monkeypatch, kind, there):
    monkeypatch.setattr("steward_app.services.rows.export_text._CHUNK_BYTES", 1_000)
    monkeypatch.setattr("steward_app.services.rows.export_parquet._ROWS_A_GROUP", 100)
    file = opened(a_database(tmp_path).with_table("t", "n, v", rows=[(n, "x" * 20) for n in range(250)]))
    target = tmp_path / f"out.{kind}"
    wish = Export(overwrite=there)
    if there:
        target.write_text("old")
    tried = 0
    while True:
        tried += 1
        disk = FailingDisk(tried, errno.ENOSPC)
        with using(disk):
            if not there:
                target.unlink(missing_ok=True)
            try:
                done = export_rows(file.session, file.source("t"), target, Context(), wish)
            except Failure as failure:
                assert failure.code is ErrorCode.DISK_FULL
                assert target.exists() is there
                if there:
                    assert target.read_text() == "old"
                left = {path.name for path in tmp_path.iterdir() if path.is_file()}
                assert left == {file.path.name, *([target.name] if there else [])}
            else:
                assert not disk.failed
                break
    assert done.rows == 250
    assert target.stat().st_size == done.size_bytes
    assert tried > 3
