"""What the tests of recipes share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from steward_app.catalog import Catalog, open_catalog


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    with open_catalog() as catalog:
        yield catalog
