"""A catalog of the test's own, and a point made in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from steward_app.catalog import Catalog, open_catalog
from steward_app.kernel.progress import Context
from steward_app.services import backup

Make = Callable[[Path], backup.Point]


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    with open_catalog() as catalog:
        yield catalog


@pytest.fixture
def make(catalog: Catalog) -> Make:
    def make(path: Path) -> backup.Point:
        receipt = backup.create(catalog, backup.plan_create(catalog, path, Context()), Context())
        return backup.find_point(catalog, path, str((receipt.result or {})["point"]), Context())

    return make
