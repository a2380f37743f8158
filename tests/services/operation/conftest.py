"""A clinic of three visits, known to an open catalog."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.operations import Request, known
from steward_app.catalog import Catalog


@pytest.fixture(params=["delete", "wal"])
def clinic(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    builder = a_database(tmp_path).with_table(
        "visit", "id INTEGER PRIMARY KEY, note TEXT", rows=[(n, f"visit {n}") for n in (1, 2, 3)]
    )
    return (builder.in_wal_mode() if request.param == "wal" else builder).build()


@pytest.fixture
def asked(catalog: Catalog, clinic: Path, tmp_path: Path) -> Request:
    return Request(clinic, known(catalog, clinic).id, count=2, to=tmp_path / "list.txt")
