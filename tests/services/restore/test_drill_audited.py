"""Drills of a file under audit: its log is verified, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.sealed import an_audited_file, by_hand, sealed, writing
from steward_app.catalog import Catalog, points
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Store
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.services.backup.capture import capture
from steward_app.services.backup.connect import stores_of
from steward_app.services.backup.init import init_store
from steward_app.services.restore.drill import AUDIT_LOG, drill


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return an_audited_file(tmp_path)


@pytest.fixture
def store(catalog: Catalog, path: Path, tmp_path: Path) -> Store:
    return init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)[0]


def drilled(catalog: Catalog, path: Path, store: Store) -> tuple[Check, Point, str]:
    """What a drill of a new point says of the log, and what the point is then."""
    made = capture(catalog, path, store, Context(), contents=True).point
    (done,) = drill(catalog, path, Context(), point=made)
    check = next(each for each in done.checks if each.title == AUDIT_LOG)
    with catalog.reading() as session:
        return check, points.find(session, made), done.sentence


def test_a_log_as_it_was_sealed(catalog: Catalog, path: Path, store: Store) -> None:
    with writing(path) as session:
        session.run("UPDATE person SET name = 'other' WHERE id = 2")
    check, point, _ = drilled(catalog, path, store)
    assert (check.passed, check.detail) == (True, "nothing of it was sealed")
    assert point.state is PointState.PROVEN
    sealed(path)
    check, point, _ = drilled(catalog, path, store)
    assert check.passed
    assert "1 seal over" in check.detail
    assert point.state is PointState.PROVEN


def test_a_forged_log_is_told_and_the_point_is_what_it_was_made_of(
    catalog: Catalog, path: Path, store: Store
) -> None:
    with writing(path) as session:
        session.run("UPDATE person SET name = 'other' WHERE id = 2")
    sealed(path)
    by_hand(path, "UPDATE _steward_audit_log_1 SET txn = 77")
    check, point, sentence = drilled(catalog, path, store)
    assert not check.passed
    assert check.detail
    assert point.state is PointState.CHECKED
    assert point.warning == "The audit log was not as it was sealed when this was made"
    assert "its audit log was not as sealed then" in sentence


def test_a_file_without_a_log_says_nothing_of_one(catalog: Catalog, tmp_path: Path) -> None:
    plain = a_database(tmp_path, "plain.db").with_table("note", "a", rows=[(1,)]).build()
    init_store(catalog, plain, str(tmp_path / "store"), Context(), new_keys=None)
    (store,) = stores_of(catalog, plain, Context())
    made = capture(catalog, plain, store, Context()).point
    (done,) = drill(catalog, plain, Context(), point=made)
    assert AUDIT_LOG not in [check.title for check in done.checks]
