"""A store of each kind, and images that stand for database files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.stores import StoreInAFolder, UnsyncedDisk, a_store
from steward_app.storage.disk import using


@pytest.fixture(params=[False, True], ids=["open", "encrypted"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreInAFolder]:
    with using(UnsyncedDisk()):
        yield a_store(tmp_path, encrypted=request.param)


@pytest.fixture(scope="session")
def age_and_zstd() -> None:
    """The programs a stranger restores with. `make pytest` installs them for root, and tells others how."""
    missing = [program for program in ("age", "zstd") if shutil.which(program) is None]
    if missing:
        reason = f"not installed here: sudo apt-get update && sudo apt-get install -y {' '.join(missing)}"
        assert os.name == "nt" or os.geteuid() != 0, reason
        pytest.skip(reason)
