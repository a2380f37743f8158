"""A catalog of the test's own, a point made in one call, and a store of the `kind` that a test is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from steward_app.catalog import Catalog
from steward_app.catalog.stores import Store
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store.keys import KeyMode, NewKeys, make_keys

Make = Callable[[Path], backup.Point]


@pytest.fixture
def make(catalog: Catalog) -> Make:
    def make(path: Path) -> backup.Point:
        receipt = backup.create(catalog, backup.plan_create(catalog, path, Context()), Context())
        return backup.find_point(catalog, path, str((receipt.result or {})["point"]), Context())

    return make


@pytest.fixture
def new_keys(kind: str) -> NewKeys | None:
    return make_keys(KeyMode.KEY) if kind == "age" else None


@pytest.fixture
def store(catalog: Catalog, path: Path, tmp_path: Path, new_keys: NewKeys | None) -> Store:
    return init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=new_keys)[0]
