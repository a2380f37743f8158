"""Drills over several stores: each is drilled, whatever becomes of the others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.catalog.stores import Store
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.backup.capture import capture
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store.keys import KeyMode, NewKeys, Unlocking, make_keys
from steward_app.services.restore import Drilled, drill_stores


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path, "riverside.db").with_table("visit", "id", rows=[(1,), (2,)]).build()


def _store(
    catalog: Catalog,
    path: Path,
    name: str,
    keys: NewKeys | None = None,
    *,
    kept: bool = True,
    points: int = 1,
) -> Store:
    url = str(path.parent / name)
    made, _ = init_store(catalog, path, url, Context(), name=name, new_keys=keys, keep_key=kept)
    for _ in range(points):
        capture(catalog, path, made, Context())
    return made


def _codes(done: Drilled) -> dict[str, tuple[int, str]]:
    return {each.store: (each.drills, each.code) for each in done.stores}


def test_a_store_that_needs_its_key_keeps_no_other_from_its_drill(catalog: Catalog, path: Path) -> None:
    _store(catalog, path, "locked", make_keys(KeyMode.KEY), kept=False)
    away = _store(catalog, path, "away")
    plain = _store(catalog, path, "open")
    _store(catalog, path, "empty", points=0)
    shutil.rmtree(path.parent / "away")
    done = drill_stores(catalog, path, Context())
    assert [(each.store_id, each.passed) for each in done.items] == [(plain.id, True)]
    assert _codes(done) == {
        "locked": (0, "needs_key"),
        "away": (0, "store_missing"),
        "open": (1, ""),
        "empty": (0, "unknown_object"),
    }
    assert {each.store for each in done.stores if each.failed} == {"locked", "away"}
    assert str(path.parent / "away") in next(each.message for each in done.stores if each.id == away.id)


def test_a_key_that_is_given_opens_its_own_store_and_the_others_open_as_ever(
    catalog: Catalog, path: Path
) -> None:
    elsewhere, third = make_keys(KeyMode.KEY), make_keys(KeyMode.KEY)
    _store(catalog, path, "kept", make_keys(KeyMode.KEY))
    _store(catalog, path, "given", elsewhere, kept=False)
    _store(catalog, path, "third", third, kept=False)
    done = drill_stores(catalog, path, Context(), given=Unlocking(key=elsewhere.identity.reveal()))
    assert _codes(done) == {"kept": (1, ""), "given": (1, ""), "third": (0, "wrong_key")}
    assert all(each.passed for each in done.items)


def test_of_one_store_alone_what_is_in_the_way_is_raised(catalog: Catalog, path: Path) -> None:
    _store(catalog, path, "locked", make_keys(KeyMode.KEY), kept=False)
    _store(catalog, path, "open")
    with pytest.raises(Failure) as raised:
        drill_stores(catalog, path, Context(), only=["locked"])
    assert raised.value.code is ErrorCode.NEEDS_KEY
    done = drill_stores(catalog, path, Context(), only=["open"])
    assert _codes(done) == {"open": (1, "")}
    both = drill_stores(catalog, path, Context(), only=["open", "locked"])
    assert _codes(both) == {"open": (1, ""), "locked": (0, "needs_key")}


def test_where_no_store_holds_a_point_that_is_said(catalog: Catalog, path: Path) -> None:
    for name in ("one", "two"):
        _store(catalog, path, name, points=0)
    with pytest.raises(UsageError, match="no restore point"):
        drill_stores(catalog, path, Context())


def test_of_an_empty_store_it_is_said_that_there_are_points_elsewhere(catalog: Catalog, path: Path) -> None:
    _store(catalog, path, "full", points=1)
    _store(catalog, path, "empty", points=0)
    with pytest.raises(UsageError) as raised:
        drill_stores(catalog, path, Context(), only=["empty"])
    assert raised.value.message == (
        "There is no restore point of “riverside.db” in “empty” to drill; 1 lies elsewhere."
    )
