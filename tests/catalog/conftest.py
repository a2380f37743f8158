"""An open catalog in the home of the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from steward_app.catalog import Catalog, open_catalog


@pytest.fixture
def catalog(steward_home: Path) -> Iterator[Catalog]:
    with open_catalog() as opened:
        yield opened
