"""A catalog, a key, and rows planted in the ledger as the capability that erases people will do it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.erasing import Ledger
from steward_app.catalog import Catalog, open_catalog


@pytest.fixture
def catalog(steward_home: Path) -> Iterator[Catalog]:
    with open_catalog() as opened:
        yield opened


@pytest.fixture
def ledger(catalog: Catalog) -> Ledger:
    return Ledger(catalog)
