"""A catalog, a key, and rows planted in the ledger as the capability that erases people will do it."""

from __future__ import annotations

import pytest

from builders.erasing import Ledger
from steward_app.catalog import Catalog


@pytest.fixture
def ledger(catalog: Catalog) -> Ledger:
    return Ledger(catalog)
