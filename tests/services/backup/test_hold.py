"""Legal holds: no rule removes what somebody holds, on whichever computer."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.points import a_point
from steward_app.catalog import Catalog
from steward_app.kernel.errors import UsageError
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup.hold import hold, release


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path, "riverside.db").with_table("visit", "id", rows=[(1,)]).build()


def test_a_point_in_a_store_is_held_for_every_computer(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    made = backup.new_store(catalog, path, str(tmp_path / "store"), Context())
    (visit,) = backup.go_round(catalog, path, Context())
    assert hold(catalog, path, visit.point, " Case 12 ", Context()).held == "Case 12"
    backup.refresh(catalog, made.store, Context())
    assert backup.find_point(catalog, path, visit.point, Context()).held == "Case 12"
    release(catalog, path, visit.point, Context())
    backup.refresh(catalog, made.store, Context())
    assert backup.find_point(catalog, path, visit.point, Context()).held == ""


def test_a_whole_file_is_held_in_the_catalog(catalog: Catalog, path: Path) -> None:
    point = a_point(catalog, path, prove=False)
    hold(catalog, path, point.id, "Case 12", Context())
    assert backup.find_point(catalog, path, point.id, Context()).held == "Case 12"
    assert release(catalog, path, point.id, Context()) == point


def test_a_hold_without_a_reason_is_none(catalog: Catalog, path: Path) -> None:
    point = a_point(catalog, path, prove=False)
    with pytest.raises(UsageError):
        hold(catalog, path, point.id, "  ", Context())
