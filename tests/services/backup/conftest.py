"""A catalog of the test's own, a small database, and a point made in one call."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.kernel.progress import Context
from steward_app.services import backup

Make = Callable[[Path], backup.Point]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path)
        .with_table("patient", "id INTEGER PRIMARY KEY, name", rows=[(1, "a"), (2, "b")])
        .with_table("visit", "id INTEGER PRIMARY KEY, patient REFERENCES patient", rows=[(1, 1), (2, 9)])
        .build()
    )


@pytest.fixture
def make(catalog: Catalog) -> Make:
    def make(path: Path) -> backup.Point:
        receipt = backup.create(catalog, backup.plan_create(catalog, path, Context()), Context())
        return backup.find_point(catalog, path, str((receipt.result or {})["point"]), Context())

    return make


@pytest.fixture(scope="session")
def age_and_zstd() -> None:
    """The programs a stranger restores with. `make pytest` installs them for root, and tells others how."""
    missing = [program for program in ("age", "zstd") if shutil.which(program) is None]
    if missing:
        reason = f"not installed here: sudo apt-get update && sudo apt-get install -y {' '.join(missing)}"
        assert os.name == "nt" or os.geteuid() != 0, reason
        pytest.skip(reason)
