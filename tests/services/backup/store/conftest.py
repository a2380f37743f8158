"""A store of each kind, and images that stand for database files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.stores import StoreInAFolder, UnsyncedDisk, a_store
from steward_app.storage.disk import using


@pytest.fixture(params=[False, True], ids=["open", "encrypted"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreInAFolder]:
    with using(UnsyncedDisk()):
        yield a_store(tmp_path, encrypted=request.param)
