"""A file with a history, and the Audit page on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from builders.audit_page import Desk, a_file_with_history
from steward_app.catalog import Catalog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_file_with_history(tmp_path / "clinic.db")


@pytest.fixture
def desk(open_page: Callable[..., Any], path: Path, catalog: Catalog, qtbot: QtBot) -> Desk:
    return Desk.at(open_page, path, catalog, qtbot)
